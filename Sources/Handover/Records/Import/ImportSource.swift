import CSV

/// What is imported, in the terms of an export, whatever it is in the files that somebody brought: those of an export
/// (`ExportFiles`), or others by a mapping.
///
/// Everything can be read any number of times, by one thread at a time, in constant memory.
protocol ImportSource: AnyObject {
  /// The tables that there are.
  var headers: [Table.Name: ImportHeader] { get }

  /// Whether a record may name one that isn't there, or link the same two twice: that is told, and left out.
  var hasLooseEnds: Bool { get }

  /// The documents that there are; nil where there is no list of them.
  var documents: DocumentFiles? { get }

  /// Bytes that reading each of these tables takes, for the progress.
  var sizes: [Table.Name: Int] { get }

  /// What people are told though it is no problem, such as a guess at the encoding: complete when all has been read.
  var notes: [FileProblem] { get }

  /// Calls `body` with each record of a table.
  ///
  /// Its cells are as an export writes them: formula protection is on texts that begin with a `'`, times are in UTC, and
  /// so on. A cell that can't be brought into its column's form is handed over as it is. There may be more cells than
  /// the header has columns; the others are empty. `position(of:)` is the place in the file that somebody brought.
  ///
  /// - Parameter counting: gets the bytes read, some at a time.
  /// - Throws: what `body` throws; `ImportRefusal` once there are enough problems; `HandoverError` where the system
  ///   can't read.
  func eachRecord(
    of table: Table.Name, _ problems: ImportProblems, counting: (Int) -> Void,
    _ body: (borrowing Decoder) throws -> Void
  ) throws

  /// What is wrong with a cell of the record that is being read, with the file, the line and the column as people know
  /// them.
  func problem(
    at place: Int, of record: borrowing Decoder, in table: Table.Name, _ message: String
  ) -> FileProblem
}

extension ImportSource {
  var hasLooseEnds: Bool { false }
  var documents: DocumentFiles? { nil }
}
