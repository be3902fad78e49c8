import Foundation
import Testing

@testable import Handover

@Suite("The receipt to print, and what an export is for") struct ReceiptTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let user: User
  let other: User
  let exports = "/settings/export"

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
    other = try site.addUser("Ade Okafor", .admin, to: organisation)
  }

  @Test("The owner sees all hands, a recipient the own one, before and after taking back; nobody else any")
  func whose() throws {
    let id = try site.completedExport(by: owner)
    let path = "\(exports)/\(id.rawValue)/receipt"
    #expect(try site.open(user).get(path).status == 404)
    for recipient in [user, other] {
      _ = try site.exports.hand(id, to: recipient.id, by: owner, from: "")
    }
    let owners = try site.open(owner).get(path)
    #expect(owners.contains("to <bdi>Ben Cole</bdi>") && owners.contains("to <bdi>Ade Okafor</bdi>"))
    let archive = try #require(
      try site.database.read { try $0.exports.find(id, of: organisation.id) }?.archive)
    #expect(
      owners.contains(archive.sha256.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
    )
    let own = try site.open(user).get(path)
    #expect(own.status == 200 && own.contains("to <bdi>Ben Cole</bdi>") && !own.contains("Ade Okafor"))
    _ = try site.exports.takeBack(id, from: user.id, by: owner, from: "")
    #expect(try site.open(user).get(path).contains(", until "))
    _ = try site.accounts.transferOwnership(to: other.id, by: owner, from: "")
    #expect(try site.open(owner).get(path).contains("to <bdi>Ade Okafor</bdi>"))
    let stranger = try site.addUser("Cy", .owner, to: try site.addOrganisation())
    #expect(try site.open(stranger).get(path).status == 404)
  }

  @Test("Row, e-mails and receipt say the same counts and the same reason")
  func same() throws {
    let requested = try site.exports.request(.user(user.id), for: "Ben leaves", by: owner, from: "")
    guard case .done(let id) = requested else { throw Unexpected("\(requested)") }
    let job = try #require(try site.exports.takeNext())
    let counts = LeftOut(
      deals: 1_201, notes: 1_202, tasks: 1_203, otherNotes: 1_204, otherTasks: 1_205, unownedDeals: 1_206,
      unownedContacts: 1_207)
    let archive = try makeArchive(
      job, in: site.exports.folder, now: site.clock.now, site.database, leftOut: counts)
    let isCompleted = try site.exports.complete(job, archive, after: .seconds(2))
    #expect(isCompleted)
    _ = try site.exports.hand(id, to: user.id, by: owner, from: "")
    let letters = try site.letters.filter { ["export_completed", "export_handed"].contains($0.kind) }
    #expect(letters.count == 2)
    let (own, its) = (try site.open(owner), try site.open(user))
    let path = "\(exports)/\(id)/receipt"
    #expect(its.get(exports).contains("For: <bdi>Ben leaves</bdi>"))
    let pages = [own.get(exports), own.get(path), its.get(path)].map(\.text)
    for (index, text) in (letters.flatMap { [$0.text, $0.html] } + pages).enumerated() {
      #expect(text.contains("Ben leaves"), "\(index)")
      for line in counts.lines {
        #expect(text.contains(line.label) && text.contains(Wording.grouped(line.count)), "\(index)")
      }
    }
  }

  @Test("A recipient's own download stays on the receipt, however many others come after it")
  func manyDownloads() throws {
    let id = try site.completedExport(by: owner)
    _ = try site.exports.hand(id, to: user.id, by: owner, from: "")
    let path = "\(exports)/\(id)/receipt"
    #expect(try site.open(user).get(path).contains("None so far."))
    try site.database.write { connection in
      for (index, person) in ([user] + Array(repeating: owner, count: 60)).enumerated() {
        try connection.activity.record(
          Event(
            .exportDownloaded, of: organisation.id, by: person.actor(from: ""), subject: id.rawValue,
            detail: "whole file", at: site.clock.now + .hours(index)))
      }
    }
    let own = try site.open(user).get(path).text
    #expect(own.components(separatedBy: "whole file").count == 2 && !own.contains("None so far."))
    #expect(try site.open(owner).get(path).contains("And more: Activity has all of them."))
  }

  @Test("A reason that shows nothing is none")
  func unseen() throws {
    #expect(Export.purpose(" \u{200B}\u{2067}\u{1} ") == "" && Export.purpose("a\u{2028}b\u{9B}c") == "a b c")
  }

  @Test("What it is for is asked beside its field, kept in one line, and said on the row and in the trail")
  func purpose() throws {
    let browser = try site.signedIn(owner)
    let long = browser.post(exports, ["scope": "organisation", "reason": String(repeating: "x", count: 301)])
    #expect(long.status == 422 && long.contains("id=\"reason-problem\""))
    #expect(
      browser.post(exports, ["scope": "organisation", "reason": " A\r\nbroker \u{202E} <leaves>\u{1B} "])
        .status == 303)
    let page = browser.get(exports)
    #expect(page.contains("For: <bdi>A broker &lt;leaves&gt;</bdi>"))
    #expect(browser.get("/settings/activity").contains("for: A broker &lt;leaves&gt;"))
  }
}
