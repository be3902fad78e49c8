import Foundation
import Testing

extension SystemTests {
  /// What wrong requests get, through nginx: the status and page of the contract, nothing changed, and never a 500.
  @Suite struct BadInputTests {
    let site: Site
    let demo: Demo
    let owner: Client

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
      owner = try site.client(of: demo.owner)
    }

    @Test("A wrong password, an unknown address and a disabled user get the same words")
    func wrongPassword() throws {
      let left = try site.rows("SELECT email FROM user WHERE organisation_id = 1 AND active = 0")[0]
      let before = try site.state()
      var pages: Set<String> = []
      for (email, password) in [
        (demo.owner.email, "wrong"), (demo.owner.email, ""), ("nobody@example.com", demo.owner.password),
        (left, demo.owner.password),
      ] {
        let answer = try site.client().submit(
          [("email", email), ("password", password)], to: "/login", from: "/login")
        #expect(answer.status == 422)
        #expect(answer.value(ofField: "email") == email)
        #expect(answer.text.contains("don’t belong together"))
        pages.insert(anonymous(answer, email))
      }
      #expect(pages.count == 1)
      let changes = try site.changes(since: before)
      #expect(changes == [])
    }

    /// The page without what differs by intention.
    private func anonymous(_ answer: Answer, _ email: String) -> String {
      answer.text.replacing(email, with: "").replacing(/name="csrf_token" value="[^"]*"/, with: "")
        .replacing(/data-now="[0-9]*"/, with: "")
    }

    @Test("An unknown export and one of another organisation get the same bytes")
    func foreignExport() throws {
      let other = try site.client(of: demo.otherOwner)
      let link = try site.completedExport(by: other)
      let id = try site.rows("SELECT id FROM export")[0]
      let unknown = String(repeating: "0", count: 32)
      let before = try site.state()
      for verb in ["cancel", "retry", "revoke"] {
        let foreign = try post([], to: "/settings/export/\(id)/\(verb)")
        let missing = try post([], to: "/settings/export/\(unknown)/\(verb)")
        #expect(foreign.status == 404)
        #expect(foreign.body == missing.body)
      }
      let foreign = try owner.get(link)
      #expect(foreign.status == 404)
      #expect(try foreign.body == owner.get(link.replacing(id, with: unknown)).body)
      #expect(try owner.get("/settings/export?download=\(id)").text.contains("data-download-now") == false)
      for odd in ["x", "..", "%2e%2e", id + "0", id.uppercased(), "%F0%9F%98%80"] where odd != id {
        #expect(try [404, 400].contains(post([], to: "/settings/export/\(odd)/cancel").status), "\(odd)")
      }
      let changes = try site.changes(since: before)
      #expect(changes == [])
      #expect(try other.get(link).status == 200)
    }

    @Test("A user without the role gets 403, and nothing is done")
    func wrongRole() throws {
      let link = try site.completedExport(by: owner)
      let id = try site.rows("SELECT id FROM export")[0]
      let user = try site.client(of: demo.user)
      let clients = try [site.client(of: demo.admin), user]
      let before = try site.state()
      for (client, who) in zip(clients, ["admin", "user"]) {
        let token = try #require(client.get(Site.exportPage).csrfToken)
        for path in [
          Site.exportPage, "/settings/export/\(id)/cancel", "/settings/export/\(id)/retry",
          "/settings/export/\(id)/revoke", "/settings/organisation",
        ] {
          let fields = [("scope", "organisation"), ("csrf_token", token)]
          #expect(try client.post(path, fields).status == 403, "\(who) \(path)")
        }
        for path in [link, "/settings/export/new", "/settings/activity"] {
          #expect(try client.get(path).status == 403, "\(who) \(path)")
        }
      }
      for path in ["/settings/organisation", "/settings/organisation/users", "/settings/export/status"] {
        #expect(try user.get(path).status == 403, "\(path)")
      }
      #expect(try user.get(Site.exportPage).text.contains("data-export=") == false)
      let changes = try site.changes(since: before)
      #expect(changes == [])
    }

    @Test("Nobody gets anything without a session, and a POST is not repeated after the sign-in")
    func nobody() throws {
      let before = try site.state()
      #expect(try site.client().get("/").location == "/settings/export")
      for path in [
        "/settings", "/settings/export", "/settings/export/new", "/settings/activity", "/help",
        "/unknown",
      ] {
        let answer = try site.client().get(path)
        #expect(answer.status == 303, "\(path)")
        #expect(answer.location?.hasPrefix("/login?next=") == true, "\(path)")
      }
      for path in ["/settings/export", "/settings/export/ask", "/logout", "/unknown"] {
        let answer = try site.client().post(path, [("scope", "organisation")])
        #expect(answer.status == 303, "\(path)")
        #expect(answer.location == "/login", "\(path)")
      }
      let status = try site.client().get("/settings/export/status")
      #expect(status.status == 401)
      #expect(status.body.isEmpty)
      #expect(try site.client().get("/settings", ["Cookie": "session-\(site.port)=forged"]).status == 303)
      let changes = try site.changes(since: before)
      #expect(changes == [])
    }

    @Test("A form without its token, with another session's, or from a foreign page is refused")
    func forgedForms() throws {
      // The sign-in in another browser is told by mail.
      let another = ("csrf_token", try #require(site.client(of: demo.owner).get(Site.exportPage).csrfToken))
      let before = try site.state()
      let scope = [("scope", "organisation")]
      let page = try owner.get(Site.exportPage)
      let token = ("csrf_token", try #require(page.csrfToken))
      let beforeSignIn = ("csrf_token", try #require(site.client().get("/login").csrfToken))
      for wrong in [[], [another], [beforeSignIn], [("csrf_token", "")], [("csrf_token", token.1 + "x")]] {
        #expect(try owner.post(Site.exportPage, scope + wrong).status == 403)
      }
      for headers in [
        ["Origin": "https://evil.example"], ["Origin": "http://localhost:1"], ["Origin": site.url + ".evil"],
        ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
      ] {
        let answer = try owner.post(Site.exportPage, scope + [token], headers)
        #expect(answer.status == 403, "\(headers)")
        #expect(answer.text.contains("came from another site"))
      }
      let fields = [("email", demo.owner.email), ("password", demo.owner.password)]
      #expect(try site.client().post("/login", fields).status == 403)
      let changes = try site.changes(since: before)
      #expect(changes == [])
      let own = ["Origin": site.url, "Sec-Fetch-Site": "same-origin"]
      #expect(try owner.post(Site.exportPage, scope + [token], own).status == 303)
    }

    @Test("An unknown scope and a user of another organisation get 422 and the form")
    func wrongChoice() throws {
      let other = try site.client(of: demo.otherOwner)
      let before = try site.state()
      let last = try site.count("SELECT max(id) FROM user WHERE organisation_id = 1")
      for fields in [
        [], [("scope", "")], [("scope", "everything")], [("scope", "user")],
        [("scope", "user"), ("user_id", "")], [("scope", "user"), ("user_id", "3")],
        [("scope", "user"), ("user_id", "U-0")], [("scope", "user"), ("user_id", "U-\(last + 1)")],
        [("scope", "user"), ("user_id", "U--1")], [("scope", "user"), ("user_id", "U-1 ")],
        [("scope", "user"), ("user_id", "U-99999999999999999999")],
        [("scope", "user"), ("user_id", "1' OR 1=1")],
      ] {
        let answer = try post(fields, to: Site.exportPage)
        #expect(answer.status == 422, "\(fields)")
        #expect(answer.text.contains("class=\"problem\""), "\(fields)")
      }
      // The second organisation has fewer users: an id of the first one is none of it.
      let foreign = try other.submit(
        [("scope", "user"), ("user_id", "U-\(last)")], to: Site.exportPage, from: Site.exportPage)
      #expect(foreign.status == 422)
      let changes = try site.changes(since: before)
      #expect(changes == [])
    }

    private func post(_ fields: [(String, String)], to path: String) throws -> Answer {
      try owner.submit(fields, to: path, from: Site.exportPage)
    }
  }
}
