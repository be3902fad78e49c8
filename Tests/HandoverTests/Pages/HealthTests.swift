import Testing

@testable import Handover

@Suite("Whether the server is well") struct HealthTests {
  let site: TestSite

  init() throws {
    site = try TestSite()
  }

  @Test("It is, while database and workers answer")
  func well() {
    let answer = site.browser().get("/health")
    #expect(answer.status == 200 && answer.text == "ok")
  }

  @Test("Workers that don't answer are told with 503")
  func workers() {
    site.workers.withLock { $0 = false }
    #expect(site.browser().get("/health").status == 503)
    site.workers.withLock { $0 = true }
    #expect(site.browser().get("/health").status == 200)
  }
}
