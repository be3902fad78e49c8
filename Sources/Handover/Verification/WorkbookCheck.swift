import CSV
import System
import ZIP

/// Holds the workbook of an archive against datapackage.json: its bytes, that it opens, its sheets and their rows.
///
/// What the cells say is not compared with the CSV files': the SHA-256 says that they are the cells that were written.
struct WorkbookCheck {
  private let description: DataPackage.Workbook
  private let reader: ArchiveReader
  private let problems: VerificationProblems

  init(_ description: DataPackage.Workbook, _ reader: ArchiveReader, _ problems: VerificationProblems) {
    self.description = description
    self.reader = reader
    self.problems = problems
  }

  /// - Parameters:
  ///   - sha256: of the workbook, as 64 hexadecimal digits.
  ///   - files: the CSV files; empty where the workbook alone has the records.
  /// - Returns: the sheets, as far as they could be read.
  /// - Throws: `HandoverError` where the system can't read.
  func check(
    _ entry: ArchiveEntry, sha256: String?, _ files: [Table.Name: ArchivedFile]
  ) throws -> [ArchivedFile] {
    tell(entry.summary.bytes, "bytes", description.bytes)
    tell(checksum(entry.summary.crc32), "as its CRC-32", description.crc32)
    if let sha256 { tell(sha256, "as its SHA-256", description.sha256) }
    checkTables(files)
    do {
      let workbook = try Workbook(try WorkbookArchive(entry, of: reader))
      checkNames(workbook.sheets.map(\.name))
      return try description.sheets.compactMap { described in
        guard let sheet = workbook.sheets.first(where: { $0.name.isSame(as: described.name) }) else {
          return nil
        }
        return try check(described, sheet, in: workbook)
      }
    } catch let error as WorkbookError {
      tell(error.message)
    } catch let error as ZIPError {
      if case .system = error.code { try problems.add(error) }
      tell((error.entry.map { "\($0): " } ?? "") + error.message)
    }
    return []
  }

  /// Hands over the records of a table's sheets.
  /// - Throws: where the workbook can't be read.
  static func readRecords(
    of table: Table.Name, in entry: ArchiveEntry, of reader: ArchiveReader,
    _ body: (borrowing Decoder) -> Void
  ) throws {
    let workbook = try Workbook(try WorkbookArchive(entry, of: reader))
    for sheet in workbook.sheets where sheet.name.hasPrefix(table.rawValue) {
      var isHeader = true
      func take(_ record: borrowing Decoder) {
        if !isHeader { body(record) }
        isHeader = false
      }
      try WorksheetRecords(sheet, of: workbook).read(counting: { _ in }, take)
    }
  }

  private func check(
    _ described: DataPackage.Workbook.Sheet, _ sheet: Workbook.Sheet, in workbook: Workbook
  ) throws -> ArchivedFile {
    var rows = -1
    func count(_ event: XMLScanner.Event) {
      if case .start(let tag) = event, tag.name.isNamed("row") { rows += 1 }
    }
    try workbook.scan(sheet, counting: { _ in }, count)
    if rows != described.rows {
      tell(
        "the sheet \(described.name) has \(max(rows, 0)) rows and a header, but \(DataPackage.file) says "
          + "\(described.rows)")
    }
    return ArchivedFile(name: described.name, rows: max(rows, 0), bytes: sheet.bytes, crc32: 0)
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

  private func checkNames(_ names: [String]) {
    let expected = [DataPackage.Workbook.about] + description.sheets.map(\.name)
    let rest = names.dropFirst(expected.count)
    guard names.starts(with: expected),
      rest.allSatisfy({ $0.hasPrefix(DataPackage.Workbook.cutCells) })
    else { return tell("its sheets are not those that \(DataPackage.file) names") }
  }

  private func tell<Value: Equatable>(_ actual: Value, _ what: String, _ described: Value) {
    guard actual != described else { return }
    tell("the file has \(actual) \(what), but \(DataPackage.file) says \(described)")
  }

  private func tell(_ message: String) { problems.add(DataPackage.Workbook.file, message) }
}
