import Foundation
import System
import TestSupport
import Testing

@testable import Handover

extension SystemTests {
  /// Somebody who writes holds up nobody who reads.
  @Suite struct WriterFaultTests {
    private static let pages = [Site.exportPage, "/settings", "/settings/activity", "/help"]

    @Test(
      "While another process has the lock pages are shown, what would change something is told so and named in the log",
      arguments: ["1", "4", "16"])
    func locked(threads: String) throws {
      let site = try Site(["HANDOVER_REQUEST_THREADS": threads])
      let demo = try site.startWithDemo(rows: 600)
      let owner = try site.client(of: demo.owner)
      let lock = try ChildProcess(
        "flock", ["--no-fork", DataFolder(path: site.data.path).writeLock, "sleep", "600"],
        output: site.folder.appending("lock"), error: site.folder.appending("lock"))
      defer { lock.kill() }
      let token = try #require(owner.get(Site.exportPage).csrfToken)
      let writers = try Writers(40, of: owner, token, on: site)
      for _ in 0..<5 {
        for page in Self.pages { #expect(try owner.get(page).status == 200, "\(page)") }
      }
      try site.waitForHealth("writes")
      #expect(writers.statuses() == Array(repeating: 503, count: 40))
      #expect(site.logs.contains("event=database.busy"))
      #expect(site.logs.contains("process \(lock.pid), sleep"), "\(site.logs)")
      lock.send(SIGSTOP)
      #expect(try site.count("SELECT count(*) FROM export") == 0)
      lock.kill()
      try site.waitForHealth()
      #expect(
        try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage).status
          == 303)
      try site.waitForExport("completed")
    }

    @Test("A stop ends in its time while another process has the lock and an export runs")
    func stop() throws {
      let site = try Site(EndToEndTests.slow)
      let demo = try site.startWithDemo(rows: 300_000)
      let owner = try site.client(of: demo.owner)
      #expect(
        try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage).status
          == 303)
      try site.waitForExport("processing")
      let lock = try TurnLock(path: DataFolder(path: site.data.path).writeLock, label: "a test")
      try lock.whileHeld(waiting: nil) {
        site.server?.send(SIGTERM)
        #expect(site.server?.waitForEnd(.seconds(60)) == 0)
      }
    }

    @Test("While a disk takes two seconds for each commit pages are shown, and health is well")
    func slowDisk() throws {
      let site = try Site()
      let demo = try site.startWithDemo(rows: 600)
      let owner = try site.client(of: demo.owner)
      let trace = try Strace(site.server, "fdatasync", "delay_enter=2000000")
      let token = try #require(owner.get(Site.exportPage).csrfToken)
      let writers = try Writers(20, of: owner, token, on: site)
      for _ in 0..<5 {
        for page in Self.pages { #expect(try owner.get(page).status == 200, "\(page)") }
      }
      let statuses = writers.statuses()
      // Those whose turn came asked for one, or were told of it; the others that nothing was changed.
      #expect(statuses.allSatisfy { $0 == 303 || $0 == 409 || $0 == 503 }, "\(statuses)")
      trace.detach()
      try site.waitForHealth()
    }
  }
}

/// Requests that each ask for an export, all at once.
private final class Writers: Sendable {
  private let answers = Locked<[Int?]>([])
  private let threads = Locked<[System.Thread]>([])

  init(_ count: Int, of client: Client, _ token: String, on site: Site) throws {
    let cookie = client.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    let port = site.port
    for number in 0..<count {
      let thread = try System.Thread(name: "writer") { [answers] in
        let client = Client(port: port)
        // Not all from one address, which may not have so many connections.
        client.source = UInt8(2 + number / 8)
        let answer = try? client.post(
          Site.exportPage, [("scope", "organisation"), ("csrf_token", token)], ["Cookie": cookie])
        answers.withLock { $0.append(answer?.status) }
      }
      threads.withLock { $0.append(thread) }
    }
  }

  /// Once all are answered; nil for one that was not.
  func statuses() -> [Int?] {
    threads.withLock { for thread in $0 { thread.join() } }
    return answers.withLock { $0 }
  }
}
