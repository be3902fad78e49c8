import Foundation
import System
import Testing

@testable import Handover

@Suite("Whether the server is well") struct HealthTests {
  let site: TestSite

  init() throws {
    site = try TestSite()
  }

  private func health() -> String {
    site.health.look()
    let answer = site.browser().get("/health")
    return "\(answer.status) \(answer.text)"
  }

  @Test("It is, while database and workers answer")
  func well() {
    #expect(health() == "200 ok")
  }

  @Test("Workers that don't answer are told with 503")
  func workers() {
    site.workers.withLock { $0 = false }
    #expect(health() == "503 workers")
    site.workers.withLock { $0 = true }
    #expect(health() == "200 ok")
  }

  @Test("Keys that are away are told, and that they are back")
  func keys() throws {
    let keys = site.configuration.data.keys
    try FileManager.default.moveItem(atPath: keys, toPath: keys + ".away")
    #expect(health() == "503 keys")
    try FileManager.default.moveItem(atPath: keys + ".away", toPath: keys)
    #expect(health() == "200 ok")
    unsafe chmod(keys, 0o644)
    #expect(health() == "503 keys")
  }

  @Test("A folder of archives that is away is told, and that it is back")
  func exports() {
    let exports = site.exports
    _ = exports.storage.note(away: "no such folder", shortage: nil)
    #expect(health() == "503 exports")
    _ = exports.storage.note(away: nil, shortage: nil)
    #expect(health() == "200 ok")
  }

  @Test(
    "A database that can't be written is told, and has one line in the log")
  func writes() throws {
    _ = try? site.database.write { try $0.execute("PRAGMA query_only = ON; DELETE FROM export") }
    for _ in 0..<3 { #expect(health() == "503 writes") }
    #expect(site.log.all.count { $0.contains("event=health.failed problem=writes") } == 1)
  }
}
