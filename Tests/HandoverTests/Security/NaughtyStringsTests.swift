import Foundation
import HTTP
import Mail
import Testing

@testable import Handover

/// Pages and mails show any text of a field as it is, and nothing else in them changes.
@Suite("Naughty strings")
struct NaughtyStringsTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let user: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation("Plain")
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  @Test("There are of all kinds, and most can be names")
  func list() {
    #expect(Set(NaughtyStrings.all).count >= 200)
    #expect(NaughtyStrings.all.count(where: NaughtyStrings.isName) >= 180)
  }

  @Test("As names of a person and of an organisation, on every page")
  func names() throws {
    try site.open(owner).post("/settings/export", ["scope": "user", "user_id": user.id.description])
    try site.open(user).post("/settings/export/ask", ["message": "Please"])
    var plain: [String: [UInt8]] = [:]
    for name in ["Plain"] + NaughtyStrings.all {
      let shown = try rename(name)
      for path in Self.pages {
        let page = try site.open(owner).get(path)
        #expect(page.status == 200 && page.displays(shown), "\(path) with \(name)")
        if plain[path] == nil { plain[path] = skeleton(page.response.body) }
        #expect(skeleton(page.response.body) == plain[path], "\(path) with \(name)")
      }
      #expect(try site.open(user).get("/settings").inputs["name"]?.utf8.elementsEqual(shown.utf8) == true)
    }
    #expect(try site.open(owner).get(Route.activity.path()).status == 200)
  }

  private static let pages = [
    "/settings/organisation", "/settings/organisation/users", "/settings/organisation/ownership",
    "/settings/export", "/settings/export/new?scope=user",
  ]

  @Test("In the activity, and in its CSV")
  func activity() throws {
    for name in NaughtyStrings.all where NaughtyStrings.isName(name) {
      let browser = try site.open(owner)
      #expect(browser.post("/settings/organisation", ["name": name, "zone": "UTC"]).status == 303)
      #expect(browser.get(Route.activity.path()).displays(Wording.isolatingRuns(trimmed(name))), "\(name)")
    }
    let csv = try site.open(owner).get(Route.activityCSV.path())
    for name in NaughtyStrings.all where NaughtyStrings.isName(name) {
      #expect(
        holds(csv.response.body, trimmed(name).replacing("\"", with: "\"\""))
          || holds(csv.response.body, trimmed(name)))
    }
  }

  @Test("What can't be a name is refused, and comes back in its field as it was typed")
  func refusedNames() throws {
    let browser = try site.open(owner)
    for name in NaughtyStrings.all where !NaughtyStrings.isName(trimmed(name)) {
      let page = browser.post("/settings", ["name": name])
      #expect(page.status == 422, "\(name)")
      #expect(page.inputs["name"] == name, "\(name)")
      #expect(browser.post("/settings/organisation", ["name": name, "zone": "UTC"]).status == 422, "\(name)")
    }
  }

  @Test("In every field that a page shows again, and in the search")
  func fields() throws {
    let nobody = site.browser()
    for text in NaughtyStrings.all {
      site.clock.move(by: .days(1))
      nobody.get("/login")
      let login = nobody.post("/login", ["email": text, "password": text, "next": text])
      #expect(login.status == 422)
      #expect(login.inputs["email"] == text && login.inputs["next"] == text, "\(text)")
      let forgotten = nobody.post("/password/forgotten", ["email": text])
      #expect(forgotten.status == 422 && forgotten.inputs["email"] == text, "\(text)")
      let manager = try site.open(owner)
      for path in ["/settings/organisation/users", "/settings/activity", "/settings/export/new"] {
        let page = manager.get("\(path)?\(Form(["q": text]).encoded)")
        #expect(page.status == 200 && page.inputs["q"] == text, "\(path) \(text)")
      }
      let adding = manager.post(
        "/settings/organisation/users", ["name": text, "email": text, "role": "user"])
      #expect(adding.status == 422 && adding.inputs["email"] == text, "\(text)")
    }
    #expect(site.log.all.allSatisfy { !$0.contains("request.failed") })
  }

  @Test("As the message to the owner: on both people's pages, and in the mail's text and HTML")
  func messages() throws {
    var plain: [UInt8]?
    for text in ["Plain"] + NaughtyStrings.all {
      site.clock.move(by: .hours(25))
      #expect(try site.open(user).post("/settings/export/ask", ["message": text]).status == 303, "\(text)")
      let letter = try #require(try site.letters.last)
      #expect(letter.kind == "export_asked")
      #expect(holds(Array(letter.text.utf8), text), "\(text)")
      #expect(holds(Array(letter.html.utf8), escaped(text)), "\(text)")
      if plain == nil { plain = skeleton(Array(letter.html.utf8)) }
      #expect(skeleton(Array(letter.html.utf8)) == plain, "\(text)")
      #expect(headerNames(of: letter) == Self.headerNames(with: "Reply-To"), "\(text)")
      for reader in [owner, user] {
        #expect(try site.open(reader).get("/settings/export").displays(text), "\(text)")
      }
      try decline()
    }
  }

  @Test("As names in mails: one line of a subject, no header more, and the text as it is")
  func mails() throws {
    var plain: [String: [UInt8]] = [:]
    for name in ["Plain"] + NaughtyStrings.all {
      site.clock.move(by: .hours(25))
      let shown = try rename(name)
      try site.open(user).post("/settings/export/ask", ["message": ""])
      try decline()
      _ = try site.completedExport(.user(user.id), by: owner)
      for letter in try site.letters.suffix(3) {
        #expect(!letter.subject.contains { $0.isNewline }, "\(name)")
        #expect(holds(Array(letter.text.utf8), shown), "\(letter.kind) \(name)")
        let html = Array(letter.html.utf8)
        #expect(holds(html, escaped(shown)), "\(letter.kind) \(name)")
        if plain[letter.kind] == nil { plain[letter.kind] = skeleton(html) }
        #expect(skeleton(html) == plain[letter.kind], "\(letter.kind) \(name)")
        let names = letter.replyTo == nil ? Self.headerNames : Self.headerNames(with: "Reply-To")
        #expect(headerNames(of: letter) == names, "\(letter.kind) \(name)")
      }
    }
    #expect(Set(plain.keys) == ["export_asked", "export_declined", "export_completed"])
  }

  @Test("As an address: taken whole or refused, and shown as it is")
  func addresses() throws {
    let locals =
      NaughtyStrings.all + [
        "o'brien", "a+b", "a&b", "a!$%&'*+-/=?^_`{|}~b", "{{x}}", "a.b", ".a", "a.", "a..b", "\"a b\"", "a@b",
        "a(c)",
        "<a>", "a,b", "é", String(repeating: "a", count: 65),
      ]
    var taken = 0
    for (number, local) in locals.enumerated() {
      let email = "\(local)@x\(number).example"
      let browser = try site.open(owner)
      let page = browser.post(
        "/settings/organisation/users", ["name": "New", "email": email, "role": "user"])
      guard page.status == 303 else {
        #expect(page.status == 422 && page.inputs["email"] == email, "\(email)")
        continue
      }
      taken += 1
      let letter = try #require(try site.letters.last)
      #expect(letter.to.email == trimmed(email))
      #expect(headerNames(of: letter) == Self.headerNames(with: "Reply-To"), "\(email)")
      #expect(
        browser.get("/settings/organisation/users?q=x\(number).example").displays(trimmed(email)), "\(email)")
    }
    #expect(taken > 40 && taken < locals.count)
  }

  @Test("In the name of a download: one header of ASCII, that gives the name back but for what does harm")
  func downloads() throws {
    for name in NaughtyStrings.all {
      let shown = try rename(name)
      let header = try #require(try site.open(owner).get(Route.activityCSV.path())["Content-Disposition"])
      #expect(header.utf8.allSatisfy { 0x20..<0x7F ~= $0 }, "\(name)")
      #expect(header.hasPrefix("attachment; filename=\"") && header.utf8.count { $0 == 0x22 } == 2, "\(name)")
      let encoded = header.components(separatedBy: "; filename*=UTF-8''")
      let exact = percentDecoded(try #require(encoded.last))
      #expect(encoded.count == 2 && exact.hasSuffix(", activity.csv") && !exact.hasPrefix("."), "\(name)")
      #expect(!exact.contains(where: { "/\\\"*?<>|:\r\n".contains($0) }), "\(name)")
      let pairs = zip((shown + ", activity.csv").unicodeScalars, exact.unicodeScalars)
      #expect(pairs.allSatisfy { $0 == $1 || $1 == "_" }, "\(name)")
    }
  }

  // MARK: what they do

  /// Gives user and organisation the name: by their forms, or, where those refuse it, as an import would.
  /// - Returns: the name as pages show it: by the form without blanks around it, else without what turns text.
  private func rename(_ name: String) throws -> String {
    guard NaughtyStrings.isName(trimmed(name)) else {
      try site.database.write { connection in
        try connection.users.setName(name, of: user)
        _ = try connection.run("UPDATE organisation SET name = ?", name)
      }
      return Name.stored(name)
    }
    #expect(try site.open(user).post("/settings", ["name": name]).status == 303, "\(name)")
    #expect(try site.open(owner).post("/settings/organisation", ["name": name, "zone": "UTC"]).status == 303)
    return trimmed(name)
  }

  private func decline() throws {
    let id: OwnerRequestID = try #require(
      try site.database.read { try $0.value("SELECT id FROM owner_request WHERE outcome = 'waiting'") })
    #expect(try site.open(owner).post("/settings/export/ask/\(id)/decline").status == 303)
  }

  private static let headerNames = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
  ]

  private static func headerNames(with third: String) -> [String] {
    Array(headerNames.prefix(2)) + [third] + headerNames.dropFirst(2)
  }

  private func headerNames(of letter: StoredLetter) -> [String] {
    guard let sender = Address(email: "handover@x.example"), let message = Message(letter, from: sender)
    else { return [] }
    let text = String(decoding: message.rendered(), as: UTF8.self)
    let head = text.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n")
    return head.filter { !$0.hasPrefix(" ") }.map { String($0.prefix { $0 != ":" }) }
  }
}

extension Page {
  /// Whether the page shows the text, in HTML's spelling.
  fileprivate func displays(_ text: String) -> Bool {
    holds(response.body, escaped(text)) || holds(Array(self.text.utf8), escaped(text))
  }

  /// The values of its inputs, the last of a name.
  fileprivate var inputs: [String: String] {
    var values: [String: String] = [:]
    for tag in text.components(separatedBy: "<input").dropFirst() {
      let attributes = tag.utf8.prefix { $0 != UInt8(ascii: ">") }
        .split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      for (name, value) in zip(attributes, attributes.dropFirst()) where name.hasSuffix(" name=") {
        let place = attributes.firstIndex { $0.hasSuffix(" value=") }
        values[value] = place.map { unescaped(attributes[$0 + 1]) } ?? ""
      }
    }
    return values
  }
}

/// Whether the bytes hold those of the text; a `String` would compare characters, which marks can join.
private func holds(_ bytes: [UInt8], _ text: String) -> Bool {
  text.isEmpty || Data(bytes).range(of: Data(text.utf8)) != nil
}

/// Foundation's own takes a byte order mark away.
private func percentDecoded(_ text: String) -> String {
  let parts = text.components(separatedBy: "%")
  let rest = parts.dropFirst().flatMap { part -> [UInt8] in
    [UInt8(part.prefix(2), radix: 16) ?? 0] + Array(part.dropFirst(2).utf8)
  }
  return String(decoding: Array(parts[0].utf8) + rest, as: UTF8.self)
}

/// The tags with the names of their attributes, without what is quoted and what is between them.
private func skeleton(_ html: [UInt8]) -> [UInt8] {
  var kept: [UInt8] = []
  var isInside = false
  var isQuoted = false
  for byte in html {
    switch byte {
    case UInt8(ascii: "<"): isInside = true
    case UInt8(ascii: "\"") where isInside: isQuoted.toggle()
    default: break
    }
    if isInside, !isQuoted { kept.append(byte) }
    if byte == UInt8(ascii: ">"), !isQuoted { isInside = false }
  }
  return kept
}

private let references = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")]

private func escaped(_ text: String) -> String {
  references.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1, options: .literal) }
}

private func unescaped(_ text: String) -> String {
  references.reversed().reduce(text) { $0.replacingOccurrences(of: $1.1, with: $1.0, options: .literal) }
}
