import Foundation
import Testing

extension SystemTests {
  /// What whoever supervises the server is told.
  @Suite struct HealthFaultTests {
    @Test("While the database can't be read /health is 503, and 200 when it can be again")
    func database() throws {
      let patient = try Patient()
      let trace = try Strace(patient.site.server, thread: "request 1", "fcntl", "error=EIO:when=1+")
      #expect(try patient.site.client().get("/health").status == 503)
      try trace.detach()
      #expect(try patient.site.client().get("/health").status == 200)
    }

    @Test(
      "When a worker doesn't answer /health is 503, and 200 when it does again",
      .enabled(if: Checkout.isLong, "takes a minute: Scripts/test --long"))
    func worker() throws {
      let patient = try Patient()
      let trace = try Strace(
        patient.site.server, thread: "export-worker", "poll", "delay_enter=60000000:when=1")
      try eventually("it is missed") { try patient.site.client().get("/health").status == 503 }
      #expect(try patient.site.client().get("/health").text == "workers")
      #expect(try patient.owner.get(Site.exportPage).status == 200)
      try eventually("it is back") { try patient.site.client().get("/health").status == 200 }
      try trace.detach()
    }
  }
}
