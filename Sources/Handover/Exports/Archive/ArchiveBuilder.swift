import Glibc
import SQLite
import Secrets
import System
import ZIP

/// Makes the ZIP of an export, complete and proven, or nothing.
///
/// 1. In one read transaction, the snapshot: write the rows of each table, and count them by a statement of
///    its own (`ArchiveRows`); where a workbook is wanted, it grows beside (`ArchiveWorkbook`). The transaction ends with the last row, because the database's log grows
///    meanwhile. Where the owner wants the documents themselves, they follow (`ArchiveDocuments`).
/// 2. Compare the rows written with the rows counted; describe the files in `datapackage.json` and
///    `README.txt`, and list them all in the manifest.
/// 3. Read the whole archive back: every byte, the directory, the headers; and hash it on the way.
/// 4. Put it on the disk. It gets its name later, when the database says that the export is completed.
///
/// Any number of threads may use one builder at once; they share the compressors.
struct ArchiveBuilder: Sendable {
  private let database: Database
  private let compressors: Compressors
  private let level: Int
  private let clock: Clock
  private let documents: Documents?

  /// - Parameters:
  ///   - level: of deflate, 1 to 9.
  ///   - documents: where the documents themselves are; nil where no archive has them.
  init(
    database: Database, compressors: Compressors, level: Int, clock: Clock = .system,
    documents: Documents? = nil
  ) {
    self.documents = documents
    self.database = database
    self.compressors = compressors
    self.level = level
    self.clock = clock
  }

  /// Makes the archive of the organisation's records in the scope, and puts it on the disk.
  ///
  /// - Parameters:
  ///   - purpose: what it is for, in the owner's words; may be empty.
  ///   - withDocuments: whether the documents themselves are in it.
  ///   - format: what the records are written as.
  ///   - export: as what it is entered in the ledger when it is completed; nil where it is not.
  ///   - temporary: the file's path until it is published, in the folder in which it will be.
  ///   - group: one that may read the file as well.
  func build(
    _ organisation: Organisation, _ scope: Scope, for purpose: String = "", withDocuments: Bool = false,
    format: ArchiveFormat = .csv, as export: ExportID? = nil, at temporary: String,
    group: gid_t? = nil,
    progress: ExportProgress = ExportProgress(), cancellation: Cancellation = Cancellation()
  ) throws(JobFailure) -> FinishedArchive {
    do {
      let file = try DurableFile(at: temporary)
      let report = try write(
        organisation, scope, for: purpose, withDocuments: withDocuments, format: format, as: export,
        to: file.descriptor, in: DurableFile.folder(of: temporary),
        progress: progress,
        cancellation: cancellation)
      try cancellation.check()
      if let group { try file.setGroup(group, permissions: 0o640) }
      try file.sync()
      return FinishedArchive(report: report, file: file)
    } catch {
      throw JobFailure(error)
    }
  }

  /// Makes the archive and publishes it at once.
  ///
  /// - Parameter replaces: whether the file takes the place of an older one.
  func build(
    _ organisation: Organisation, _ scope: Scope, for purpose: String = "", withDocuments: Bool = false,
    format: ArchiveFormat = .csv, publishedAs path: String,
    replacing replaces: Bool = true, progress: ExportProgress = ExportProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws(JobFailure) -> ArchiveReport {
    var archive = try build(
      organisation, scope, for: purpose, withDocuments: withDocuments, format: format, at: path + ".part",
      progress: progress, cancellation: cancellation)
    if replaces { try archive.publish(as: path) } else { try archive.publishAsNew(path) }
    return archive.report
  }

  private func write(
    _ organisation: Organisation, _ scope: Scope, for purpose: String, withDocuments: Bool,
    format: ArchiveFormat, as export: ExportID?, to descriptor: Int32, in folder: String,
    progress: ExportProgress,
    cancellation: Cancellation
  ) throws -> ArchiveReport {
    let modified = Duration.seconds(clock.now().rawValue)
    let writer = try ArchiveWriter(
      descriptor: descriptor, compressors: compressors, level: level, modified: modified)
    // No thread may use the descriptor after this.
    defer { writer.abandon() }
    let entries = ArchiveEntries(writer)
    let workbook =
      format.hasWorkbook
      ? try ArchiveWorkbook(in: folder, compressors: compressors, level: level, modified: modified) : nil
    defer { workbook?.abandon() }
    let rows = ArchiveRows(
      entries: entries, hasTables: format.hasTables, workbook: workbook, progress: progress,
      cancellation: cancellation)
    let snapshot = try database.read { connection in
      try connection.interruptible(by: cancellation.interrupter) {
        try rows.write(of: organisation, in: scope, withDocuments: withDocuments, connection, clock: clock)
      }
    }
    // Now that the transaction is over, the log that other writers have filled can be emptied; if this fails,
    // a later checkpoint does it.
    try? database.checkpoint()
    try snapshot.checkCounts()
    let files =
      format.hasTables ? try snapshot.files(describedBy: entries.summaries(), entries.manifest) : []
    let archivedWorkbook = try workbook.map { workbook in
      progress.update { $0.file = DataPackage.Workbook.file }
      let about = WorkbookAbout(
        organisation: organisation, scope: scope, subject: snapshot.subject, purpose: purpose,
        snapshotAt: snapshot.time, leftOut: snapshot.leftOut, hasDocuments: snapshot.documents != nil,
        hasTables: format.hasTables)
      return try workbook.finish(into: entries, cancellation: cancellation, about: about.lines)
    }
    if let archivedWorkbook { try snapshot.check(archivedWorkbook) }
    let counted = format.hasTables ? files : archivedWorkbook?.files ?? []
    var archived = snapshot.documents.map { ArchivedDocuments(counts: $0, isListedInFile: format.hasTables) }
    if let documents, let kept = snapshot.kept {
      let contents = ArchiveDocuments(
        documents: documents, entries: entries, progress: progress, cancellation: cancellation)
      archived?.contents = try contents.write(kept, of: organisation.id)
    }
    progress.update { $0.isChecking = true }
    let page = try VerifyPage.ofProgram()
    try entries.add(VerifyPage.file, page.bytes)
    // Its head covers all that was written so far, and what is written next, but for the head itself.
    let end = try database.read { try $0.ledger.end(of: organisation.id) }
    if export != nil, !end.canGoOn { throw JobFailure.damagedLedger }
    var entry = export.map {
      LedgerEntry(
        after: end, $0, scope, at: snapshot.time, rows: counted.rows,
        contents: hex(SHA256.hash(entries.manifest.bytes)))
    }
    var description = ArchiveDescription(
      organisation: organisation, scope: scope, subject: snapshot.subject, snapshotAt: snapshot.time,
      files: files, purpose: purpose, leftOut: snapshot.leftOut, documents: archived,
      workbook: archivedWorkbook,
      ledger: entry.map { DataPackage.Ledger($0, head: LedgerEntry.none) }
        ?? DataPackage.Ledger(unenteredAfter: end))
    if var made = entry {
      made.description = hex(SHA256.hash(try description.package.encoded()))
      made.readMe = hex(SHA256.hash(ReadMe(description).bytes))
      description.ledger = DataPackage.Ledger(made, head: made.head)
      entry = made
    }
    let package = try description.package.encoded()
    guard package.count <= Verifier.largestDescription else {
      throw FileProblem(
        file: DataPackage.file, "the name of the organisation, of the user or of the contact is too long")
    }
    try entries.add(DataPackage.file, package)
    try entries.add(DataPackage.readMe, ReadMe(description).bytes)
    try entries.add(Manifest.file, entries.manifest.bytes)
    let summary = try writer.finish()
    var hash = SHA256()
    try summary.verify(descriptor: descriptor) { bytes in
      try cancellation.check()
      hash.update(bytes)
      progress.update { $0.checked += bytes.count }
    }
    return ArchiveReport(
      snapshotAt: snapshot.time, files: counted,
      leftOut: snapshot.leftOut, documents: archived, workbook: archivedWorkbook, pageSHA256: page.sha256,
      entry: entry, size: summary.size,
      sha256: hash.finish())
  }
}

/// An archive that is complete, proven and on the disk, and has no name yet. Unpublished, its file goes with
/// this value.
struct FinishedArchive: ~Copyable {
  let report: ArchiveReport
  private var file: DurableFile

  init(report: ArchiveReport, file: consuming DurableFile) {
    self.report = report
    self.file = file
  }

  /// Gives the file its name, in the place of an older file, and returns once that is on the disk.
  mutating func publish(as path: String) throws(JobFailure) {
    do { try file.publish(as: path) } catch { throw JobFailure(error) }
  }

  /// Gives the file its name, unless another one has got it meanwhile.
  func publishAsNew(_ path: String) throws(JobFailure) {
    do throws(SystemError) {
      if try !file.publishUnlessPresent(as: path) { throw SystemError("make", path, code: EEXIST) }
    } catch { throw JobFailure(error) }
  }
}
