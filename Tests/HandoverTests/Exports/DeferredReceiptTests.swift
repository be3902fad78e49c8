import SQLite
import System
import TestSupport
import Testing

@testable import Handover

@Suite("Receipts on a full disk") struct DeferredReceiptTests {
  let site: TestSite
  let owner: User
  let export: Export
  let session: Session

  init() throws {
    site = try TestSite()
    let organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    session = try site.session(of: owner)
    guard case .done(let id) = try site.exports.request(.organisation, by: owner, from: "") else {
      throw Unexpected("no export")
    }
    let job = try #require(try site.exports.takeNext())
    let archive = try makeArchive(job, in: site.exports.folder, now: site.clock.now, site.database)
    _ = try site.exports.complete(job, archive, after: .seconds(1))
    export = try #require(try site.database.read { try $0.exports.find(id, of: organisation.id) })
  }

  /// From now on the database may not grow, and is full.
  private func fill() throws {
    try site.database.write { connection in
      let pages: Int = try connection.value("PRAGMA page_count") ?? 0
      try connection.execute("PRAGMA max_page_count = \(pages)")
    }
    // By lines that are not counted in one.
    let event = Event(.signedIn, of: export.organisation, by: .server, at: site.clock.now)
    #expect(throws: SQLiteError.self) {
      while true { try site.database.write { try $0.activity.record(event) } }
    }
  }

  private func empty() throws {
    try site.database.write { try $0.execute("PRAGMA max_page_count = 1000000") }
  }

  private func receipt(from address: String = "2001:db8:7:7:7:7:7:7") -> Receipt {
    Receipt(export: export, session: session, address: address, part: .whole, at: site.clock.now)
  }

  private func written() throws -> Receipts {
    try site.database.read { try $0.downloads.receipts(of: export) }
  }

  @Test(
    "A download goes on, the log has it at once, and its receipt is written with its own time when there is room"
  )
  func later() throws {
    try fill()
    let before = try written().count
    site.clock.move(by: .minutes(1))
    let time = site.clock.now
    #expect(try site.exports.leave(receipt(), by: site.accounts) == nil)
    #expect(
      site.log.all.contains { $0.contains("download.recorded-later") && $0.contains(export.id.rawValue) })
    #expect(try site.exports.isContinued(export, by: session))
    site.exports.writeReceipts()
    #expect(try written().count == before && !site.exports.receipts.isEmpty)
    site.clock.move(by: .minutes(2))
    try empty()
    site.exports.writeReceipts()
    #expect(try written().count == before + 1 && written().newest.first?.at == time)
    #expect(site.exports.receipts.isEmpty)
  }

  @Test(
    "While somebody else writes a download waits for a moment only, and not as long as what would change something"
  )
  func busy() throws {
    let database = site.database.forRequests(places: 2, patience: .seconds(30))
    let lock = try FileLock(path: site.configuration.data.writeLock)
    defer { withExtendedLifetime(lock) {} }
    #expect(lock.tryLock())
    let begun = ContinuousClock.now
    let wait = try site.exports.forRequests(database).leave(
      receipt(), by: site.accounts.forRequests(database))
    #expect(wait == nil && .now - begun < .seconds(20) && !site.exports.receipts.isEmpty)
  }

  @Test("Nobody begins more downloads on a full disk than on another one")
  func limit() throws {
    try fill()
    for _ in 0..<Bucket.changes { #expect(try site.exports.leave(receipt(), by: site.accounts) == nil) }
    #expect(try site.exports.leave(receipt(), by: site.accounts) == Bucket.window)
  }

  @Test("The thread writes them, and a stop does what it can and logs the rest")
  func stop() throws {
    let before = try written().count
    let writer = ReceiptWriter(site.exports)
    try writer.start()
    try site.exports.keep(receipt(), because: Unexpected("full"))
    try eventually("it is written") { try written().count == before + 1 }
    writer.stop()
    #expect(!site.log.all.contains { $0.contains("download.unrecorded") })
    let last = ReceiptWriter(site.exports)
    try last.start()
    // Another hour, so that it would be another line.
    site.clock.move(by: .hours(1))
    try fill()
    try site.exports.keep(receipt(from: "2001:db8:8:8:8:8:8:8"), because: Unexpected("full"))
    last.stop()
    #expect(site.log.all.contains { $0.contains("download.unrecorded") && $0.contains("2001:db8:8") })
    #expect(site.exports.receipts.isEmpty)
  }

  @Test("On a full disk the page says so, pages are shown, and what can't be saved is refused with words")
  func pages() throws {
    let browser = try site.open(owner)
    try fill()
    let page = browser.post("/settings", ["name": String(repeating: "Maria ", count: 20)])
    #expect(page.status == 503 && page.contains("disk is full") && page["Retry-After"] != nil)
    #expect(browser.get("/settings/export").status == 200)
    _ = site.exports.storage.note(away: nil, shortage: .full)
    #expect(browser.get("/settings/export").contains("disk is full"))
    #expect(browser.get("/settings/export/status").contains("disk is full"))
    #expect(!site.log.all.contains { $0.contains("status=500") })
  }
}
