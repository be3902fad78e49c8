import HTTP
import TestSupport
import Testing

@testable import Handover
@testable import Secrets

/// What holds for every answer of the application.
@Suite("Every answer")
struct AnswerTests {
  @Test("No header holds a line break, and no answer says what it was made with", arguments: try Row.all())
  func headers(_ row: Row) throws {
    let page = try Row.ask(
      row, as: "owner", headers: ["User-Agent": "a\r\nX-Injected: b", "Accept-Language": "x"])
    for field in page.response.headers.fields {
      #expect(!field.value.contains { $0.isNewline }, "\(field.name.text)")
    }
    for name: Headers.Name in ["Server", "X-Powered-By", "X-Injected"] { #expect(page[name] == nil) }
  }

  @Test("While as many hash passwords as may, a sign-in is told to come back, and pages go on")
  func busy() throws {
    let passwords = PasswordHasher(cost: 1, atOnce: 1, waiting: 0, randomness: .counting())
    let site = try TestSite(passwords: passwords)
    let owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    let browser = try site.open(owner)
    func refused() throws {
      for email in [owner.email ?? "", "nobody@x.example"] {
        let nobody = site.browser()
        nobody.get("/login")
        let page = nobody.post("/login", ["email": email, "password": TestSite.password])
        #expect(page.status == 503 && page["Retry-After"] == "2")
        #expect(page.contains("Too many people are signing in"))
      }
      #expect(browser.get("/settings").status == 200)
      let counted: Int? = try site.database.read { try $0.value("SELECT count(*) FROM attempt") }
      #expect(counted == 0)
    }
    try #require(passwords.queue.pass(for: .local) { Result { try refused() } }).get()
    #expect(try site.browser().signIn(owner).status == 303)
  }

  @Test("No value ends a line of the log, looks like another value, or steers a terminal")
  func log() {
    let lines = LogLines()
    let log = Log(level: .debug, clock: MovableClock().clock, write: lines.add)
    for text in NaughtyStrings.all + ["a=b", "a b", "", "\u{9B}31m", "\u{9D}0;title\u{9C}", "\u{2028}\n"] {
      log.info("test", ["value": text, "last": "1"])
    }
    for line in lines.all {
      #expect(line.hasSuffix(" last=1"))
      #expect(!line.unicodeScalars.contains { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }, "\(line)")
      let quotes = line.replacing("\\\\", with: "").replacing("\\\"", with: "").count { $0 == "\"" }
      #expect(quotes == 0 || quotes == 2, "\(line)")
    }
  }
}
