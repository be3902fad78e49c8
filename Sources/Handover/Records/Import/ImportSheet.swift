import CSV
import System
import ZIP

/// A table of cells as somebody brought it: a CSV, or a sheet of a workbook.
///
/// Its records can be read any number of times, by one thread at a time. Blank lines, blank rows, and what may stand
/// above the titles (byte order marks, `sep=;`) are left out.
final class ImportSheet {
  /// As people know it: `Deals.csv`, or `Records.xlsx, sheet Deals` where there are several. Of a table that goes on on
  /// another sheet, the one that is being read.
  var name: String { parts[part].name }
  /// What says which table it is, where people have named it so: `Deals`.
  let subject: String
  /// What its first record calls its columns, without blanks around. One may be empty, but not the last one. There are
  /// none in a file without records.
  private(set) var titles: [String] = []
  /// The line of the titles.
  private(set) var headerLine = 1
  /// What people are told though it is no problem; complete when all has been read.
  private(set) var notes: [FileProblem] = []
  /// Whether it is of a workbook: dates come as `2026-05-02`, times as `2026-05-02T09:30:00`, numbers with a point,
  /// percentages with their sign, and booleans as `TRUE` and `FALSE`.
  let isOfWorkbook: Bool

  private struct Part {
    let name: String
    let records: any SheetRecords
    let bytes: Int
  }

  private var parts: [Part]
  /// The one that is being read.
  private var part = 0
  /// Whether a title names the zone of times, as the workbook of an export does.
  private var namesZone = false
  /// Cells of the first record.
  private var width = 0
  private var isNoted = false

  /// Opens a CSV, or each sheet of a workbook, and reads the titles.
  ///
  /// Of the workbook of an export, whatever it is called, there are the sheets with records, a table's together; and none
  /// beside the tables of an export, which have the same records.
  /// - Parameter others: what is opened with it.
  /// - Throws: `ImportRefusal` once there are enough problems; `HandoverError` where the system can't read.
  static func open(
    _ file: ImportPlaceFile, in place: any ImportPlace, beside others: [ImportPlaceFile],
    as dialect: ImportDialect = ImportDialect(), _ problems: ImportProblems
  ) throws -> [ImportSheet] {
    do {
      guard file.isWorkbook else {
        let records = try TextRecords(file, in: place, as: dialect)
        return [try ImportSheet(records, file.lastName, file.stem, bytes: file.bytes, problems)]
      }
      let workbook = try Workbook(try place.archive(file.name))
      let sheets = try workbook.sheets.map { sheet in
        let records = WorksheetRecords(sheet, of: workbook)
        // The only sheet may be called Sheet1.
        let isNamed = workbook.sheets.count > 1 || Table.Name(subject: sheet.name) != nil
        return try ImportSheet(
          records, workbook.sheets.count > 1 ? "\(file.lastName), sheet \(sheet.name)" : file.lastName,
          isNamed ? sheet.name : file.stem, bytes: sheet.bytes, problems)
      }
      let beginsAsExport = sheets[0].isAboutExport
      workbook.isOfExport = beginsAsExport || sheets.contains(where: \.namesZone)
      guard workbook.isOfExport else { return sheets }
      return beginsAsExport && others.contains(where: \.isTableOfExport)
        ? [] : try withRecords(sheets, problems)
    } catch let problem as FileProblem {
      try problems.add(problem)
    } catch let error as WorkbookError {
      try problems.add(FileProblem(file: file.lastName, error.message))
    } catch let error as ZIPError {
      try problems.add(try FileProblem(error, in: file.lastName))
    }
    return []
  }

  /// The sheets of an export's workbook that have records.
  private static func withRecords(
    _ sheets: [ImportSheet], _ problems: ImportProblems
  ) throws(ImportRefusal) -> [ImportSheet] {
    var found: [ImportSheet] = []
    for sheet in sheets where sheet.subject != DataPackage.Workbook.about {
      if sheet.subject == DataPackage.Workbook.cutCells {
        try problems.add(
          FileProblem(
            file: sheet.name, "texts are cut in this workbook; bring in the CSV files of the export"))
      } else if let first = found.first(where: { $0.isContinued(by: sheet) }) {
        first.parts += sheet.parts
      } else if !sheet.subject.hasPrefix(DataPackage.Workbook.cutCells) {
        found.append(sheet)
      }
    }
    return found
  }

  /// Whether it is the first sheet of an export's workbook.
  private var isAboutExport: Bool {
    subject == DataPackage.Workbook.about
      && titles.first?.hasPrefix(DataPackage.Workbook.title(of: "")) == true
  }

  private func isContinued(by other: ImportSheet) -> Bool {
    Table.Name(subject: subject)?.sheet(parts.count) == other.subject && titles == other.titles
  }

  /// To be read for all of its records.
  var bytes: Int { parts.map(\.bytes).saturatingSum }

  private init(
    _ records: any SheetRecords, _ name: String, _ subject: String, bytes: Int, _ problems: ImportProblems
  ) throws {
    parts = [Part(name: name, records: records, bytes: bytes)]
    self.subject = subject
    isOfWorkbook = records is WorksheetRecords
    func look(_ record: borrowing Decoder) throws {
      guard !record.isBlank else { return }
      var titles = (0..<record.count).map { Self.trimmed(record[$0]) }
      // As the workbook of an export calls its times.
      let mark = DataPackage.Workbook.zoneMark
      if isOfWorkbook {
        namesZone = titles.contains { $0.hasSuffix(mark) }
        titles = titles.map { $0.hasSuffix(mark) ? String($0.dropLast(mark.count)) : $0 }
      }
      width = titles.count
      while titles.last?.isEmpty == true { titles.removeLast() }
      self.titles = titles
      headerLine = record.position(of: 0).line
      note(record)
      throw Enough()
    }
    do { try read(problems, counting: { _ in }, look) } catch is Enough {}
  }

  /// Calls `body` with each record after the titles. It has at least as many cells as there are titles, and nothing
  /// stands in those beyond, or in those without a title.
  ///
  /// A record of too few or too many cells is a problem; anything else that is not CSV ends the reading.
  /// - Throws: what `body` throws; `ImportRefusal` once there are enough problems; `HandoverError` where the system
  ///   can't read.
  func eachRecord(
    _ problems: ImportProblems, counting: (Int) -> Void, _ body: (borrowing Decoder) throws -> Void
  ) throws {
    let untitled = titles.indices.filter { titles[$0].isEmpty }
    var isHeader = true
    func take(_ record: borrowing Decoder) throws {
      if record.beginsBlank, record.isBlank { return }
      if isHeader {
        isHeader = false
        return
      }
      if !isNoted { note(record) }
      if record.count < width || record.count > titles.count, !(try fits(record, problems)) { return }
      for place in untitled where !record[place].isEmpty {
        return try problems.add(problem(at: place, of: record, untitled: record[place]))
      }
      try body(record)
    }
    try read(problems, counting: counting, take)
  }

  /// What is wrong with a cell of the record that is being read.
  func problem(at place: Int, of record: borrowing Decoder, _ message: String) -> FileProblem {
    FileProblem(
      file: name, line: record.position(of: place).line, column: place < titles.count ? titles[place] : nil,
      message)
  }

  func add(note: FileProblem) { notes.append(note) }

  private func fits(_ record: borrowing Decoder, _ problems: ImportProblems) throws(ImportRefusal) -> Bool {
    if record.count >= width, width > titles.count || record.isBlank(from: width) {
      for place in titles.count..<record.count where !record[place].isEmpty {
        try problems.add(problem(at: place, of: record, untitled: record[place]))
        return false
      }
      return true
    }
    do throws(CSVError) {
      try record.expect(fields: width)
    } catch {
      try problems.add(FileProblem(error, in: name))
    }
    return false
  }

  private func problem(at place: Int, of record: borrowing Decoder, untitled cell: Span<UInt8>) -> FileProblem
  {
    FileProblem(
      file: name, line: record.position(of: place).line,
      "\(quotation(of: cell)) stands in column \(place + 1), which has no title; give it one in line \(headerLine)"
    )
  }

  /// Notes the first cell that was read by a guess at the encoding.
  private func note(_ record: borrowing Decoder) {
    guard record.encoding != .utf8OrWindows1252 else { return }
    guard parts[part].records.guesses, record.encoding == .windows1252 else {
      isNoted = true
      return
    }
    for place in 0..<record.count where record[place].hasOtherThanASCII {
      let cell = quotation(of: record[place])
      add(
        note: problem(
          at: place, of: record,
          "\(cell) is read as Windows-1252, since the file is not UTF-8; where it looks wrong, save the file as CSV UTF-8"
        ))
      isNoted = true
      return
    }
  }

  /// Calls `body` with every record, the titles and blank ones too.
  private func read(
    _ problems: ImportProblems, counting: (Int) -> Void, _ body: (borrowing Decoder) throws -> Void
  ) throws {
    defer { part = 0 }
    do {
      for place in parts.indices {
        part = place
        // The titles stand on each sheet of a table that goes on.
        var isTitled = place == 0
        func take(_ record: borrowing Decoder) throws {
          if isTitled { try body(record) } else { isTitled = !record.isBlank }
        }
        try parts[place].records.read(counting: counting, take)
      }
    } catch let error as CSVError {
      try problems.add(FileProblem(error, in: name))
    } catch let error as WorkbookError {
      try problems.add(FileProblem(file: name, error.message))
    } catch let error as ZIPError {
      try problems.add(try FileProblem(error, in: name))
    }
  }

  private static func trimmed(_ cell: Span<UInt8>) -> String {
    var scalars = String(copying: cell).unicodeScalars[...]
    func isPadding(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isWhitespace || scalar == "\u{FEFF}" || scalar == "\u{200B}"
    }
    while let first = scalars.first, isPadding(first) { scalars.removeFirst() }
    while let last = scalars.last, isPadding(last) { scalars.removeLast() }
    return String(scalars)
  }

  /// Thrown to end the reading once the titles are found.
  private struct Enough: Error {}
}

/// What the records of a sheet are read from.
protocol SheetRecords {
  /// Whether the encoding is a guess.
  var guesses: Bool { get }

  /// Calls `body` with every record that has cells.
  /// - Throws: what `body` throws; `CSVError`; `ZIPError`; `HandoverError`.
  func read(counting: (Int) -> Void, _ body: (borrowing Decoder) throws -> Void) throws
}

/// The records of a CSV.
private struct TextRecords: SheetRecords {
  private let place: any ImportPlace
  private let path: String
  private let dialect: SniffedDialect

  init(_ file: ImportPlaceFile, in place: any ImportPlace, as dialect: ImportDialect) throws {
    struct Enough: Error {}
    var head: [UInt8] = []
    do {
      try place.read(file.name) { bytes in
        let rest = SniffedDialect.length - head.count
        for place in 0..<min(rest, bytes.count) { head.append(bytes[place]) }
        if head.count == SniffedDialect.length { throw Enough() }
      }
    } catch is Enough {}
    self.place = place
    path = file.name
    self.dialect = try SniffedDialect(head, as: dialect, in: file.lastName)
  }

  var guesses: Bool { dialect.encoding == .utf8OrWindows1252 }

  func read(counting: (Int) -> Void, _ body: (borrowing Decoder) throws -> Void) throws {
    var decoder = Decoder(separator: dialect.separator, encoding: dialect.encoding)
    var isOver = dialect.hasSeparatorLine
    func take(_ record: borrowing Decoder) throws {
      if isOver {
        isOver = false
        return
      }
      try body(record)
    }
    var excess = dialect.excess
    try place.read(path) { bytes in
      decoder.feed(bytes.extracting(min(excess, bytes.count)...))
      excess -= min(excess, bytes.count)
      while try decoder.next() { try take(decoder) }
      counting(bytes.count)
    }
    decoder.finish()
    while try decoder.next() { try take(decoder) }
  }
}

extension Decoder {
  /// Whether nothing but blanks stands in any cell.
  var isBlank: Bool { isBlank(from: 0) }

  fileprivate var beginsBlank: Bool { self[0].isEmpty || self[0][0] == 0x20 || self[0][0] == 0x09 }

  fileprivate func isBlank(from start: Int) -> Bool {
    for place in start..<max(start, count) {
      let cell = self[place]
      for byte in cell.indices where cell[byte] != 0x20 && cell[byte] != 0x09 { return false }
    }
    return true
  }
}

extension Span<UInt8> {
  fileprivate var hasOtherThanASCII: Bool {
    for place in indices where self[place] >= 0x80 { return true }
    return false
  }
}

extension FileProblem {
  /// What is wrong with a file of an import.
  /// - Throws: `HandoverError` where the system can't read it.
  init(_ error: ZIPError, in file: String) throws(HandoverError) {
    if case .system = error.code { throw HandoverError("\(file): \(error.message)") }
    self.init(file: file, error.message)
  }
}
