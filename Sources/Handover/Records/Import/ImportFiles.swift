import CSV
import System
import ZIP

/// The files of one import, opened: their headers are known to be right, and their records can be read.
final class ImportFiles {
  private(set) var headers: [Table.Name: ImportHeader] = [:]
  private let source: any ImportSource
  private let progress: (_ done: Int, _ total: Int) -> Void
  private var bytesRead = 0
  private var bytesToRead: Int

  /// Reads all headers.
  /// - Throws: `ImportRefusal` with what is wrong with them.
  init(_ source: any ImportSource, progress: @escaping (Int, Int) -> Void) throws {
    self.source = source
    self.progress = progress
    bytesToRead = source.sizes.values.saturatingSum
    let problems = ImportProblems()
    for table in Table.Name.allCases where source.sizes[table] != nil {
      headers[table] = try header(of: table, problems)
    }
    try problems.refuseIfAny()
  }

  func has(_ table: Table.Name) -> Bool { headers[table] != nil }

  /// Announces that a file will be read once more than the others.
  func expectAgain(_ table: Table.Name) {
    bytesToRead = bytesToRead.adding(saturating: source.sizes[table] ?? 0)
  }

  /// Calls `body` with each record of a file after its header, if there is such a file.
  ///
  /// A record of too few or too many fields is a problem; anything else that is not CSV ends the reading.
  /// - Throws: what `body` throws; `ImportRefusal`; `HandoverError` where the system can't read.
  func eachRecord(
    of table: Table.Name, _ problems: ImportProblems, _ body: (borrowing Decoder) throws -> Void
  ) throws {
    guard let header = headers[table] else { return }
    var isHeader = true
    try read(table, problems) { record in
      if isHeader {
        isHeader = false
        return
      }
      do throws(CSVError) {
        try record.expect(fields: header.columns.count)
      } catch {
        return try problems.add(FileProblem(error, in: table))
      }
      try body(record)
    }
  }

  /// The line of the first record of a file that `condition` is true for.
  func firstLine(in table: Table.Name, where condition: (borrowing Decoder) -> Bool) -> Int? {
    var line: Int?
    // A problem found here is reported by the main reading.
    try? read(table, ImportProblems(), isCounted: false) { record in
      guard record.count > 0, condition(record) else { return }
      line = record.position(of: 0).line
      throw Enough()
    }
    return line
  }

  private func header(of table: Table.Name, _ problems: ImportProblems) throws -> ImportHeader? {
    var header: ImportHeader?
    let before = problems.count
    do {
      try read(table, problems, isCounted: false) { record in
        header = try ImportHeader(of: table, record, problems)
        throw Enough()
      }
    } catch is Enough { return header }
    if problems.count == before {
      try problems.add(
        FileProblem(file: table.file, "the file is empty; its first line has to name its columns"))
    }
    return nil
  }

  /// Calls `body` with every record, the header's too.
  private func read(
    _ table: Table.Name, _ problems: ImportProblems, isCounted: Bool = true,
    _ body: (borrowing Decoder) throws -> Void
  ) throws {
    var decoder = Decoder()
    do {
      try source.read(table) { bytes in
        decoder.feed(bytes)
        while try decoder.next() { try body(decoder) }
        if isCounted { count(bytes.count) }
      }
      decoder.finish()
      while try decoder.next() { try body(decoder) }
    } catch let error as CSVError {
      try problems.add(FileProblem(error, in: table))
    } catch let error as ZIPError {
      if case .system = error.code { throw HandoverError("\(table.file): \(error.message)") }
      try problems.add(FileProblem(file: table.file, error.message))
    }
  }

  private func count(_ bytes: Int) {
    bytesRead += bytes
    progress(bytesRead, bytesToRead)
  }

  /// Thrown to end the reading once the record is found.
  private struct Enough: Error {}
}

/// The position of each column in a file.
struct ImportHeader {
  let table: Table
  /// In the order of the file.
  let columns: [Column]

  /// Reads the first record.
  /// - Throws: `ImportRefusal` where there are twenty problems already.
  /// - Returns: nil, with the problems added, where it isn't a header of the table.
  init?(of name: Table.Name, _ record: borrowing Decoder, _ problems: ImportProblems) throws(ImportRefusal) {
    table = Table.named(name)
    var columns: [Column] = []
    var isSound = true
    for place in 0..<record.count {
      let cell = String(copying: record[place])
      if let column = table.column(cell), !columns.contains(where: { $0.name == cell }) {
        columns.append(column)
        continue
      }
      let complaint =
        table.column(cell) == nil
        ? "\(quotation(of: record[place])) is not a column of this file; its columns are "
          + table.columns.map(\.name).joined(separator: ", ")
        : "the column \(cell) appears twice"
      try problems.add(FileProblem(file: name.file, line: 1, complaint))
      isSound = false
    }
    for key in table.primaryKey where isSound && !columns.contains(where: { $0.name == key }) {
      try problems.add(FileProblem(file: name.file, line: 1, "the column \(key) is missing"))
      isSound = false
    }
    guard isSound else { return nil }
    self.columns = columns
  }

  /// - Returns: nil for a column that the file doesn't have.
  func place(of column: String) -> Int? {
    columns.firstIndex { $0.name == column }
  }
}
