import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The clock jumps while the server runs.
  @Suite struct ClockTests {
    let crashSite: CrashSite
    let clock: WallClock
    var site: Site { crashSite.site }

    init() throws {
      crashSite = try CrashSite()
      clock = try WallClock(in: crashSite.site.folder)
      try crashSite.restart(under: clock.wrapper)
    }

    private static let day = 86_400

    @Test(
      "A day ahead, a day back, ten years ahead and back: nothing crashes or spins, and expired stays expired"
    )
    func jumps() throws {
      let link = try site.completedExport(by: crashSite.owner)
      let first = try site.rows("SELECT id FROM export")[0]
      var ended: Set<String> = []
      for (jump, ends) in [
        (Self.day + 10, true), (0, false), (-Self.day, false), (3_650 * Self.day, true), (0, false),
      ] {
        try clock.move(by: jump)
        // The jump may have ended the session.
        let owner = try site.client(of: crashSite.demo.owner)
        #expect(try owner.get(link).status == 410, "\(jump)")
        if ends {
          let completed = "SELECT count(*) FROM export WHERE status = 'completed'"
          try eventually("what is due expires; \(jump)") { try site.count(completed) == 0 }
        }
        ended.formUnion(try site.rows("SELECT id FROM export WHERE status = 'expired'"))
        let again = try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage)
        #expect(again.status == 303, "\(jump)")
        try crashSite.settle()
        #expect(try site.rows("SELECT status FROM export ORDER BY number DESC LIMIT 1") == ["completed"])
        #expect(try Set(site.rows("SELECT id FROM export WHERE status = 'expired'")).isSuperset(of: ended))
        try crashSite.check("the clock at \(jump)")
        try checkThatItRests(at: jump)
      }
      #expect(ended.contains(first))
      #expect(try site.server?.stop(within: .seconds(10)) == 0)
    }

    @Test("A link is good at 86,399 seconds and gone at 86,400 and 86,401")
    func boundary() throws {
      let link = try site.completedExport(by: crashSite.owner)
      let completed = try site.count("SELECT completed_at FROM export")
      try clock.stop(at: completed + 86_399)
      let owner = try site.client(of: crashSite.demo.owner)
      for (second, status) in [(86_399, 200), (86_400, 410), (86_401, 410), (86_399, 200)] {
        // The sweeper looks every half minute: it may have been there meanwhile, and then the last one is gone too.
        let hasExpired = try site.count("SELECT count(*) FROM export WHERE status = 'expired'") == 1
        try clock.stop(at: completed + second)
        #expect(try owner.get(link).status == (hasExpired ? 410 : status), "\(second)")
      }
      try clock.stop(at: completed + 86_400)
      try eventually("the file is removed") { try site.exportFiles() == [] }
      #expect(try site.rows("SELECT status, ended_at - completed_at FROM export") == ["expired|86400"])
      #expect(try owner.get(Site.exportPage).text.contains("Export again"))
    }

    @Test("What fell due while the server was down is removed at the start")
    func down() throws {
      let link = try site.completedExport(by: crashSite.owner)
      try crashSite.settle()
      #expect(try site.server?.stop() == 0)
      try clock.move(by: Self.day + 10)
      #expect(try site.exportFiles().count == 1)
      try crashSite.restart(under: clock.wrapper)
      try eventually("the file is removed") { try site.exportFiles() == [] }
      #expect(try site.rows("SELECT status FROM export") == ["expired"])
      #expect(try site.client(of: crashSite.demo.owner).get(link).status == 410)
    }

    @Test("Unread four hours before its expiry, the owner is told, once")
    func warning() throws {
      _ = try site.completedExport(by: crashSite.owner)
      try clock.move(by: 20 * 3_600 + 10)
      let warned = "SELECT count(*) FROM letter WHERE kind = 'export_expiring' AND sent_at IS NOT NULL"
      try eventually("the warning is sent") { try site.count(warned) == 1 }
      try clock.move(by: 23 * 3_600)
      try eventually("the sweeper has been there again") {
        try site.count("SELECT count(*) FROM export WHERE warned_at IS NOT NULL") == 1
      }
      #expect(try site.count(warned) == 1)
    }

    @Test("A download that began before the expiry runs to its end; resumed after it, it is gone")
    func download() throws {
      let large = try CrashSite(rows: 100_000)
      let clock = try WallClock(in: large.site.folder)
      try large.restart(under: clock.wrapper)
      let link = try large.site.completedExport(by: large.owner)
      let name = try #require(try large.site.exportFiles().first)
      let whole = Array(try Data(contentsOf: large.site.data.appending(path: "exports/\(name)")))
      let cookies = large.owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      let socket = try Socket(port: large.site.port)
      let host = "Host: localhost:\(large.site.port)\r\nConnection: close\r\nCookie: \(cookies)\r\n\r\n"
      try socket.send(Array("GET \(link) HTTP/1.1\r\n\(host)".utf8))
      var received = try socket.receive()
      try clock.move(by: Self.day + 10)
      try eventually("the file is removed") { try large.site.exportFiles() == [] }
      while case let next = try socket.receive(), !next.isEmpty { received += next }
      let answer = try Answer(parsing: received)
      #expect(answer.status == 200)
      #expect(answer.body == whole)
      let owner = try large.site.client(of: large.demo.owner)
      #expect(try owner.get(link, ["Range": "bytes=1000-"]).status == 410)
    }

    /// With nothing to do, the process takes next to no time of the processor.
    private func checkThatItRests(at jump: Int) throws {
      let before = try processorTime()
      Thread.sleep(forTimeInterval: 2)
      #expect(try processorTime() - before < 1, "it spins at \(jump)")
    }

    /// Seconds that the server's process has had so far.
    private func processorTime() throws -> Double {
      let pid = try #require(site.server).pid
      let status = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
      // Behind the name, which may hold blanks: user and system time are the 14th and 15th field.
      let fields = try #require(status.split(separator: ")").last).split(separator: " ")
      let ticks = try #require(Double(fields[11])) + (try #require(Double(fields[12])))
      return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
  }
}
