import Foundation
import Testing

extension SystemTests {
  /// Requests that are wrong before anybody asks what they want: methods, sizes, bytes, hosts.
  @Suite struct LimitsTests {
    let site: Site
    let demo: Demo
    let owner: Client

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
      owner = try site.client(of: demo.owner)
    }

    @Test("A method that an address does not have gets 405 and those that it has")
    func methods() throws {
      let before = try site.state()
      let link = "/exports/\(String(repeating: "0", count: 32))/download?expires=1&signature=x"
      for (method, path, allowed) in [
        ("POST", link, "GET, HEAD"), ("DELETE", "/settings/export", "GET, HEAD, POST"),
        ("PUT", "/settings/export", "GET, HEAD, POST"), ("GET", "/logout", "POST"),
        ("POST", "/settings/export/status", "GET, HEAD"), ("GET", "/settings/export/x/cancel", "POST"),
        ("PATCH", "/settings/export/new", "GET, HEAD"), ("OPTIONS", "/login", "GET, HEAD, POST"),
        ("POST", "/health", "GET, HEAD"), ("HEAD", "/logout", "POST"),
        ("BREW", "/settings/export", "GET, HEAD, POST"),
      ] {
        for client in [owner, site.client()] {
          let answer = try client.send(method, path)
          #expect(answer.status == 405, "\(method) \(path)")
          #expect(answer["Allow"] == allowed, "\(method) \(path)")
        }
      }
      for method in ["TRACE", "CONNECT", "get"] {
        #expect(try [400, 405].contains(owner.send(method, "/settings/export").status), "\(method)")
      }
      for path in try ["/css/base.css", "/favicon.ico", asset] {
        let answer = try owner.send("DELETE", path)
        #expect(answer.status == 405, "\(path)")
        #expect(answer["Allow"] == "GET, HEAD", "\(path)")
      }
      #expect(try site.changes(since: before) == [])
    }

    @Test("HEAD answers as GET does, without the page")
    func head() throws {
      for path in ["/settings/export", "/settings", "/health", "/unknown"] {
        let (get, head) = try (owner.get(path), owner.send("HEAD", path))
        #expect(head.status == get.status, "\(path)")
        #expect(head.body.isEmpty)
        #expect(head["Content-Type"] == get["Content-Type"])
      }
    }

    @Test("A body over 64 KiB gets the application's page, one over nginx's limit that of nginx")
    func bodies() throws {
      let before = try site.state()
      let token = try #require(owner.get(Site.exportPage).csrfToken)
      for client in [owner, site.client()] {
        for size in [65_537, 100_000, 131_072, 131_073, 3_000_000] {
          let fields = [("scope", "organisation"), ("csrf_token", token)]
          let padding = size - 1 - "scope=organisation&csrf_token=\(token)&message=".utf8.count + 1
          let answer = try client.post(
            Site.exportPage, fields + [("message", String(repeating: "a", count: padding))])
          #expect(answer.status == 413, "\(size)")
          #expect(answer.text.contains("That is too much at once"), "\(size)")
        }
      }
      #expect(try site.changes(since: before) == [])
      let user = try site.client(of: demo.user)
      let most = String(repeating: "a", count: 60_000)
      #expect(
        try user.submit([("message", most)], to: "/settings/export/ask", from: Site.exportPage).status == 422)
    }

    @Test("A chunked body has the same limit")
    func chunkedBody() throws {
      let chunk = String(repeating: "a", count: 40_000)
      let size = String(chunk.utf8.count, radix: 16)
      let request = """
        POST /login HTTP/1.1\r\nHost: localhost:\(site.port)\r\nConnection: close\r
        Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r
        \(size)\r\n\(chunk)\r\n\(size)\r\n\(chunk)\r\n0\r\n\r\n
        """
      #expect(try owner.sendRaw(Array(request.utf8)).status == 413)
    }

    @Test(
      "Bytes that are no UTF-8, NUL and a parameter given twice get 400, in the query and in the form")
    func bytes() throws {
      let before = try site.state()
      let token = try #require(owner.get(Site.exportPage).csrfToken)
      for wrong in [
        "a=%FF", "a=%C0%AF", "a=%ED%A0%80", "a=%00", "%00=a", "a=x%00y", "a=1&a=1", "a=1&%61=2", "%F5=a",
      ] {
        for client in [owner, site.client()] {
          for path in ["/settings/export", "/login", "/exports/x/download"] {
            let answer = try client.get("\(path)?\(wrong)")
            #expect(answer.status == 400, "\(path)?\(wrong)")
            #expect(answer.text.contains("We couldn’t read that request"), "\(wrong)")
          }
          let body = Array("scope=organisation&csrf_token=\(token)&\(wrong)".utf8)
          let type = ["Content-Type": "application/x-www-form-urlencoded"]
          #expect(try client.send("POST", Site.exportPage, type, body: body).status == 400, "\(wrong)")
        }
      }
      for path in ["/settings/%FF", "/settings/%C0%AE", "/settings/export/%00/cancel", "/%00", "/x%ED%A0%80"]
      {
        #expect(try owner.get(path).status == 400, "\(path)")
      }
      let raw = Array("scope=organisation&csrf_token=\(token)&a=".utf8) + [0xFF, 0xFE]
      let type = ["Content-Type": "application/x-www-form-urlencoded"]
      #expect(try owner.send("POST", Site.exportPage, type, body: raw).status == 400)
      #expect(try site.changes(since: before) == [])
    }

    @Test("A form in another type is not read")
    func types() throws {
      let before = try site.state()
      let token = try #require(owner.get(Site.exportPage).csrfToken)
      for type in ["text/plain", "application/json", "multipart/form-data; boundary=x", ""] {
        let answer = try owner.post(
          Site.exportPage, [("scope", "organisation"), ("csrf_token", token)], ["Content-Type": type])
        #expect((400..<500).contains(answer.status), "\(type): \(answer.status)")
      }
      #expect(try site.changes(since: before) == [])
    }

    @Test("Only our own hosts are answered; another gets 421, whatever it asks for")
    func hosts() throws {
      for host in [
        "evil.example", "localhost.evil.example", "evil.example:\(site.port)", "xlocalhost", "[::1]", "",
      ] {
        for path in ["/", "/health", "/login", "/css/00-tokens.css", "/exports/x/download"] {
          let answer = try owner.get(path, ["Host": host])
          #expect(
            answer.status == 421 || (host.isEmpty && answer.status == 400), "\(host)\(path): \(answer.status)"
          )
          #expect(!answer.text.contains("evil"))
        }
      }
      for host in ["localhost:\(site.port)", "127.0.0.1:\(site.port)", "LOCALHOST", "127.0.0.1"] {
        #expect(try owner.get("/health", ["Host": host]).status == 200, "\(host)")
      }
      let two = "GET /login HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
      #expect(try owner.sendRaw(Array(two.utf8)).status == 400)
      let absolute = "GET http://evil.example/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      #expect(try owner.sendRaw(Array(absolute.utf8)).status == 421)
      let forwarded = try site.client().get(
        "/login", ["X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"])
      #expect(forwarded.status == 200)
      #expect(!forwarded.text.contains("evil"))
    }

    @Test("Requests that are hardly HTTP stop nothing")
    func malformed() throws {
      let host = "Host: localhost:\(site.port)\r\nConnection: close\r\n"
      for request in [
        "GET / HTTP/1.1\r\n\r\n", "GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\n\(host)\r\n",
        "GET / HTTP/1.1\r\n\(host)X: \(String(repeating: "a", count: 70_000))\r\n\r\n",
        "GET / HTTP/9.9\r\n\(host)\r\n", "nonsense\r\n\r\n", "GET /login?\u{1} HTTP/1.1\r\n\(host)\r\n",
        "POST /login HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n",
        "POST /login HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "GET / HTTP/1.1\r\n\(host)Cookie: \(String(repeating: "a=b; ", count: 1_000))\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)Proxy: evil\r\nCookie: session-\(site.port)=\u{7f}\u{e9}\r\n\r\n",
      ] {
        let answer = try owner.sendRaw(Array(request.utf8))
        #expect(
          (300..<500).contains(answer.status) || answer.status == 505,
          "\(request.prefix(60)): \(answer.status)")
      }
      #expect(try owner.get("/health").status == 200)
      #expect(!site.logs.contains("request.failed"))
    }

    private var asset: String {
      get throws {
        let page = try owner.get("/settings").text
        return try #require(page.firstMatch(of: /href="(\/assets\/[^"]+\.css)"/).map { String($0.1) })
      }
    }
  }
}
