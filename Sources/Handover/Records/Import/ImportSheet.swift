import CSV
import ZIP

/// A table of cells as somebody brought it: a CSV.
final class ImportSheet {
  /// As people know it: `Deals.csv`.
  let name: String
  /// To be read for all of its records.
  let bytes: Int
  /// What its first record calls its columns; empty where there is none.
  let titles: [String]
  /// The line of the titles.
  let headerLine: Int
  /// What people are told though it is no problem; complete when all has been read.
  private(set) var notes: [FileProblem] = []

  private let place: any ImportPlace
  private let path: String

  /// Reads the titles.
  /// - Throws: `ImportRefusal` once there are enough problems; `HandoverError` where the system can't read.
  init(_ path: String, bytes: Int, in place: any ImportPlace, _ problems: ImportProblems) throws {
    self.place = place
    self.path = path
    self.bytes = bytes
    name = String(
      path[(path.utf8.lastIndex(of: UInt8(ascii: "/")).map(path.utf8.index(after:)) ?? path.startIndex)...])
    var titles: [String] = []
    var line = 1
    func look(_ record: borrowing Decoder) throws {
      titles = (0..<record.count).map { String(copying: record[$0]) }
      line = record.position(of: 0).line
      throw Enough()
    }
    do {
      try Self.read(path, name, in: place, problems, counting: { _ in }, look)
    } catch is Enough {}
    self.titles = titles
    headerLine = line
  }

  /// Calls `body` with each record after the titles. It has at least as many cells as there are titles.
  ///
  /// A record of too few or too many cells is a problem; anything else that is not CSV ends the reading.
  /// - Throws: what `body` throws; `ImportRefusal` once there are enough problems; `HandoverError` where the system
  ///   can't read.
  func eachRecord(
    _ problems: ImportProblems, counting: (Int) -> Void, _ body: (borrowing Decoder) throws -> Void
  ) throws {
    var isHeader = true
    try Self.read(path, name, in: place, problems, counting: counting) { record in
      if isHeader {
        isHeader = false
        return
      }
      do throws(CSVError) {
        try record.expect(fields: titles.count)
      } catch {
        return try problems.add(FileProblem(error, in: name))
      }
      try body(record)
    }
  }

  /// What is wrong with a cell of the record that is being read.
  func problem(at place: Int, of record: borrowing Decoder, _ message: String) -> FileProblem {
    FileProblem(
      file: name, line: record.position(of: place).line, column: place < titles.count ? titles[place] : nil,
      message)
  }

  /// Calls `body` with every record, the titles too.
  private static func read(
    _ path: String, _ name: String, in place: any ImportPlace, _ problems: ImportProblems,
    counting: (Int) -> Void,
    _ body: (borrowing Decoder) throws -> Void
  ) throws {
    var decoder = Decoder()
    do {
      try place.read(path) { bytes in
        decoder.feed(bytes)
        while try decoder.next() { try body(decoder) }
        counting(bytes.count)
      }
      decoder.finish()
      while try decoder.next() { try body(decoder) }
    } catch let error as CSVError {
      try problems.add(FileProblem(error, in: name))
    } catch let error as ZIPError {
      if case .system = error.code { throw HandoverError("\(name): \(error.message)") }
      try problems.add(FileProblem(file: name, error.message))
    }
  }

  /// Thrown to end the reading once the record is found.
  private struct Enough: Error {}
}
