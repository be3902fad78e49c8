import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The server under load and through stops. With a sanitizer in it (Scripts/test --long) it says where threads meet.
  @Suite(.enabled(if: Checkout.isLong, "takes minutes: Scripts/test --long"))
  struct StressTests {
    @Test("Under load, with exports, cancels, mails and stops, every request is answered and no run fails")
    func stress() throws {
      let site = try Site(["HANDOVER_EXPORTS_PER_DAY": "0", "HANDOVER_LOG": "warning"])
      let demo = try site.makeDemo(rows: 20_000)
      try site.startNginx()
      for _ in 1...3 {
        try site.startServer()
        try site.waitForHealth()
        let load = try Load(on: site, as: demo.owner)
        let owners = try [demo.owner, demo.otherOwner].map(site.client)
        for round in 1...4 {
          for owner in owners { try exportSomething(owner, cancels: round == 2) }
          try eventually("all are done; \(site.logs.suffix(3_000))") {
            try site.count("SELECT count(*) FROM export WHERE status IN ('queued', 'processing')") == 0
          }
        }
        for owner in owners { try exportSomething(owner, cancels: false) }
        #expect(Set(load.stop()) == [200])
        #expect(try site.server?.stop(within: .seconds(60)) == 0)
      }
      #expect(try site.count("SELECT count(*) FROM export WHERE failures > 0") == 0)
    }

    /// The organisation's export, and one of a user beside it.
    private func exportSomething(_ owner: Client, cancels: Bool) throws {
      for (scope, user) in [("organisation", ""), ("user", "U-1")] {
        let fields = [("scope", scope), ("user_id", user)]
        let status = try owner.submit(fields, to: Site.exportPage, from: Site.exportPage).status
        #expect(status == 303 || status == 409)
      }
      let page = try owner.get(Site.exportPage).text
      guard cancels, let id = page.firstMatch(of: /data-export="([0-9a-f]{32})"/) else { return }
      _ = try owner.submit([], to: "/settings/export/\(id.1)/cancel", from: Site.exportPage)
    }
  }
}
