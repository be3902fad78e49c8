import HTTP
import SQLite
import System
import Testing

@testable import Handover

@Suite("Receipts of downloads")
struct DownloadPageTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let admin: User
  let export: Export
  let link: String

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    admin = try site.addUser("Ade Okafor", .admin, to: organisation)
    guard case .done(let id) = try site.exports.request(.organisation, by: owner, from: "") else {
      throw Unexpected("no export")
    }
    let job = try #require(try site.exports.takeNext())
    let archive = try makeArchive(job, in: site.exports.folder, now: site.clock.now, site.database)
    let isCompleted = try site.exports.complete(job, archive, after: .seconds(2))
    try #require(isCompleted)
    let organisation = organisation.id
    export = try #require(try site.database.read { try $0.exports.find(id, of: organisation) })
    link = try #require(try site.exports.links().link(of: export)?.target)
  }

  private func events(_ kind: Event.Kind) throws -> [Event] {
    try site.database.read { try $0.activity.events(of: organisation.id, limit: 1_000) }
      .filter { $0.kind == kind }.reversed()
  }

  /// How many downloads there were.
  private func downloads() throws -> Int { try events(.exportDownloaded).reduce(0) { $0 + $1.times } }

  @discardableResult
  private func get(_ browser: TestBrowser, _ fields: [String: String] = [:], _ method: HTTP.Method = .get)
    throws
    -> Page
  {
    browser.headers = [:]
    var headers = Headers()
    headers.append("Host", "localhost")
    for (name, value) in fields { headers.append(try #require(Headers.Name(name)), value) }
    headers.append("Cookie", browser.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
    return Page(site.site.respond(to: Request(method, link, headers: headers, remoteAddress: "192.0.2.1")))
  }

  @Test(
    "Whatever may bring bytes leaves a receipt, as the first of its session",
    arguments: [
      "", "bytes=1-", "bytes=-9223372036854775807", "bytes=-1", "bytes=0-0,1-", "bytes=4-4", "items=1-2",
      "bytes=1-,1-", "bytes", "bytes=0-", "bytes=1-9223372036854775807", "BYTES=1-2",
    ])
  func first(range: String) throws {
    let page = try get(site.open(owner), ["Range": range])
    #expect(page.status == 200 && page["X-Accel-Redirect"] != nil)
    #expect(try events(.exportDownloaded).count == 1)
  }

  @Test("Only a later part of the same session is quiet")
  func later() throws {
    let (here, there) = (try site.open(owner), try site.open(owner))
    try get(here)
    for range in ["bytes=1-", "bytes=2-3", "bytes=-1"] { try get(here, ["Range": range]) }
    #expect(try downloads() == 1)
    try get(there, ["Range": "bytes=1-"])
    #expect(try downloads() == 2)
    try get(here, ["Range": "bytes=0-"])
    try get(here, ["Range": "bytes=1-", "If-Range": "\"another\""])
    try get(here)
    #expect(try downloads() == 5)
    site.clock.move(by: .minutes(59))
    try get(here, ["Range": "bytes=1-"])
    #expect(try downloads() == 5)
    site.clock.move(by: .minutes(1))
    try site.database.write { _ = try $0.run("UPDATE session SET proved_at = ?", site.clock.now) }
    try get(here, ["Range": "bytes=1-"])
    #expect(try downloads() == 6)
  }

  @Test("What brings no bytes is no download, and nginx has no part in it")
  func nothing() throws {
    let browser = try site.open(owner)
    let state = try site.exports.reachFolder().state(of: site.exports.folder.name(of: export.id))
    let modifiedAt = try #require(state).modifiedAt / 1_000_000_000
    let tag = "\"\(String(modifiedAt, radix: 16))-5\""
    for (fields, status) in [
      (["If-None-Match": tag], 304), (["If-None-Match": "*"], 304), (["If-Match": "\"x\""], 412),
      (["If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"], 412), (["Range": "bytes=5-"], 416),
      (["Range": "bytes=x"], 416),
    ] {
      let page = try get(browser, fields)
      #expect(page.status == status && page["X-Accel-Redirect"] == nil, "\(fields)")
    }
    try get(browser, [:], .head)
    #expect(try events(.exportDownloaded).isEmpty)
    try get(browser, ["Range": "bytes=1-"])
    #expect(try events(.exportDownloaded).count == 1, "none of these began a download")
  }

  @Test("Each refused download is recorded with its reason: not the owner, no link, not here any more")
  func refused() throws {
    let owners = try site.open(owner)
    #expect(try get(site.open(admin)).status == 403)
    #expect(owners.get(link + "x").status == 404)
    for id in ["0123456789abcdef0123456789abcdef", "nothing", "%C3%A4"] {
      #expect(owners.get("/exports/\(id)/download").status == 404)
    }
    _ = try site.exports.revoke(export.id, by: owner, from: "")
    for _ in 1...3 { #expect(try get(owners).status == 410) }
    let refusals = try events(.downloadRefused)
    let which = "Entire organisation of 2 May 2026, 19:30:00 AEST"
    #expect(
      refusals.map(\.detail) == [
        "\(which), not the owner", "\(which), not the export’s link", "not the export’s link",
        "not an export’s link", "\(which), the link had ended",
      ])
    #expect(refusals.map(\.times) == [1, 1, 1, 2, 3])
    #expect(refusals.map(\.subject) == [export.id.rawValue, export.id.rawValue, "", "", export.id.rawValue])
    #expect(try events(.accessRefused).isEmpty && events(.exportDownloaded).isEmpty)
  }

  @Test("Who begins hundreds of downloads, or sends hundreds of forms, is told to wait; others are not")
  func pace() throws {
    let (browser, other) = (try site.open(owner), try site.open(admin))
    for _ in 1...300 { try get(browser) }
    let page = try get(browser)
    #expect(page.status == 429 && page["Retry-After"] != nil && page["X-Accel-Redirect"] == nil)
    #expect(try events(.exportDownloaded).map(\.times) == [300])
    for _ in 1...300 { browser.post("/settings", ["name": "Maria Rossi"]) }
    #expect(browser.post("/settings", ["name": "Eve"]).status == 429)
    #expect(try site.current(owner)?.name == "Maria Rossi")
    #expect(other.post("/settings", ["name": "Ada"]).status == 303)
    site.clock.move(by: .minutes(15))
    #expect(try get(browser).status == 200)
    #expect(browser.post("/settings", ["name": "Eve"]).status == 303)
  }
}
