import Foundation
import Testing

extension SystemTests {
  /// A disk that refuses: the Nth write, fsync or rename of a thread fails, once, or all of them from then on until the
  /// disk is well again. The server is never restarted.
  @Suite struct DiskErrorTests {
    @Test(
      "Whichever step fails, the export is tried again and completed, pages go on, and nothing is left over",
      arguments: ["export-worker", "mailer", "request 1", "compress 0"])
    func once(thread: String) throws {
      let patient = try Patient()
      for (place, (call, number)) in steps(of: thread).enumerated() {
        for error in Checkout.isLong ? ["ENOSPC", "EIO"] : [["ENOSPC", "EIO"][place % 2]] {
          let step = "\(thread), \(call) \(number): \(error)"
          let trace = try Strace(patient.site.server, thread: thread, call, "error=\(error):when=\(number)")
          let status = try #require(patient.ask(), "\(step)")
          #expect(status == 303 || (status >= 500 && thread == "request 1"), "\(step): \(status)")
          try patient.settle()
          try trace.detach()
          #expect(try patient.owner.get(Site.exportPage).status == 200, "\(step)")
          #expect(
            try patient.site.count("SELECT count(*) FROM export WHERE status <> 'completed'") == 0, "\(step)")
          try patient.check(step)
        }
      }
    }

    @Test(
      "A disk that stays full fails the export after its tries, with the reason; when it is well, a retry completes it",
      arguments: ["ENOSPC", "EIO"])
    func stays(error: String) throws {
      let patient = try Patient()
      let trace = try Strace(patient.site.server, thread: "compress 0", "pwrite64", "error=\(error):when=1+")
      #expect(patient.ask() == 303)
      try patient.settle()
      let reasons = try patient.site.rows("SELECT status, failures, reason FROM export")
      #expect(reasons.first?.hasPrefix("failed|3|") == true, "\(reasons)")
      let page = try patient.owner.get(Site.exportPage)
      #expect(page.status == 200)
      if error == "ENOSPC" { #expect(page.text.contains("not enough space on the server")) }
      try patient.check(error)
      try trace.detach()
      let id = try patient.site.rows("SELECT id FROM export")[0]
      let retry = "/settings/export/\(id)/retry"
      #expect(try patient.owner.submit([], to: retry, from: Site.exportPage).status == 303)
      try patient.settle()
      #expect(try patient.site.rows("SELECT status FROM export") == ["completed"])
      try patient.check("the retry")
    }

    @Test("While the database can't be written pages are still shown; exports and mails go on when it can be")
    func database() throws {
      let patient = try Patient()
      let calls = "pwrite64,fdatasync,ftruncate"
      #expect(patient.ask() == 303)
      let trace = try Strace(patient.site.server, calls, "error=ENOSPC:when=1+")
      // A use of a session is written down once a minute: a page must not need it.
      for path in [Site.exportPage, "/settings", "/settings/activity", "/help", "/health"] {
        #expect(try patient.owner.get(path).status == 200, "\(path)")
      }
      let refused = try #require(patient.ask())
      #expect(refused == 409 || refused >= 500, "\(refused)")
      #expect(patient.site.server?.isRunning == true)
      try trace.detach()
      try patient.settle(within: 90)
      let status = try patient.site.rows("SELECT status FROM export")
      #expect(status.allSatisfy { $0 == "completed" || $0 == "failed" }, "\(status)")
      try patient.check("a database that could not be written")
      #expect(patient.ask() == 303)
      try patient.settle()
      try patient.check("the next export")
    }

    /// Which of its calls fails. One more than a thread makes is no fault at all, and shows that the next export is well.
    private func steps(of thread: String) -> [(call: String, number: Int)] {
      if Checkout.isLong {
        return ["fsync", "fdatasync", "rename", "unlink", "ftruncate", "write"].flatMap { call in
          (1...(thread == "export-worker" ? 4 : 2)).map { (call, $0) }
        } + (1...(thread == "export-worker" ? 56 : 12)).map { ("pwrite64", $0) }
      }
      return switch thread {
      case "export-worker":
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
