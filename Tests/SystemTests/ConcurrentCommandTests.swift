import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Commands on the data folder of a running server, and how the server stops.
  @Suite struct ConcurrentCommandTests {
    let site: Site
    let demo: Demo

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
    }

    @Test("A second server and a demo are refused while one serves; it serves on")
    func refused() throws {
      let commands = [["serve"], ["demo"]]
      for command in commands {
        let result = try site.handover(command)
        #expect(result.status == 1, "\(command)")
        #expect(result.error.contains("is in use by a running server or demo"), "\(result.error)")
        #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
      }
      #expect(try site.client().get("/health").status == 200)
      #expect(try site.stop() == (0, 0))
      #expect(try site.handover("demo").status == 0)
    }

    @Test("The other commands work meanwhile, and the server sees their changes")
    func allowed() throws {
      let owner = try site.client(of: demo.owner)
      let added = try site.handover("organisation", "add", "New & Old")
      #expect(added.output == "4\tNew & Old\n")
      #expect(try site.handover("organisation", "list").output.hasSuffix("\n4\tNew & Old\n"))
      let user = try site.handover(
        "user", "add", "--organisation", "4", "--name", "Zoë", "--email", "zoe@new.example", "--role",
        "owner",
        input: "a long enough password\n")
      #expect(user.succeeded, "\(user.error)")
      let zoe = try site.client(of: Person(email: "zoe@new.example", password: "a long enough password"))
      #expect(try zoe.get(Site.exportPage).text.contains("New &amp; Old"))

      let file = site.folder.appending("beside.zip")
      let made = try site.handover("export", "--organisation", "1", "--output", file.path)
      #expect(made.succeeded, "\(made.error)")
      #expect(try Archive(file).rows == site.counts(of: 1))

      let empty = try site.handover("organisation", "add", "Imported")
      let id = String(empty.output.prefix { $0 != "\t" })
      let compared = try site.handover("import", "--organisation", id, file.path, "--dry-run")
      #expect(compared.succeeded && compared.output.contains("Nothing was changed"), "\(compared.error)")
      #expect(try site.counts(of: Int(id) ?? 0).values.allSatisfy { $0 == 0 })
      let imported = try site.handover("import", "--organisation", id, file.path, "--json")
      #expect(imported.succeeded, "\(imported.error)")
      #expect(try site.counts(of: Int(id) ?? 0) == site.counts(of: 1))
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(imported.output.utf8)) as? [String: Any])
      #expect(report["status"] as? String == "applied" && report["version"] as? Int == 1)
      let files = try #require(report["files"] as? [[String: Any]])
      #expect(
        try Dictionary(
          uniqueKeysWithValues: files.map { ($0["file"] as? String ?? "", $0["added"] as? Int ?? 0) })
          == site.counts(of: 1))
      // A feed that was cut off, twice: refused, and allowed.
      let cut = site.folder.appending("cut")
      try FileManager.default.createDirectory(at: cut, withIntermediateDirectories: false)
      try Data("task_id\nT-1\n".utf8).write(to: cut.appending(path: "Tasks.csv"))
      let refused = try site.handover("import", "--organisation", id, cut.path, "--json")
      #expect(refused.status == 1 && refused.output.contains("\"error\""), "\(refused.output)")
      #expect(refused.error.contains("more than the 20 percent that may"), "\(refused.error)")
      #expect(try site.counts(of: Int(id) ?? 0) == site.counts(of: 1))
      let kept = try site.handover("import", "--organisation", id, cut.path, "--keep-missing")
      #expect(
        kept.succeeded && kept.output.contains("0 changed, 0 removed, 1 unchanged"),
        "\(kept.output) \(kept.error)")
      let allowed = try site.handover("import", "--organisation", id, cut.path, "--allow-removals", "100")
      #expect(allowed.succeeded, "\(allowed.error)")
      #expect(try site.counts(of: Int(id) ?? 0)["Tasks.csv"] == 1)

      let copy = site.folder.appending("copy.sqlite")
      #expect(try site.handover("backup", copy.path).succeeded)
      #expect(try Tool.run("sqlite3", [copy.path, "PRAGMA integrity_check"]).output == "ok\n")

      let changed = try site.handover(
        "user", "change", demo.admin.email, "--organisation", "1", "--role", "owner")
      #expect(changed.succeeded, "\(changed.error)")
      #expect(try owner.get("/settings/export/new").status == 403)
      #expect(try site.client(of: demo.admin).get("/settings/export/new").status == 200)
      #expect(
        try site.handover("user", "change", demo.user.email, "--organisation", "1", "--disable").succeeded)
      #expect(throws: HarnessError.self) { try site.client(of: demo.user) }
    }

    @Test("Wrong usage is 64, a failure 1, each with one line; --help is 0")
    func usage() throws {
      for words in [
        [], ["nonsense"], ["serve", "--fast"], ["export"],
        ["export", "--organisation", "x", "--output", "y"],
        ["user", "add", "--organisation", "1", "--name", "A", "--email", "a@b.example", "--role", "king"],
        ["demo", "--rows", "many"], ["backup"], ["organisation", "add"], ["keys"],
        ["export", "--organisation", "1", "--contact", "7", "--output", "x.zip"],
        ["export", "--organisation", "1", "--contact", "C-7", "--user", "a@x.example", "--output", "x.zip"],
      ] {
        let result = try site.handover(words)
        #expect(result.status == 64, "\(words): \(result.error)")
        #expect(result.error.split(separator: "\n").count == 1, "\(words): \(result.error)")
        #expect(result.output == "")
      }
      let file = site.folder.appending("never.zip").path
      for words in [
        ["export", "--organisation", "99", "--output", file],
        ["export", "--organisation", "1", "--user", "nobody@example.com", "--output", file],
        ["export", "--organisation", "1", "--contact", "C-99999999", "--output", file],
        ["export", "--organisation", "1", "--output", "/no/such/folder/x.zip"],
        ["user", "change", "nobody@example.com", "--organisation", "1", "--role", "admin"],
        ["backup", "/no/such/folder/copy"], ["organisation", "add", ""],
      ] {
        let result = try site.handover(words)
        #expect(result.status == 1, "\(words): \(result.error)")
        #expect(result.error.split(separator: "\n").count == 1, "\(words): \(result.error)")
      }
      #expect(!FileManager.default.fileExists(atPath: file))
      for words in [
        ["--help"], ["serve", "--help"], ["demo", "--help"], ["export", "--help"], ["user", "add", "--help"],
        ["backup", "--help"], ["keys", "rotate", "--help"], ["organisation", "list", "--help"],
      ] {
        let result = try site.handover(words)
        #expect(result.status == 0 && result.output.contains("handover") && result.error == "", "\(words)")
      }
    }

    @Test("An export takes the place of nothing unasked, and of an earlier one with --replace")
    func replaceable() throws {
      let database = site.data.appending(path: "handover.sqlite")
      let device = site.folder.appending("link")
      try FileManager.default.createSymbolicLink(atPath: device.path, withDestinationPath: "/dev/null")
      for path in [database.path, site.data.appending(path: "keys").path, device.path, site.data.path] {
        let result = try site.handover("export", "--organisation", "1", "--output", path)
        #expect(result.status == 1 && result.error.contains("\(path) is there already"), "\(result.error)")
        let asked = try site.handover("export", "--organisation", "1", "--output", path, "--replace")
        #expect(asked.status == 1 && asked.error == result.error)
      }
      #expect(try Data(contentsOf: database).starts(with: Data("SQLite format 3".utf8)))
      let file = site.folder.appending("again.zip")
      try Data().write(to: file)
      #expect(try site.handover("export", "--organisation", "1", "--output", file.path).succeeded)
      let inode = { try FileManager.default.attributesOfItem(atPath: file.path)[.systemFileNumber] as? Int }
      let before = try inode()
      let unasked = try site.handover("export", "--organisation", "1", "--output", file.path)
      #expect(unasked.status == 1 && unasked.output == "")
      #expect(
        unasked.error.hasSuffix("is there already, so it is kept; choose another name, or add --replace\n"))
      #expect(try inode() == before)
      #expect(
        try site.handover("export", "--organisation", "1", "--output", file.path, "--replace").succeeded)
      #expect(try inode() != before)
      #expect(try Archive(file).rows == site.counts(of: 1))
      let copy = site.folder.appending("folder")
      try FileManager.default.createDirectory(
        at: site.folder.appending("folder.part"), withIntermediateDirectories: false)
      for (words, reason) in [
        (["backup", copy.path], "can't remove \(copy.path).part: Is a directory"),
        (["backup", file.path], "can't make \(file.path): File exists"),
      ] {
        let result = try site.handover(words)
        #expect(result.status == 1 && result.error.contains(reason), "\(result.error)")
      }
    }

    @Test("The data folder is closed to everybody else")
    func modes() throws {
      _ = try site.completedExport(by: site.client(of: demo.owner))
      let listed = try Tool.run(
        "find", [site.data.path, "-name", "nginx", "-prune", "-o", "-printf", "%m %y %f\n"]
      ).output
      let entries = listed.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 2) }
      #expect(entries.count > 8)
      for entry in entries {
        #expect(entry[0].hasSuffix("00"), "\(entry)")
      }
    }

    @Test("SIGTERM and SIGINT end it with 0 and without a trace of the socket", arguments: [SIGTERM, SIGINT])
    func ends(signal: Int32) throws {
      #expect(try site.server?.stop(with: signal, within: .seconds(10)) == 0)
      #expect(!FileManager.default.fileExists(atPath: site.data.appending(path: "handover.sock").path))
      let log = site.data.appending(path: "handover.sqlite-wal")
      let size = try? FileManager.default.attributesOfItem(atPath: log.path)[.size] as? Int
      #expect((size ?? 0) == 0)
    }
  }
}
