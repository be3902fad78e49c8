import CSV
import SQLite
import ZIP

/// Writes the records of an archive from one snapshot, as CSV files and into a workbook, and holds their rows to the rules of
/// `handover verify`: a damaged database ends the export, and does not become an archive that is refused later.
struct ArchiveRows {
  let entries: ArchiveEntries
  /// Whether the CSV files are in it.
  let hasTables: Bool
  /// Nil where there is to be none.
  let workbook: ArchiveWorkbook?
  let progress: ExportProgress
  let cancellation: Cancellation
  private let crossChecks = CrossChecks(lists: .sums)

  init(
    entries: ArchiveEntries, hasTables: Bool = true, workbook: ArchiveWorkbook? = nil,
    progress: ExportProgress, cancellation: Cancellation
  ) {
    self.entries = entries
    self.hasTables = hasTables
    self.workbook = workbook
    self.progress = progress
    self.cancellation = cancellation
  }

  /// At this many bytes the encoder is emptied into the compressors' chunk.
  private static let drainAt = 32_768
  /// Rows between two reports of progress; each also checks for a cancellation.
  private static let checkEvery = 256

  /// Writes and counts, all in the connection's read transaction.
  func write(
    of organisation: Organisation, in scope: Scope, withDocuments: Bool = false, _ connection: Connection,
    clock: Clock
  ) throws -> WrittenSnapshot {
    // Taken before the first read, so that the snapshot has everything written up to this time.
    let time = clock.now()
    let snapshot = try Snapshot(of: organisation.id, in: scope, connection)
    let subject = try subject(of: scope, in: organisation, connection)
    let expected =
      try connection.counts.cached(
        of: organisation.id, users: scope.user.map { [$0] } ?? []
      ).counts(of: scope)?.rows ?? 0
    progress.update { $0.total = expected }
    var encoder = Encoder(capacity: 2 * Self.drainAt)
    let tables = try snapshot.tables()
    var files = try tables.prefix(1).map { try write($0, from: snapshot, to: &encoder) }
    // Counting takes a while; meanwhile the compressors work on the first file.
    let counts = try countRows(of: tables, in: snapshot)
    let leftOut = try snapshot.leftOut()
    files += try tables.dropFirst().map { try write($0, from: snapshot, to: &encoder) }
    try checkAgreement()
    var written = WrittenSnapshot(
      time: time, subject: subject, counts: counts, leftOut: leftOut, files: files)
    if tables.count > Table.all.count {
      written.documents = try snapshot.documentCounts()
      written.kept = withDocuments ? try snapshot.documents() : nil
    }
    return written
  }

  /// Counts the rows of all tables by statements of their own, and corrects the total that was expected.
  private func countRows(of tables: [Table], in snapshot: Snapshot) throws -> [Int] {
    let counts = try tables.map { try snapshot.count(of: $0) }
    progress.update { $0.total = counts.reduce(0, +) }
    return counts
  }

  private func subject(of scope: Scope, in organisation: Organisation, _ connection: Connection) throws
    -> String?
  {
    switch scope {
    case .organisation: return nil
    case .user(let id):
      guard let user = try connection.users.find(id, of: organisation.id) else {
        throw JobFailure("The organisation has no user \(id).")
      }
      return user.displayName
    case .contact(let id):
      guard let contact = try connection.contacts.find(id, of: organisation.id) else {
        throw JobFailure("The organisation has no contact \(id).", isFinal: true)
      }
      return contact.displayName
    }
  }

  private func write(
    _ table: Table, from snapshot: Snapshot, to encoder: inout Encoder
  ) throws -> WrittenSnapshot.File {
    let start = encoder.written
    progress.update { $0.file = table.name.file }
    if hasTables { try entries.begin(table.name.file) }
    try workbook?.begin(table)
    encoder.byteOrderMark()
    var rows = try snapshot.rows(of: table)
    rows.writeHeader(to: &encoder)
    var count = 0
    var reported = 0
    crossChecks.begin(table)
    while try rows.writeNext(to: &encoder) {
      if let finding = crossChecks.check(rows.numbers).first {
        throw rows.problem(finding.message, at: finding.place)
      }
      count += 1
      if encoder.count >= Self.drainAt { try drain(&encoder) }
      if count - reported == Self.checkEvery {
        try report(count - reported, encoder.written)
        reported = count
      }
    }
    try drain(&encoder)
    try report(count - reported, encoder.written)
    if hasTables { try entries.end() }
    try workbook?.end()
    crossChecks.end(table, isComplete: true)
    return WrittenSnapshot.File(table: table, rows: count, bytes: encoder.written - start)
  }

  private func checkAgreement() throws(FileProblem) {
    for table in Table.Name.allCases {
      guard let found = crossChecks.disagreements(of: table).first else { continue }
      throw FileProblem(
        file: table.file, record: found.id.map(table.id), column: found.column, found.message)
    }
  }

  private func drain(_ encoder: inout Encoder) throws {
    if hasTables { try entries.write(encoder.bytes) }
    try workbook?.write(encoder.bytes)
    encoder.clear()
  }

  private func report(_ rows: Int, _ bytes: Int) throws(Cancelled) {
    progress.update {
      $0.rows += rows
      if $0.total > 0 { $0.total = max($0.total, $0.rows) }
      $0.bytes = bytes
    }
    try cancellation.check()
  }
}

/// What was read in the snapshot, to be compared with what went into the archive.
struct WrittenSnapshot {
  struct File {
    let table: Table
    /// By the loop that wrote them.
    let rows: Int
    /// By the encoder.
    let bytes: Int
  }

  let time: UnixTime
  /// The name of the user or the contact, if the scope is a single one's.
  let subject: String?
  /// The rows of each file, by `SELECT count(*)`.
  let counts: [Int]
  /// Of a single user's.
  let leftOut: LeftOut?
  let files: [File]
  /// Nil where there are none.
  var documents: DocumentCounts? = nil
  /// Those that are to be in the archive themselves; nil where none are.
  var kept: [KeptDocument]? = nil

  /// Compares the counts with each other.
  /// - Throws: where two of them differ, naming the file.
  func checkCounts() throws(JobFailure) {
    for (file, count) in zip(files, counts) where file.rows != count {
      throw JobFailure(
        "\(file.table.name.file) holds \(file.rows) rows, but \(count) were counted.", isFinal: true)
    }
  }

  /// Compares what was written with the sheets of the workbook.
  /// - Throws: where they differ, naming the table.
  func check(_ workbook: ArchivedWorkbook) throws(JobFailure) {
    for file in files {
      let rows = workbook.sheets.filter { $0.table == file.table.name }.reduce(0) { $0 + $1.rows }
      guard rows == file.rows else {
        throw JobFailure(
          "The workbook holds \(rows) rows of \(file.table.name.rawValue), but \(file.rows) were written.")
      }
    }
  }

  /// Compares the files with what the writer put into the archive.
  /// - Throws: where two of them differ, naming the file.
  func files(
    describedBy entries: [EntrySummary], _ manifest: Manifest
  ) throws(JobFailure) -> [ArchivedFile] {
    guard entries.map(\.name) == files.map(\.table.name.file) else {
      throw JobFailure("The archive does not hold the files that were written.")
    }
    var checked: [ArchivedFile] = []
    for (file, entry) in zip(files, entries) {
      guard file.bytes == entry.bytes else {
        throw JobFailure("\(entry.name) holds \(entry.bytes) bytes, but \(file.bytes) were written.")
      }
      checked.append(
        .init(
          name: entry.name, rows: file.rows, bytes: file.bytes, crc32: entry.crc32,
          sha256: manifest[entry.name]))
    }
    return checked
  }
}
