import Foundation
import Secrets
import TestSupport
import Testing

@testable import Handover

@Suite("What is a password")
struct PasswordTests {
  private let holder = PasswordHolder(
    name: "Maria Rossi", email: "maria.r@harbour.example", organisation: "Quokka Finance & Söhne")

  /// What is wrong with it; nil for a good one.
  private func problem(
    with text: String, _ holder: PasswordHolder? = nil, breached: BreachedPasswords? = nil
  ) throws -> String? {
    switch try PasswordRules(breached: breached).choose(text, for: holder ?? self.holder) {
    case .good(let password):
      #expect(password.text == text)
      return nil
    case .bad(let problem): return problem
    }
  }

  @Test(
    "Any characters will do, as typed",
    arguments: [
      "correct horse", "  blanks kept  ", "päßwörter", String(repeating: "\u{1F511}", count: 8),
      "line\nbreaks\tand tabs", String(repeating: "a", count: 256), "' OR 1=1 --", "éééééééé", "78120945663",
    ])
  func good(_ text: String) throws {
    #expect(try problem(with: text) == nil)
  }

  @Test(
    "What is refused says why",
    arguments: [
      ("", "Choose a password."), ("1234567", "at least 8"), ("\u{1F511}\u{1F511}", "at least 8"),
      ("éééé", "at least 8"), ("a" + String(repeating: "\u{301}", count: 50), "at least 8"),
      ("e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}", "at least 8"),
      (String(repeating: "a", count: 257), "256 bytes"), (String(repeating: "é", count: 129), "256 bytes"),
      ("with\0a NUL", "NUL"), ("password", "tried first"), ("Password1", "tried first"),
      ("IloveYou", "tried first"), ("qwertyuiop", "tried first"),
    ])
  func refused(_ text: String, _ reason: String) throws {
    #expect(try problem(with: text)?.contains(reason) == true)
  }

  @Test(
    "One's own address, name and organisation are none, in any case and order, with whatever digits and signs",
    arguments: [
      "maria.r@harbour.example", "MARIA.R@HARBOUR.EXAMPLE", "Maria Rossi", "mariarossi", "Rossi-Maria2026!",
      "2026maria", "Maria1Maria1", "Rossi2024!", "quokkafinance", "Quokka Finance & Söhne",
      "so\u{308}hne2026",
      "Quokka12", "finance!!!", "m.a.r.i.a.r", "harbour99", "Q-u-o-k-k-a-1-2-3", "MariaQuokka#1",
      "rossi.example",
      "mariar2026",
    ])
  func own(_ text: String) throws {
    #expect(try problem(with: text)?.contains("isn’t made of your name") == true)
    let other = PasswordHolder(name: "Ben Cole", email: "b@z.example", organisation: "Zoo")
    if text != "rossi.example" { #expect(try problem(with: text, other) == nil) }
  }

  @Test(
    "Words beside them make it a good one",
    arguments: [
      "maria likes harbours", "quokka and wombat", "rossini's barber", "marias rossis", "ariarossi99",
    ])
  func notOwn(_ text: String) throws {
    #expect(try problem(with: text) == nil)
  }

  @Test("Somebody without a name or an address has those of the organisation alone")
  func nameless() throws {
    let nobody = PasswordHolder(name: nil, email: nil, organisation: "1st & 2nd")
    #expect(try problem(with: "12345987613", nobody) == nil)
    #expect(try problem(with: "stndstnd", nobody) != nil)
  }

  @Test(
    "A name, an address or an organisation without letters is none, nor one in other capitals",
    arguments: [
      "0412345678", "0412-345-678", "36036524/7", "360 365 24/7", "★★★ ★★★ ★★★", "★★★★★★★★★", "οδυσσευς",
      "οδυσσευσ2026", "STRASSEMANN", "straßemann",
    ])
  func letterless(_ text: String) throws {
    let holders = [
      ("★★★ ★★★ ★★★", "360 365 24/7"), ("ΟΔΥΣΣΕΥΣ", "3603652 4/7"), ("Straßemann", "36036524 7"),
    ]
    let problems = try holders.compactMap { name, organisation in
      try problem(
        with: text, PasswordHolder(name: name, email: "0412345678@z.example", organisation: organisation))
    }
    #expect(problems.contains { $0.contains("isn’t made of your name") })
    #expect(try problem(with: "2804 1977 55") == nil)
  }

  @Test("One that was found in a breach is refused, wherever it is set")
  func breached() throws {
    let folder = try TemporaryFolder()
    let list = folder.appending("list")
    // "trustno1 not really"
    let sum = hex(SHA1.hash(Array("trustno1 not really".utf8))).uppercased()
    try Data("\(sum):3\r\n".utf8).write(to: list)
    #expect(
      try problem(with: "trustno1 not really", breached: BreachedPasswords(path: list.path))?
        .contains("stolen elsewhere") == true)

    let site = try TestSite(["HANDOVER_BREACHED": list.path])
    let organisation = try site.addOrganisation()
    let user = try site.addUser("Ben Cole", .user, to: organisation)
    let browser = try site.signedIn(user)
    let change = browser.post(
      "/settings/password", ["current": TestSite.password, "password": "trustno1 not really"])
    #expect(change.status == 422 && change.contains("stolen elsewhere"))
    browser.get("/password/forgotten")
    browser.post("/password/forgotten", ["email": user.email ?? ""])
    let token = try site.mailedToken()
    browser.get("/password/reset?token=\(token)")
    let reset = browser.post("/password/reset", ["token": token, "password": "trustno1 not really"])
    #expect(reset.status == 422 && reset.contains("stolen elsewhere"))
    #expect(throws: HandoverError.self) {
      try Administration(accounts: site.accounts).addUser(
        to: organisation.id, name: "Zoe", email: "zoe@x.example", role: .user, password: "trustno1 not really"
      )
    }
    #expect(
      browser.post("/password/reset", ["token": token, "password": "trustno1, not really"]).status == 303)
  }

  @Test("One's own names are refused wherever a password is set")
  func ownEverywhere() throws {
    let site = try TestSite()
    let organisation = try site.addOrganisation("Quokka Finance")
    let user = try site.addUser("Ben Cole", .user, to: organisation)
    let browser = try site.signedIn(user)
    for text in [user.email ?? "", "BenCole2026", "quokka finance 1"] {
      browser.get("/settings")
      let change = browser.post("/settings/password", ["current": TestSite.password, "password": text])
      #expect(change.status == 422 && change.contains("password-problem"), "\(text)")
      #expect(throws: HandoverError.self) {
        try Administration(accounts: site.accounts).addUser(
          to: organisation.id, name: "Ben Cole", email: "ben.cole@z.example", role: .user, password: text)
      }
    }
  }

  @Test("The list has 3,000 passwords, all of them long enough to be chosen otherwise")
  func list() {
    #expect(CommonPasswords.all.count == 3_000)
    #expect(CommonPasswords.all.allSatisfy { $0.count >= 8 && $0 == $0.lowercased() })
  }
}
