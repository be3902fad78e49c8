import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// A large export that its owner cancels, or that a change of owner ends.
  @Suite struct CancellationTests {
    let site: Site
    let demo: Demo
    let owner: Client

    init() throws {
      site = try Site(EndToEndTests.slow)
      demo = try site.startWithDemo(rows: Checkout.isLong ? 1_000_000 : 200_000)
      owner = try site.client(of: demo.owner)
    }

    @Test("Cancelled, a large export is stopped and its file gone within two seconds, wherever it is")
    func cancel() throws {
      for percent in [0, 1, 30] {
        #expect(try ask() == 303)
        try site.waitForExport("processing")
        try eventually("\(percent) percent are written") {
          try percent == 0 || (self.percent ?? 0) >= percent
        }
        let id = try site.rows("SELECT id FROM export ORDER BY number DESC LIMIT 1")[0]
        let token = try #require(owner.get(Site.exportPage).csrfToken)
        let begun = Date()
        #expect(try owner.post("/settings/export/\(id)/cancel", [("csrf_token", token)]).status == 303)
        try eventually("no file is left") { try site.exportFiles() == [] }
        #expect(Date().timeIntervalSince(begun) < 2)
        #expect(try site.rows("SELECT status FROM export WHERE id = '\(id)'") == ["cancelled"])
      }
      #expect(try site.count("SELECT count(*) FROM letter WHERE kind = 'export_completed'") == 0)
    }

    @Test(
      "A new owner: the running exports of the former one are cancelled, the completed ones revoked")
    func newOwner() throws {
      #expect(try ask("user", "U-3") == 303)
      try site.waitForExport("completed")
      let link = try #require(owner.get(Site.exportPage).downloadLinks.first)
      #expect(try ask() == 303)
      try site.waitForExport("processing")
      let changed = try site.handover(
        "user", "change", demo.admin.email, "--organisation", "1", "--role", "owner")
      #expect(changed.succeeded, "\(changed.error)")
      #expect(try site.rows("SELECT status FROM export ORDER BY number") == ["revoked", "cancelled"])
      let successor = try site.client(of: demo.admin)
      #expect(try owner.get(link).status == 403)
      #expect(try successor.get(link).status == 410)
      try eventually("the files are gone") { try site.exportFiles() == [] }
    }

    private func ask(_ scope: String = "organisation", _ user: String = "") throws -> Int {
      let fields = [("scope", scope), ("user_id", user)]
      return try owner.submit(fields, to: Site.exportPage, from: Site.exportPage).status
    }

    /// As the page shows it.
    private var percent: Int? {
      get throws {
        try owner.get("/settings/export/status").text.firstMatch(of: /<progress[^>]*value="([0-9]+)"/)
          .flatMap { Int($0.1) }
      }
    }
  }
}
