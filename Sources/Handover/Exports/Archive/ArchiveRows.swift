import CSV
import SQLite
import ZIP

/// Writes the six CSV files of an archive from one snapshot.
struct ArchiveRows {
  let writer: ArchiveWriter
  let progress: ExportProgress
  let cancellation: Cancellation

  /// From so many bytes on the encoder is emptied into the compressors' chunk.
  private static let drainAt = 32_768
  /// Rows between two looks at the clockwork: progress and cancellation.
  private static let checkEvery = 256

  /// Writes and counts, all in the read transaction that the connection is in.
  func write(
    of organisation: Organisation, in scope: Scope, _ connection: Connection, clock: Clock
  ) throws -> WrittenSnapshot {
    // Before the first read, so that nothing is missing that was there at this time.
    let time = clock.now()
    let snapshot = try Snapshot(of: organisation.id, in: scope, connection)
    let subject = try subject(of: scope, in: organisation, connection)
    let expected = try connection.counts.cached(of: organisation.id).counts(of: scope).rows
    progress.update { $0.total = expected }
    var encoder = Encoder(capacity: 2 * Self.drainAt)
    var counted: [Int] = []
    var files: [WrittenSnapshot.File] = []
    for (index, table) in Table.all.enumerated() {
      let start = encoder.written
      let rows = try write(table, from: snapshot, to: &encoder)
      if counted.isEmpty { counted = try counts(in: snapshot) }
      files.append(.init(table: table, counted: counted[index], rows: rows, bytes: encoder.written - start))
    }
    return WrittenSnapshot(time: time, subject: subject, files: files)
  }

  /// Of all tables, by statements of their own. After the first file: by then the compressors have work to do meanwhile.
  private func counts(in snapshot: Snapshot) throws -> [Int] {
    let counts = try Table.all.map { try snapshot.count(of: $0) }
    progress.update { $0.total = counts.reduce(0, +) }
    return counts
  }

  private func subject(of scope: Scope, in organisation: Organisation, _ connection: Connection) throws
    -> User?
  {
    guard case .user(let id) = scope else { return nil }
    guard let user = try connection.users.find(id, of: organisation.id) else {
      throw ExportFailure("The organisation has no user \(id).")
    }
    return user
  }

  /// - Returns: how many rows.
  private func write(
    _ table: Table, from snapshot: Snapshot, to encoder: inout Encoder
  ) throws -> Int {
    progress.update { $0.file = table.name.file }
    try writer.begin(table.name.file)
    encoder.byteOrderMark()
    var rows = try snapshot.rows(of: table)
    rows.writeHeader(to: &encoder)
    var count = 0
    var reported = 0
    while try rows.writeNext(to: &encoder) {
      count += 1
      if encoder.count >= Self.drainAt { try drain(&encoder) }
      if count - reported == Self.checkEvery {
        try report(count - reported, encoder.written)
        reported = count
      }
    }
    try drain(&encoder)
    try report(count - reported, encoder.written)
    try writer.endEntry()
    return count
  }

  private func drain(_ encoder: inout Encoder) throws(ZIPError) {
    try writer.write(encoder.bytes)
    encoder.clear()
  }

  private func report(_ rows: Int, _ bytes: Int) throws(ExportFailure) {
    progress.update {
      $0.rows += rows
      if $0.total > 0 { $0.total = max($0.total, $0.rows) }
      $0.bytes = bytes
    }
    try cancellation.check()
  }
}
