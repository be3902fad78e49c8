import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The database, copied elsewhere by the real Litestream while it is in use.
  @Suite struct ReplicationTests {
    let site: Site
    let litestream: Litestream
    let demo: Demo

    init() throws {
      site = try Site(["HANDOVER_REPLICATION": "litestream"])
      litestream = try Litestream(of: site)
      demo = try site.makeDemo()
    }

    @Test("What is restored from the copy is the database, whoever is killed meanwhile")
    func whole() throws {
      try litestream.start()
      try site.start()
      for number in 0..<(Checkout.isLong ? 2000 : 16) {
        if number % 8 == 3 { litestream.kill() }
        if number % 8 == 5 { try litestream.start() }
        if number % 12 == 7 {
          site.server?.kill()
          try site.startServer()
          try site.waitForHealth()
        }
        #expect(try change(number).succeeded)
      }
      try litestream.start()
      try eventually("all has arrived") { try litestream.hasAll() }
      let backup = site.folder.appending("backup.sqlite")
      let copied = try site.handover("backup", backup.path)
      #expect(copied.succeeded, "\(copied.error)")
      #expect(try Litestream.dump(of: litestream.restored().file) == Litestream.dump(of: backup))
    }

    @Test("Without Litestream nobody is held up, nothing is lost, and the database's file is not touched")
    func alone() throws {
      let database = site.data.appending(path: "handover.sqlite")
      let before = try Data(contentsOf: database)
      try site.start()
      for number in 0..<40 { #expect(try change(number).succeeded) }
      let owner = try site.client(of: demo.owner)
      _ = try site.completedExport(by: owner)
      #expect(try site.stop() == (0, 0))
      #expect(try Data(contentsOf: database) == before)
      let log = try FileManager.default.attributesOfItem(atPath: database.path + "-wal")[.size] as? Int
      // Far beyond the size at which our own commits would have checkpointed it.
      #expect(log ?? 0 > 256 * 16_384)
      #expect(site.logs.contains("event=replica.behind"))
      #expect(site.logs.contains("event=replica.missing"))
    }

    @Test("What a command did without a word had arrived, also when all are killed at that moment")
    func promised() throws {
      for number in 0..<(Checkout.isLong ? 50 : 4) {
        try litestream.start()
        let result = try change(number)
        litestream.kill()
        #expect(result.succeeded && result.error == "", "\(result.error)")
        #expect(
          try litestream.restored().rows("SELECT role FROM user WHERE email = '\(demo.user.email)'")
            == [Self.role(number)])
      }
    }

    @Test("While Litestream hangs the first change waits five seconds, the next ones do not, and it heals")
    func hanging() throws {
      try litestream.start()
      try site.start()
      litestream.freeze()
      try eventually("the server has noticed") { site.logs.contains("event=replica.behind") }
      let owner = try site.client(of: demo.owner)
      let begun = ContinuousClock.now
      #expect(try owner.get(Site.exportPage).status == 200)
      #expect(.now - begun < .seconds(2))
      litestream.thaw()
      try eventually("the server has noticed") { site.logs.contains("event=replica.well") }
    }

    private static func role(_ number: Int) -> String { number % 2 == 0 ? "admin" : "user" }

    private func change(_ number: Int) throws -> Tool.Result {
      try site.handover(
        "user", "change", "--organisation", "1", demo.user.email, "--role", Self.role(number))
    }
  }
}
