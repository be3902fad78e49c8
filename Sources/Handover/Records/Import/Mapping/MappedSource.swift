import CSV
import System

/// The files of another CRM, as a mapping takes them: each record is written anew as an export would write it, and read
/// from there, so that what imports knows of exports alone.
final class MappedSource: ImportSource {
  let headers: [Table.Name: ImportHeader]
  private let files: [MappedFile]
  private let values: MappedValues
  private let losses = MappingLosses()
  private var users: UserIDs?
  /// Where the record that is handed over came from.
  private var current: (file: MappedFile, origins: [Int?], lines: [Int])?

  /// - Parameters:
  ///   - zone: of times that don't say theirs, where the mapping doesn't either.
  ///   - zones: tells what time it is elsewhere.
  /// - Throws: `ImportRefusal` where the mapping is none for the files.
  init(_ sheets: [ImportSheet], by mapping: ImportMapping, zone: String, zones: Zones) throws(ImportRefusal) {
    let found = mapping.files(of: sheets.map { (name: $0.name, titles: $0.titles) })
    files = zip(sheets, found).compactMap { sheet, file in
      file.map { MappedFile(sheet: sheet, columns: MappedColumns($0, titles: sheet.titles)) }
    }
    values = MappedValues(mapping: mapping, zone: mapping.zone ?? zone, zones: zones)
    headers = Dictionary(grouping: files, by: \.columns.file.table).mapValues(ImportHeader.init(of:))
    for (sheet, file) in zip(sheets, found) where file == nil { losses.leave(sheet) }
    if files.isEmpty {
      throw ImportRefusal(problems: [
        FileProblem(
          "none of the files fits the mapping \(mapping.name): "
            + mapping.files.map { "\($0.table.rawValue) would be in \($0.description)" }.joined(
              separator: ", "))
      ])
    }
    if !mapping.isLoose { try checkColumns() }
  }

  var hasLooseEnds: Bool { values.mapping.hasLooseEnds }

  var sizes: [Table.Name: Int] {
    Dictionary(grouping: files, by: \.columns.file.table).mapValues { $0.map(\.sheet.bytes).saturatingSum }
  }

  var notes: [FileProblem] { files.flatMap(\.sheet.notes) + losses.notes }

  func eachRecord(
    of table: Table.Name, _ problems: ImportProblems, counting: (Int) -> Void,
    _ body: (borrowing Decoder) throws -> Void
  ) throws {
    guard let header = headers[table] else { return }
    let users = try userIDs(problems)
    for file in files where file.columns.file.table == table {
      losses.begin(file)
      var writer = RecordWriter(header, file, values, users, losses)
      try file.sheet.eachRecord(problems, counting: counting) { record in
        guard writer.write(record) else { return }
        current = (file, writer.origins, writer.lines)
        if let problem = writer.problem { return try problems.add(problem) }
        try writer.hand(over: body)
      }
      losses.end()
    }
    current = nil
  }

  func problem(
    at place: Int, of record: borrowing Decoder, in table: Table.Name, _ message: String
  ) -> FileProblem {
    guard let (file, origins, lines) = current, let column = headers[table]?.columns[place] else {
      return FileProblem(file: table.file, message)
    }
    let isOfForm = message == column.column.format.problem(with: record[place])
    let message = isOfForm ? values.hint(record[place], column.column.format) ?? message : message
    guard let origin = origins[place] ?? file.columns.place(of: column) else {
      return FileProblem(file: file.sheet.name, line: lines.first, column: column.title, message)
    }
    return FileProblem(
      file: file.sheet.name, line: lines[origin], column: file.titles.titles[origin], message)
  }

  /// - Throws: `ImportRefusal` where a file doesn't have a column that the mapping names.
  private func checkColumns() throws(ImportRefusal) {
    let problems = ImportProblems()
    for file in files {
      for title in file.columns.file.titles where file.titles[title] == nil {
        try problems.add(
          FileProblem(
            file: file.sheet.name, line: file.sheet.headerLine,
            "the mapping names a column \(quotation(of: title.utf8.span)), which is not there; its columns are "
              + file.titles.titles.prefix(50).joined(separator: ", ")))
      }
    }
    try problems.refuseIfAny()
  }

  /// The ids of users of the other CRM, as those of an export: numbered in the order of their file.
  private func userIDs(_ problems: ImportProblems) throws -> UserIDs {
    if let users { return users }
    let users = UserIDs()
    for file in files where file.columns.file.table == .users {
      guard let mapped = file.columns.columns.first(where: { $0.target.column == "user_id" }) else {
        continue
      }
      let email = file.columns.columns.first { $0.target.column == "email" }
      var use = CellUse(columns: file.titles.titles.count)
      try file.sheet.eachRecord(problems, counting: uncounted) { record in
        guard file.columns.conditions.allSatisfy({ $0.holds(of: record) }) else { return }
        var (id, address): ([UInt8], [UInt8]) = ([], [])
        guard case .value = values.append(mapped, of: record, to: &id, &use) else { return }
        if let email { _ = values.append(email, of: record, to: &address, &use) }
        users.add(Array(copying: trimmed(id.span)), Array(copying: trimmed(address.span)))
      }
    }
    self.users = users
    return users
  }
}

/// A file, and what the mapping takes of it.
struct MappedFile {
  let sheet: ImportSheet
  let columns: MappedColumns
  let titles: TitlePlaces

  init(sheet: ImportSheet, columns: MappedColumns) {
    self.sheet = sheet
    self.columns = columns
    titles = TitlePlaces(sheet.titles)
  }
}

extension MappedColumns {
  /// The first column of the file that may give a column its value.
  fileprivate func place(of column: ImportColumn) -> Int? {
    columns.first { $0.target.column == column.column.name && $0.target.naming == column.naming }
      .flatMap { $0.sources.flatMap(\.places).first }
  }
}

extension ImportHeader {
  /// All columns that any of the files of a table has, in the table's order.
  fileprivate init(of files: [MappedFile]) {
    let table = Table.named(files[0].columns.file.table)
    let targets = Set(files.flatMap { $0.columns.columns.map(\.target) })
    self.init(
      table: table,
      columns: MappingTarget.all(of: table).filter(targets.contains).compactMap { target in
        table.column(target.column).map { ImportColumn($0, by: target.naming, title: target.text) }
      })
  }
}

/// Numbers for the users of another CRM. Two that share an e-mail address, which there can be elsewhere, are one.
final class UserIDs {
  private var numbers: [[UInt8]: Int64] = [:]
  private var addresses: [[UInt8]: Int64] = [:]
  private var repeats: Set<[UInt8]> = []
  private var hasOwn = false

  fileprivate func add(_ id: [UInt8], _ address: [UInt8]) {
    if CellText.identifier(id.span, prefix: Table.Name.users.idByte) != nil { hasOwn = true }
    guard numbers[id] == nil else { return }
    let number = Int64(numbers.count + 1)
    let address = ImportPeople.address(String(decoding: address, as: UTF8.self))
    if !address.isEmpty, let first = addresses[address] {
      numbers[id] = first
      repeats.insert(id)
    } else {
      numbers[id] = number
      addresses[address] = number
    }
  }

  /// The id of an export; nil for a user whom no file lists.
  func id(of user: [UInt8]) -> String? {
    if hasOwn { return String(decoding: user, as: UTF8.self) }
    return numbers[user].map(Table.Name.users.id)
  }

  /// Whether the user is another one already, by the address.
  func isRepeated(_ user: [UInt8]) -> Bool { !hasOwn && repeats.contains(user) }
}

/// Writes the records of one file as an export writes them.
private struct RecordWriter: ~Copyable {
  /// For each column of the table: where the record has its value from.
  private(set) var origins: [Int?] = []
  /// For each column of the file: its line.
  private(set) var lines: [Int] = []
  /// What the record is refused for.
  private(set) var problem: FileProblem?

  private let columns: [MappedColumns.Mapped?]
  private let file: MappedFile
  private let values: MappedValues
  private let users: UserIDs
  private let losses: MappingLosses
  private var encoder = Encoder(capacity: 4_096)
  private var decoder = Decoder()
  private var text: [UInt8] = []
  private var use: CellUse
  /// Whether the record is a user who is there already.
  private var isRepeated = false
  /// For each column of ids: whether they are those of an export.
  private var areOwn: [Bool?]

  init(
    _ header: ImportHeader, _ file: MappedFile, _ values: MappedValues, _ users: UserIDs,
    _ losses: MappingLosses
  ) {
    columns = header.columns.map { column in
      file.columns.columns.first {
        $0.target.column == column.column.name && $0.target.naming == column.naming
      }
    }
    areOwn = columns.map { _ in nil }
    use = CellUse(columns: file.titles.titles.count)
    self.file = file
    self.values = values
    self.users = users
    self.losses = losses
    // The mark makes the decoder ready for a record of any size, and a text of its own may begin with one.
    encoder.byteOrderMark()
    Self.pass(encoder, to: &decoder)
    encoder.clear()
  }

  private static func pass(_ encoder: borrowing Encoder, to decoder: inout Decoder) {
    decoder.feed(encoder.bytes)
  }

  /// - Returns: false for a record that the mapping leaves out.
  mutating func write(_ record: borrowing Decoder) -> Bool {
    for condition in file.columns.conditions where !condition.holds(of: record) {
      losses.count(.record, condition.place)
      return false
    }
    problem = nil
    origins.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
    use.clear()
    for place in file.titles.titles.indices { lines.append(record.position(of: place).line) }
    encoder.clear()
    isRepeated = false
    for place in columns.indices { write(place, record) }
    encoder.endRecord()
    if isRepeated {
      losses.count(.record, origins.lazy.compactMap { $0 }.first ?? 0)
      return false
    }
    for place in file.titles.titles.indices where !use.isTaken[place] {
      if use.isLeft[place] || !file.columns.isUsed[place] && !record[place].isEmpty {
        losses.count(.value, place)
      }
    }
    return true
  }

  /// Reads the record that was written.
  mutating func hand(over body: (borrowing Decoder) throws -> Void) throws {
    decoder.goOn(inLine: lines.first ?? 1)
    Self.pass(encoder, to: &decoder)
    if try decoder.next() { try body(decoder) }
  }

  private mutating func write(_ place: Int, _ record: borrowing Decoder) {
    text.removeAll(keepingCapacity: true)
    guard let mapped = columns[place],
      case .value(let origin, let rules) = values.append(mapped, of: record, to: &text, &use)
    else {
      origins.append(nil)
      return encoder.empty()
    }
    origins.append(origin)
    if isOfNames(mapped) { return Self.write(text, to: &encoder) }
    if let loss = values.shape(&text, as: mapped.column.format, like: rules), let origin {
      losses.count(loss, origin)
    }
    if mapped.column.format == .id(.users) { return writeUser(mapped, origin) }
    if case .id(let table) = mapped.column.format { checkForm(place, table, origin) }
    // An id of elsewhere may begin with anything.
    if mapped.column.format.isProtected || mapped.column.format.isOfIDs {
      Self.write(text, to: &encoder)
    } else {
      Self.write(plain: text, to: &encoder)
    }
  }

  private static func write(_ text: [UInt8], to encoder: inout Encoder) { encoder.text(text.span) }

  /// Without formula protection, in quotes where CSV asks for them.
  private static func write(plain text: [UInt8], to encoder: inout Encoder) {
    guard text.contains(where: { [0x0A, 0x0D, UInt8(ascii: "\""), UInt8(ascii: ",")].contains($0) }) else {
      return encoder.verbatim(text.span)
    }
    var quoted = [UInt8(ascii: "\"")]
    for byte in text { quoted += byte == UInt8(ascii: "\"") ? [byte, byte] : [byte] }
    quoted.append(UInt8(ascii: "\""))
    encoder.verbatim(quoted.span)
  }

  private func isOfNames(_ mapped: MappedColumns.Mapped) -> Bool {
    mapped.target.naming == .name || mapped.target.naming == .email
  }

  private mutating func writeUser(_ mapped: MappedColumns.Mapped, _ origin: Int?) {
    if file.columns.file.table == .users, users.isRepeated(text) { isRepeated = true }
    guard let id = users.id(of: text) else {
      if CellText.identifier(text.span, prefix: Table.Name.users.idByte) != nil {
        return Self.write(plain: text, to: &encoder)
      }
      if let origin { losses.count(.user, origin) }
      return encoder.empty()
    }
    Self.write(plain: Array(id.utf8), to: &encoder)
  }

  /// Ids in two forms are those of two systems, or a mistake.
  private mutating func checkForm(_ place: Int, _ table: Table.Name, _ origin: Int?) {
    let isOwn = CellText.identifier(text.span, prefix: table.idByte) != nil
    guard let form = areOwn[place], form != isOwn else {
      areOwn[place] = isOwn
      return
    }
    let (id, others) = isOwn ? ("an id of an export", "ids of elsewhere") : ("no id of an export", "such ids")
    problem = FileProblem(
      file: file.sheet.name, line: origin.map { lines[$0] }, column: origin.map { file.titles.titles[$0] },
      "\(quotation(of: text.span)) is \(id), and \(others) stand in the column, too; write all in one form, or give "
        + "those of elsewhere a \"prefix\" in the mapping")
  }
}
