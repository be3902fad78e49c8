import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// What /health tells the program that supervises the server.
  @Suite struct HealthFaultTests {
    @Test("While the database can't be read /health is 503, and 200 when it can be again")
    func database() throws {
      let crashSite = try CrashSite()
      let trace = try Strace(crashSite.site.server, thread: "health", "fcntl", "error=EIO:when=1+")
      try crashSite.site.waitForHealth("database")
      trace.detach()
      try crashSite.site.waitForHealth()
    }

    @Test(
      "When a worker doesn't answer /health is 503, and 200 when it does again",
      .enabled(if: Checkout.isLong, "takes a minute: Scripts/test --long"))
    func worker() throws {
      let crashSite = try CrashSite()
      let trace = try Strace(
        crashSite.site.server, thread: "job-worker", "poll", "delay_enter=60000000:when=1")
      try eventually("it is missed") { try crashSite.site.client().get("/health").status == 503 }
      #expect(try crashSite.site.client().get("/health").text == "workers")
      #expect(try crashSite.owner.get(Site.exportPage).status == 200)
      try eventually("it is back") { try crashSite.site.client().get("/health").status == 200 }
      trace.detach()
    }
  }
}
