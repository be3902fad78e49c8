import Foundation
import HTTP
import Mustache
import SQLite
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

/// The site over a database of its own, with a clock that tests move. A page that lacks a value for its
/// template is an error.
final class TestSite {
  let folder: TemporaryFolder
  let clock = MovableClock()
  let configuration: Configuration
  let database: Database
  let passwords: PasswordHasher
  let accounts: Accounts
  let directory: CellDirectory?
  let exports: Exports
  let imports: Imports
  let documents: Documents
  let storage: LinkedStorage
  let health: Health
  let counts = Counts(started: UnixTime(rawValue: 1_777_000_000))
  let site: Site
  let log = LogLines()
  /// What the export workers are to report of themselves.
  let workers = Locked(true)

  /// - Parameters:
  ///   - passwords: hashes passwords; by default as fast as possible.
  ///   - cell: which one of those in the folder it is; nil where it is none.
  init(
    _ environment: [String: String] = [:], passwords: PasswordHasher? = nil, cell: CellID? = nil,
    in cells: TemporaryFolder? = nil
  ) throws {
    folder = try cells ?? TemporaryFolder(inMemory: true)
    var own = ["HANDOVER_DATA": folder.path]
    if let cell { own = ["HANDOVER_DATA": folder.file(cell.name), "HANDOVER_CELL": "\(cell)"] }
    configuration = try Configuration(
      environment: environment.merging(own) { $1 }, workingDirectory: "/", cores: 2)
    try configuration.data.prepare(group: nil)
    let clock = clock.clock
    let log = Log(level: .debug, clock: clock, write: log.add)
    try configuration.data.putEmptyDatabase()
    database = try Database(configuration.data, report: log.database)
    let randomness = Randomness.counting(from: Int(cell?.number ?? 0) << 32)
    if let cell {
      directory = try CellDirectory(cell, in: folder.path, randomness)
      try become(cell, database)
    } else {
      directory = nil
    }
    self.passwords = passwords ?? PasswordHasher(cost: 1, randomness: randomness)
    let zones = Zones()
    let outbox = Outbox(
      templates: Repository.templates, zones: zones, randomness: randomness,
      addresses: MailAddresses(configuration), written: Wakeup())
    exports = try Exports(
      database: database, clock: clock, randomness: randomness,
      keys: KeyFile(path: configuration.data.keys, now: clock.now().rawValue, randomness: randomness),
      outbox: outbox, zones: zones, log: log,
      folder: ExportFolder(path: configuration.data.exports, group: nil),
      downloads: DownloadAddress(configuration),
      perDay: configuration.exportsPerDay)
    documents = Documents(
      database: database, clock: clock, randomness: randomness, log: log,
      folder: DocumentFolder(path: configuration.data.documents, group: nil),
      quota: configuration.documentsGiB << 30)
    imports = Imports(
      exports: exports, documents: documents, folder: ImportsFolder(path: configuration.data.imports),
      engine: ImportEngine(
        open: { _, _, _ in throw HandoverError("no engine") },
        compare: { _, _, _, _ in throw HandoverError("no engine") },
        documents: { _ in [] }, apply: { _, _, _, _ in throw HandoverError("no engine") }))
    storage = LinkedStorage(
      documents: documents, outbox: outbox, keys: exports.keys, apps: configuration.apps,
      secrets: StorageSecrets(path: configuration.data.storage), curl: Curl(environment),
      callback: configuration.callback)
    accounts = Accounts(
      database: database, clock: clock, passwords: self.passwords, randomness: randomness, outbox: outbox,
      log: log, rules: PasswordRules(breached: configuration.breached),
      ownerChanged: { [exports, storage] in
        try exports.ownerChanged(of: $0, by: $1, in: $2)
        try storage.ownerChanged(of: $0, by: $1, in: $2)
      },
      userDisabled: exports.userDisabled, directory: directory)
    health = Health(exports, isWorking: { [workers] in workers.withLock { $0 } })
    site = try Site(
      configuration, database: database, clock: clock, randomness: randomness, accounts: accounts,
      exports: exports, imports: imports, documents: documents, storage: storage,
      mappings: Self.mappings.get(), health: health, counts: counts, log: log,
      templates: Repository.templates, publicFolder: Repository.path + "/Public",
      qrCodes: QRCodes(path: "/usr/bin"), cells: directory, checksViews: true)
  }
}

extension TestSite {
  /// Read once, since that took half of the time in which a site is made.
  private static let mappings = Result { try ImportMapping.builtIn(in: Repository.path + "/Templates") }

  /// The password of every user that a test makes.
  static let password = "correct horse battery"

  private static let passwordHash = try? PasswordHasher(cost: 1, randomness: .counting()).hash(
    password, for: .local)

  func addOrganisation(_ name: String = "Harbour Street Finance", timeZone: String = "Australia/Sydney")
    throws
    -> Organisation
  {
    try database.write { try $0.organisations.add(named: name, timeZone: timeZone, at: clock.now) }
  }

  /// Adds a user who can sign in: `maria@harbour.example` for a Maria.
  func addUser(
    _ name: String, _ role: Role, to organisation: Organisation, isActive: Bool = true,
    hasPassword: Bool = true
  ) throws -> User {
    let hash = hasPassword ? Self.passwordHash : nil
    return try database.write {
      try $0.users.add(
        of: organisation.id, name: name,
        email: "\(name.lowercased().replacing(" ", with: "."))@\(organisation.id.rawValue).example",
        role: role, isActive: isActive, passwordHash: hash, at: clock.now)
    }
  }

  /// The user as the database has it now.
  func current(_ user: User) throws -> User? {
    try database.read { try $0.users.find(user.id, of: user.organisation) }
  }

  /// Somebody's browser, not signed in.
  func browser(at address: String = "192.0.2.1") -> TestBrowser { TestBrowser(self, address: address) }

  /// A browser in which the user has signed in, by the page.
  func signedIn(_ user: User, at address: String = "192.0.2.1") throws -> TestBrowser {
    let browser = browser(at: address)
    try browser.signIn(user)
    return browser
  }

  /// A browser with a session of the user, opened without a password: quick, and nothing in the activity.
  func open(_ user: User) throws -> TestBrowser {
    let browser = browser()
    let token = site.randomness.token()
    try database.write {
      try $0.sessions.add(
        token: token, for: user, from: Browser(address: "192.0.2.1", agent: ""), at: clock.now)
    }
    browser.cookies[site.cookies.session] = token
    return browser
  }

  /// A session of the user, without a browser.
  func session(of user: User) throws -> Session {
    let token = site.randomness.token()
    return try database.write {
      try $0.sessions.add(token: token, for: user, from: Browser(address: "", agent: ""), at: clock.now)
      return try #require(try $0.sessions.find(token: token, at: clock.now))
    }
  }

  /// Turns two-step sign-in on without a page, a mail or a line in the activity.
  func turnOnTwoStep(of user: User) throws -> Authenticator {
    let key = site.randomness.bytes(OneTimeCodes.keyLength)
    try database.write {
      try $0.twoSteps.addUnconfirmed(key, for: user, at: clock.now)
      try $0.twoSteps.confirm(user, step: 0, at: clock.now)
    }
    return Authenticator(codes: OneTimeCodes(key: key), clock: clock)
  }

  /// Recovery codes for a user who has two-step sign-in.
  func addRecoveryCodes(of user: User) throws -> [RecoveryCode] {
    let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode(randomness: site.randomness) }
    try database.write { try $0.twoSteps.replaceRecoveryCodes(of: user, with: codes) }
    return codes
  }

  /// The letters in the outbox, oldest first.
  var letters: [StoredLetter] {
    get throws {
      accounts.mailResets()
      return try database.read {
        try $0.all("SELECT * FROM letter ORDER BY id") { row in
          StoredLetter(
            kind: try row["kind"], messageID: try row["message_id"],
            to: Recipient(name: try row["recipient_name"], email: try row["recipient_email"]),
            replyTo: try (row["reply_email"] as String?).map {
              Recipient(name: try row["reply_name"], email: $0)
            },
            subject: try row["subject"], text: try row["text"], html: try row["html"],
            writtenAt: try row["created_at"])
        }
      }
    }
  }

  /// The kinds of the organisation's events, oldest first.
  func events(of organisation: Organisation) throws -> [Event.Kind] {
    try database.read { try $0.activity.events(of: organisation.id, limit: 1000) }
      .flatMap { Array(repeating: $0.kind, count: $0.times) }.reversed().compactMap { $0 }
  }

  /// The token of the last mailed link to set a password.
  func mailedToken() throws -> String {
    guard let text = try letters.last(where: { $0.text.contains("?token=") })?.text,
      let token = text.firstMatch(of: /\?token=([A-Za-z0-9_-]+)/)?.1
    else { throw HandoverError("no mail with a link to set a password") }
    return String(token)
  }
}
