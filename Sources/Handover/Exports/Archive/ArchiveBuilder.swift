import Glibc
import SQLite
import Secrets
import ZIP

/// Makes the ZIP of an export, complete and proven, or nothing.
///
/// 1. In one read transaction, the snapshot: write the rows of each table, and count them by a statement of its
///    own (`ArchiveRows`). The transaction ends with the last row, because the database's log grows meanwhile.
/// 2. Hold rows written against rows counted; describe the files in `datapackage.json` and `README.txt`.
/// 3. Read the whole archive back: every byte, the directory, the headers; and hash it on the way.
/// 4. Put it on the disk and give it its name.
///
/// One of these serves any number of threads at once; they share the compressors.
struct ArchiveBuilder: Sendable {
  private let database: Database
  private let compressors: Compressors
  private let level: Int
  private let clock: Clock

  /// - Parameter level: of deflate, 1 to 9.
  init(database: Database, compressors: Compressors, level: Int, clock: Clock = .system) {
    self.database = database
    self.compressors = compressors
    self.level = level
    self.clock = clock
  }

  /// Makes the archive of the organisation's records in the scope.
  ///
  /// - Parameters:
  ///   - target: where it will be; a file that is there is replaced. Until then there is one with `.part`
  ///     behind its name.
  ///   - permissions: of the file.
  func build(
    _ organisation: Organisation, _ scope: Scope, at target: String, permissions: mode_t = 0o600,
    progress: ExportProgress = ExportProgress(), cancellation: Cancellation = Cancellation()
  ) throws(ArchiveError) -> ArchiveReport {
    var file = try ArchiveFile(for: target, permissions: permissions)
    do {
      let report = try write(
        organisation, scope, to: file.descriptor, progress: progress, cancellation: cancellation)
      try cancellation.check()
      try file.publish()
      return report
    } catch {
      throw ArchiveError(error)
    }
  }

  private func write(
    _ organisation: Organisation, _ scope: Scope, to descriptor: Int32, progress: ExportProgress,
    cancellation: Cancellation
  ) throws -> ArchiveReport {
    let writer = try ArchiveWriter(
      descriptor: descriptor, compressors: compressors, level: level,
      modified: .seconds(clock.now().rawValue))
    // No thread may use the descriptor after this.
    defer { writer.abandon() }
    let rows = ArchiveRows(writer: writer, progress: progress, cancellation: cancellation)
    let snapshot = try database.read { connection in
      try connection.interruptible(by: cancellation.interrupter) {
        try rows.write(of: organisation, in: scope, connection, clock: clock)
      }
    }
    progress.update { $0.isChecking = true }
    // Its end lets the log be emptied that other writers have filled; who can't now does so later.
    try? database.checkpoint()
    let files = try snapshot.files(describedBy: writer.entries())
    let description = ArchiveDescription(
      organisation: organisation, scope: scope, subject: snapshot.subject, snapshotAt: snapshot.time,
      files: files)
    try add(DataPackage.file, description.package.encoded(), to: writer)
    try add("README.txt", ReadMe(description).bytes, to: writer)
    let summary = try writer.finish()
    var hash = SHA256()
    try summary.verify(descriptor: descriptor) { bytes in
      try cancellation.check()
      hash.update(bytes)
    }
    return ArchiveReport(
      snapshotAt: snapshot.time, files: files, size: summary.size, sha256: hash.finish())
  }

  private func add(_ name: String, _ bytes: [UInt8], to writer: ArchiveWriter) throws(ZIPError) {
    try writer.begin(name)
    try writer.write(bytes.span)
    try writer.endEntry()
  }
}
