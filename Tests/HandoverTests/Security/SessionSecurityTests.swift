import HTTP
import Secrets
import Testing

@testable import Handover

/// Cookies and tokens that were fixed in advance, copied, kept too long or made up.
@Suite("Cookies and tokens")
struct SessionSecurityTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let admin: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    admin = try site.addUser("Ana Diaz", .admin, to: organisation)
  }

  private var cookie: String { site.site.cookies.session }

  /// The answer to a request with the cookie.
  private func settings(with token: String) -> Int {
    let browser = site.browser()
    browser.cookies[cookie] = token
    return browser.get("/settings").status
  }

  @Test("A cookie that differs in any letter opens nothing")
  func everyLetter() throws {
    let token = try #require(try site.signedIn(owner).cookies[cookie])
    for index in token.indices {
      for other in [
        token[index] == "A" ? "B" : "A", token[index].isUppercase ? token[index].lowercased() : "",
      ] {
        var changed = token
        changed.replaceSubrange(index...index, with: other)
        if changed != token { #expect(settings(with: changed) == 303, "\(changed)") }
      }
    }
    for changed in [
      token + "A", token + "=", token + "%00", "%41" + token, "\"\(token)\"", "", " ", token.uppercased(),
    ] {
      #expect(settings(with: changed) == 303, "\(changed)")
    }
    #expect(settings(with: token) == 200)
  }

  @Test("The hash that the database holds is no cookie")
  func hash() throws {
    _ = try site.signedIn(owner)
    let hash: [UInt8] = try #require(
      try site.database.read { try $0.value("SELECT token_hash FROM session") })
    for stolen in [hex(hash), Base64URL.encode(hash)] { #expect(settings(with: stolen) == 303) }
  }

  @Test("Of two cookies of that name the first counts, and a cookie of another name opens nothing")
  func names() throws {
    let token = try #require(try site.signedIn(owner).cookies[cookie])
    for (header, status) in [
      ("\(cookie)=\(token); \(cookie)=planted", 200), ("\(cookie)=planted; \(cookie)=\(token)", 303),
      ("session=\(token)", 303), ("session-1=\(token)", 303), ("\(cookie.uppercased())=\(token)", 303),
      ("__Host-session=\(token)", 303), ("visit-8080=\(token)", 303), ("\(cookie) = \(token)", 200),
    ] {
      let browser = site.browser()
      browser.headers = ["Cookie": header]
      #expect(browser.get("/settings").status == status, "\(header.prefix(20))")
    }
  }

  @Test(
    "A copy of the cookie ends with whatever ends the session",
    arguments: ["/logout", "/settings/sessions/end", "/settings/password"])
  func replayed(_ path: String) throws {
    let browser = try site.signedIn(owner)
    let copy = site.browser(at: "203.0.113.66")
    copy.cookies = browser.cookies
    #expect(copy.get("/settings").status == 200)
    let form: KeyValuePairs = ["current": TestSite.password, "password": "another long password"]
    #expect(browser.post(path, form).status == 303)
    #expect(copy.get("/settings").status == 303)
    #expect(copy.post("/settings", ["name": "Thief"]).status == 303)
    #expect(try site.current(owner)?.name == "Maria Rossi")
  }

  @Test("A copy ends with a new password by a mailed link too")
  func reset() throws {
    let copy = try site.signedIn(owner)
    let browser = site.browser()
    browser.get("/password/forgotten")
    browser.post("/password/forgotten", ["email": owner.email ?? ""])
    let token = try site.mailedToken()
    browser.get("/password/reset?token=\(token)")
    #expect(
      browser.post("/password/reset", ["token": token, "password": "another long password"]).status == 303)
    #expect(copy.get("/settings").status == 303)
  }

  @Test("A role that changed counts from the next request on, in each session of the user")
  func roles() throws {
    let sessions = [try site.signedIn(admin), try site.signedIn(admin)]
    let manager = try site.signedIn(owner)
    for browser in sessions { #expect(browser.get("/settings/organisation/users").status == 200) }
    manager.post("/settings/organisation/users/\(admin.id)/role", ["role": "user"])
    for browser in sessions {
      #expect(browser.get("/settings/organisation/users").status == 403)
      #expect(
        browser.post("/settings/organisation/users", ["name": "X", "email": "x@x.example", "role": "admin"])
          .status == 403)
    }
    manager.post("/settings/organisation/users/\(admin.id)/role", ["role": "admin"])
    manager.get("/settings/organisation/ownership")
    manager.post(
      "/settings/organisation/ownership", ["user_id": "\(admin.id)"])
    #expect(manager.get("/settings/activity").status == 403)
    for browser in sessions { #expect(browser.get("/settings/activity").status == 200) }
  }

  @Test("A cookie outlives neither 60 idle minutes nor 12 hours, whatever the browser keeps")
  func outlived() throws {
    let browser = try site.signedIn(owner)
    let kept = browser.cookies
    site.clock.move(by: .minutes(60))
    browser.cookies = kept
    #expect(browser.get("/settings").status == 303)
    #expect(browser.get(Route.activityCSV.path()).status == 303)
    #expect(browser.get("/settings/export/status").status == 401)
    #expect(browser.post("/settings", ["name": "Later"]).status == 303)
    #expect(try site.current(owner)?.name == "Maria Rossi")
  }

  @Test("Both cookies are out of reach for scripts and other sites; over https they are bound to the host")
  func attributes() throws {
    for (url, host, names, secure) in [
      ("http://localhost:8080", "localhost:8080", ["visit-8080", "session-8080"], false),
      ("https://export.example", "export.example", ["__Host-visit", "__Host-session"], true),
    ] {
      let site = try TestSite(["HANDOVER_URL": url])
      let owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
      let browser = site.browser()
      browser.host = host
      browser.get("/login")
      let visit = browser.lastSetCookies
      try browser.signIn(owner)
      for (name, set) in zip(names, [visit, browser.lastSetCookies]) {
        let cookie = try #require(set.first { $0.hasPrefix("\(name)=") })
        #expect(
          cookie.contains("; Path=/") && cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"))
        #expect(cookie.contains("; Secure") == secure && !cookie.contains("Domain"))
      }
    }
  }

  @Test("Each page has its form's token under another mask, and all of them open the form")
  func masks() throws {
    let browser = try site.signedIn(owner)
    var tokens: Set<String> = []
    for _ in 1...20 {
      browser.get("/settings")
      let token = try #require(browser.csrfToken)
      #expect(tokens.insert(token).inserted)
    }
    for token in tokens {
      #expect(browser.post("/settings", ["name": "Maria Rossi"], csrf: token).status == 303)
    }
  }

  @Test("A token that was changed, cut, or made without the cookie's secret opens no form")
  func forgedTokens() throws {
    let browser = try site.signedIn(owner)
    browser.get("/settings")
    let token = try #require(browser.csrfToken)
    let session = try #require(browser.cookies[cookie])
    let mask = [UInt8](repeating: 0, count: 32)
    let otherSecrets = ["", "x", session + "x", hex(TokenHash(of: session).bytes), owner.email ?? ""]
    var forged = otherSecrets.map { csrfToken(for: $0, under: mask) }
    forged += [
      "", " ", token + "A", token + "=", String(token.dropLast()), token.uppercased(), session, "null", "0",
    ]
    forged += [Base64URL.encode(mask), Base64URL.encode(mask + mask), Base64URL.encode([])]
    for place in stride(from: 0, to: token.count - 1, by: 5) {
      var letters = Array(token)
      letters[place] = letters[place] == "A" ? "B" : "A"
      forged.append(String(letters))
    }
    for wrong in forged {
      #expect(browser.post("/settings", ["name": "Forged"], csrf: wrong).status == 403, "\(wrong)")
    }
    #expect(browser.send(.post, "/settings?csrf_token=\(token)", body: "name=Forged").status == 403)
    #expect(try site.current(owner)?.name == "Maria Rossi")
    #expect(browser.post("/settings", ["name": "Maria Rossi"], csrf: token).status == 303)
  }

  @Test(
    "What browsers say of where a form comes from",
    arguments: [
      (["Origin": "http://localhost:8080"], true), (["Origin": "null"], true),
      (["Sec-Fetch-Site": "same-origin"], true),
      (["Sec-Fetch-Site": "none"], true), ([:], true), (["Origin": "HTTP://localhost:8080"], false),
      (["Origin": ""], false),
      (["Origin": "http://localhost"], false), (["Origin": "http://localhost:8080/"], false),
      (["Origin": "http://127.0.0.1:8080"], false), (["Origin": "http://localhost:80800"], false),
      (["Origin": "http://localhost:8080", "origin": "http://evil.example"], false),
      (["Origin": "http://evil.example", "origin": "http://localhost:8080"], false),
      (["Origin": "http://localhost:8080 http://evil.example"], false),
      (["Origin": "http://localhost:8080@evil.example"], false),
      (["Sec-Fetch-Site": "same-site"], false), (["Sec-Fetch-Site": "cross-site"], false),
      (["Sec-Fetch-Site": ""], false),
      (["Sec-Fetch-Site": "SAME-ORIGIN"], false), (["Sec-Fetch-Site": "same-origin, cross-site"], false),
      (["Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"], false),
      (["Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8080"], false),
    ] as [(KeyValuePairs<Headers.Name, String>, Bool)])
  func fetchSite(_ headers: KeyValuePairs<Headers.Name, String>, _ isAllowed: Bool) throws {
    let browser = try site.signedIn(owner)
    browser.get("/settings")
    browser.headers = headers
    #expect(browser.post("/settings", ["name": "Maria Rossi"]).status == (isAllowed ? 303 : 403))
  }
}
