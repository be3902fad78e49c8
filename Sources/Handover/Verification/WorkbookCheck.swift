import CSV
import System
import XLSX
import ZIP

/// Holds the workbook of an archive against datapackage.json, and its sheets against what an export writes.
///
/// The records are those of the CSV files. Where there are none, what the sheets' cells say goes through the checks of the
/// CSV files, and is written again: a formula, a number that is a text, a row that is hidden are not the same bytes.
final class WorkbookCheck {
  /// A sheet with records.
  struct Sheet {
    let described: DataPackage.Workbook.Sheet
    let sheet: Workbook.Sheet

    var part: ArchiveEntry { sheet.part }
  }

  private let description: DataPackage.Workbook
  private let problems: VerificationProblems
  /// Nil where it can't be opened.
  private var workbook: Workbook?
  /// Of the tables that have a CSV.
  private var comparisons: [Table.Name: SheetComparison] = [:]

  /// - Throws: `HandoverError` where the system can't read, and so do the others.
  init(
    _ description: DataPackage.Workbook, _ entry: ArchiveEntry, of reader: ArchiveReader,
    _ problems: VerificationProblems
  ) throws {
    self.description = description
    self.problems = problems
    try telling {
      workbook = try Workbook(try WorkbookArchive(entry, of: reader))
      try checkParts()
    }
  }

  /// - Parameters:
  ///   - sha256: of the workbook, as 64 hexadecimal digits.
  ///   - files: the CSV files; empty where the workbook alone has the records.
  func check(_ entry: ArchiveEntry, sha256: String?, _ files: [Table.Name: ArchivedFile]) throws {
    tell(entry.summary.bytes, "bytes", description.bytes)
    tell(checksum(entry.summary.crc32), "as its CRC-32", description.crc32)
    if let sha256 { tell(sha256, "as its SHA-256", description.sha256) }
    checkTables(files)
    if !comparisons.isEmpty, comparisons.values.allSatisfy(\.isSame) { try telling { try checkCutCells() } }
  }

  // MARK: Beside the CSV files

  /// What gets the records of the table's CSV, to compare them with its sheets.
  func comparison(of table: Table) -> SheetComparison? {
    guard let workbook else { return nil }
    comparisons[table.name] = SheetComparison(
      table, sheets(of: table.name, in: workbook), of: workbook.archive, origin: table.name.file, problems)
    return comparisons[table.name]
  }

  /// Whether the sheets of cells that were cut list what the comparison has found.
  private func checkCutCells() throws {
    guard let workbook else { return }
    var rest = Table.Name.allCases.flatMap { comparisons[$0]?.cut ?? [] }[...]
    for sheet in workbook.sheets.dropFirst(description.sheets.count + 1) {
      let bytes = try SheetBytes(of: sheet.part, in: workbook.archive)
      bytes.encoder.beginCutCells()
      while bytes.encoder.rows < SheetEncoder.mostRows, let cell = rest.popFirst() {
        bytes.encoder.write(cell)
        guard try bytes.difference() == nil else { return tellCutCells() }
      }
      bytes.encoder.end()
      guard try bytes.difference() == nil, try bytes.isAtEnd() else { return tellCutCells() }
    }
    if !rest.isEmpty { tellCutCells() }
  }

  private func tellCutCells() { tell("it does not list the cells whose texts were cut") }

  // MARK: Alone

  /// Of its sheets, unpacked.
  var bytes: Int { workbook?.sheets.map(\.bytes).saturatingSum ?? 0 }

  /// Checks the records of a table's sheets.
  ///
  /// - Parameter body: gets each record after the header, as a CSV has it.
  func read(
    _ table: Table, in scope: DataPackage.Subject?, _ crossChecks: CrossChecks,
    _ body: (borrowing Decoder) -> Void, progress: (Int) -> Void
  ) throws -> [ArchivedFile] {
    guard let workbook else { return [] }
    let sheets = sheets(of: table.name, in: workbook)
    if sheets.isEmpty { return [] }
    let comparison = SheetComparison(table, sheets, of: workbook.archive, origin: nil, problems)
    var files: [ArchivedFile] = []
    var check = FileCheck(table, in: scope, crossChecks, problems)
    var record = Decoder()
    var isHeader = true
    func take(_ row: borrowing Decoder) throws {
      table.read(row, isHeader: isHeader, into: &record)
      try check.check(record)
      if !isHeader {
        try comparison.expect(record)
        body(record)
      }
      isHeader = false
    }
    crossChecks.begin(table)
    var isComplete = false
    func readAll() throws {
      for sheet in sheets {
        let before = check.rows
        check.beginSheet(sheet.described.name)
        isHeader = true
        try WorksheetRecords(sheet.sheet, of: workbook).read(counting: progress, take)
        files.append(
          ArchivedFile(
            name: sheet.described.name, rows: check.rows - before, bytes: sheet.part.summary.bytes,
            crc32: sheet.part.summary.crc32))
      }
      try check.finish()
      try comparison.finish()
      isComplete = true
    }
    try telling(in: { check.file }, readAll)
    crossChecks.end(table, isComplete: isComplete)
    return files
  }

  // MARK: The workbook

  private func sheets(of table: Table.Name, in workbook: Workbook) -> [Sheet] {
    description.sheets.filter { $0.table == table.file }.compactMap { described in
      workbook.sheets.first { $0.name.isSame(as: described.name) }
        .map { Sheet(described: described, sheet: $0) }
    }
  }

  /// Whether the sheets are those of an export: of each table at least one, with all of its rows.
  private func checkTables(_ files: [Table.Name: ArchivedFile]) {
    for table in Table.Name.allCases {
      let sheets = description.sheets.filter { $0.table == table.file }
      for (place, sheet) in sheets.enumerated() where sheet.name != table.sheet(place) {
        tell("the sheet \(sheet.name) should be called \(table.sheet(place))")
      }
      if let file = files[table] {
        let rows = sheets.map(\.rows).saturatingSum
        if rows != file.rows { tell("it has \(rows) rows of \(table.file), which has \(file.rows)") }
      }
      let isWanted = files.isEmpty ? table != .documents : files[table] != nil
      if sheets.isEmpty, isWanted { tell("there is no sheet of \(table.file)") }
    }
    for sheet in description.sheets where !Table.Name.allCases.contains(where: { $0.file == sheet.table }) {
      tell("the sheet \(sheet.name) is of \(sheet.table), which is not a file of an export")
    }
  }

  /// Whether the sheets are those that datapackage.json names, in their order and their places, and nothing is beside them.
  private func checkParts() throws {
    guard let workbook else { return }
    let sheets = workbook.sheets
    let expected = [DataPackage.Workbook.about] + description.sheets.map(\.name)
    // About is written last.
    let numbers = sheets.indices.map { $0 == 0 ? sheets.count : $0 }
    guard sheets.map(\.name).starts(with: expected), !sheets.contains(where: \.isHidden),
      sheets.dropFirst(expected.count).allSatisfy({ $0.name.hasPrefix(DataPackage.Workbook.cutCells) }),
      sheets.map(\.part.name) == numbers.map(SheetInWorkbook.part)
    else { return tell("its sheets are not those that \(DataPackage.file) names") }
    let reader = workbook.archive.reader
    let names = (WorkbookPart.first + WorkbookPart.last([])).map(\.name) + sheets.map(\.part.name)
    for entry in reader.entries where !names.contains(entry.name) {
      tell("it has a part that an export does not write: \(entry.name)")
    }
    for part in WorkbookPart.first {
      var bytes: [UInt8] = []
      if let entry = reader.entry(named: part.name), entry.summary.bytes == part.content.utf8.count {
        try reader.read(entry) { bytes.append(copying: $0) }
      }
      if bytes != Array(part.content.utf8) { tell("\(part.name) in it is not that of an export") }
    }
  }

  /// Runs `body` as far as it comes.
  private func telling(
    in file: () -> String = { DataPackage.Workbook.file }, _ body: () throws -> Void
  ) throws {
    do {
      try body()
    } catch let problem as FileProblem {
      problems.add(problem)
    } catch let error as CSVError {
      problems.add(FileProblem(error, in: file()))
    } catch let error as WorkbookError {
      problems.add(file(), error.message)
    } catch let error as ZIPError {
      try problems.add(error, in: file())
    }
  }

  private func tell<Value: Equatable>(_ actual: Value, _ what: String, _ described: Value) {
    guard actual != described else { return }
    tell("the file has \(actual) \(what), but \(DataPackage.file) says \(described)")
  }

  private func tell(_ message: String) { problems.add(DataPackage.Workbook.file, message) }
}

extension DataPackage.Workbook {
  /// A sheet, as problems name it.
  static func file(of sheet: String) -> String { "\(file), sheet \(sheet)" }
}

extension Table {
  /// Puts a row of a sheet together as a CSV has it; what is none of an export's cells stays as it is.
  fileprivate func read(_ row: borrowing Decoder, isHeader: Bool, into record: inout Decoder) {
    record.clear()
    for place in 0..<row.count {
      let position = row.position(of: place)
      guard place < columns.count else {
        record.append(row[place], at: position)
        continue
      }
      let column = columns[place]
      if isHeader {
        let isRight = String(copying: row[place]) == column.heading
        record.append((isRight ? column.name : "").utf8Span.span, at: position)
      } else if let cell = column.format.csv(of: row[place]) {
        record.append(cell.span, at: position)
      } else {
        record.append(row[place], at: position)
      }
    }
  }
}

extension Column.Format {
  /// What a CSV has for the text of a sheet's cell; nil where it is the same.
  fileprivate func csv(of cell: Span<UInt8>) -> [UInt8]? {
    switch self {
    case .text, .texts: FormulaProtection.applies(to: cell) ? [UInt8(ascii: "'")] + Array(copying: cell) : nil
    case .money: CellText.decimal(cell, scale: 2).flatMap { _ in withTwoDecimals(Array(copying: cell)) }
    case .time: cell.count == 19 ? Array(copying: cell) + [UInt8(ascii: "Z")] : nil
    case .boolean where ["TRUE", "FALSE"].contains(String(copying: cell)):
      Array(copying: cell).map { $0 | 0x20 }
    case .id, .ids, .oneOf, .digest, .date, .rate, .integer, .boolean: nil
    }
  }

  private func withTwoDecimals(_ amount: [UInt8]) -> [UInt8] {
    let zero = UInt8(ascii: "0")
    guard let point = amount.firstIndex(of: UInt8(ascii: ".")) else {
      return amount + [UInt8(ascii: "."), zero, zero]
    }
    return amount + [UInt8](repeating: zero, count: max(0, 3 - (amount.count - point)))
  }
}
