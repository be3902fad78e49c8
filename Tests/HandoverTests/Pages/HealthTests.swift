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

  @Test(
    "Whoever watches it ends it for workers that hang, and not for those that wait, nor for anything else")
  func answers() throws {
    #expect(site.health.isAnswering)
    unsafe chmod(site.configuration.data.keys, 0o644)
    #expect(health() == "503 keys")
    #expect(site.health.isAnswering)
    site.workers.withLock { $0 = false }
    #expect(!site.health.isAnswering)
    let other = try TurnLock(path: site.configuration.data.writeLock, label: "another process")
    try other.whileHeld(waiting: nil) {
      let waiting = try Thread(name: "writer") { [database = site.database] in
        _ = try? database.write { _ in }
      }
      while site.database.waiting == 0 { usleep(1_000) }
      #expect(site.health.isAnswering)
      waiting.detach()
    }
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

@Suite("Whether the server lives, and is ready") struct ReadinessTests {
  let site: TestSite

  init() throws {
    site = try TestSite()
  }

  private func ready() -> String {
    site.health.look()
    let answer = site.browser().get("/health/ready")
    return "\(answer.status) \(answer.text)"
  }

  private func live() -> Int { site.browser().get("/health/live").status }

  @Test("It is ready while all is well, and lives as long as it answers")
  func well() {
    #expect(ready() == "200 ok" && live() == 200)
  }

  @Test(
    "It is not while workers don't answer, keys are away or nothing can be written, each alone and all together"
  )
  func causes() throws {
    site.workers.withLock { $0 = false }
    #expect(ready() == "503 workers" && live() == 200)
    let keys = site.configuration.data.keys
    unsafe chmod(keys, 0o644)
    #expect(ready() == "503 keys\nworkers" && live() == 200)
    site.workers.withLock { $0 = true }
    #expect(ready() == "503 keys")
    unsafe chmod(keys, 0o600)
    #expect(ready() == "200 ok")
    _ = try? site.database.write { try $0.execute("PRAGMA query_only = ON; DELETE FROM export") }
    #expect(ready() == "503 writes" && live() == 200)
  }

  @Test("It is not while the database is of another version")
  func schema() throws {
    let version = try site.database.read { try $0.value("PRAGMA user_version") ?? 0 }
    try site.database.write { try $0.execute("PRAGMA user_version = \(version + 1)") }
    #expect(ready() == "503 schema")
    try site.database.write { try $0.execute("PRAGMA user_version = \(version - 1)") }
    #expect(ready() == "503 schema")
    try site.database.write { try $0.execute("PRAGMA user_version = \(version)") }
    #expect(ready() == "200 ok")
  }

  @Test("It is not while it stops, though it still answers")
  func stopping() {
    site.health.beginStopping()
    #expect(ready() == "503 stopping" && live() == 200)
  }

  @Test("It is while archives are away: that keeps nobody from a page")
  func exports() {
    _ = site.exports.storage.note(away: "no such folder", shortage: nil)
    #expect(ready() == "200 ok")
    #expect(site.browser().get("/health").text == "exports")
  }
}
