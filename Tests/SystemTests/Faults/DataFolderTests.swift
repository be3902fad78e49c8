import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// A data folder that can't be written, belongs to somebody else, or is full when a command has just committed.
  @Suite(.enabled(if: SmallDisk.isPossible, "only root may mount a disk and give files away"))
  struct DataFolderTests {
    @Test("Commands that only read work on a disk that can only be read")
    func readOnly() throws {
      let site = try Site()
      let disk = try SmallDisk(at: site.data, megabytes: 48)
      _ = try site.makeDemo(rows: 500)
      let list = try site.handover("organisation", "list")
      let expected = try site.counts(of: 1)
      try disk.protect()
      #expect(try site.handover("organisation", "list").output == list.output)
      let zip = site.folder.appending("export.zip")
      let exported = try site.handover("export", "--organisation", "1", "--output", zip.path)
      #expect(exported.succeeded, "\(exported.error)")
      #expect(try Archive(zip).rows == expected)
      #expect(try site.handover("verify", zip.path).succeeded)
      let copied = try site.handover("backup", site.folder.appending("copy.sqlite").path)
      #expect(copied.succeeded, "\(copied.error)")
      let changed = try site.handover("organisation", "add", "One more")
      #expect(changed.status == 1 && changed.error.contains("Read-only file system"), "\(changed.error)")
      #expect(changed.error.split(separator: "\n").count == 1)
    }

    @Test("What a killed server left in the log is read there too, or the command says what to do")
    func readOnlyWithLog() throws {
      let site = try Site()
      let disk = try SmallDisk(at: site.data, megabytes: 48)
      _ = try site.startWithDemo(rows: 500)
      #expect(try site.handover("organisation", "add", "In the log").succeeded)
      site.server?.kill()
      _ = try site.nginx?.stop(within: .seconds(10))
      try disk.protect()
      #expect(try site.handover("organisation", "list").output.contains("In the log"))
      try disk.protect(false)
      try FileManager.default.removeItem(at: site.data.appending(path: "handover.sqlite-shm"))
      try disk.protect()
      let result = try site.handover("organisation", "list")
      #expect(result.status == 1)
      #expect(result.error.contains("mount its disk to be written, or copy the folder"), "\(result.error)")
      #expect(result.error.split(separator: "\n").count == 1)
    }

    @Test("What commands of root make in a service's data folder belongs to the service")
    func rootsFiles() throws {
      let site = try Site()
      try FileManager.default.createDirectory(at: site.data, withIntermediateDirectories: false)
      let nobody = 65_534
      #expect(try Tool.run("chown", ["\(nobody):\(nobody)", site.data.path]).succeeded)
      #expect(try Tool.run("chmod", ["0711", site.folder.path]).succeeded)
      #expect(try site.handover("organisation", "add", "One").succeeded)
      #expect(try site.handover("keys", "rotate").succeeded)
      #expect(try site.handover("keys", "rotate").succeeded)
      #expect(try site.handover("demo", "--rows", "100").succeeded)
      let listed = try Tool.run("find", [site.data.path, "-printf", "%U %f\\n"]).output
      let entries = listed.split(separator: "\n")
      #expect(entries.count >= 6)
      #expect(entries.filter { !$0.hasPrefix("\(nobody) ") } == [], "\(listed)")
    }

    @Test("However little room is left, an import is there and said so, or is not and can be tried again")
    func fullDisk() throws {
      let site = try Site()
      let disk = try SmallDisk(at: site.data, megabytes: 160)
      _ = try site.makeDemo(rows: 3_000)
      let zip = site.folder.appending("export.zip").path
      #expect(try site.handover("export", "--organisation", "1", "--output", zip).succeeded)
      let rows = "SELECT count(*) FROM deal JOIN organisation USING (edition_id) WHERE organisation.id = "
      let all = try site.count(rows + "1")
      var endings: Set<Bool> = []
      for free in stride(from: 0, through: 8_000_000, by: 500_000) {
        let added = try site.handover("organisation", "add", "\(free) bytes")
        let id = try #require(added.output.split(separator: "\t").first).description
        try disk.fill(leaving: free)
        let result = try site.handover("import", "--organisation", id, zip)
        try disk.empty()
        endings.insert(result.succeeded)
        #expect(try site.count(rows + id) == (result.succeeded ? all : 0), "\(free): \(result.error)")
        if result.succeeded { continue }
        #expect(result.status == 1 && result.error.split(separator: "\n").count == 1, "\(result.error)")
        #expect(try site.handover("import", "--organisation", id, zip).succeeded)
        #expect(try site.count(rows + id) == all)
      }
      #expect(endings == [true, false])
    }
  }
}
