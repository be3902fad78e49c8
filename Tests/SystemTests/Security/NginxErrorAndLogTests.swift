import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The pages that nginx answers by itself, and what it logs.
  @Suite struct NginxErrorAndLogTests {
    private static let always = [
      "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
      "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy",
    ]

    @Test("nginx's own error pages have every header, look like ours, and name no version")
    func errorPages() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let owner = try site.client(of: demo.owner)
      let host = "Host: localhost:\(site.port)\r\nConnection: close\r\n"
      let long = String(repeating: "a", count: 40_000)
      for (request, status) in [
        ("nonsense\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400), ("GET /a b HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET / HTTP/9.9\r\n\(host)\r\n", 505), ("GET /\(long) HTTP/1.1\r\n\(host)\r\n", 414),
        ("GET / HTTP/1.1\r\n\(host)X: \(long)\r\n\r\n", 400), ("TRACE / HTTP/1.1\r\n\(host)\r\n", 405),
        ("GET / HTTP/1.1\r\n\(host)Transfer-Encoding: unknown\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\n\(host)Content-Length: 9999999\r\n\r\n", 413),
        ("GET /-/exports/x HTTP/1.1\r\n\(host)\r\n", 404),
        ("GET /css/../../keys HTTP/1.1\r\n\(host)\r\n", 400), ("PUT /css/x HTTP/1.1\r\n\(host)\r\n", 405),
        ("GET /css/x HTTP/1.1\r\n\(host)\r\n", 404), ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        ("GET / HTTP/1.0\r\n\r\n", 421),
      ] {
        // nginx doesn't read all of what is too long. Then the system may end the connection before its answer is read.
        let answer = try eventual("an answer to \(request.prefix(40))", within: .seconds(10)) {
          try? owner.sendRaw(Array(request.utf8))
        }
        check(answer, "\(request.prefix(40))")
        #expect(answer.status == status || answer.status == 400, "\(request.prefix(40)): \(answer.status)")
      }
      #expect(try site.server?.stop() == 0)
      let down = try owner.get("/settings")
      #expect(down.status == 502)
      check(down, "502")
    }

    @Test(
      "Too many cookies are named, with the remedy, and the page of it and of a foreign host has its style")
    func styled() throws {
      let site = try Site()
      try site.start()
      let cookies = ["Cookie": "x=" + String(repeating: "a", count: 17_000)]
      let client = site.client()
      let page = try client.get("/login", cookies)
      #expect(page.status == 400 && page.text.contains("Delete this site’s cookies"))
      let foreign = try client.get("/", ["Host": "evil.example"])
      #expect(foreign.status == 421)
      for (answer, headers) in [(page, cookies), (foreign, ["Host": "evil.example"])] {
        let sheets = answer.text.matches(of: /rel="stylesheet" href="([^"]+)"/).map { String($0.1) }
        #expect(sheets.count == 5)
        for sheet in sheets {
          let style = try client.get(sheet, headers)
          #expect(style.status == 200 && style["Content-Type"]?.hasPrefix("text/css") == true, "\(sheet)")
        }
      }
      let fewer = ["Cookie": "x=" + String(repeating: "a", count: 12_000)]
      #expect(try client.get("/login", fewer).status == 200)
    }

    @Test("A server that hangs is a page after 30 seconds", .enabled(if: Checkout.isLong))
    func hanging() throws {
      let site = try Site()
      try site.start()
      site.server?.send(SIGSTOP)
      let answer = try site.client().get("/login")
      #expect(answer.status == 504)
      check(answer, "504")
      site.server?.send(SIGCONT)
    }

    private func check(_ answer: Answer, _ what: String) {
      for name in Self.always { #expect(Set(answer.all(name)).count == 1, "\(what): \(name)") }
      #expect(answer["Server"] == "nginx", "\(what)")
      #expect(
        !answer.text.contains("nginx") && answer.text.contains("<html"), "\(what): \(answer.text.prefix(99))")
    }

    @Test("No failure at a link, a sign-in or a new password brings a secret into a log")
    func logs() throws {
      let site = try Site(["HANDOVER_LOG": "debug"])
      let demo = try site.startWithDemo()
      let owner = try site.client(of: demo.owner)
      let link = try site.completedExport(by: owner)
      let id = try #require(link.split(separator: "/").dropFirst().first).description
      let signature = try #require(link.split(separator: "=").last).description
      let forgotten = try site.client().submit(
        [("email", demo.owner.email)], to: "/password/forgotten", from: "/password/forgotten")
      #expect(forgotten.status == 200)
      let letter = try site.letter("the reset") { $0.text.contains("?token=") }
      let token = try #require(letter.text.firstMatch(of: /\?token=([A-Za-z0-9_-]+)/)?.1).description

      let long = String(repeating: "a", count: 40_000)
      let host = "Host: localhost:\(site.port)\r\nConnection: close\r\n"
      let next = "/login?next=" + link.replacing("/", with: "%2F").replacing("?", with: "%3F")
      let secrets = [
        link, link.replacing("?", with: "%3F"), "\(link)&x=%FF", "\(link)&\(link)", "//\(link)", next,
        "/password/reset?token=\(token)",
      ]
      for target in secrets {
        for client in [owner, site.client()] {
          for method in ["GET", "HEAD", "POST", "DELETE", "TRACE"] { _ = try client.send(method, target) }
          _ = try client.get(target, ["Host": "evil.example"])
          _ = try client.get(target, ["Range": "bytes=99999999-"])
          _ = try client.get(target, ["Range": "bytes=0-1,2-3", "Referer": site.url + target])
          for broken in [
            "GET \(target) HTTP/9.9\r\n\(host)\r\n", "GET \(target)\r\n",
            "GET \(target)\(long) HTTP/1.1\r\n\(host)\r\n",
            "GET \(target) HTTP/1.1\r\n\(host)X: \(long)\r\n\r\n", "GET \(target) x HTTP/1.1\r\n\(host)\r\n",
            "GET http://localhost\(target) HTTP/1.1\r\n\(host)\r\n",
            "POST \(target) HTTP/1.1\r\n\(host)Content-Length: x\r\n\r\n",
            "POST \(target) HTTP/1.1\r\n\(host)Content-Length: 200000\r\n\r\n",
          ] { _ = try? client.sendRaw(Array(broken.utf8)) }
        }
      }
      // The archive is gone, cannot be read, or its server is.
      let file = site.data.appending(path: "exports/\(id).zip")
      try FileManager.default.moveItem(at: file, to: file.appendingPathExtension("away"))
      try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
      _ = try owner.get(link)
      try FileManager.default.removeItem(at: file)
      _ = try owner.get(link)
      #expect(try site.server?.stop() == 0)
      for target in secrets { _ = try owner.get(target) }

      let logs = site.logs.split(separator: "\n")
      for secret in [signature, token, demo.owner.password] + owner.cookies.values {
        #expect(logs.filter { $0.contains(secret) } == [])
      }
      // The requests are logged, without their secrets.
      #expect(site.logs.contains("GET /exports/\(id)/download\" 200"))
      #expect(site.logs.contains("event=request.answered method=GET path=/exports/\(id)/download status=200"))
    }
  }
}
