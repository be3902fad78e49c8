import CSV
import XLSX
import ZIP

/// Compares the sheets of a table with what an export writes of the same records: all bytes must be the same. The first
/// that is another one is told, and ends it.
final class SheetComparison {
  private let table: Table
  private let cells: [SheetCell]
  private let workbook: WorkbookArchive
  private let problems: VerificationProblems
  /// What the records are of: `Deals.csv`; nil where they are the sheets' own.
  private let origin: String?
  /// Those that are not begun.
  private var rest: ArraySlice<WorkbookCheck.Sheet>
  private var open: (sheet: WorkbookCheck.Sheet, bytes: SheetBytes)?
  /// Where the cells of a row end in what the encoder has written.
  private var ends: [Int] = []
  /// Whether nothing more is compared, as it is all the same, or something is not.
  private var isOver: Bool
  /// Whether all was compared, and is the same.
  private(set) var isSame = false
  /// The cells that have less of their text than the records.
  private(set) var cut: [CutCell] = []

  init(
    _ table: Table, _ sheets: [WorkbookCheck.Sheet], of workbook: WorkbookArchive, origin: String?,
    _ problems: VerificationProblems
  ) {
    self.table = table
    self.workbook = workbook
    self.origin = origin
    self.problems = problems
    cells = table.columns.map { SheetCell($0.format) }
    rest = sheets[...]
    isOver = sheets.isEmpty
  }

  /// Takes the next record after the header.
  /// - Throws: `HandoverError` where the system can't read.
  func expect(_ record: borrowing Decoder) throws {
    guard !isOver else { return }
    do {
      if isFull { try beginNext() }
      guard let open, !isOver else { return }
      let bytes = open.bytes
      let id = CellText.identifier(record[0], prefix: table.name.idByte, upTo: .max)
      bytes.encoder.beginRow()
      let row = bytes.encoder.rows
      ends.removeAll(keepingCapacity: true)
      for place in cells.indices {
        if let characters = bytes.encoder.write(record[place], as: cells[place]) {
          cut.append(
            CutCell(
              sheet: open.sheet.described.name, table: table.name, row: row, id: id ?? 0, column: place,
              characters: characters))
        }
        ends.append(bytes.encoder.count)
      }
      bytes.encoder.endRow()
      guard let difference = try bytes.difference() else { return }
      tell(
        row, id.map { table.name.id($0) },
        ends.firstIndex { difference < $0 }.map { table.columns[$0].name },
        origin.map { "it is not what \($0) has" } ?? "it is not written as in an export")
    } catch let error as ZIPError { try tell(error) }
  }

  /// After the last record.
  /// - Throws: `HandoverError` where the system can't read.
  func finish() throws {
    do {
      while !isOver, !rest.isEmpty { try beginNext() }
      if !isOver { try end() }
      isSame = !isOver
      isOver = true
    } catch let error as ZIPError { try tell(error) }
  }

  /// Whether the next record is of the next sheet.
  private var isFull: Bool {
    guard let open else { return true }
    return open.bytes.encoder.rows > open.sheet.described.rows && !rest.isEmpty
  }

  private func beginNext() throws {
    if open != nil { try end() }
    guard !isOver, let next = rest.popFirst() else { return }
    let bytes = try SheetBytes(of: next.part, in: workbook)
    open = (next, bytes)
    bytes.encoder.begin(table)
    if try bytes.difference() != nil { tell(1, nil, nil, "the header is not that of an export") }
  }

  private func end() throws {
    guard let open else { return }
    let (rows, described) = (open.bytes.encoder.rows - 1, open.sheet.described)
    open.bytes.encoder.end()
    if try open.bytes.difference() != nil {
      tell(rows + 2, nil, nil, "the sheet does not end before this row")
    } else if try !open.bytes.isAtEnd() {
      tell(rows + 2, nil, nil, "something follows the end of the sheet")
    } else if rows != described.rows {
      problems.add(
        DataPackage.Workbook.file,
        "the sheet \(described.name) has \(rows) rows and a header, but \(DataPackage.file) says "
          + "\(described.rows)")
    }
  }

  private func tell(_ error: ZIPError) throws {
    isOver = true
    try problems.add(error, in: DataPackage.Workbook.file)
  }

  private func tell(_ row: Int, _ record: String?, _ column: String?, _ message: String) {
    isOver = true
    problems.add(
      FileProblem(
        file: DataPackage.Workbook.file(of: open?.sheet.described.name ?? table.name.rawValue), line: row,
        record: record, column: column,
        message))
  }
}

/// The bytes of a sheet, beside those that an export writes.
final class SheetBytes {
  /// Gets what is to come next.
  var encoder = SheetEncoder()
  private let content: EntryContent
  private var bytes = CanonicalBytes()

  init(of part: ArchiveEntry, in workbook: WorkbookArchive) throws(ZIPError) {
    content = try workbook.reader.content(of: part)
  }

  /// Compares what the encoder has written since it was asked before.
  /// - Returns: the place of the first byte that differs.
  func difference() throws -> Int? {
    while bytes.count < encoder.count, try content.next({ bytes.feed($0) }) {}
    let difference = bytes.difference(from: encoder.bytes)
    bytes.advance(by: difference == nil ? encoder.count : 0)
    encoder.clear()
    return difference
  }

  /// Whether nothing follows what was compared.
  func isAtEnd() throws -> Bool {
    while bytes.count == 0, try content.next({ bytes.feed($0) }) {}
    return bytes.count == 0
  }
}
