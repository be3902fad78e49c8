import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Commands that are killed while they write a file.
  @Suite struct CommandKillTests {
    @Test("A backup that is killed leaves nothing under its name, and the next one clears up after it")
    func backup() throws {
      let site = try Site()
      #expect(try site.handover("demo", "--rows", "3000").succeeded)
      let copy = site.folder.appending("copy.sqlite")
      let before = try Data(contentsOf: site.data.appending(path: "handover.sqlite"))
      var (kills, leftovers) = (0, 0)
      for (call, number) in [("pwrite64", 1), ("pwrite64", 5), ("pwrite64", 40), ("fsync", 1), ("link", 1)] {
        let result = try killed(site, call, number, "backup", copy.path)
        if result.status == 128 + SIGKILL { kills += 1 }
        if try names(of: site).contains("copy.sqlite.part") { leftovers += 1 }
        #expect(try !names(of: site).contains("copy.sqlite"), "\(call) \(number): \(result.error)")
      }
      #expect(kills >= 4 && leftovers >= 2, "\(kills), \(leftovers)")
      let backup = try site.handover("backup", copy.path)
      #expect(backup.succeeded, "\(backup.error)")
      #expect(try names(of: site) == ["copy.sqlite", "copy.sqlite.json"])
      #expect(
        try Tool.run("sqlite3", [copy.path, "PRAGMA integrity_check"]).output == "ok\n")
      #expect(try Data(contentsOf: site.data.appending(path: "handover.sqlite")) == before)
      #expect(try site.handover("backup", copy.path).error.contains("File exists"))
    }

    @Test("An export that is killed leaves nothing under its name, and the next one clears up after it")
    func export() throws {
      let site = try Site()
      #expect(try site.handover("demo", "--rows", "3000").succeeded)
      let zip = site.folder.appending("copy.zip").path
      var kills = 0
      for (call, number) in [("pwrite64", 2), ("fsync", 1), ("link", 1)] {
        let result = try killed(site, call, number, "export", "--organisation", "1", "--output", zip)
        if result.status == 128 + SIGKILL { kills += 1 }
        #expect(try !names(of: site).contains("copy.zip"), "\(call) \(number): \(result.error)")
      }
      #expect(kills >= 2)
      #expect(try site.handover("export", "--organisation", "1", "--output", zip).succeeded)
      #expect(try names(of: site) == ["copy.zip"])
      #expect(try site.handover("verify", zip).succeeded)
    }

    @Test("A rotation of keys that is killed leaves the old ring, and nothing after the next start")
    func keys() throws {
      let site = try Site()
      #expect(try site.handover("keys", "rotate").succeeded)
      let file = site.data.appending(path: "keys")
      let before = try Data(contentsOf: file)
      #expect(try killed(site, "rename", 1, "keys", "rotate").status == 128 + SIGKILL)
      #expect(try Data(contentsOf: file) == before)
      #expect(try names(of: site, in: "data", "keys") == ["keys", "keys.part"])
      try site.start()
      #expect(try names(of: site, in: "data", "keys") == ["keys"])
      #expect(try Data(contentsOf: file) == before)
    }

    @Test("A first start that is killed while it makes the database is one that never was")
    func start() throws {
      for (call, number) in [("pwrite64", 1), ("pwrite64", 20), ("fsync", 1), ("fdatasync", 2), ("link", 1)] {
        let site = try Site()
        _ = try killed(site, call, number, "organisation", "add", "One")
        let added = try site.handover("organisation", "add", "Two")
        #expect(added.succeeded, "\(call) \(number): \(added.error)")
        #expect(try names(of: site, in: "data", "handover.sqlite.part") == [], "\(call) \(number)")
      }
    }

    /// Runs a command that is killed before its nth call of that kind.
    private func killed(
      _ site: Site, _ call: String, _ number: Int, _ words: String...
    ) throws -> Tool.Result {
      try Tool.run(
        "strace",
        [
          "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
          "inject=\(call):signal=KILL:when=\(number)", Checkout.handover,
        ] + words, environment: site.environment, folder: Repository.folder)
    }

    private func names(
      of site: Site, in folder: String = "", _ prefix: String = "copy."
    ) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: site.folder.appending(folder).path)
        .filter { $0.hasPrefix(prefix) }.sorted()
    }
  }
}
