import Foundation
import Secrets
import System
import ZIP

/// The wiring: makes every part from the configuration and hands it what it needs. Nothing else is global.
package struct Application: Sendable {
  /// The last version that Documentation/CHANGELOG.md says was released.
  package static let version = "1.0.0"

  let configuration: Configuration
  let clock: Clock
  let randomness: Randomness
  let log: Log
  let passwords: PasswordHasher
  let database: Database
  /// Of the cells; nil where there are none, and for who only reads.
  let directory: CellDirectory?
  let resources: Resources
  /// As the process got it, for what it starts.
  let environment: [String: String]
  /// PATH: where other programs are looked for.
  var searchPath: String? { environment["PATH"] }

  /// Opens the data folder and the database in it; only who changes them makes them where they don't exist.
  ///
  /// - Throws: `HandoverError`, with all that is wrong with the environment.
  package init(
    for use: DatabaseUse = .changing, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    (configuration, self.environment) = try Configuration.ofThisProcess(environment)
    clock = .system
    randomness = .system
    log = Log(level: configuration.logLevel, form: LogForm(of: self.environment))
    passwords = PasswordHasher(randomness: randomness)
    resources = try Resources()
    if use == .changing { try configuration.data.prepare(group: configuration.readers) }
    let (configuration, log) = (configuration, log)
    // A schema that is brought up to date may take its time.
    database = try configuration.manager.whileStarting {
      try Database(
        configuration.data, for: use, label: Self.label, replica: configuration.replica, report: log.database)
    }
    if use != .copying { try requireCell(configuration.cell, in: database) }
    guard use == .changing, let cell = configuration.cell, let folder = configuration.data.cells else {
      directory = nil
      return
    }
    let hosts = configuration.directory.map { [environment = self.environment] in
      CellDirectory.Hosts($0, of: cell, environment)
    }
    let randomness = randomness
    directory = try configuration.manager.whileStarting {
      try CellDirectory(
        cell, in: folder, randomness, hosts: hosts, noted: configuration.data.notedEpoch)
    }
    if let directory {
      if directory.lease != nil { database.ask(directory.permission(isWatched: false)) }
      try configuration.data.note(replicaOf: cell, epoch: directory.epoch)
    }
    try become(cell, database)
  }
}

extension Application {
  /// What this process does, for others that wait until it has written: `handover user add`.
  private static var label: String {
    let words = ProcessInfo.processInfo.arguments.dropFirst().prefix(2)
      .prefix { $0.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } }
    return (["handover"] + words).joined(separator: " ")
  }

  /// Makes the demo organisations, unless they are there, while no server uses the data folder.
  ///
  /// - Parameter rows: of the main organisation, about.
  package func makeDemo(rows: Int) throws {
    try alone {
      let isNew = try DemoData(rows: rows).make(in: database, passwords, at: clock.now())
      try settleDirectory()
      // One with fewer records is for something else than to be looked at.
      if isNew, rows >= DemoData.defaultRows { try makeDemoDocuments() }
      // What is committed stays: on a full disk a later checkpoint empties the log.
      try? database.checkpoint()
    }
  }

  /// Runs the body while no server or demo uses the data folder.
  private func alone<Result>(_ body: () throws -> Result) throws -> Result {
    let claim = try configuration.data.claim()
    return try withExtendedLifetime(claim) { try body() }
  }

  /// Exports the organisation's records, or those of one user or contact, into a file, here and now.
  ///
  /// - Parameter replaces: whether an earlier archive of that name makes room.
  /// - Throws: `HandoverError` for an unknown organisation, user or contact, and where the file is there;
  ///   `JobFailure`.
  package func export(
    _ id: OrganisationID, user email: String?, contact: ContactID? = nil, withDocuments: Bool = false,
    format: ArchiveFormat = .csv, to output: String,
    replacing replaces: Bool = false, progress: ExportProgress
  ) throws -> ArchiveReport {
    let isThere = try requireFree(output, replacing: replaces)
    let (organisation, scope) = try database.read { connection in
      let organisation = try connection.organisations.require(id)
      if let contact {
        guard try connection.contacts.find(contact, of: id) != nil else {
          throw HandoverError("organisation \(id.rawValue) has no contact \(contact)")
        }
        return (organisation, Scope.contact(contact))
      }
      guard let email else { return (organisation, Scope.organisation) }
      guard let user = try connection.users.find(email: email, of: id) else {
        throw HandoverError("organisation \(id.rawValue) has no user with the address \(email)")
      }
      return (organisation, Scope.user(user.id))
    }
    try requireKnownZones([organisation])
    let compressors = try Compressors(threads: configuration.threads)
    defer { compressors.stop() }
    let builder = ArchiveBuilder(
      database: database, compressors: compressors, level: configuration.compression, clock: clock,
      documents: documents())
    return try builder.build(
      organisation, scope, withDocuments: withDocuments, format: format, publishedAs: output,
      replacing: isThere,
      progress: progress)
  }

  /// Checks the ledger of an organisation's exports.
  package func checkLedger(of organisation: OrganisationID) throws -> LedgerCheck {
    try database.read { connection in
      try connection.organisations.require(organisation)
      return try LedgerCheck(of: organisation, connection)
    }
  }

  /// Every organisation, by its id.
  package func organisations() throws -> [Organisation] {
    try database.read { try $0.organisations.all() }
  }

  /// What the operator does with accounts. The server sends the mails; while none runs, they wait.
  package func administration() throws -> Administration {
    let exports = try exports(outbox(written: Wakeup()), needsKeys: false)
    let documents = documents()
    return Administration(accounts: accounts(imports(exports, documents), storage(documents, exports)))
  }

  /// Makes a new signing key, which a running server takes at its next request.
  package func rotateKeys() throws -> SigningKey {
    let now = clock.now().rawValue
    let file = try KeyFile(path: configuration.data.keys, now: now, randomness: randomness)
    return try file.rotate(now: now, forgettingAfter: .days(2))
  }
}

extension Log {
  /// Logs what the database reports.
  func database(_ event: DatabaseEvent) {
    switch event {
    case .copied(let path): info("database.upgraded", ["before": path])
    case .waiting(let busy):
      warning("database.busy", ["holder": busy.holder, "waited": "\(busy.waited.wholeSeconds)"])
    case .unwritten(let count, let reason):
      error("database.unwritten", ["count": "\(count)", "error": reason])
    case .unreplicated(let reason):
      warning("replica.missing", ["what": "a change that is done here has not arrived yet", "error": reason])
    }
  }
}

/// Nothing that is there is replaced unasked, but for an empty file. And where it is asked for, it is an earlier archive
/// that makes room: anything else of that name is somebody's, the database, say, or a device.
///
/// - Returns: whether a file is there that makes room.
private func requireFree(_ path: String, replacing replaces: Bool) throws -> Bool {
  var status = stat()
  guard unsafe lstat(path, &status) == 0 else { return false }
  let isFile = status.st_mode & S_IFMT == S_IFREG
  if isFile, status.st_size == 0 { return true }
  let start = isFile ? try? FileHandle(forReadingFrom: URL(filePath: path)).read(upToCount: 4) : nil
  guard start == Data("PK\u{3}\u{4}".utf8) else {
    throw HandoverError("\(path) is there already and is no ZIP, so it is kept; choose another name")
  }
  guard replaces else {
    throw HandoverError("\(path) is there already, so it is kept; choose another name, or add --replace")
  }
  return true
}
