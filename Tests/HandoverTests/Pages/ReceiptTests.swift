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
    let stranger = try site.addUser("Cy", .owner, to: try site.addOrganisation())
    #expect(try site.open(stranger).get(path).status == 404)
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
