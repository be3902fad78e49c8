/// One column of a file: its name, what its cells look like, and where its values come from.
///
/// The declarations in `Table` are the only ones: the encoder, the importer, `datapackage.json`, the
/// `README.txt` of an export and Documentation/ExportFormat.md all follow them.
struct Column: Sendable {
  let name: String
  let format: Format
  let source: Source
  /// One sentence for people who read the files elsewhere.
  let meaning: String

  init(_ name: String, _ format: Format, _ meaning: String) {
    self.init(name, format, .stored, meaning)
  }

  init(_ name: String, _ format: Format, _ source: Source, _ meaning: String) {
    self.name = name
    self.format = format
    self.source = source
    self.meaning = meaning
  }
}

extension Column {
  /// What a cell looks like. Unknown is an empty cell in every format.
  enum Format: Sendable, Equatable {
    /// A letter and a number, as in `D-12`: the id of a record of that table.
    case id(Table.Name)
    /// Ids joined with `; `.
    case ids(Table.Name)
    /// Any text; formula protection applies.
    case text
    /// Texts joined with `; `; formula protection applies to the cell.
    case texts
    /// One of these words.
    case oneOf([String])
    /// `2026-05-02`.
    case date
    /// `2026-05-02T09:30:00Z`, always UTC.
    case time
    /// Two decimals; stored as hundredths.
    case money
    /// At most four decimals; stored as ten-thousandths.
    case rate
    /// A whole number.
    case integer
    /// `true` or `false`.
    case boolean
  }

  /// Where the values of a column come from.
  enum Source: Sendable, Equatable {
    /// The table's own column of the same name.
    case stored
    /// The name of the user whose id stands in the column named.
    case userName(of: String)
    /// The e-mail address of the user whose id stands in the column named.
    case userEmail(of: String)
    /// The name of the record whose id stands in the column named.
    case recordName(of: String)
    /// The deal's contacts or the contact's deals, from the links.
    case links
    /// The id of the deal's primary contact, from the links.
    case primaryContact
    /// The full name of the deal's primary contact.
    case primaryContactName
  }

  /// Whether the column only repeats what stands elsewhere in the export.
  var isDerived: Bool { source != .stored }

  /// Whether formula protection applies to its cells.
  var isProtected: Bool { format == .text || format == .texts }
}
