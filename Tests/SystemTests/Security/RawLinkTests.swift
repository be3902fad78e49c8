import Foundation
import Testing

extension SystemTests {
  /// The signed link past what nginx makes of a request line.
  @Suite struct RawLinkTests {
    let site: Site
    let owner: Client
    let link: String

    init() throws {
      site = try Site()
      let demo = try site.startWithDemo()
      owner = try site.client(of: demo.owner)
      link = try site.completedExport(by: owner)
    }

    @Test("A request line with another spelling of the link gives no file")
    func requestLines() throws {
      let before = try site.state()
      let origin = "http://localhost:\(site.port)"
      let cookie = owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      let own = "Host: localhost:\(site.port)\r\nCookie: \(cookie)\r\nConnection: close\r\n\r\n"
      for line in [
        "GET \(origin)\(link) HTTP/1.1", "GET HTTP://LOCALHOST:\(site.port)\(link) HTTP/1.1",
        "GET http://localhost\(link) HTTP/1.1", "GET https://localhost\(link) HTTP/1.1",
        "GET http:\(link) HTTP/1.1",
        "GET http://user@localhost\(link) HTTP/1.1", "GET \(link)# HTTP/1.1", "GET \(link)#x HTTP/1.1",
        "GET  \(link) HTTP/1.1",
        "GET \(link)  HTTP/1.1", "GET \(link)\t HTTP/1.1", "GET \(link)%20 HTTP/1.1", "GET \(link)",
        "GET \(link) HTTP/2.0",
        "GET \(link) http/1.1", "get \(link) HTTP/1.1", "GET /\(link) HTTP/1.1", "GET /.\(link) HTTP/1.1",
        "GET /x/..\(link) HTTP/1.1",
        "GET \(link.replacing("?", with: "/?")) HTTP/1.1", "GET \(link.replacing("?", with: ";?")) HTTP/1.1",
        "GET \(link.replacing("?", with: "/.?")) HTTP/1.1",
        "GET \(link.replacing("?", with: "%3F")) HTTP/1.1",
        "GET \(link.replacing("download", with: "%64ownload")) HTTP/1.1", "GET \(link.dropFirst()) HTTP/1.1",
        "GET \\exports\(link.dropFirst(8)) HTTP/1.1", "PROPFIND \(link) HTTP/1.1",
      ] {
        guard let answer = try? owner.sendRaw(Array("\(line)\r\n\(own)".utf8)) else { continue }
        #expect([400, 404, 405, 421, 505].contains(answer.status), "\(line): \(answer.status)")
        #expect(!answer.body.starts(with: Array("PK".utf8)), "\(line)")
      }
      #expect(try site.state() == before)
    }

    @Test("Headers that some servers take for the address or the method change nothing")
    func overrides() throws {
      let unknown = "/exports/\(String(repeating: "0", count: 32))/download"
      for name in [
        "X-Original-URL", "X-Rewrite-URL", "X-Accel-Redirect", "X-Forwarded-Prefix", "X-Forwarded-Uri",
      ] {
        #expect(try owner.get(unknown, [name: link]).status == 404, "\(name)")
        #expect(try owner.get(unknown, [name: "/-/exports/"]).status == 404, "\(name)")
        #expect(try site.client().get("/login", [name: link]).status == 200, "\(name)")
      }
      for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        #expect(try owner.get("/settings", [name: "DELETE"]).status == 200)
        #expect(try owner.get("/logout", [name: "POST"]).status == 405)
      }
      #expect(try owner.get("/settings").status == 200)
    }

    @Test("A new key is taken at the next request: the old link stays, and the next export is signed with it")
    func rotation() throws {
      let first = try site.rows("SELECT key_id FROM export")
      let rotated = try site.handover("keys", "rotate")
      #expect(rotated.succeeded, "\(rotated.error)")
      let next = try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage)
      #expect(next.status == 303)
      try site.waitForExport("completed")
      let keys = try site.rows("SELECT key_id FROM export ORDER BY number")
      #expect(keys.count == 2 && keys[0] == first[0] && keys[1] != keys[0])
      let links = try owner.get(Site.exportPage).downloadLinks
      #expect(links.count == 2 && links.contains(link))
      for link in links { #expect(try owner.get(link).status == 200) }
    }
  }
}
