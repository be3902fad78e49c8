/// Checks that the files of an archive agree: every id has a row, the names and addresses beside an id are
/// those of its row, and the lists of ids match DealContacts.csv.
///
/// `handover verify` asks while it reads an archive, and the engine while it writes one, so that nothing is
/// published which the first would refuse. A row comes as a number for each of its columns: an id, a whole
/// number, or the mark of a text or of a list; 0 for an empty cell.
///
/// The files may come in any order, but for DealContacts.csv, which comes after deals and contacts. What a row
/// says of one whose file is still to come is kept until then, once for each id. So memory grows by some 4 bytes
/// for each deal and contact; by 24 where `LinkChecks` has to tell which list is wrong.
final class CrossChecks {
  /// A finding in a row: the column's place, and what is wrong there.
  typealias Finding = (place: Int, message: String)

  private var indexes = Table.Name.allCases.map { _ in IdentifierIndex() }
  /// What rows have said of the rows of files that are still to come.
  private var expected = Table.Name.allCases.map { _ in ExpectedRows() }
  /// Tables of which nothing is known, and nothing will be.
  private var unread: Set<Table.Name> = []
  private var links: LinkChecks
  private var columns = RowColumns(.deals)
  private var hasOwner = false
  private var lastID: Int64 = 0
  private var index = IdentifierIndex()

  init(lists: LinkChecks.Lists) {
    links = LinkChecks(lists)
  }

  func begin(_ table: Table) {
    columns = RowColumns(table)
    lastID = 0
    index = IdentifierIndex()
  }

  /// - Parameter isComplete: false if the file is not there, or could not be read to its end; then nothing is compared
  ///   with it.
  func end(_ table: Table, isComplete: Bool) {
    if isComplete {
      index.isComplete = true
      indexes[table.name.number] = index
    } else {
      unread.insert(table.name)
    }
    links.end(table.name, isComplete: isComplete)
  }

  func check(_ row: [Int64]) -> [Finding] {
    var findings: [Finding] = []
    checkReferences(of: row, &findings)
    if let key = columns.key { checkOrder(of: row, key, &findings) }
    switch columns.table.name {
    case .users: checkRole(in: row, columns.table, &findings)
    case .dealContacts:
      findings += links.link(
        row, deals: indexes[Table.Name.deals.number], contacts: indexes[Table.Name.contacts.number])
    case .deals, .contacts, .notes, .tasks, .documents: break
    }
    return findings
  }

  /// Where a file disagrees with the others, once all are read.
  func disagreements(of table: Table.Name) -> [Disagreement] {
    let index = indexes[table.number]
    guard index.isComplete else { return [] }
    return links.disagreements(of: table, index)
      + expected[table.number].disagreements(with: index, of: table)
  }

  private func checkReferences(of row: [Int64], _ findings: inout [Finding]) {
    for reference in columns.references {
      let id = row[reference.place]
      let (name, email) = (reference.name.map { row[$0] } ?? 0, reference.email.map { row[$0] } ?? 0)
      if id == 0 {
        if name != 0 || email != 0 { tell(reference, name != 0, "no one's, as the id is empty", &findings) }
      } else if !indexes[reference.number].isComplete {
        if !unread.contains(reference.table), !expected[reference.number].add(id, name, email) {
          tell(reference, true, "not what another row has for \(reference.table.id(id))", &findings)
        }
      } else if let place = indexes[reference.number].place(of: id) {
        let isNamed =
          reference.name == nil || indexes[reference.number].names[place] == UInt32(truncatingIfNeeded: name)
        let isReached =
          reference.email == nil
          || indexes[reference.number].emails[place] == UInt32(truncatingIfNeeded: email)
        if isNamed, isReached { continue }
        let whose = "not what \(reference.table.file) has for \(reference.table.id(id))"
        if !isNamed { tell(reference, true, whose, &findings) }
        if !isReached { tell(reference, false, whose, &findings) }
      } else {
        findings.append((reference.place, "\(reference.table.id(id)) is not in \(reference.table.file)"))
      }
    }
  }

  private func tell(
    _ reference: RowColumns.Reference, _ isName: Bool, _ whose: String, _ findings: inout [Finding]
  ) {
    let place = isName ? reference.name : reference.email
    findings.append((place ?? reference.place, "the cell is \(whose)"))
  }

  /// Rows are in the order of their ids, so a duplicate follows directly.
  private func checkOrder(of row: [Int64], _ key: Int, _ findings: inout [Finding]) {
    let id = row[key]
    if id > lastID {
      lastID = id
      guard let name = columns.name else { return }
      index.append(id, name: row[name], email: columns.email.map { row[$0] })
      links.append(row, columns.table.name)
    } else if id != 0 {
      let table = columns.table.name
      findings.append(
        (
          key,
          id == lastID
            ? "\(table.id(id)) appears twice"
            : "\(table.id(id)) stands after \(table.id(lastID)): rows are in the order of ids"
        ))
    }
  }

  private func checkRole(in row: [Int64], _ table: Table, _ findings: inout [Finding]) {
    guard let place = table.place(of: "role"), row[place] == Self.owner else { return }
    if hasOwner { findings.append((place, "the organisation has an owner already")) }
    hasOwner = true
  }

  private static let owner = Mark.text("owner".utf8.span)
}

extension CrossChecks {
  /// What was found about a file after it was read.
  struct Disagreement {
    /// Of the row; nil where only the file is known.
    let id: Int64?
    /// Nil for the row as a whole.
    let column: String?
    let message: String
  }
}

/// The positions of a table's columns that refer to other rows.
private struct RowColumns {
  /// A column with the id of a row in another file.
  struct Reference {
    let place: Int
    let table: Table.Name
    let number: Int
    /// Columns that repeat the name and the address of that row.
    let name: Int?
    let email: Int?
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
      return Reference(
        place: place, table: other, number: other.number,
        name: table.columns.firstIndex { $0.source.isName(of: column) },
        email: table.columns.firstIndex { $0.source == .userEmail(of: column.name) })
    }
    key = table.primaryKey.count == 1 ? table.place(of: table.primaryKey[0]) : nil
    let isNamed = [.users, .contacts, .deals].contains(table.name)
    name = isNamed ? table.place(of: table.name.label) : nil
    email = table.name == .users ? table.place(of: "email") : nil
  }
}

extension Column.Source {
  fileprivate func isName(of id: Column) -> Bool {
    switch self {
    case .userName(of: id.name), .recordName(of: id.name): true
    case .primaryContactName: id.source == .primaryContact
    default: false
    }
  }
}

extension Table {
  /// The place of a column of that name, from 0.
  func place(of column: String) -> Int? {
    columns.firstIndex { $0.name == column }
  }
}

extension Table.Name {
  /// The place of the table's file in an export, from 0.
  fileprivate var number: Int {
    switch self {
    case .deals: 0
    case .contacts: 1
    case .notes: 2
    case .tasks: 3
    case .dealContacts: 4
    case .users: 5
    case .documents: 6
    }
  }
}

/// The ids of a file, in order, and marks of what other files repeat about each record.
struct IdentifierIndex {
  /// Whether the file was read to its end.
  fileprivate(set) var isComplete = false
  /// Marks of the records' names.
  private(set) var names: [UInt32] = []
  /// Marks of the users' e-mail addresses.
  private(set) var emails: [UInt32] = []
  /// Empty while the ids are 1, 2, 3 and so on.
  private var ids: [Int64] = []

  /// - Parameter id: larger than all before.
  mutating func append(_ id: Int64, name: Int64, email: Int64?) {
    if ids.isEmpty, id != names.count + 1 { ids = names.indices.map { Int64($0) + 1 } }
    if !ids.isEmpty || id != names.count + 1 { ids.append(id) }
    names.append(UInt32(truncatingIfNeeded: name))
    if let email { emails.append(UInt32(truncatingIfNeeded: email)) }
  }

  @inline(__always)
  func place(of id: Int64) -> Int? {
    if ids.isEmpty { return id > 0 && id <= names.count ? Int(id) - 1 : nil }
    return ids.place(ofAscending: id)
  }

  func id(at place: Int) -> Int64 { ids.isEmpty ? Int64(place) + 1 : ids[place] }
}

/// What rows have said of rows in a file that is still to come: marks of name and address, by id.
private struct ExpectedRows {
  /// By id; 0 where nothing was said.
  private var near: [UInt64] = []
  /// For ids far beyond the number of those before.
  private var far: [Int64: UInt64] = [:]

  /// - Returns: whether the same was said before, or nothing.
  mutating func add(_ id: Int64, _ name: Int64, _ email: Int64) -> Bool {
    let said = Self.pair(UInt32(truncatingIfNeeded: name), UInt32(truncatingIfNeeded: email))
    if id > 0, id < near.count, far.isEmpty || far[id] == nil {
      if near[Int(id)] == 0 { near[Int(id)] = said }
      return near[Int(id)] == said
    }
    if id > 0, id < 4 * near.count + 4_096, far[id] == nil {
      near += repeatElement(0, count: max(Int(id) + 1, near.count + near.count / 4) - near.count)
      return add(id, name, email)
    }
    if far[id] == nil { far[id] = said }
    return far[id] == said
  }

  func disagreements(with index: IdentifierIndex, of table: Table.Name) -> [CrossChecks.Disagreement] {
    var found: [CrossChecks.Disagreement] = []
    func compare(_ id: Int64, _ said: UInt64) {
      guard let place = index.place(of: id) else {
        return found.append(.init(id: id, column: nil, message: "other files name it, but it has no row"))
      }
      guard said != Self.pair(index.names[place], index.emails.isEmpty ? 0 : index.emails[place]) else {
        return
      }
      found.append(
        .init(id: id, column: table.label, message: "other files have another name or address for it"))
    }
    for (id, said) in near.enumerated() where said != 0 { compare(Int64(id), said) }
    for (id, said) in far { compare(id, said) }
    return found
  }

  /// Never 0.
  private static func pair(_ name: UInt32, _ email: UInt32) -> UInt64 {
    UInt64(max(name, 1)) << 32 | UInt64(email)
  }
}
