import HTTP
import Testing

@testable import Handover

@Suite("The lengths of what is typed")
struct LengthTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let user: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  private func texts() throws -> [String] {
    try site.database.read { connection in
      try connection.all(
        """
        SELECT name AS text FROM user UNION ALL SELECT name FROM organisation
        UNION ALL SELECT message FROM owner_request UNION ALL SELECT detail FROM activity
        """
      ) { try $0["text"] }
    }
  }

  @Test(
    "A character of thousands of bytes is refused in each form, with words, and nothing is stored",
    arguments: ["a\u{0301}", "👩\u{200D}", "ש\u{05B8}"])
  func forms(heavy: String) throws {
    let text = heavy + String(repeating: String(heavy.unicodeScalars.last ?? "x"), count: 7_000)
    let owners = try site.open(owner)
    let users = try site.open(user)
    let before = try texts()
    for (browser, path, fields) in [
      (users, "/settings", ["name": text]),
      (owners, "/settings/organisation", ["name": text, "zone": "UTC"]),
      (
        owners, "/settings/organisation/users",
        ["name": text, "email": "zoe@example.com", "role": "user"]
      ),
      (users, "/settings/export/ask", ["message": text]),
    ] as [(TestBrowser, String, KeyValuePairs<String, String>)] {
      let page = browser.post(path, fields)
      #expect(page.status == 422 && page.contains("bytes."), "\(path)")
    }
    #expect(try texts() == before)
  }

  @Test("A search for a long text is a search for its beginning", arguments: ["x", "a\u{0301}", "%", "😀"])
  func searches(text: String) throws {
    let browser = try site.open(owner)
    let sought = Form(["q": String(repeating: text, count: 6_000)]).encoded
    for path in ["/settings/activity", "/settings/organisation/users", "/settings/export/new"] {
      let page = browser.get("\(path)?\(sought)")
      #expect(page.status == 200 && page.text.utf8.count < 40_000, "\(path)")
    }
  }
}
