import Foundation
import Testing

extension SystemTests {
  /// A disk that refuses: the Nth write, fsync or rename of a thread fails, once, or all of them from then on until the
  /// disk is well again. The server is never restarted.
  @Suite struct DiskErrorTests {
    @Test(
      "Whichever step fails, the export is tried again and completed, pages go on, and nothing is left over",
      arguments: ["job-worker", "mailer", "request 1", "compress 0"])
    func once(thread: String) throws {
      let crashSite = try CrashSite()
      for (place, (call, number)) in steps(of: thread).enumerated() {
        for error in Checkout.isLong ? ["ENOSPC", "EIO"] : [["ENOSPC", "EIO"][place % 2]] {
          let step = "\(thread), \(call) \(number): \(error)"
          let trace = try Strace(crashSite.site.server, thread: thread, call, "error=\(error):when=\(number)")
          let status = try #require(crashSite.ask(), "\(step)")
          #expect(status == 303 || (status >= 500 && thread == "request 1"), "\(step): \(status)")
          try crashSite.settle()
          trace.detach()
          #expect(try crashSite.owner.get(Site.exportPage).status == 200, "\(step)")
          #expect(
            try crashSite.site.count("SELECT count(*) FROM export WHERE status <> 'completed'") == 0,
            "\(step)")
          try crashSite.check(step)
        }
      }
    }

    @Test(
      "A disk that stays full fails the export after its tries, with the reason; when it is well, a retry completes it",
      arguments: ["ENOSPC", "EIO"])
    func stays(error: String) throws {
      let crashSite = try CrashSite()
      let trace = try Strace(
        crashSite.site.server, thread: "compress 0", "pwrite64", "error=\(error):when=1+")
      #expect(crashSite.ask() == 303)
      try crashSite.settle()
      let reasons = try crashSite.site.rows("SELECT status, failures, reason FROM export")
      #expect(reasons.first?.hasPrefix("failed|3|") == true, "\(reasons)")
      let page = try crashSite.owner.get(Site.exportPage)
      #expect(page.status == 200)
      if error == "ENOSPC" { #expect(page.text.contains("not enough space on the server")) }
      try crashSite.check(error)
      trace.detach()
      let id = try crashSite.site.rows("SELECT id FROM export")[0]
      let retry = "/settings/export/\(id)/retry"
      #expect(try crashSite.owner.submit([], to: retry, from: Site.exportPage).status == 303)
      try crashSite.settle()
      #expect(try crashSite.site.rows("SELECT status FROM export") == ["completed"])
      try crashSite.check("the retry")
    }

    @Test("While the database can't be written pages are still shown; exports and mails go on when it can be")
    func database() throws {
      let crashSite = try CrashSite()
      let calls = "pwrite64,fdatasync,ftruncate"
      #expect(crashSite.ask() == 303)
      let trace = try Strace(crashSite.site.server, calls, "error=ENOSPC:when=1+")
      // A session's last use is recorded once a minute: a page must not fail with that write.
      for path in [Site.exportPage, "/settings", "/settings/activity", "/help"] {
        #expect(try crashSite.owner.get(path).status == 200, "\(path)")
      }
      try crashSite.site.waitForHealth("writes")
      let refused = try #require(crashSite.ask())
      #expect(refused == 409 || refused == 503, "\(refused)")
      #expect(crashSite.site.server?.isRunning == true)
      trace.detach()
      try crashSite.settle(within: .seconds(90))
      let status = try crashSite.site.rows("SELECT status FROM export")
      #expect(status.allSatisfy { $0 == "completed" || $0 == "failed" }, "\(status)")
      try crashSite.check("a database that could not be written")
      #expect(crashSite.ask() == 303)
      try crashSite.settle()
      try crashSite.check("the next export")
    }

    /// Which of its calls fails. One more than a thread makes is no fault at all, and shows that the next export is well.
    private func steps(of thread: String) -> [(call: String, number: Int)] {
      if Checkout.isLong {
        return ["fsync", "fdatasync", "rename", "unlink", "ftruncate", "write"].flatMap { call in
          (1...(thread == "job-worker" ? 4 : 2)).map { (call, $0) }
        } + (1...(thread == "job-worker" ? 56 : 12)).map { ("pwrite64", $0) }
      }
      return switch thread {
      case "job-worker":
        [
          ("fsync", 1), ("fsync", 2), ("fsync", 3), ("fdatasync", 1), ("fdatasync", 3), ("rename", 1),
          ("rename", 2),
        ]
          + [("pwrite64", 1), ("pwrite64", 20), ("pwrite64", 40)]
      // A mail that could not be written waits for half a minute.
      case "mailer": [("rename", 1), ("fdatasync", 1)]
      default: [("pwrite64", 1), ("pwrite64", 2), ("fdatasync", 1)]
      }
    }
  }
}
