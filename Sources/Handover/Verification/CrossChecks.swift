/// Checks that the files of an archive agree: every id has a row, the names and addresses beside an id are
/// those of its row, and the lists of ids match DealContacts.csv.
///
/// Files come in an order in which the rows that a row names have been read: users, contacts, deals, links,
/// notes, tasks. A row comes as a number for each of its columns: an id, a whole number, or the mark of a
/// text or of a list; 0 for an empty cell. So it keeps only some 40 bytes per deal and 20 per contact.
final class CrossChecks {
  /// A finding in a row: the column's place, and what is wrong there.
  typealias Finding = (place: Int, message: String)

  private var indexes: [Table.Name: IdentifierIndex] = [:]
  private var links = LinkChecks()
  private var columns: RowColumns?
  private var hasOwner = false
  private var lastID: Int64 = 0
  private var index = IdentifierIndex()

  func begin(_ table: Table) {
    columns = RowColumns(table)
    lastID = 0
    index = IdentifierIndex()
  }

  /// - Parameter isComplete: false if the file could not be read to its end; then nothing is compared with
  ///   it.
  func end(_ table: Table, isComplete: Bool) {
    if isComplete { indexes[table.name] = index }
    links.end(table.name, isComplete: isComplete)
  }

  func check(_ row: [Int64]) -> [Finding] {
    guard let columns else { return [] }
    var findings: [Finding] = []
    checkReferences(of: row, columns, &findings)
    if let key = columns.key { checkOrder(of: row, key, columns, &findings) }
    switch columns.table.name {
    case .users: checkRole(in: row, columns.table, &findings)
    case .dealContacts:
      findings += links.link(row, columns.table, deals: indexes[.deals], contacts: indexes[.contacts])
    case .deals, .contacts, .notes, .tasks: break
    }
    return findings
  }

  /// Where the lists of a file disagree with the links, once all links are read: the id of the row, the
  /// column, and what is wrong.
  func disagreements(of table: Table.Name) -> [(id: Int64, column: String, message: String)] {
    guard let index = indexes[table] else { return [] }
    return links.disagreements(of: table).map { (index.ids[$0.place], $0.column, $0.message) }
  }

  private func checkReferences(of row: [Int64], _ columns: RowColumns, _ findings: inout [Finding]) {
    for reference in columns.references {
      guard let other = indexes[reference.table] else { continue }
      let id = row[reference.place]
      let found = id == 0 ? nil : other.place(of: id)
      if id != 0, found == nil {
        findings.append((reference.place, "\(reference.table.id(id)) is not in \(reference.table.file)"))
        continue
      }
      for copy in reference.copies {
        let marks = copy.isEmail ? other.emails : other.names
        let expected = found.map { Int64(marks[$0]) } ?? 0
        guard row[copy.place] != expected else { continue }
        let whose =
          id == 0
          ? "no one's, as the id is empty"
          : "not what \(reference.table.file) has for \(reference.table.id(id))"
        findings.append((copy.place, "the cell is \(whose)"))
      }
    }
  }

  /// Rows are in the order of their ids, so a duplicate follows directly.
  private func checkOrder(of row: [Int64], _ key: Int, _ columns: RowColumns, _ findings: inout [Finding]) {
    let id = row[key]
    let table = columns.table.name
    if id == lastID, id != 0 {
      findings.append((key, "\(table.id(id)) appears twice"))
    } else if id < lastID, id != 0 {
      findings.append((key, "\(table.id(id)) stands after \(table.id(lastID)): rows are in the order of ids"))
    } else if id != 0 {
      lastID = id
      guard let name = columns.name else { return }
      index.append(id, name: row[name], email: columns.email.map { row[$0] })
      links.append(row, columns.table)
    }
  }

  private func checkRole(in row: [Int64], _ table: Table, _ findings: inout [Finding]) {
    guard let place = table.place(of: "role"), row[place] == Self.owner else { return }
    if hasOwner { findings.append((place, "the organisation has an owner already")) }
    hasOwner = true
  }

  private static let owner = Mark.text("owner".utf8.span)
}

/// The positions of a table's columns that refer to other rows.
private struct RowColumns {
  /// A column with the id of a row in another file.
  struct Reference {
    let place: Int
    let table: Table.Name
    /// Columns that repeat values of that row.
    let copies: [(place: Int, isEmail: Bool)]
  }

  let table: Table
  let references: [Reference]
  /// The one column that is the primary key.
  let key: Int?
  /// The column with the row's name, if other files repeat it.
  let name: Int?
  let email: Int?

  init(_ table: Table) {
    self.table = table
    references = table.columns.enumerated().compactMap { place, column in
      guard case .id(let other) = column.format, other != table.name else { return nil }
      return Reference(place: place, table: other, copies: Self.copies(of: column, in: table))
    }
    key = table.primaryKey.count == 1 ? table.place(of: table.primaryKey[0]) : nil
    let isNamed = [.users, .contacts, .deals].contains(table.name)
    name = isNamed ? table.place(of: table.name.label) : nil
    email = table.name == .users ? table.place(of: "email") : nil
  }

  private static func copies(of id: Column, in table: Table) -> [(place: Int, isEmail: Bool)] {
    table.columns.enumerated().compactMap { place, column in
      switch column.source {
      case .userName(of: id.name), .recordName(of: id.name): (place, false)
      case .userEmail(of: id.name): (place, true)
      case .primaryContactName where id.source == .primaryContact: (place, false)
      default: nil
      }
    }
  }
}

extension Table {
  /// The place of a column of that name, from 0.
  func place(of column: String) -> Int? {
    columns.firstIndex { $0.name == column }
  }
}

/// The ids of a file, in order, and marks of what other files repeat about each record.
struct IdentifierIndex {
  private(set) var ids: [Int64] = []
  /// Marks of the records' names.
  private(set) var names: [UInt32] = []
  /// Marks of the users' e-mail addresses.
  private(set) var emails: [UInt32] = []

  /// - Parameter id: larger than all before.
  mutating func append(_ id: Int64, name: Int64, email: Int64?) {
    ids.append(id)
    names.append(UInt32(truncatingIfNeeded: name))
    if let email { emails.append(UInt32(truncatingIfNeeded: email)) }
  }

  func place(of id: Int64) -> Int? { ids.place(ofAscending: id) }
}

/// Marks: 32 bits that stand for something longer, enough to tell two apart.
enum Mark {
  /// The mark of a text (FNV-1a); 0 is that of the empty one.
  static func text(_ text: Span<UInt8>) -> Int64 {
    if text.isEmpty { return 0 }
    var hash: UInt32 = 0x811C_9DC5
    for index in text.indices { hash = (hash ^ UInt32(text[index])) &* 0x0100_0193 }
    return Int64(max(hash, 1))
  }

  /// The mark of a list of ids that had the mark `list`, with one more at its end; 0 is that of the empty
  /// list.
  static func list(_ list: UInt32, appending id: Int64) -> UInt32 {
    let mixed = UInt64(list) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(bitPattern: id) &* 0xBF58_476D_1CE4_E5B9
    return max(UInt32(truncatingIfNeeded: mixed >> 29), 1)
  }
}
