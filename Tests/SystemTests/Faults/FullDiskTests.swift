import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The data folder lies on a small disk, which others fill.
  @Suite(.enabled(if: SmallDisk.isPossible, "only root may mount a small disk"))
  struct FullDiskTests {
    @Test(
      "Full before, an export fails or waits, pages go on, and with room again the next is completed",
      arguments: [0, 4_096, 100_000, 1_000_000, 3_000_000])
    func before(free: Int) throws {
      let (crashSite, disk) = try crashSite()
      try disk.fill(leaving: free)
      let status = try #require(crashSite.ask())
      #expect(status == 303 || status >= 500, "\(status)")
      try checkPages(crashSite)
      if status == 303 {
        try eventually("it was tried; \(crashSite.site.logs.suffix(2_000))") {
          let log = crashSite.site.logs
          return log.contains("not enough space") || log.contains("event=export.queue")
            || log.contains("event=export.end")
        }
      }
      try checkPages(crashSite)
      try disk.empty()
      try crashSite.settle()
      for row in try crashSite.site.rows("SELECT status, reason FROM export") {
        #expect(
          row.hasPrefix("completed|") || row == "failed|There is not enough space on the server.", "\(row)")
      }
      try crashSite.check("\(free) bytes were free")
      #expect(crashSite.ask() == 303)
      try crashSite.settle()
      #expect(
        try crashSite.site.rows("SELECT status FROM export ORDER BY number DESC LIMIT 1") == ["completed"])
      try crashSite.check("there is room again")
      #expect(try crashSite.site.server?.stop(within: .seconds(10)) == 0)
    }

    @Test(
      "Full in the middle, nothing half-written is left, and it heals without a restart",
      arguments: [0, 2_000_000])
    func during(free: Int) throws {
      let (crashSite, disk) = try crashSite(rows: 60_000, ["HANDOVER_COMPRESSION": "9"])
      #expect(crashSite.ask() == 303)
      try eventually("it is being written") {
        try crashSite.site.exportFiles().contains { $0.hasSuffix(".part") }
      }
      try disk.fill(leaving: free)
      try checkPages(crashSite)
      try eventually("the run has failed; \(crashSite.site.logs.suffix(2_000))") {
        let log = crashSite.site.logs
        // Without a byte in its file to give back, that it failed can't be written down either until there is room.
        return log.contains("not enough space") || log.contains("event=export.no-space")
          || log.contains("event=export.end")
      }
      try eventually("its file is gone") { try crashSite.site.exportFiles() == [] }
      try disk.empty()
      try crashSite.settle()
      let rows = try crashSite.site.rows("SELECT status, reason FROM export")
      #expect(
        rows == ["completed|"] || rows == ["failed|There is not enough space on the server."], "\(rows)")
      try crashSite.check("the disk was full")
      #expect(!crashSite.site.logs.contains("request.failed"))
    }

    @Test("A stop on a full disk is a clean one")
    func stop() throws {
      let (crashSite, disk) = try crashSite()
      #expect(crashSite.ask() == 303)
      try crashSite.settle()
      try disk.fill()
      #expect(try crashSite.site.server?.stop(within: .seconds(10)) == 0)
      try disk.empty()
      try crashSite.restart()
      try crashSite.check("the start")
    }

    @Test(
      "On a full disk a finished export is downloaded, its receipt follows, and pages say what is the matter")
    func download() throws {
      let (crashSite, disk) = try crashSite()
      let site = crashSite.site
      let link = try site.completedExport(by: crashSite.owner)
      try disk.fill()
      // Whatever room is left inside the database's files is used up.
      try eventually("nothing can be saved") {
        try crashSite.owner.submit(
          [("name", "Maria \(Int.random(in: 0..<1_000_000))")], to: "/settings", from: "/settings"
        ).status == 503
      }
      let receipts = {
        try site.count("SELECT coalesce(sum(times), 0) FROM activity WHERE what = 'export.downloaded'")
      }
      for _ in 0..<3 { #expect(try crashSite.owner.get(link).status == 200) }
      #expect(try crashSite.owner.get(link, ["Range": "bytes=5-"]).status == 206)
      try checkPages(crashSite)
      try eventually("the page says so") {
        try crashSite.owner.get(Site.exportPage).text.contains("disk is full")
      }
      let client = site.client()
      let answer = try client.submit(
        [("email", crashSite.demo.admin.email), ("password", crashSite.demo.admin.password)], to: "/login",
        from: "/login")
      #expect(answer.status == 503 && answer["Retry-After"] != nil && answer.text.contains("disk is full"))
      #expect(try receipts() < 3)
      try disk.empty()
      try eventually("the receipts are written") { try receipts() == 3 }
      try eventually("the page is as ever") {
        try !crashSite.owner.get(Site.exportPage).text.contains("disk is full")
      }
      #expect(try site.server?.stop(within: .seconds(10)) == 0)
    }

    private func crashSite(rows: Int = 600, _ settings: [String: String] = [:]) throws -> (
      CrashSite, SmallDisk
    ) {
      var disk: SmallDisk?
      let crashSite = try CrashSite(rows: rows, settings) {
        disk = try SmallDisk(at: $0.data, megabytes: 24 + rows / 500)
      }
      return (crashSite, try #require(disk))
    }

    private func checkPages(_ crashSite: CrashSite) throws {
      for path in [Site.exportPage, "/settings", "/settings/activity", "/help"] {
        #expect(try crashSite.owner.get(path).status == 200, "\(path)")
      }
    }
  }
}
