import FastCGI
import Foundation
import HTTP
import Mail
import Mustache
import Secrets
import ZIP

/// The wiring: makes every part from the configuration and hands it what it needs. Nothing else is global.
package struct Application: Sendable {
  package let configuration: Configuration
  package let clock: Clock
  package let randomness: Randomness
  package let log: Log
  package let passwords: PasswordHasher
  package let database: Database
  private let resources: Resources

  /// Opens the data folder, which is made where there is none, and the database in it.
  ///
  /// - Throws: `HandoverError`, with all that is wrong with the environment.
  package init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    // A write beyond the file limit is to fail as any other full disk does, not to kill the server.
    signal(SIGXFSZ, SIG_IGN)
    umask(0o077)
    configuration = try Configuration(
      environment: environment, workingDirectory: FileManager.default.currentDirectoryPath,
      cores: ProcessInfo.processInfo.activeProcessorCount)
    clock = .system
    randomness = .system
    log = Log(level: configuration.logLevel)
    // A flood at the sign-in is to hold up at most half of the threads.
    passwords = PasswordHasher(
      waiting: min(8, max(0, configuration.requestThreads / 2 - 2)), randomness: randomness)
    resources = try Resources()
    try configuration.data.prepare(group: configuration.group)
    database = try Database(configuration.data)
  }
}

extension Application {
  /// Serves until SIGTERM or SIGINT, then finishes the requests in flight and hands back the exports that run.
  ///
  /// - Throws: `HandoverError` where the server can't start; nothing has been served then.
  package func serve() throws {
    Signals.blockTermination()
    let claim = try configuration.data.claim()
    try withExtendedLifetime(claim) { try serveAlone() }
  }

  private func serveAlone() throws {
    let letters = try Signal()
    let outbox = try outbox(written: letters)
    let exports = try exports(outbox)
    let compressors = try Compressors(threads: configuration.threads, niceness: 10)
    let mailer = Mailer(
      database: database, transport: transport, sender: configuration.mailFrom, clock: clock, log: log,
      written: letters)
    let workers = try WorkerPool(
      exports, count: configuration.exportsAtOnce, makeArchive: engine(compressors))
    let sweeper = Sweeper(exports)
    let server = try server(exports, isWorking: { workers.isAlive })
    warnAboutPlainHTTP()

    try mailer.start()
    try workers.start()
    try sweeper.start()
    try server.start(threads: configuration.requestThreads)
    log.info("server.started", ["url": configuration.url.origin, "data": configuration.data.path])

    let signal = Signals.waitForTermination()
    log.info("server.stopping", ["signal": String(signal)])
    server.stop()
    workers.stop()
    compressors.stop()
    sweeper.stop()
    mailer.stop()
    // On a full disk it fails, and the log is copied after the next start.
    do { try database.checkpoint() } catch { log.warning("server.checkpoint", ["error": "\(error)"]) }
    log.info("server.stopped")
  }

  private func server(_ exports: Exports, isWorking: @escaping @Sendable () -> Bool) throws -> Server {
    let site = try Site(
      configuration, database: database, clock: clock, randomness: randomness,
      accounts: accounts(exports), exports: exports, isWorking: isWorking, log: log,
      templates: Library(folder: resources.templates), publicFolder: resources.publicFolder)
    let listener = try Listener(
      path: configuration.data.socket, mode: configuration.group == nil ? 0o600 : 0o660,
      group: configuration.group)
    return Server(
      listener: listener, report: { [log] in log.warning("request.incident", ["what": "\($0)"]) },
      handler: site.respond(to:))
  }

  private func outbox(written: Signal) throws -> Outbox {
    Outbox(
      templates: try Library(folder: resources.templates), zones: Zones(), randomness: randomness,
      site: MailSite(configuration), written: written)
  }

  private func exports(_ outbox: Outbox) throws -> Exports {
    try Exports(
      database: database, clock: clock, randomness: randomness,
      keys: KeyFile(path: configuration.data.keys, now: clock.now().rawValue, randomness: randomness),
      outbox: outbox, zones: Zones(), log: log,
      folder: ExportFolder(path: configuration.data.exports, group: configuration.group),
      origin: configuration.url.origin, perDay: configuration.exportsPerDay)
  }

  private func accounts(_ exports: Exports) -> Accounts {
    Accounts(
      database: database, passwords: passwords, randomness: randomness, outbox: exports.outbox,
      addresses: AccountAddresses(configuration), succession: exports.ownerChanged)
  }

  private func engine(_ compressors: Compressors) -> MakeArchive {
    ArchiveBuilder(
      database: database, compressors: compressors, level: configuration.compression, clock: clock
    ).make
  }

  private var transport: any Transport {
    switch configuration.mail {
    case .maildir(let path): Maildir(path: path)
    case .sendmail(let path): Sendmail(path: path)
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

extension Application {
  /// Runs the body while no server, import or demo uses the data folder.
  package func alone<Result>(_ body: () throws -> Result) throws -> Result {
    let claim = try configuration.data.claim()
    return try withExtendedLifetime(claim) { try body() }
  }

  /// Exports the organisation's records, or those of one user, into a file, here and now.
  ///
  /// - Throws: `HandoverError` for an unknown organisation or user, `ArchiveError`.
  package func export(
    _ id: OrganisationID, user email: String?, to output: String, progress: ExportProgress
  ) throws -> ArchiveReport {
    let (organisation, scope) = try database.read { connection in
      let organisation = try connection.require(id)
      guard let email else { return (organisation, Scope.organisation) }
      guard let user = try connection.user(withEmail: email, of: id) else {
        throw HandoverError("organisation \(id.rawValue) has no user with the address \(email)")
      }
      return (organisation, Scope.user(user.id))
    }
    let compressors = try Compressors(threads: configuration.threads)
    defer { compressors.stop() }
    let builder = ArchiveBuilder(
      database: database, compressors: compressors, level: configuration.compression, clock: clock)
    return try builder.build(organisation, scope, at: output, progress: progress)
  }

  /// What the operator does with accounts. Mails are sent by the server; they wait for it where none runs.
  package func administration() throws -> Administration {
    Administration(
      database: database, clock: clock, accounts: accounts(try exports(outbox(written: Signal()))))
  }

  /// Makes a new signing key, which a running server takes at its next request.
  package func rotateKeys() throws -> SigningKey {
    let now = clock.now().rawValue
    let file = try KeyFile(path: configuration.data.keys, now: now, randomness: randomness)
    return try file.rotate(now: now, forgettingAfter: 2 * .day)
  }
}
