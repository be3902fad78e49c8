import CSV
import Secrets
import System
import XLSX
import ZIP

/// Makes `Handover.xlsx` of the records: a sheet for each table, or more of a large one.
///
/// It gets the bytes that the CSV encoder makes of the tables and reads them again, so that each cell says what the CSV's
/// says (`SheetCell`), and the database is read once.
///
/// A workbook is a ZIP itself. It grows in a file without a name beside the archive, through the same compressors, and is
/// then put into the archive as it is; the disk needs its room twice for as long.
///
/// Memory, whatever is written: its ring of chunks, and 56 bytes for each cell that was cut, which had 32 KiB.
final class ArchiveWorkbook {
  private let scratch: UnnamedFile
  private let writer: ArchiveWriter
  private let mostRows: Int
  private var records = TableRecords()
  private var encoder = SheetEncoder()
  private var sheets: [ArchivedSheet] = []
  private var table = Table.deals
  private var cut: [CutCell] = []

  /// - Parameters:
  ///   - folder: on whose disk it grows.
  ///   - modified: as in `ArchiveWriter`.
  ///   - mostRows: of a sheet, with its header.
  init(
    in folder: String, compressors: Compressors, level: Int, modified: Duration,
    mostRows: Int = SheetEncoder.mostRows
  ) throws {
    scratch = try UnnamedFile(in: folder)
    writer = try ArchiveWriter(
      descriptor: scratch.descriptor, compressors: compressors, level: level, modified: modified)
    self.mostRows = mostRows
    for part in WorkbookPart.first { try add(part) }
  }

  /// No thread may use the file after this.
  func abandon() { writer.abandon() }

  // MARK: The records

  func begin(_ table: Table) throws {
    self.table = table
    records.begin(table)
    try beginSheet()
  }

  /// - Parameter csv: the next bytes of the table's CSV, cut anywhere.
  func write(_ csv: Span<UInt8>) throws {
    records.feed(csv)
    while try records.next() {
      if encoder.rows == mostRows {
        try endSheet()
        try beginSheet()
      }
      encoder.beginRow()
      let row = encoder.rows
      records.write(to: &encoder) { column, id, characters in
        cut.append(
          CutCell(
            sheet: sheets[sheets.count - 1].name, table: table.name, row: row, id: id, column: column,
            characters: characters))
      }
      encoder.endRow()
      if encoder.count >= Self.drainAt { try drain() }
    }
  }

  /// Ends the table.
  func end() throws { try endSheet() }

  private static let drainAt = 32_768

  private func beginSheet() throws {
    let name = table.name.sheet(sheets.count { $0.table == table.name })
    sheets.append(ArchivedSheet(name: name, table: table.name, rows: 0))
    try writer.begin(SheetInWorkbook.part(sheets.count))
    encoder.begin(table)
  }

  private func endSheet() throws {
    sheets[sheets.count - 1].rows = encoder.rows - 1
    encoder.end()
    try drain()
    try writer.endEntry()
  }

  private func drain() throws(ZIPError) { try encoder.pour(into: writer) }

  // MARK: The rest

  /// Ends the workbook and puts it into the archive.
  ///
  /// - Parameter about: makes the lines of the first sheet, from the sheets and the number of the cells that were cut.
  func finish(
    into entries: ArchiveEntries, cancellation: Cancellation,
    about: ([ArchivedSheet], Int) -> [[AboutCell]]
  ) throws -> ArchivedWorkbook {
    let listed = try addCutCells()
    let first = sheets.count + listed.count + 1
    try addSheet(first) { encoder in
      encoder.begin(columns: AboutCell.columns, hasHeader: false, isFirst: true)
      for line in about(sheets, cut.count) {
        encoder.beginRow()
        for cell in line { encoder.write(cell) }
        encoder.endRow()
      }
    }
    var all = [SheetInWorkbook(name: DataPackage.Workbook.about, number: first)]
    for (place, sheet) in sheets.enumerated() {
      let columns = Table.named(sheet.table).columns.count
      all.append(
        SheetInWorkbook(name: sheet.name, number: place + 1, filtered: (columns, sheet.rows + 1)))
    }
    for part in WorkbookPart.last(all + listed) { try add(part) }
    let summary = try writer.finish()
    try entries.begin(DataPackage.Workbook.file, isStored: true)
    try summary.verify(descriptor: scratch.descriptor) { bytes in
      try cancellation.check()
      try entries.write(bytes)
    }
    let digest = entries.digest
    try entries.end()
    for place in sheets.indices {
      let part = SheetInWorkbook.part(place + 1)
      guard let entry = summary.entries.first(where: { $0.name == part }) else { continue }
      sheets[place].bytes = entry.bytes
      sheets[place].crc32 = entry.crc32
    }
    return ArchivedWorkbook(
      bytes: summary.size, crc32: summary.crc32, sha256: digest, sheets: sheets, cutCells: cut.count)
  }

  /// The sheet that lists the cells that were cut, or more than one; none where none was.
  private func addCutCells() throws -> [SheetInWorkbook] {
    var listed: [SheetInWorkbook] = []
    var rest = cut[...]
    while !rest.isEmpty {
      let part = rest.prefix(mostRows - 1)
      rest = rest.dropFirst(part.count)
      let number = sheets.count + listed.count + 1
      try addSheet(number) { encoder in
        encoder.beginCutCells()
        for cell in part { encoder.write(cell) }
      }
      listed.append(
        SheetInWorkbook(
          name: DataPackage.Workbook.cutCells + (listed.isEmpty ? "" : " (\(listed.count + 1))"),
          number: number,
          filtered: (CutCell.columns.count, part.count + 1)))
    }
    return listed
  }

  private func addSheet(_ number: Int, _ write: (inout SheetEncoder) -> Void) throws {
    try writer.begin(SheetInWorkbook.part(number))
    write(&encoder)
    encoder.end()
    try drain()
    try writer.endEntry()
  }

  private func add(_ part: WorkbookPart) throws(ZIPError) {
    try writer.begin(part.name)
    try writer.write(part.content.utf8Span.span)
    try writer.endEntry()
  }
}

extension SheetEncoder {
  /// Passes on the bytes that wait.
  fileprivate mutating func pour(into writer: ArchiveWriter) throws(ZIPError) {
    try writer.write(bytes)
    clear()
  }
}

/// The records of a table, as they come out of its CSV.
private struct TableRecords: ~Copyable {
  private var decoder = Decoder()
  private var cells: [SheetCell] = []
  private var prefix: UInt8 = 0
  private var isHeaderRead = false

  mutating func begin(_ table: Table) {
    decoder = Decoder()
    cells = table.columns.map { SheetCell($0.format) }
    prefix = table.name.idByte
    isHeaderRead = false
  }

  mutating func feed(_ csv: Span<UInt8>) { decoder.feed(csv) }

  /// Goes on to the next record behind the header.
  mutating func next() throws(CSVError) -> Bool {
    guard try decoder.next() else { return false }
    if isHeaderRead { return true }
    isHeaderRead = true
    return try decoder.next()
  }

  /// Writes the record's cells.
  /// - Parameter cut: is told of each cell that was cut: the column, from 0, the record's id, and its characters.
  func write(
    to encoder: inout SheetEncoder, _ cut: (_ column: Int, _ id: Int64, _ characters: Int) -> Void
  ) {
    for place in cells.indices {
      guard let characters = encoder.write(decoder[place], as: cells[place]) else { continue }
      cut(place, CellText.identifier(decoder[0], prefix: prefix, upTo: .max) ?? 0, characters)
    }
  }
}
