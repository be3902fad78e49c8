import CSV
import System

/// The tables of one import as they are read, with the progress through all of them.
final class ImportFiles {
  let headers: [Table.Name: ImportHeader]
  private let source: any ImportSource
  private let progress: Importer.Progress
  private var bytesRead = 0
  private var bytesToRead: Int
  /// What the progress has thrown.
  private var stop: (any Error)?

  init(_ source: any ImportSource, progress: @escaping Importer.Progress) {
    headers = source.headers
    self.source = source
    self.progress = progress
    bytesToRead = source.sizes.values.saturatingSum
  }

  /// See `ImportSource`.
  var documents: DocumentFiles? { source.documents }

  /// Reads what the documents hold, which may take long.
  func readContents() throws {
    try source.documents?.readContents { bytes in
      count(bytes)
      if let stop { throw stop }
    }
  }

  func has(_ table: Table.Name) -> Bool { headers[table] != nil }

  /// What people are told though it is no problem; complete when all has been read.
  var notes: [FileProblem] { source.notes }

  /// See `ImportSource`.
  var hasLooseEnds: Bool { source.hasLooseEnds }

  /// Announces that a table will be read once more than the others.
  func expectAgain(_ table: Table.Name) {
    bytesToRead = bytesToRead.adding(saturating: source.sizes[table] ?? 0)
  }

  /// Calls `body` with each record of a table, if it is there: see `ImportSource`.
  func eachRecord(
    of table: Table.Name, _ problems: ImportProblems, _ body: (borrowing Decoder) throws -> Void
  ) throws {
    guard has(table) else { return }
    try source.eachRecord(of: table, problems, counting: count) { record in
      if let stop { throw stop }
      try body(record)
    }
    if let stop { throw stop }
  }

  /// The line of the first record of a table that `condition` is true for.
  func firstLine(in table: Table.Name, where condition: (borrowing Decoder) -> Bool) -> Int? {
    guard has(table) else { return nil }
    var line: Int?
    func look(_ record: borrowing Decoder) throws {
      guard condition(record) else { return }
      line = record.position(of: 0).line
      throw Enough()
    }
    // A problem found here is reported by the main reading.
    try? source.eachRecord(of: table, ImportProblems(), counting: { _ in }, look)
    return line
  }

  /// What is wrong with a cell of the record that is being read, with the place as people know it.
  func problem(
    at place: Int, of record: borrowing Decoder, in table: Table.Name, _ message: String
  ) -> FileProblem {
    source.problem(at: place, of: record, in: table, message)
  }

  private func count(_ bytes: Int) {
    bytesRead += bytes
    do { try progress(bytesRead, bytesToRead) } catch { stop = error }
  }

  /// Thrown to end the reading once the record is found.
  private struct Enough: Error {}
}
