import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Archives that are damaged or away, and a data folder that is replaced under a running server.
  @Suite struct ArchiveFaultTests {
    let site: Site
    let demo: Demo
    let owner: Client
    let link: String

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
      owner = try site.client(of: demo.owner)
      link = try site.completedExport(by: owner)
    }

    private var exports: URL { site.data.appending(path: "exports") }

    private func move(_ from: URL, _ to: URL) throws { try FileManager.default.moveItem(at: from, to: to) }

    private func restart() throws {
      #expect(try site.server?.stop() == 0)
      try site.startServer()
      // What /health says is "exports" while they are away.
      try eventually("it answers") { (try? site.client().get("/login").status) == 200 }
    }

    @Test(
      "While the folder of exports is away downloads are told to come back, exports wait, and nothing ends",
      arguments: ["renamed", "empty in its place", "renamed, and a restart", "empty, and a restart"])
    func away(how: String) throws {
      let elsewhere = site.data.appending(path: "exports.away")
      try move(exports, elsewhere)
      if how.hasPrefix("empty") {
        try FileManager.default.createDirectory(at: exports, withIntermediateDirectories: false)
      }
      if how.hasSuffix("restart") { try restart() }
      let answer = try owner.get(link)
      #expect(answer.status == 503 && answer["Retry-After"] != nil && answer["Refresh"] != nil)
      #expect(answer.text.contains("can’t be reached"))
      try eventually("the page says so") {
        try owner.get(Site.exportPage).text.contains("can’t be reached at the moment")
      }
      #expect(
        try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage).status
          == 303)
      #expect(try site.rows("SELECT status FROM export ORDER BY number") == ["completed", "queued"])
      if FileManager.default.fileExists(atPath: exports.path) {
        try FileManager.default.removeItem(at: exports)
      }
      try move(elsewhere, exports)
      try site.waitForExport("completed")
      #expect(try owner.get(link).status == 200)
      #expect(
        try site.count("SELECT count(*) FROM export WHERE status <> 'completed' OR failures > 0") == 0)
      try eventually("the page is as ever") {
        try !owner.get(Site.exportPage).text.contains("can’t be reached")
      }
    }

    @Test(
      "While the disk of the archives is read-only, exports wait with all their tries, and go on afterwards",
      .enabled(if: SmallDisk.isPossible, "only root may mount"))
    func readOnly() throws {
      func mount(_ options: String, _ paths: String...) throws {
        #expect(try Tool.run("mount", ["-o", options] + paths).succeeded)
      }
      try mount("bind", exports.path, exports.path)
      defer { _ = try? Tool.run("umount", ["--lazy", exports.path]) }
      try mount("remount,bind,ro", exports.path)
      #expect(
        try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage).status
          == 303)
      try eventually("the page says so") {
        try owner.get(Site.exportPage).text.contains("can’t save anything")
      }
      #expect(try owner.get(link).status == 200)
      #expect(!site.logs.contains("export.started id=\(try latest())"))
      #expect(try site.rows("SELECT status FROM export ORDER BY number") == ["completed", "queued"])
      try mount("remount,bind,rw", exports.path)
      try site.waitForExport("completed")
      #expect(
        try site.count("SELECT count(*) FROM export WHERE status <> 'completed' OR failures > 0") == 0)
    }

    private func latest() throws -> String {
      try site.rows("SELECT id FROM export ORDER BY number DESC LIMIT 1").first ?? ""
    }

    @Test("An empty mount point is not the folder", .enabled(if: SmallDisk.isPossible, "only root may mount"))
    func unmounted() throws {
      #expect(try site.server?.stop() == 0)
      let disk = site.data.appending(path: "disk")
      try move(exports, disk)
      try FileManager.default.createDirectory(at: exports, withIntermediateDirectories: false)
      func mount() throws { #expect(try Tool.run("mount", ["--bind", disk.path, exports.path]).succeeded) }
      func unmount() throws { #expect(try Tool.run("umount", [exports.path]).succeeded) }
      try mount()
      defer { _ = try? Tool.run("umount", ["--lazy", exports.path]) }
      try site.startServer()
      try site.waitForHealth()
      #expect(try owner.get(link).status == 200)
      for restarts in [false, true] {
        try unmount()
        if restarts { try restart() }
        #expect(try owner.get(link).status == 503)
        try mount()
        try eventually("it is back") { try owner.get(link).status == 200 }
      }
      #expect(try site.rows("SELECT status FROM export") == ["completed"])
    }

    @Test(
      "A damaged archive is never sent: 410, the row ends with the reason, and the owner gets a mail",
      arguments: ["cut short", "zeroed, its times put back", "zeroed while the server was stopped"])
    func damaged(how: String) throws {
      let file = exports.appending(path: try #require(try site.exportFiles().first))
      #expect(try owner.get(link).status == 200)
      let script =
        how == "cut short"
        ? #"truncate -s -7 "$1""#
        : #"touch -r "$1" "$1.t"; dd if=/dev/zero of="$1" bs=1k count=1 conv=notrunc; touch -r "$1.t" "$1"; rm "$1.t""#
      if how.hasSuffix("stopped") { #expect(try site.server?.stop() == 0) }
      #expect(try Tool.run("sh", ["-c", script, "sh", file.path]).succeeded)
      if how.hasSuffix("stopped") {
        try site.startServer()
        try site.waitForHealth()
      }
      let answer = try owner.get(link, ["Range": "bytes=10-"])
      #expect(answer.status == 410 && answer.text.contains("damaged") && answer.text.contains("Export again"))
      let page = try owner.get(Site.exportPage).text
      #expect(
        page.contains(#"data-status="expired""#) && page.contains("damaged") && page.contains("Export again"))
      #expect(try site.count("SELECT count(*) FROM letter WHERE kind = 'export_lost'") == 1)
      #expect(
        try site.rows("SELECT detail FROM activity WHERE what = 'export.expired'")[0].contains("damaged"))
      try eventually("the file is swept") { try site.exportFiles() == [] }
    }

    @Test(
      "A data folder or database that is replaced under a running server ends it, and nothing of it is touched",
      arguments: ["folder", "database", "database removed", "exports of others", "content of the database"])
    func replaced(what: String) throws {
      let files = FileManager.default
      let database = site.data.appending(path: "handover.sqlite")
      let stranger = String(repeating: "b", count: 32) + ".zip"
      var kept = try site.exportFiles() + [stranger]
      switch what {
      case "folder":
        let copy = site.data.appendingPathExtension("new")
        #expect(try Tool.run("cp", ["-a", site.data.path, copy.path]).succeeded)
        try Data("x".utf8).write(to: copy.appending(path: "exports/\(stranger)"))
        try move(site.data, site.data.appendingPathExtension("old"))
        try move(copy, site.data)
      case "database":
        try Data("x".utf8).write(to: exports.appending(path: stranger))
        try files.copyItem(at: database, to: database.appendingPathExtension("new"))
        _ = try Tool.run("mv", ["-f", database.path + ".new", database.path])
      case "database removed":
        kept.removeLast()
        try files.removeItem(at: database)
      case "content of the database":
        kept.removeLast()
        try site.change("UPDATE installation SET started = NULL")
      default:
        kept = [stranger]
        try move(exports, site.data.appending(path: "exports.old"))
        try files.createDirectory(at: exports, withIntermediateDirectories: false)
        try Data("x".utf8).write(to: exports.appending(path: stranger))
      }
      #expect(site.server?.waitForEnd(.seconds(20)) == 1, "\(site.logs.suffix(2_000))")
      #expect(site.logs.contains("event=server.replaced"))
      #expect(site.logs.contains(/(?m)^handover: .*(replaced|removed)/))
      #expect(try site.exportFiles() == kept.sorted())
    }
  }
}
