import Foundation
import Testing

extension SystemTests {
  /// A disk that refuses: the Nth write, fsync or rename of a thread fails, once, or all of them from then on until the
  /// disk is well again. The server is never restarted.
  @Suite struct DiskErrorTests {
    @Test(
      "Whichever step fails, the export is tried again and completed, pages go on, and nothing is left over",
      arguments: ["export-worker", "mailer", "request 1", "compress 0"], ["ENOSPC", "EIO"])
    func once(thread: String, error: String) throws {
      let patient = try Patient()
      for call in Self.calls {
        for number in numbers(of: call) {
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

    private static let calls = ["fsync", "fdatasync", "rename", "write", "pwrite64", "ftruncate"]

    /// More than a thread makes is no fault at all, and shows that the next export is well.
    private func numbers(of call: String) -> [Int] {
      switch call {
      case "pwrite64": Checkout.isLong ? Array(1...56) : [1, 20]
      case "write": Checkout.isLong ? Array(1...4) : []
      default: Checkout.isLong ? Array(1...8) : [1, 2]
      }
    }
  }
}
