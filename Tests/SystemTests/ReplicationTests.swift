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

    /// All may be killed at any moment, the commands too: each round some are, then the copy is the database. What a command
    /// did without a word before the machine ended is in it.
    @Test(
      "Whoever is killed at a random moment, again and again, the copy is the database",
      .enabled(if: Checkout.isLong, "takes ten minutes: Scripts/test --long"))
    func random() throws {
      let seed = UInt64.random(in: 0 ... .max)
      var randomness = SeededGenerator(seed: seed)
      let end = ContinuousClock.now + .seconds(600)
      var round = 0
      while ContinuousClock.now < end {
        defer { round += 1 }
        try site.startServer()
        try litestream.start()
        var done: [String] = []
        for number in 0..<Int.random(in: 1...8, using: &randomness) {
          let name = "Round \(round) \(number)"
          let command = try ChildProcess(
            Checkout.handover, ["organisation", "add", name], environment: site.environment,
            folder: Repository.folder, output: site.folder.appending("command.log"),
            error: site.folder.appending("command.log"))
          usleep(UInt32.random(in: 0...400_000, using: &randomness))
          if Int.random(in: 0..<4, using: &randomness) == 0 { command.kill() }
          if command.waitForEnd(.seconds(30)) == 0 { done.append(name) }
          if Int.random(in: 0..<8, using: &randomness) == 0 { litestream.kill() }
          if Int.random(in: 0..<8, using: &randomness) == 0 { try litestream.begin() }
        }
        try litestream.start()
        let promise = try change(round)
        if Bool.random(using: &randomness) { litestream.kill() }
        site.server?.kill()
        litestream.kill()
        #expect(promise.succeeded && promise.error == "", "seed \(seed), round \(round): \(promise.error)")
        #expect(
          try litestream.restored().rows("SELECT role FROM user WHERE email = '\(demo.user.email)'")
            == [Self.role(round)], "seed \(seed), round \(round)")
        try litestream.start()
        let backup = site.folder.appending("\(round).sqlite")
        #expect(try site.handover("backup", backup.path).succeeded)
        let copy = try litestream.restored()
        #expect(
          try Litestream.dump(of: copy.file) == Litestream.dump(of: backup), "seed \(seed), round \(round)")
        let names = try copy.rows("SELECT name FROM organisation")
        #expect(Set(names).isSuperset(of: done), "seed \(seed), round \(round)")
        for file in [copy.file, backup] { try FileManager.default.removeItem(at: file) }
      }
    }

    @Test("The copy takes the place of what is there, and Litestream goes on from what was restored")
    func restored() throws {
      try litestream.start()
      for number in 0..<3 { #expect(try change(number).succeeded) }
      let old = site.folder.appending("old.sqlite")
      #expect(try site.handover("backup", old.path).succeeded)
      #expect(try site.handover("organisation", "add", "Later").succeeded)
      #expect(try litestream.hasAll())
      let beside = try handover("restore", "--replica", "--yes")
      #expect(beside.error.contains("stop that first: systemctl stop handover-litestream"), "\(beside.error)")
      litestream.kill()
      let live = site.folder.appending("live.sqlite")
      #expect(try site.handover("backup", live.path).succeeded)
      let early = try handover("restore", "--replica", "--timestamp", "2020-01-01T00:00:00Z", "--yes")
      #expect(early.status == 1 && early.error.contains("has nothing of before 2020-01-01T00:00:00Z"))
      // Gone with its log, as on another machine.
      for name in ["handover.sqlite", "handover.sqlite-wal", "handover.sqlite-shm", "write.lock"] {
        try? FileManager.default.removeItem(at: site.data.appending(path: name))
      }
      let dry = try handover("restore", "--replica", "--dry-run")
      #expect(dry.succeeded && dry.output.contains("nothing is lost"), "\(dry.error)")
      let done = try handover("restore", "--replica", "--yes")
      #expect(done.succeeded && done.output.contains("systemctl start handover-litestream"), "\(done.error)")
      #expect(try now() == Litestream.dump(of: live))
      try goesOn()
      // A state of before, which Litestream has to take for the newest one.
      litestream.kill()
      #expect(try handover("restore", old.path, "--yes").succeeded)
      #expect(try now() == Litestream.dump(of: old))
      try goesOn()
    }

    /// That what is done from now on arrives.
    private func goesOn() throws {
      try site.start()
      try litestream.start()
      #expect(try change(0).error == "")
      #expect(try change(1).error == "")
      try site.stop()
      try eventually("all has arrived") { try litestream.hasAll() }
      #expect(try Litestream.dump(of: litestream.restored().file) == now())
    }

    /// The database as it is.
    private func now() throws -> [Substring] {
      let file = site.folder.appending("now-\(UUID().uuidString).sqlite")
      #expect(try site.handover("backup", file.path).succeeded)
      return try Litestream.dump(of: file)
    }

    @Test("The drill restores the copy too, and finds one that is damaged, behind or out of reach")
    func drill() throws {
      // Joined from what it still has here, the copy would be sound again.
      let litestream = try Litestream(of: site, compaction: "24h")
      try litestream.start()
      #expect(try site.handover("backup", site.folder.appending("b.sqlite").path).succeeded)
      let well = try handover("drill")
      #expect(well.succeeded && well.output.contains("\nthe copy elsewhere, of "), "\(well.error)")
      #expect(well.output.components(separatedBy: "3 organisations, ").count == 3, "\(well.output)")
      // What comes from the store is not what went there. Each level has its file before that: none comes later.
      var files: [String] = []
      try eventually("the copy has been joined") {
        files = try FileManager.default.subpathsOfDirectory(atPath: litestream.store.path)
          .filter { $0.hasSuffix(".ltx") }
        return ["ltx/0/", "ltx/1/", "ltx/9/"].allSatisfy { level in files.contains { $0.contains(level) } }
      }
      for file in files {
        let path = litestream.store.appending(path: file)
        var bytes = try Data(contentsOf: path)
        bytes[bytes.count / 2] ^= 0xFF
        try bytes.write(to: path)
      }
      let damaged = try handover("drill")
      #expect(damaged.status == 1)
      #expect(damaged.error.contains("Litestream can't restore the copy elsewhere: "), "\(damaged.error)")
      let doctor = try handover("doctor")
      #expect(doctor.output.contains("drill: the last drill failed: Litestream can't restore"))
      #expect(!doctor.output.contains("replica:"), "\(doctor.output)")
      litestream.kill()
      let away = try handover("drill")
      #expect(away.status == 1 && away.error.contains("the copy elsewhere is behind, so it was not tried"))
      #expect(try handover("doctor").output.contains("replica: Litestream doesn't run"))
    }

    private func handover(_ arguments: String...) throws -> Tool.Result {
      try Tool.run(
        Checkout.handover, arguments, environment: site.environment.merging(litestream.environment) { $1 },
        folder: Repository.folder)
    }

    private static func role(_ number: Int) -> String { number % 2 == 0 ? "admin" : "user" }

    private func change(_ number: Int) throws -> Tool.Result {
      try site.handover(
        "user", "change", "--organisation", "1", demo.user.email, "--role", Self.role(number))
    }
  }
}
