import Foundation
import Testing

extension SystemTests {
  /// The headers that every answer has, whoever gives it.
  @Suite struct HeadersTests {
    private static let always = [
      "Content-Security-Policy":
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; "
        + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
      "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    ]

    @Test("Pages, files, downloads, fragments and errors of both all have them, once, and no versions")
    func everywhere() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let owner = try site.client(of: demo.owner)
      let link = try site.completedExport(by: owner)
      let asset = try #require(owner.get("/settings").text.firstMatch(of: /href="(\/assets\/[^"]+)"/)).1
      let answers = try [
        (200, owner.get("/settings/export")), (200, owner.get("/settings/export/status")),
        (200, owner.get(link)), (206, owner.get(link, ["Range": "bytes=0-9"])),
        (416, owner.get(link, ["Range": "bytes=99999999-"])), (404, owner.get(link + "x")),
        (404, owner.get("/unknown")), (405, owner.send("DELETE", "/settings")),
        (413, owner.send("POST", "/settings", body: Array(repeating: 0x61, count: 200_000))),
        (421, owner.get("/", ["Host": "evil.example"])), (400, owner.get("/", ["Host": "a b"])),
        (404, owner.get("/css/none.css")), (200, owner.get(String(asset))), (200, owner.get("/favicon.ico")),
        (200, owner.get("/health")), (303, site.client().get("/settings")),
        (200, site.client().get("/login")),
        (401, site.client().get("/settings/export/status")), (403, owner.post("/settings/export", [])),
        (400, owner.get("/settings?a=%FF")),
      ]
      for (status, answer) in answers { check(answer, status) }
      #expect(try site.server?.stop() == 0)
      check(try owner.get("/settings/export"), 502)
      #expect(try owner.get("/settings/export").text.contains("<html"))
    }

    @Test("The Help page's videos have the types that browsers choose by, and are sent in parts")
    func videos() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let owner = try site.client(of: demo.owner)
      let sources = try owner.get("/help").text.matches(of: /<source src="([^"]+)" type="(video\/[a-z0-9]+)"/)
      #expect(sources.map { String($0.2) } == ["video/mp4", "video/webm", "video/mp4", "video/webm"])
      for source in sources {
        let answer = try owner.get(String(source.1), ["Range": "bytes=4-7"])
        #expect(answer.status == 206 && answer.body.count == 4, "\(source.1)")
        #expect(answer["Content-Type"] == String(source.2), "\(source.1)")
        #expect(answer["Content-Range"]?.hasPrefix("bytes 4-7/") == true, "\(source.1)")
      }
    }

    private func check(_ answer: Answer, _ status: Int) {
      #expect(answer.status == status, "\(answer.text.prefix(300))")
      for (name, value) in Self.always {
        #expect(answer.all(name) == [value], "\(status) \(name)")
      }
      #expect(Set(answer.all("Permissions-Policy")).count == 1)
      #expect(answer["Server"] == "nginx")
      #expect(answer["X-Powered-By"] == nil && answer["X-Accel-Redirect"] == nil && answer["Status"] == nil)
      #expect(answer["Strict-Transport-Security"] == nil)
    }

    @Test("What only signed-in people see is never stored; static files are kept for a year")
    func caching() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let owner = try site.client(of: demo.owner)
      for path in [
        "/settings", "/settings/export", "/settings/export/status", "/settings/activity", "/help", "/unknown",
      ] {
        #expect(try owner.get(path)["Cache-Control"]?.contains("no-store") == true, "\(path)")
      }
      #expect(try site.client().get("/login")["Cache-Control"]?.contains("no-store") == true)
      for kind in ["href", "src"] {
        let asset = try #require(
          owner.get("/settings").text.firstMatch(of: try Regex("\(kind)=\"(/assets/[^\"]+)\"")))
        let path = try #require(asset.output[1].substring).description
        let answer = try owner.get(path)
        #expect(answer.status == 200)
        #expect(answer["Cache-Control"] == "public, max-age=31536000, immutable")
        #expect(try owner.get(path, ["If-None-Match": answer["ETag"] ?? ""]).status == 304)
      }
    }

    @Test(
      "Only the hash of a file is kept for a year; one of the version before stays, an invented one never was"
    )
    func hashes() throws {
      let site = try Site()
      let owner = try site.client(of: try site.startWithDemo().owner)
      let css = try #require(
        owner.get("/settings").text.firstMatch(of: /href="(\/assets\/handover\.[0-9a-f]{8}\.css)"/)?.1)
      for path in [
        "/assets/handover.00000000.css", "/assets/handover.ffffffff.js", "/assets/handover.css",
        "/css/00-tokens.01234567.css", "/icons/handover.01234567.svg", "/media/way.01234567.webm",
        css.replacing("handover.", with: "other."), css.replacing(".css", with: ".js"),
      ] {
        let answer = try owner.get(String(path))
        #expect(answer.status == 404, "\(path)")
        #expect(answer["Cache-Control"]?.contains("immutable") != true, "\(path)")
      }
      #expect(try owner.get("/css/00-tokens.css")["Cache-Control"] == "no-cache")
      // What a version before has left.
      let old = "/assets/handover.0badcafe.css"
      try Data("body {}".utf8).write(to: site.data.appending(path: old))
      #expect(try site.server?.stop() == 0)
      try site.startServer()
      try site.waitForHealth()
      #expect(try owner.get(old).text == "body {}")
      #expect(try owner.get(String(css)).status == 200)
    }

    @Test(
      "A long address without a session leads to the sign-in, and no header of an answer is too long for nginx"
    )
    func longAddresses() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      for count in [1_000, 2_000, 4_000, 7_000, 7_900] {
        for letter in ["~", "%41", "a", "&"] {
          let path =
            "/settings/organisation/users?q=" + String(repeating: letter, count: count / letter.utf8.count)
          #expect(try site.client().get(path).status == 303, "\(letter) \(count)")
          guard count % 3_000 == 1_000, letter != "a", letter != "&" else { continue }
          let client = site.client()
          let answer = try client.submit(
            [("email", demo.owner.email), ("password", demo.owner.password), ("next", path)], to: "/login",
            from: "/login")
          #expect(answer.status == 303, "\(letter) \(count)")
          #expect(try client.get("/login?next=" + path).status == 303, "\(letter) \(count)")
        }
      }
    }

    @Test("Where the site is reached by https, the cookie is __Host- and Secure, and HSTS is on")
    func https() throws {
      let site = try Site(["HANDOVER_URL": "https://export.example"])
      let demo = try site.startWithDemo()
      let client = Client(port: site.port, host: "export.example")
      let form = try client.get("/login")
      #expect(form["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains")
      let answer = try client.submit(
        [("email", demo.owner.email), ("password", demo.owner.password)], to: "/login", from: "/login")
      let cookie = try #require(answer.all("Set-Cookie").first { $0.hasPrefix("__Host-session=") })
      for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        #expect(cookie.contains(attribute), "\(cookie)")
      }
      #expect(!cookie.contains("Domain"))
    }

    @Test("The signature, the password and the session's cookie reach no log")
    func secrets() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let owner = try site.client(of: demo.owner)
      let link = try site.completedExport(by: owner)
      let signature = try #require(link.split(separator: "=").last).description
      _ = try owner.get(link)
      _ = try owner.get(link + "&x=%FF")
      _ = try owner.send("DELETE", link)
      _ = try site.client().get(link)
      _ = try owner.get(link, ["Host": "evil.example"])
      #expect(try site.server?.stop() == 0)
      _ = try owner.get(link)
      #expect(!site.logs.contains(signature))
      #expect(!site.logs.contains(demo.owner.password))
      // The way to a cell is no secret.
      for (name, value) in owner.cookies where !name.hasPrefix("cell-") {
        #expect(!site.logs.contains(value))
      }
    }
  }
}
