import CSV
import SQLite

/// Compares the records of one file with those that are there: cells are checked and compared where they lie, without a
/// `String`. What differs is written into the difference.
///
/// A record with a fault is reported and left out, so that the rest of its file is checked too. A column that the file
/// doesn't have stays as it is.
struct RecordComparer: ~Copyable {
  private(set) var rows = 0
  private(set) var added = 0
  private(set) var changed = 0
  private(set) var seenRows = 0

  private let header: ImportHeader
  private let run: Comparison
  private let references: RecordReferences
  private let values: [CellValue]
  private let links: [RecordLink]
  private let person: PersonColumns?
  /// In the stored row.
  private let personColumn: Int
  private let createdColumn: Int
  private let sourceColumn: Int
  /// Stored columns that the file says nothing of.
  private let untold: [Int]
  private let columnCount: Int
  private let search: RecordSearch?
  private let keyPlace: Int?
  private let sourcePlace: Int?
  /// Whether the file's id column holds source ids; nil before the first one.
  private var namesBySource: Bool?
  /// Whether there are records to compare with.
  private let hasRows: Bool
  /// The moment of the import, as in `created_at`.
  private let now: [UInt8]

  private var existing: Statement
  private var after: Statement
  private var before: Statement
  private var seen: Statement
  /// The ids that the links of the record stand for, in their order.
  private var linked: [Int64?] = []

  init(_ header: ImportHeader, _ run: Comparison) throws {
    let table = header.table
    let stored = table.storedColumns
    let key = table.primaryKey[0]
    func column(_ name: String) -> Int { stored.firstIndex { $0.name == name } ?? 0 }
    var values: [CellValue] = []
    for (place, column) in header.columns.enumerated() {
      guard let index = stored.firstIndex(where: { $0.name == column.column.name }), column.naming == nil,
        column.column.name != "source_id", let value = CellValue(column.column, at: place, storedAt: index)
      else { continue }
      values.append(value)
    }
    let links = RecordLink.all(in: header)
    let person = PersonColumns(header, run.files)
    let told =
      values.map(\.column) + links.map(\.column) + [column(key), column("source_id")]
      + (person.map { [column($0.name)] } ?? [])
    let list = stored.map(\.name).joined(separator: ", ")
    let all = (stored.map(\.name) + Difference.extras(of: table)).joined(separator: ", ")
    let parameters = (stored.map { _ in "?" } + Difference.extras(of: table).map { _ in "?" }).joined(
      separator: ", ")
    let connection = run.connection
    let kind = table.name.sql
    let existing = try connection.prepare(
      "SELECT \(list) FROM \(kind) WHERE edition_id = \(run.edition.rawValue) AND \(key) = ?")
    let after = try connection.prepare("INSERT INTO \(kind)_after (\(all)) VALUES (\(parameters))")
    let before = try connection.prepare("INSERT INTO \(kind)_before (\(all)) VALUES (\(parameters))")
    let seen = try connection.prepare("INSERT INTO \(kind)_seen (id) VALUES (?)")
    let hasRows = try connection.exists("SELECT 1 FROM \(kind) WHERE edition_id = ? LIMIT 1", run.edition)
    let references = try run.references(to: table.name)
    self.header = header
    self.run = run
    self.references = references
    self.values = values
    self.links = links
    self.person = person
    personColumn = person.map { column($0.name) } ?? 0
    createdColumn = column("created_at")
    sourceColumn = column("source_id")
    untold = stored.indices.filter { !told.contains($0) }
    columnCount = stored.count
    search = table.name.search
    keyPlace = header.place(of: key)
    sourcePlace = header.place(of: "source_id")
    self.hasRows = hasRows
    now = Array(run.now.iso8601.utf8)
    self.existing = existing
    self.after = after
    self.before = before
    self.seen = seen
  }

  /// - Throws: `ImportRefusal` with the problems, once there are enough; `SQLiteError` for what isn't the
  ///   record's fault.
  mutating func compare(_ record: borrowing Decoder) throws {
    do {
      try compareSound(record)
    } catch let problem as FileProblem {
      try run.problems.add(problem)
    }
  }

  private mutating func compareSound(_ record: borrowing Decoder) throws {
    if record.size > Self.largest, size(of: record) > Self.largest {
      throw problem(0, record, "the record is larger than \(Self.largest) bytes; shorten its texts")
    }
    rows += 1
    let id = try number(of: record)
    try existing.bind(id, at: 1)
    defer { existing.reset() }
    let exists = try hasRows && existing.step()
    if exists {
      try mark(id, record)
      seenRows += 1
    }
    let user = try user(of: record)
    try resolveLinks(of: record)
    if exists, try isSame(record, user) { return }
    try write(record, id, user, exists)
    if exists { changed += 1 } else { added += 1 }
  }

  private mutating func mark(_ id: Int64, _ record: borrowing Decoder) throws {
    try seen.bind(id, at: 1)
    defer { seen.reset() }
    do throws(SQLiteError) {
      _ = try seen.step()
    } catch {
      throw try error.isUniqueViolation ? duplicate(record) : error
    }
  }

  private func isSame(_ record: borrowing Decoder, _ user: Int64?) throws -> Bool {
    var isSame = true
    for value in values {
      switch value.match(record[value.place], existing) {
      case .same: break
      case .different: isSame = false
      case .wrong: throw wrong(value.place, record)
      }
    }
    if person != nil, !existing.has(user, at: personColumn) { isSame = false }
    for (index, link) in links.enumerated() where !existing.has(linked[index], at: link.column) {
      isSame = false
    }
    return isSame && isSourceSame(record)
  }

  /// Where the file doesn't tell the source id it stays.
  private func isSourceSame(_ record: borrowing Decoder) -> Bool {
    guard let source = source(of: record) else { return true }
    let cell = FormulaProtection.undo(record[source])
    guard cell.isEmpty else { return existing.has(cell, at: sourceColumn) }
    if case .null = existing.cell(at: sourceColumn) { return true } else { return false }
  }

  /// The place of the cell that is the source id.
  private func source(of record: borrowing Decoder) -> Int? {
    if let keyPlace, namesBySource == true, !record[keyPlace].isEmpty { return keyPlace }
    return sourcePlace
  }

  private mutating func write(
    _ record: borrowing Decoder, _ id: Int64, _ user: Int64?, _ exists: Bool
  ) throws {
    after.clearBindings()
    try after.bind(id, at: 1)
    for value in values where try !value.bind(record[value.place], to: &after) {
      throw wrong(value.place, record)
    }
    if person != nil { try after.bind(user, at: personColumn + 1) }
    for (index, link) in links.enumerated() { try after.bind(linked[index], at: link.column + 1) }
    if let place = source(of: record), case let text = FormulaProtection.undo(record[place]), !text.isEmpty {
      try after.bind(text: text, at: sourceColumn + 1)
    } else if exists, source(of: record) == nil {
      try after.copy(sourceColumn, of: existing, to: sourceColumn + 1)
    }
    if exists {
      for column in untold { try after.copy(column, of: existing, to: column + 1) }
    }
    try writeCreation(of: record, exists)
    try writeFolded(of: record, exists)
    do throws(SQLiteError) {
      _ = try after.step()
      after.reset()
    } catch {
      after.reset()
      throw try error.isUniqueViolation ? duplicate(record) : error
    }
    guard exists else { return }
    for column in 0..<columnCount { try before.copy(column, of: existing, to: column + 1) }
    _ = try before.step()
    before.reset()
  }

  /// An empty cell, or none, is the time of before, or now for a new record.
  private mutating func writeCreation(of record: borrowing Decoder, _ exists: Bool) throws {
    if let value = values.first(where: { $0.column == createdColumn }), !record[value.place].isEmpty {
      return
    }
    if exists {
      try after.copy(createdColumn, of: existing, to: createdColumn + 1)
    } else {
      let now = now
      try after.bind(text: now.span, at: createdColumn + 1)
    }
  }

  /// What a search looks into.
  private mutating func writeFolded(of record: borrowing Decoder, _ exists: Bool) throws {
    guard let search else { return }
    var texts: [String?] = []
    for name in search.sources { texts.append(text(name, record, exists)) }
    try after.bind(search.fold(texts), at: columnCount + 1)
    guard exists else { return }
    texts.removeAll()
    for name in search.sources { texts.append(formerText(name)) }
    try before.bind(search.fold(texts), at: columnCount + 1)
  }

  private func text(_ name: String, _ record: borrowing Decoder, _ exists: Bool) -> String? {
    guard let place = header.place(of: name) else { return exists ? formerText(name) : nil }
    let text = FormulaProtection.undo(record[place])
    return text.isEmpty ? nil : String(copying: text)
  }

  private func formerText(_ name: String) -> String? {
    guard let column = header.table.storedColumns.firstIndex(where: { $0.name == name }),
      case .text(let text) = existing.cell(at: column)
    else { return nil }
    return String(copying: text)
  }

  /// Bytes of the cells that a record may have of its own, as they are read. With quotes that are doubled, and the
  /// names that an export repeats beside ids, it is a quarter of what a reader takes.
  private static let largest = Decoder.Limits().record / 4

  private func size(of record: borrowing Decoder) -> Int {
    values.reduce(0) { $0 + record[$1.place].count }
  }
}

// Which record it is, and which others it names.
extension RecordComparer {
  /// The number of the record's id, or of its source id.
  private mutating func number(of record: borrowing Decoder) throws -> Int64 {
    let prefix = header.table.name.idByte
    let hasSource = sourcePlace.map { !record[$0].isEmpty } ?? false
    let source = FormulaProtection.undo(record[hasSource ? sourcePlace ?? 0 : record.count - 1])
    guard let keyPlace, !record[keyPlace].isEmpty else {
      if let keyPlace, sourcePlace == nil { throw wrong(keyPlace, record) }
      guard hasSource, !source.isEmpty else {
        throw problem(
          keyPlace ?? sourcePlace ?? 0, record,
          "the record has neither \(header.table.primaryKey[0]) nor source_id")
      }
      return try references.number(assigningTo: source)
    }
    let cell = record[keyPlace]
    let number = CellText.identifier(cell, prefix: prefix)
    // An id that is written wrong is not taken for one of elsewhere.
    if number == nil, CellText.looksLikeIdentifier(cell) {
      throw wrong(keyPlace, record)
    }
    let isSource = number == nil
    if let namesBySource, namesBySource != isSource {
      throw problem(
        keyPlace, record,
        "\(quotation(of: cell)) is \(isSource ? "no id" : "an id") such as \(header.table.name.id(12)), but the ids above are"
          + "\(isSource ? "" : " not"); a file names its records in one way")
    }
    namesBySource = isSource
    guard let number else { return try references.number(assigningTo: FormulaProtection.undo(cell)) }
    guard hasSource, !source.isEmpty else { return number }
    if let other = try references.number(of: source) {
      guard other == number else {
        throw problem(
          sourcePlace ?? 0, record,
          "the source id \(quotation(of: source)) is that of \(header.table.name.id(other)), and stays its")
      }
    } else {
      try references.assign(number, to: source)
    }
    return number
  }

  private mutating func user(of record: borrowing Decoder) throws -> Int64? {
    guard let person else { return nil }
    switch try person.person(in: record) {
    case .nobody: return nil
    case .id(let id):
      guard let user = run.people.user(id) else { throw unknown(id, person, record) }
      return user
    case .email(let email): return run.people.user(withEmail: email, name: person.personName(in: record))
    case .name(let name):
      switch run.people.find(name) {
      case .one(let id): return id
      case .none:
        run.notes.add(
          person.problem(
            "no user has the name \(quotation(of: name.utf8.span)), so it is nobody's", in: record))
      case .several:
        run.notes.add(
          person.problem(
            "several users have the name \(quotation(of: name.utf8.span)), so it is nobody's", in: record))
      }
      return nil
    }
  }

  private mutating func resolveLinks(of record: borrowing Decoder) throws {
    linked.removeAll(keepingCapacity: true)
    for link in links { linked.append(try link.number(in: record, of: header, run)) }
  }
}

// What is wrong with a record.
extension RecordComparer {
  /// For the id of a user whom no file describes.
  private func unknown(_ id: Int64, _ person: PersonColumns, _ record: borrowing Decoder) -> FileProblem {
    let reason =
      run.files.has(.users)
      ? "is not in Users.csv"
      : "has no e-mail address beside it in any file, and there is no Users.csv"
    return person.problem("U-\(id) \(reason)", in: record)
  }

  private func duplicate(_ record: borrowing Decoder) throws -> FileProblem {
    let place = keyPlace.flatMap { record[$0].isEmpty ? nil : $0 } ?? sourcePlace ?? 0
    let cell = String(copying: record[place])
    var message = "\(cell) appears twice"
    let first = run.files.firstLine(
      in: header.table.name, where: { place < $0.count && String(copying: $0[place]) == cell })
    if let first { message += ", first in line \(first)" }
    return problem(place, record, message)
  }

  private func wrong(_ place: Int, _ record: borrowing Decoder) -> FileProblem {
    problem(place, record, header.columns[place].column.format.problem(with: record[place]))
  }

  private func problem(_ place: Int, _ record: borrowing Decoder, _ message: String) -> FileProblem {
    run.files.problem(at: place, of: record, in: header.table.name, message)
  }
}

/// Where a record of a file names another record: by id or source id, else by name or address.
struct RecordLink {
  /// In the stored row.
  let column: Int
  private let other: Table.Name
  private let id: Int?
  private let name: Int?
  private let email: Int?

  /// - Parameter column: of the table, of the format `id`.
  init(_ column: String, to other: Table.Name, storedAt stored: Int, in header: ImportHeader) {
    self.column = stored
    self.other = other
    id = header.place(of: column)
    name = header.place(of: column, by: .name)
    email = header.place(of: column, by: .email)
  }

  static func all(in header: ImportHeader) -> [RecordLink] {
    header.table.storedColumns.enumerated().compactMap { index, column in
      guard case .id(let other) = column.format, other != .users, other != header.table.name else {
        return nil
      }
      let link = RecordLink(column.name, to: other, storedAt: index, in: header)
      return link.isTold ? link : nil
    }
  }

  var isTold: Bool { id != nil || name != nil || email != nil }

  /// The number of the other record; nil where none is named.
  /// - Throws: `FileProblem` where it isn't there.
  func number(in record: borrowing Decoder, of header: ImportHeader, _ run: Comparison) throws -> Int64? {
    if let id, !record[id].isEmpty { return try number(ofID: record[id], at: id, record, header, run) }
    if let email, !record[email].isEmpty { return try find(email, .email, record, header, run) }
    if let name, !record[name].isEmpty { return try find(name, .name, record, header, run) }
    return nil
  }

  private func number(
    ofID cell: Span<UInt8>, at place: Int, _ record: borrowing Decoder, _ header: ImportHeader,
    _ run: Comparison
  ) throws -> Int64? {
    let references = try run.references(to: other)
    let source = FormulaProtection.undo(cell)
    if let number = try CellText.identifier(cell, prefix: other.idByte) ?? references.number(of: source),
      try references.has(number)
    {
      return number
    }
    let isOurs = CellText.looksLikeIdentifier(cell)
    if isOurs, CellText.identifier(cell, prefix: other.idByte) == nil {
      throw run.files.problem(
        at: place, of: record, in: header.table.name, Column.Format.id(other).problem(with: cell))
    }
    let reason = run.files.has(other) ? "is not in \(other.file)" : "leads nowhere: there is no \(other.file)"
    if run.files.hasLooseEnds {
      run.tell("\(reason), so the link is not made", String(copying: source), place, record, header)
      return nil
    }
    let text = isOurs ? String(copying: cell) : quotation(of: cell)
    throw run.files.problem(at: place, of: record, in: header.table.name, "\(text) \(reason)")
  }

  private func find(
    _ place: Int, _ naming: ImportColumn.Naming, _ record: borrowing Decoder, _ header: ImportHeader,
    _ run: Comparison
  ) throws -> Int64? {
    let text = String(copying: FormulaProtection.undo(record[place]))
    switch try run.references(to: other).find(text, by: naming) {
    case .one(let id): return id
    case .none:
      run.tell(
        "is \(naming == .name ? "the name" : "the e-mail address") of none of \(other.file), so the link is not made",
        text, place, record, header)
    case .several:
      run.tell(
        "is \(naming == .name ? "the name" : "the e-mail address") of several in \(other.file), so the link is not made",
        text, place, record, header)
    }
    return nil
  }
}

extension Statement {
  /// Whether a cell of the row is the number, or empty where there is none.
  fileprivate func has(_ number: Int64?, at column: Int) -> Bool {
    switch cell(at: column) {
    case .integer(let value): value == number
    default: number == nil
    }
  }

  fileprivate mutating func bind(_ number: Int64?, at parameter: Int) throws(SQLiteError) {
    if let number { try bind(number, at: parameter) } else { try bindNull(at: parameter) }
  }
}
