import Foundation
import SQLite
import TestSupport
import Testing

@testable import Handover

extension SystemTests {
  /// Backups, restores, drills and upgrades that are killed, or that the disk has no room for.
  @Suite struct BackupFaultTests {
    private let site: Site
    private let backups: URL

    init() throws {
      site = try Site()
      backups = site.folder.appending("backups")
      try FileManager.default.createDirectory(at: backups, withIntermediateDirectories: true)
    }

    private func backup() throws -> Tool.Result {
      try site.handover("backup", backups.path + "/", "--keys", "--keep", "2")
    }

    private func makeDemo() throws {
      #expect(try site.handover("demo", "--rows", "500").succeeded)
      #expect(try site.handover("keys", "rotate").succeeded)
    }

    @Test("A backup that is killed at whichever write leaves the data and the former backup as they were")
    func killedBackup() throws {
      try makeDemo()
      #expect(try backup().succeeded)
      let former = try #require(try files(in: backups, ".sqlite").first)
      let (data, before) = (try content(site.data.appending(path: "handover.sqlite")), try content(former))
      try sweep(["backup", backups.path + "/", "--keys", "--keep", "2"]) { step in
        #expect(try content(site.data.appending(path: "handover.sqlite")) == data, "\(step)")
        #expect(try content(former) == before, "\(step)")
        for file in try files(in: backups, ".sqlite") {
          // Whatever has its name is whole.
          #expect(try site.handover("restore", file.path, "--dry-run").succeeded, "\(step): \(file.path)")
          if file != former {
            for suffix in ["", ".json", ".secrets"] {
              try? FileManager.default.removeItem(atPath: file.path + suffix)
            }
          }
        }
      }
      #expect(try backup().succeeded)
      let left = try FileManager.default.contentsOfDirectory(atPath: backups.path).filter {
        $0.hasSuffix(".part")
      }
      #expect(left == [])
      #expect(try site.handover("drill").succeeded)
    }

    @Test(
      "A restore that is killed at whichever write is done as a whole after the next command, or not at all")
    func killedRestore() throws {
      try makeDemo()
      let backup = site.folder.appending("copy.sqlite").path
      #expect(try site.handover("backup", backup, "--keys").succeeded)
      let before = try site.handover("organisation", "list").output
      let (keys, later) = (site.data.appending(path: "keys"), "Later")
      let backedKeys = try content(keys)
      var restored = 0
      func change() throws {
        #expect(try site.handover("organisation", "add", later).succeeded)
        #expect(try site.handover("keys", "rotate").succeeded)
      }
      try change()
      try sweep(["restore", backup, "--yes"]) { step in
        let list = try site.handover("organisation", "list")
        #expect(list.succeeded, "\(step): \(list.error)")
        let isAfter = list.output == before
        #expect(isAfter || list.output.contains(later), "\(step): \(list.output)")
        #expect(try (content(keys) == backedKeys) == isAfter, "\(step)")
        #expect(
          try Tool.run("sqlite3", [site.data.path + "/handover.sqlite", "PRAGMA integrity_check"]).output
            == "ok\n")
        let asides = try files(in: site.data, "").filter { $0.lastPathComponent.hasPrefix("before-restore-") }
        if isAfter {
          restored += 1
          #expect(
            try asides.contains { try content($0.appending(path: "keys")) != backedKeys && isWhole($0) },
            "\(step)")
          try change()
        }
        try asides.forEach(FileManager.default.removeItem(at:))
      }
      #expect(restored > 2, "none was killed after its journal")
      #expect(!FileManager.default.fileExists(atPath: site.data.path + "/restoring"))
    }

    @Test(
      "An upgrade that is killed at whichever write goes on at the next start, and the copy of before is there"
    )
    func killedUpgrade() throws {
      let old = site.folder.appending("old.sqlite")
      try makeFirst(old)
      let database = site.data.appending(path: "handover.sqlite")
      func reset() throws {
        try? FileManager.default.removeItem(at: site.data)
        try FileManager.default.createDirectory(at: site.data, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: old, to: database)
      }
      try reset()
      try sweep(["organisation", "add", "Two"], reset: reset) { step in
        let next = try site.handover("organisation", "add", "Three")
        #expect(next.succeeded, "\(step): \(next.error)")
        #expect(try site.handover("organisation", "list").output.contains("Quokka Finance"), "\(step)")
        let copy = site.data.appending(path: "operation/before-\(Application.version).sqlite")
        #expect(
          try Tool.run(
            "sqlite3", [copy.path, "SELECT name FROM user; PRAGMA user_version; PRAGMA integrity_check"]
          )
          .output == "Ada\n8\nok\n", "\(step)")
        #expect(try site.handover("restore", copy.path, "--dry-run").succeeded, "\(step)")
      }
    }

    @Test(
      "Without room nothing is begun that can't be finished, and what is there stays",
      .enabled(if: SmallDisk.isPossible))
    func fullDisk() throws {
      let disk = try SmallDisk(at: site.data, megabytes: 30)
      let small = try SmallDisk(at: site.folder.appending("small"), megabytes: 12)
      let database = site.data.appending(path: "handover.sqlite")
      try makeFirst(database)
      let first = try content(database)
      try disk.fill(leaving: 900_000)
      let upgrade = try site.handover("organisation", "list")
      #expect(upgrade.status == 1 && upgrade.error.contains("of an earlier version"))
      let added = try site.handover("organisation", "add", "Two")
      #expect(added.status == 1 && added.error.contains("there is no room for a copy"), "\(added.error)")
      #expect(try content(database) == first)
      try disk.empty()
      #expect(try site.handover("organisation", "add", "Two").succeeded)
      let folder = site.folder.appending("small").path + "/"
      #expect(try site.handover("backup", folder).succeeded)
      let former = try #require(try files(in: site.folder.appending("small"), ".sqlite").first)
      let before = try content(former)
      for room in [0, 4_096, 200_000] {
        try small.fill(leaving: room)
        let full = try site.handover("backup", folder, "--keep", "1")
        #expect(full.status == 1 && full.error.contains("the backup failed"), "\(full.error)")
        #expect(
          full.error.contains("there is no room for") || full.error.contains("No space"), "\(full.error)")
        #expect(try content(former) == before)
        #expect(
          try files(in: site.folder.appending("small"), "").map(\.lastPathComponent).filter {
            $0.hasPrefix("handover-")
          }.count == 2)
      }
      let state = try String(contentsOf: site.data.appending(path: "operation/backup.json"), encoding: .utf8)
      #expect(state.contains("\"ok\":false") && state.contains(former.path))
      try disk.fill(leaving: 1_000_000)
      for (words, text) in [
        (["restore", former.path, "--yes"], "there is no room"), (["drill"], "there is no room"),
      ] {
        let refused = try site.handover(words)
        #expect(refused.status == 1 && refused.error.contains(text), "\(words): \(refused.error)")
      }
      #expect(try site.handover("organisation", "list").output.contains("Two"))
      try disk.empty()
      #expect(try site.handover("drill").succeeded)
      #expect(try site.handover("restore", former.path, "--yes").succeeded)
    }

    /// A database of commit 91e1394's schema, with somebody in it.
    private func makeFirst(_ file: URL) throws {
      let connection = try Connection(path: file.path, mode: .writer)
      try Migrator(
        applicationID: Handover.Database.applicationID, migrations: Array(Schema.migrations.prefix(8))
      ).migrate(connection)
      try connection.execute(
        """
        INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
        INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (1, 1, 'Ada', 'owner', 1, 1);
        """)
      try connection.checkpoint()
    }

    /// Kills the command before each of its writes, or before some of many, and has each end checked.
    private func sweep(
      _ words: [String], reset: () throws -> Void = {}, _ check: (_ step: String) throws -> Void
    ) throws {
      let calls = ["pwrite64", "write", "fsync", "fdatasync", "rename", "link", "unlink", "mkdir"]
      let counts = try trace(words, calls)
      try check("undisturbed")
      var kills = 0
      for call in calls {
        let count = counts.count { $0 == call }
        let all = Array(1...max(1, count))
        let some = [1, count / 2, count].filter { (1...max(1, count)).contains($0) }
        for number in Checkout.isLong || count < 4 ? all : Set(some).sorted() where count > 0 {
          try reset()
          let result = try Tool.run(
            "strace",
            [
              "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
              "inject=\(call):signal=KILL:when=\(number)",
              Checkout.handover,
            ] + words, environment: site.environment, folder: Repository.folder)
          if result.status == 128 + SIGKILL { kills += 1 }
          try check("\(call) \(number) of \(count)")
        }
      }
      #expect(kills > 10, "\(kills)")
    }

    /// The names of the calls of a run that nothing disturbs.
    private func trace(_ words: [String], _ calls: [String]) throws -> [String] {
      let log = site.folder.appending("trace")
      let result = try Tool.run(
        "strace",
        ["-f", "-qq", "-o", log.path, "-e", "trace=" + calls.joined(separator: ","), Checkout.handover]
          + words,
        environment: site.environment, folder: Repository.folder)
      #expect(result.succeeded, "\(result.error)")
      return try String(contentsOf: log, encoding: .utf8).split(separator: "\n").compactMap { line in
        line.split(separator: " ", omittingEmptySubsequences: true).dropFirst().first?
          .split(separator: "(").first.map(String.init)
      }
    }

    private func files(in folder: URL, _ suffix: String) throws -> [URL] {
      try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(suffix) }
        .sorted()
        .map { folder.appending(path: $0) }
    }

    private func content(_ file: URL) throws -> Data { try Data(contentsOf: file) }

    /// Whether what was put aside can be restored.
    private func isWhole(_ aside: URL) throws -> Bool {
      try site.handover("restore", aside.appending(path: "handover.sqlite").path, "--dry-run").succeeded
    }
  }
}
