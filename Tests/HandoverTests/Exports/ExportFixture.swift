import Foundation
import Mail
import Mustache
import SQLite
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

/// A server's exports without the server: a database in a folder of its own, a clock that stands until it is
/// moved, the templates of the product, and two organisations.
final class ExportFixture: Sendable {
  let folder: TemporaryFolder
  let database: Database
  private let movable = MovableClock()
  let log = LogLines()
  let keys: KeyFile
  let outbox: Outbox
  let written: Wakeup
  let exports: Exports
  let office: Office
  let other: Office
  /// Whose folder it is, and who keeps it.
  private let former: ExportFixture?

  /// An organisation and its people.
  struct Office: Sendable {
    let organisation: Organisation
    let owner: User
    let admin: User
    let user: User
  }

  /// - Parameter beside: a fixture whose folder this one shares, as the next server on the same data does.
  init(perDay: Int = 0, beside former: ExportFixture? = nil) throws {
    self.former = former
    folder = try former?.folder ?? TemporaryFolder()
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    if former == nil { try data.putEmptyDatabase() }
    database = try Database(data)
    if let former { movable.move(by: former.now - movable.now) }
    let now = movable.now
    let clock = movable.clock
    keys = try KeyFile(path: data.keys, now: now.rawValue, randomness: .system)
    written = Wakeup()
    let zones = Zones()
    outbox = Outbox(
      templates: Repository.templates, zones: zones, randomness: .system,
      addresses: MailAddresses(
        host: "handover.example", home: "https://handover.example/",
        exports: "https://handover.example/settings/export", imports: "https://handover.example/i",
        storage: "https://handover.example/settings/storage",
        profile: "https://handover.example/settings",
        forgotten: "https://handover.example/f",
        reset: "https://handover.example/r", email: "https://handover.example/e",
        told: "https://handover.example/t", support: nil),
      written: written)
    exports = Exports(
      database: database, clock: clock, randomness: .system, keys: keys, outbox: outbox, zones: zones,
      log: Log(level: .debug, clock: clock, write: log.add),
      folder: ExportFolder(path: data.exports, group: nil),
      downloads: DownloadAddress(origin: "https://handover.example") { Route.download.path($0.rawValue) },
      perDay: perDay
    )
    office = try former?.office ?? Office.make("Harbour Street Finance", "harbour", in: database, at: now)
    other = try former?.other ?? Office.make("Baker & Söhne", "baker", in: database, at: now)
  }

  deinit {
    database.close()
  }

  var now: UnixTime { movable.now }

  func pass(_ duration: Duration) { movable.move(by: duration) }
}

extension ExportFixture.Office {
  static func make(_ name: String, _ domain: String, in database: Database, at now: UnixTime) throws -> Self {
    try database.write { connection in
      let organisation = try connection.organisations.add(named: name, timeZone: "Australia/Sydney", at: now)
      func add(_ name: String, _ role: Role) throws -> User {
        try connection.users.add(
          of: organisation.id, name: name, email: "\(role.rawValue)@\(domain).example", role: role,
          passwordHash: "$y$x", at: now)
      }
      return Self(
        organisation: organisation, owner: try add("Maria Rossi", .owner),
        admin: try add("Ade Okafor", .admin),
        user: try add("Mei-Lin Chua", .user))
    }
  }
}

// What tests do

extension ExportFixture {
  func request(_ scope: Scope = .organisation, by user: User? = nil) throws -> ExportID {
    let outcome = try exports.request(scope, by: user ?? office.owner, from: "203.0.113.7")
    guard case .done(let id) = outcome else { throw Unexpected("\(outcome)") }
    return id
  }

  func session(_ token: String, of user: User) throws -> Session {
    try database.write { connection in
      try connection.sessions.add(token: token, for: user, from: Browser(address: "", agent: ""), at: now)
      return try #require(try connection.sessions.find(token: token, at: now))
    }
  }

  func take() throws -> ExportJob { try #require(try exports.takeNext()) }

  /// Makes a file where a run would, and completes the run.
  func complete(_ job: ExportJob) throws {
    let isCompleted = try exports.complete(job, make(job), after: .seconds(2))
    try #require(isCompleted)
  }

  /// An export that is completed.
  func completed(_ scope: Scope = .organisation) throws -> Export {
    let id = try request(scope)
    try complete(try take())
    return try export(id)
  }

  /// Writes what stands for an archive.
  func make(_ job: ExportJob) throws -> FinishedArchive {
    try makeArchive(job, in: exports.folder, now: now, database)
  }

  /// Puts a file of that name into the folder of exports.
  func leave(_ name: String) {
    _ = FileManager.default.createFile(atPath: "\(exports.folder.path)/\(name)", contents: Data("x".utf8))
  }

  func export(_ id: ExportID) throws -> Export {
    let found = try database.read { connection in
      try connection.exports.find(id, of: office.organisation.id)
        ?? connection.exports.find(id, of: other.organisation.id)
    }
    return try #require(found)
  }

  func status(_ id: ExportID) throws -> Export.Status { try export(id).status }

  /// Every state change, in short words, oldest first.
  func activity() throws -> [String] {
    try database.read { try $0.activity.events(of: office.organisation.id, limit: 10_000) }.map(
      \.word
    )
    .reversed()
  }

  /// Which mails were written, and to whom.
  func letters() throws -> [String] {
    try database.read { connection in
      try connection.all("SELECT kind || ' ' || recipient_email AS letter FROM letter ORDER BY id") {
        try $0["letter"]
      }
    }
  }

  var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: exports.folder.path).sorted() }
  }

  func exists(_ id: ExportID) -> Bool {
    FileManager.default.fileExists(atPath: "\(exports.folder.path)/\(id.rawValue).zip")
  }
}

/// What stands for an archive: five bytes.
func makeArchive(
  _ job: ExportJob, in folder: ExportFolder, now: UnixTime, _ database: Database, leftOut: LeftOut? = nil
) throws -> FinishedArchive {
  let file = try DurableFile(at: folder.temporary(job))
  try file.write(Array("12345".utf8))
  try file.sync()
  let names = ["Deals.csv", "Contacts.csv", "Notes.csv", "Tasks.csv", "DealContacts.csv", "Users.csv"]
  let report = ArchiveReport(
    snapshotAt: now,
    files: names.enumerated().map {
      .init(name: $1, rows: 1_000 * ($0 + 1), bytes: 10_000 * ($0 + 1), crc32: 0xFFFF_FFF0 + UInt32($0))
    },
    leftOut: leftOut,
    entry: LedgerEntry(
      after: try database.read { try $0.ledger.end(of: job.organisation.id) }, job.export.id,
      job.export.scope,
      at: now, rows: 21_000, contents: hex(SHA256.hash([]))), size: 5,
    sha256: SHA256.hash(Array("12345".utf8)))
  return FinishedArchive(report: report, file: file)
}

struct Unexpected: Error {
  let what: String
  init(_ what: String) { self.what = what }
}
