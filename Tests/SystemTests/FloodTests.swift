import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// One client that takes more than its share, and another that wants nothing but a page.
  @Suite struct FloodTests {
    private let many: UInt8 = 2
    private let one: UInt8 = 3

    @Test("Thousands of headers that never end, of one address, hold up nobody at another")
    func halfHeaders() throws {
      let site = try Site()
      _ = try site.startWithDemo()
      let limit = try allowFiles(2_600)
      let half = Array("GET /login HTTP/1.1\r\nHost: localhost:\(site.port)\r\nX: ".utf8)
      // 2,300 of them reset everybody while nginx had two workers of 1,024 connections.
      let flood = try (0..<min(2_300, limit - 300)).map { _ in try Held(site, from: many, half) }
      for _ in 0..<20 { #expect(try client(of: site, at: one).get("/login").status == 200) }
      #expect(flood.count > 100)
      // Each of them ends by itself.
      #expect(try flood[0].rest().isEmpty)
    }

    @Test(
      "Bodies that come byte by byte, of one address and of eight, hold up nobody at another",
      arguments: [[2], Array(2...9)] as [[UInt8]])
    func slowBodies(sources: [UInt8]) throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let limit = try allowFiles(2_600)
      let other = client(of: site, at: 1)
      try other.signIn(demo.owner.email, demo.owner.password)
      let work = try (0..<min(2_000, limit - 300)).map {
        try Held(site, from: sources[$0 % sources.count], halfForm("/login", site))
      }
      for _ in 0..<5 {
        for held in work { try held.send([UInt8(ascii: "x")]) }
        for _ in 0..<5 { #expect(try other.get(Site.exportPage).status == 200) }
        #expect(try other.get("/health").status == 200)
      }
      #expect(try client(of: site, at: sources[0]).get("/login").status == 429)
    }

    @Test("Requests in work are limited for one address, and not for another")
    func atOnce() throws {
      let site = try Site()
      _ = try site.startWithDemo()
      _ = try allowFiles(600)
      let work = try hold(200, halfForm("/settings", site), on: site, untilRefused: "/login")
      try expectOurPage(client(of: site, at: many).get("/login"))
      for _ in 0..<20 { #expect(try client(of: site, at: one).get("/login").status == 200) }
      #expect(200...210 ~= work.count)
    }

    @Test("The audit trail is sent four times at once to one address, whose other pages come as ever")
    func trails() throws {
      let site = try Site()
      _ = try site.startWithDemo()
      let path = "/settings/activity.csv"
      let work = try hold(4, halfForm(path, site), on: site, untilRefused: path)
      #expect(try client(of: site, at: many).get("/login").status == 200)
      #expect(try client(of: site, at: one).get(path).status == 303)
      #expect(4...14 ~= work.count)
    }

    @Test("Forms that guess or send mail are limited for one address; pages, and other addresses, are not")
    func guesses() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      for path in ["/login", "/password/forgotten", "/login/code", "/%6Cogin", "/confirm"] {
        let refused = try (0..<600).lazy.map { _ in try client(of: site, at: many).post(path, []) }
          .first { $0.status == 429 }
        try expectOurPage(try #require(refused, "\(path)"))
      }
      #expect(try client(of: site, at: many).get("/login").status == 200)
      let other = client(of: site, at: one)
      try other.signIn(demo.owner.email, demo.owner.password)
      #expect(try other.get(Site.exportPage).status == 200)
    }

    @Test("IPv6 counts by the half that one party holds, IPv4 by address, in whatever form a proxy says it")
    func networks() throws {
      let site = try Site(["HANDOVER_PROXIES": "127.0.0.0/8"])
      _ = try site.startWithDemo()
      func isRefused(_ count: Int, _ address: (Int) -> String) throws -> Bool {
        try (0..<count).contains {
          try site.client().post("/login", [], ["X-Forwarded-For": address($0)]).status == 429
        }
      }
      #expect(try isRefused(500) { "2001:db8:1:2:\(String($0 + 1, radix: 16))::1" })
      #expect(try !isRefused(1) { _ in "2001:db8:1:3::1" })
      #expect(try !isRefused(90) { "::ffff:192.0.2.\($0 + 1)" })
      #expect(try !isRefused(90) { "198.51.100.\($0 + 1)" })
      #expect(try isRefused(500) { _ in "203.0.113.9" })
      #expect(try isRefused(1) { _ in "::ffff:203.0.113.9" })
    }

    @Test("X-Forwarded-For is believed of the proxies that the operator names, and only what they added")
    func proxies() throws {
      let named = try Site(["HANDOVER_PROXIES": "127.0.0.2/32, 2001:db8::/32"])
      _ = try named.startWithDemo()
      for (source, forwarded, seen) in [
        (2, "198.51.100.7", "198.51.100.7"), (2, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 127.0.0.2", "198.51.100.7"),
        (2, "6.6.6.6, 2001:db9::7, 2001:db8::1", "2001:db9::7"), (2, "nonsense", "127.0.0.2"),
        (1, "198.51.100.7", "127.0.0.1"), (3, "198.51.100.7, 127.0.0.2", "127.0.0.3"),
      ] {
        #expect(
          try address(of: named, from: UInt8(source), forwarded) == seen, "\(source) \(forwarded)")
      }
      let plain = try Site()
      _ = try plain.startWithDemo()
      #expect(try address(of: plain, from: 2, "198.51.100.7") == "127.0.0.2")
    }

    /// A form of which the most is still to come.
    private func halfForm(_ path: String, _ site: Site) -> [UInt8] {
      Array(
        """
        POST \(path) HTTP/1.1\r\nHost: localhost:\(site.port)\r\nContent-Length: 1000\r
        Content-Type: application/x-www-form-urlencoded\r\n\r\na=
        """.utf8)
    }

    /// Opens as many as may be in work, and asks for the page until it is one too many.
    ///
    /// An asking that nginx counts before the last of them takes its place, and that one is refused; so another is
    /// opened after each asking that gets an answer, ten at most.
    private func hold(
      _ count: Int, _ half: [UInt8], on site: Site, untilRefused path: String
    ) throws -> [Held] {
      var work = try (0..<count).map { _ in try Held(site, from: many, half) }
      try eventually("\(path) is refused") {
        if try client(of: site, at: many).get(path).status == 429 { return true }
        if work.count < count + 10 { work.append(try Held(site, from: many, half)) }
        return false
      }
      return work
    }

    /// Which address nginx took for the client's, as it tells its log and the application.
    private func address(of site: Site, from source: UInt8, _ forwarded: String) throws -> String? {
      let path = "/settings/\(UUID().uuidString)"
      _ = try client(of: site, at: source).get(path, ["X-Forwarded-For": forwarded])
      var line: Substring?
      try eventually("a line of the log") {
        line = site.logs.split(separator: "\n").first { $0.contains("GET \(path)") && !$0.contains("event=") }
        return line != nil
      }
      return line?.split(separator: " ").first.map(String.init)
    }

    private func expectOurPage(_ answer: Answer) throws {
      #expect(answer["Retry-After"] == "10")
      #expect(answer.text.contains("A little too often"))
      #expect(answer["Content-Security-Policy"] != nil && answer["Cache-Control"] == nil)
    }

    private func client(of site: Site, at source: UInt8) -> Client {
      let client = site.client()
      client.source = source
      return client
    }

    /// Lets this process open so many files, where the system does.
    /// - Returns: how many it may open.
    private func allowFiles(_ count: Int) throws -> Int {
      var limit = rlimit()
      unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(count)))
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      return Int(clamping: limit.rlim_cur)
    }
  }
}

/// A connection that is open as long as this object lives.
private final class Held {
  private let socket: Socket

  init(_ site: Site, from source: UInt8, _ bytes: [UInt8]) throws {
    socket = try Socket(port: site.port, from: source)
    try socket.send(bytes)
  }

  func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }

  /// What the server says until it closes the connection.
  func rest() throws -> [UInt8] {
    var all: [UInt8] = []
    while case let next = try socket.receive(), !next.isEmpty { all += next }
    return all
  }
}
