// How the files of another CRM become those of an export. A mapping is a file of JSON (Documentation/Mappings.md): which
// of the files is which table, and for each column of the table where its value comes from. MappingReader reads one,
// MappingWriter writes one, ImportGuess finds the one that fits, MappedSource imports by it.

/// Where the values of an export's columns are in the files of another CRM.
struct ImportMapping: Sendable, Equatable {
  /// The only one so far.
  static let version = 1

  /// As in `hubspot`, or the name of the file.
  let name: String
  /// As people know the CRM: `HubSpot`.
  var title: String
  /// Nil: as the files seem to be.
  var encoding: Encoding?
  /// Nil: as the files seem to be.
  var separator: Separator?
  /// Nil: either sign, where an amount can be read in one way only.
  var decimal: Decimal?
  /// Besides those that can't be read as anything else.
  var dates: [DateForm] = []
  /// The IANA name of the zone of times that don't say theirs; nil: the organisation's.
  var zone: String?
  /// Whether texts have the `'` of an export's formula protection.
  var isProtected = false
  /// Whether the files may lack columns: those of a CRM that exports what somebody has chosen.
  var isLoose = false
  /// Whether an id that leads nowhere is left out, and told: a CRM's notes may hang on what is not in its files.
  var hasLooseEnds = false
  var files: [File]

  enum Encoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case windows1252 = "windows-1252"
  }

  enum Separator: String, Sendable, CaseIterable {
    case comma = ","
    case semicolon = ";"
    case tab = "\t"
  }

  enum Decimal: String, Sendable, CaseIterable {
    case point = "."
    case comma = ","
  }

  /// One file, or several alike, whose records become those of a table.
  struct File: Sendable, Equatable {
    /// Names without their ending, in which `*` stands for anything; empty: by its columns alone.
    var names: [String]
    let table: Table.Name
    /// What is true of the records that are taken.
    var conditions: [Condition] = []
    var columns: [Column]
    /// Of the mapping, for messages; 0 in one that nobody wrote.
    var line = 0
  }

  /// Where the value of a column comes from.
  struct Column: Sendable, Equatable {
    let target: MappingTarget
    /// The first that has a value in a record gives it.
    var sources: [Source]
    var line = 0
  }

  struct Source: Sendable, Equatable {
    enum Origin: Sendable, Equatable {
      /// The column of this title.
      case column(String)
      /// Values with a text between each two.
      case join([Source], with: String)
      /// The same in every record.
      case constant(String)
    }

    var origin: Origin
    /// What stands for a value, in order; `*` for any other.
    var values: [Replacement] = []
    /// Instead of those of the mapping.
    var dates: [DateForm] = []
    /// What stands in front of ids that would be the same as others without it.
    var prefix = ""
    /// A value that begins otherwise is left out.
    var start = ""
    /// What parts a list; empty: `;`.
    var split = ""
    /// What of several values in a cell is taken.
    var part: Part?
    /// What must be so for the value to be taken.
    var conditions: [Condition] = []
  }

  enum Part: String, Sendable, CaseIterable {
    case first
    /// All but the first.
    case rest
  }

  struct Replacement: Sendable, Equatable {
    let value: String
    let by: String
  }

  /// That a column has one of these values. Without the column, it is so.
  struct Condition: Sendable, Equatable {
    let column: String
    let values: [String]
  }
}

/// A column of an export, and how the value names the record or user it stands for: `deal_name`, `owner_id by email`.
struct MappingTarget: Sendable, Hashable {
  /// Of the table.
  let column: String
  /// For a column of ids.
  let naming: ImportColumn.Naming?

  /// - Parameter text: a column, or a column of ids and `by name` or `by email`. The columns that an export has beside
  ///   ids are the same: `owner_name` is `owner_id by name`.
  init?(_ text: String, of table: Table) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard let first = parts.first, let column = table.column(String(first)), column.name.isSame(as: first)
    else {
      return nil
    }
    guard parts.count > 1 else {
      let named = ImportColumn(column, of: table, title: "")
      self.init(column: named.column.name, naming: named.naming)
      return
    }
    guard parts.count == 3, parts[1] == "by", column.canBeNamed(in: table) else { return nil }
    switch parts[2] {
    case "id": self.init(column: column.name, naming: .id)
    case "name": self.init(column: column.name, naming: .name)
    case "email": self.init(column: column.name, naming: .email)
    default: return nil
    }
  }

  private init(column: String, naming: ImportColumn.Naming?) {
    self.column = column
    self.naming = naming
  }

  /// As in a mapping, and in the forms of pages.
  var text: String {
    switch naming {
    case nil, .id: column
    case .name: [column, "by", "name"].joined(separator: " ")
    case .email: [column, "by", "email"].joined(separator: " ")
    }
  }

  /// All of a table, in the order of its columns.
  static func all(of table: Table) -> [MappingTarget] {
    var targets: [MappingTarget] = []
    for column in table.columns {
      let texts =
        column.canBeNamed(in: table)
        ? ["id", "name", "email"].map { "\(column.name) by \($0)" } : [column.name]
      for target in texts.compactMap({ MappingTarget($0, of: table) }) where !targets.contains(target) {
        targets.append(target)
      }
    }
    return targets
  }
}

extension Column {
  /// Whether its cells can name a record or a user by a name or an address, too: not where they are the record's own id.
  fileprivate func canBeNamed(in table: Table) -> Bool { format.isOfIDs && table.primaryKey != [name] }
}
