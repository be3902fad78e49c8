import FastCGI
import Foundation
import Mail
import Mustache
import Secrets
import System
import ZIP

extension Application {
  /// Serves until SIGTERM or SIGINT, then finishes the requests in flight and requeues the running exports. The
  /// process ends within `Ending.limit`, whatever hangs.
  ///
  /// - Throws: `HandoverError` where the server can't start; nothing has been served then.
  package func serve() throws {
    ThisProcess.blockTermination()
    ThisProcess.ignoreStraySignals()
    let claim = try configuration.data.claim()
    try withExtendedLifetime(claim) {
      try log.start()
      defer { log.stop() }
      try serveAlone(until: Ending(log))
    }
  }

  private func serveAlone(until ending: Ending) throws {
    try requireKnownZones(database.read { try $0.organisations.all() })
    sweepMoves()
    let isSettled = try settleDirectoryAtStart()
    try claimEpochAtStart()
    let letters = Wakeup()
    let outbox = try outbox(written: letters)
    var exports = try exports(outbox)
    exports.guardian = try DataGuard(configuration.data, database, randomness)
    try exports.claimFolder()
    try serve(exports, letters, isSettled: isSettled, until: ending)
  }

  /// A restored database may come from a system that knows more zones, or one under another name.
  ///
  /// - Throws: `HandoverError`, with all those whose times would be wrong on pages, in e-mails and in files.
  func requireKnownZones(_ organisations: [Organisation]) throws {
    let lost = organisations.filter { !Zones.isKnown($0.timeZone) }
    guard let first = lost.first else { return }
    let all = lost.map { "organisation \($0.id.rawValue) has '\($0.timeZone)'" }.joined(separator: ", ")
    throw HandoverError(
      "this system doesn't know every time zone: \(all); give another one with "
        + "handover organisation change --organisation \(first.id.rawValue) --time-zone ZONE")
  }

  private func serve(
    _ exports: Exports, _ letters: Wakeup, isSettled: Bool, until ending: Ending
  ) throws {
    let counts = Counts(started: clock.now())
    let compressors = try Compressors(threads: configuration.threads, niceness: 10)
    let mailer = Mailer(
      database: database, transport: configuration.mail.transport, sender: configuration.mailFrom,
      clock: clock, log: log, written: letters, counts: counts.mail)
    let documents = documents(exports.guardian)
    let imports = imports(exports, documents)
    let storage = storage(documents, exports)
    let workers = WorkerPool(
      [
        ExportKind(exports: exports, buildArchive: engine(compressors, exports.folder, documents)),
        ImportKind(imports: imports),
      ], count: configuration.exportsAtOnce, queued: exports.queued, log: log, counts: counts.jobs)
    // Of their own, so that no export waits for a slow upload.
    let syncs = WorkerPool(
      [SyncKind(storage: storage, rclone: Rclone(environment))], name: "sync-worker", count: SyncKind.atOnce,
      queued: documents.changed, log: log, counts: counts.jobs)
    let sweeper = Sweeper(
      exports,
      sweepOthers: {
        imports.sweep()
        storage.sweep()
        storage.tellOfSyncs()
        sweepMoves()
      },
      tidyOthers: {
        documents.sweep(isClockTrusted: $0)
        tidyDirectory()
        removeRemainsOfMoves()
      })
    let storageWatch = StorageWatch(exports)
    let archiveChecker = ArchiveChecker(exports)
    let receiptWriter = ReceiptWriter(exports)
    let accounts = accounts(imports, storage)
    let resetMailer = ResetMailer(accounts)
    let watches =
      [replicaWatch, storeWatch(documents)].compactMap(\.self) + directoryWatches(isSettled: isSettled)
    let health = Health(
      exports, requireLease: { [directory] in try directory?.requireLease(isWatched: true) },
      isWorking: { workers.isAlive && syncs.isAlive }, isLogStuck: { [log] in log.isStuck })
    let server = try server(imports, storage, accounts, health, counts)
    let reporter = Reporter(to: configuration.manager, health, serving: configuration.url.origin)
    warnAboutPlainHTTP()

    for watch in watches { try watch.start() }
    if let directory, directory.lease != nil { database.ask(directory.permission(isWatched: true)) }
    try storageWatch.start()
    try archiveChecker.start()
    try receiptWriter.start()
    try database.startWritingLater()
    try mailer.start()
    try workers.start()
    try syncs.start()
    try sweeper.start()
    try resetMailer.start()
    try health.start()
    try server.start(threads: threads)
    log.info("server.started", ["url": configuration.url.origin, "data": configuration.data.path])
    try reporter.start()

    ending.wait()
    health.beginStopping()
    ending.end("systemd", reporter.stop)
    database.stopWaiting(within: Self.lastWait)
    ending.end("requests", server.stop)
    ending.end("what is left to write", database.stopWritingLater)
    ending.end("health", health.stop)
    ending.end("e-mails of forgotten passwords", resetMailer.stop)
    ending.end("exports and imports", workers.stop)
    ending.end("syncs", syncs.stop)
    ending.end("compression", compressors.stop)
    ending.end("the sweeper", sweeper.stop)
    ending.end("the look at the disks", storageWatch.stop)
    ending.end("the check of archives", archiveChecker.stop)
    ending.end("receipts", receiptWriter.stop)
    ending.end("mail") { mailer.stop() }
    for watch in watches { ending.end("what is watched elsewhere", watch.stop) }
    // What lies there now is not ours to write.
    if let verdict = exports.guardian?.verdict { throw HandoverError(verdict) }
    if let refusal = refusalOfTakenCell { throw refusal }
    ending.end("the database", checkpoint)
    log.info("server.stopped")
  }

  /// Whether what is committed arrives in the copy elsewhere.
  private var replicaWatch: Watch? {
    database.replica.map { replica in
      Watch("replica-watch", every: Replica.interval, look: replica.look) { [log] failure in
        guard let failure else { return log.info("replica.well") }
        log.error(
          "replica.behind", ["error": failure, "advice": "nothing is lost here; see handover doctor"])
      }
    }
  }

  /// Where the disk is full, or slow, or somebody else writes, the next start does it.
  private func checkpoint() {
    let thread = try? Thread(name: "checkpoint") { [database, log] in
      do {
        try database.checkpoint(waiting: Self.lastCheckpoint)
      } catch { log.warning("server.checkpoint", ["error": "\(error)"]) }
    }
    if thread?.join(atMost: Self.lastCheckpoint + .seconds(1)) == false {
      log.warning("server.checkpoint", ["error": "the disk is slow"])
    }
  }
  private static let lastCheckpoint = Duration.seconds(2)

  /// How long a stop waits for whoever else writes.
  private static let lastWait = Duration.seconds(5)

  /// Those for whom a password is hashed, or who wait for that or for their turn to write, keep no page waiting.
  /// Who asks for one thread gets one: requests are answered one after the other, and a second thread takes over
  /// only while the first one waits for long.
  private var threads: Int {
    isSingle ? 2 : configuration.requestThreads + passwords.places + writingPlaces
  }

  /// How many requests may write or wait for that: an office of a hundred that signs in at once has its places.
  private var writingPlaces: Int { isSingle ? 1 : 128 }

  private var isSingle: Bool { configuration.requestThreads == 1 }

  private func server(
    _ imports: Imports, _ storage: LinkedStorage, _ accounts: Accounts, _ health: Health, _ counts: Counts
  ) throws -> Server {
    let database = database.forRequests(places: writingPlaces)
    let site = try Site(
      configuration, database: database, clock: clock, randomness: randomness,
      accounts: accounts.forRequests(database), exports: imports.exports.forRequests(database),
      imports: imports.forRequests(database), documents: storage.documents.forRequests(database),
      storage: storage.forRequests(database),
      mappings: ImportMapping.builtIn(in: resources.templates), health: health, counts: counts,
      log: log, templates: Templates(folder: resources.templates), publicFolder: resources.publicFolder,
      qrCodes: QRCodes(path: searchPath), cells: directory)
    return Server(
      listener: try listener(),
      uploads: Server.Uploads(maximum: DocumentsPage.largest, isOne: site.takesFiles),
      atOnce: isSingle ? 1 : ProcessInfo.processInfo.activeProcessorCount + 1,
      patience: isSingle ? .seconds(1) : .milliseconds(100),
      waits: { [isSingle] in !isSingle && site.waits(for: $0) },
      report: { [log] in
        counts.incidents.add($0.word)
        log.warning("request.incident", ["what": "\($0)"])
      },
      handler: site.respond(to:))
  }

  /// The socket that systemd listens on for us, or one of our own.
  private func listener() throws -> Listener {
    if let socket = configuration.manager.socket { return try Listener(inherited: socket) }
    return try Listener(
      path: configuration.data.socket, mode: configuration.group == nil ? 0o600 : 0o660,
      group: configuration.group)
  }

  func outbox(written: Wakeup) throws -> Outbox {
    Outbox(
      templates: try Templates(folder: resources.templates), zones: Zones(), randomness: randomness,
      addresses: MailAddresses(configuration), written: written)
  }

  /// - Parameter needsKeys: whether the file of keys is made where there is none. Beside a server it may just be away.
  func exports(_ outbox: Outbox, needsKeys: Bool = true) throws -> Exports {
    try Exports(
      database: database, clock: clock, randomness: randomness,
      keys: KeyFile(
        path: configuration.data.keys, now: clock.now().rawValue, randomness: randomness, isNeeded: needsKeys),
      outbox: outbox, zones: Zones(), log: log,
      folder: ExportFolder(path: configuration.data.exports, group: configuration.readers),
      downloads: DownloadAddress(configuration), perDay: configuration.exportsPerDay)
  }

  func accounts(_ imports: Imports, _ storage: LinkedStorage) -> Accounts {
    let exports = imports.exports
    return Accounts(
      database: database, clock: clock, passwords: passwords, randomness: randomness, outbox: exports.outbox,
      log: log, rules: PasswordRules(breached: configuration.breached),
      ownerChanged: { organisation, actor, connection in
        try exports.ownerChanged(of: organisation, by: actor, in: connection)
        try imports.ownerChanged(of: organisation, by: actor, in: connection)
        try storage.ownerChanged(of: organisation, by: actor, in: connection)
      },
      userDisabled: exports.userDisabled, directory: directory)
  }

  private func engine(
    _ compressors: Compressors, _ folder: ExportFolder, _ documents: Documents
  ) -> BuildArchive {
    let builder = ArchiveBuilder(
      database: database, compressors: compressors, level: configuration.compression, clock: clock,
      documents: documents)
    return { run in
      try builder.build(
        run.job.organisation, run.job.export.scope, for: run.job.export.purpose,
        withDocuments: run.job.export.withDocuments, format: run.job.export.format, as: run.job.export.id,
        at: folder.temporary(run.job), group: folder.group,
        progress: run.progress, cancellation: run.cancellation)
    }
  }

  private func warnAboutPlainHTTP() {
    let host = configuration.url.host.name
    if !configuration.url.isSecure, host != "localhost", host != "127.0.0.1" {
      log.warning(
        "url.plain", ["url": configuration.url.origin, "advice": "passwords travel unencrypted: use https"])
    }
  }
}
