import Foundation
import System
import TestSupport
import Testing

@testable import Handover

extension SystemTests {
  /// SIGTERM in the middle of everything, twenty times.
  @Suite struct StopTests {
    @Test(
      "Stopped with twenty requests and an export in flight: all are answered, and the export goes on after")
    func stop() throws {
      let site = try Site(EndToEndTests.slow.merging(["HANDOVER_EXPORTS_PER_DAY": "0"]) { $1 })
      let demo = try site.startWithDemo(rows: 300_000)
      let owner = try site.client(of: demo.owner)
      let lock = try TurnLock(path: DataFolder(path: site.data.path).writeLock, label: "a test")
      for round in 1...20 {
        if try site.count("SELECT count(*) FROM export WHERE status IN ('queued', 'processing')") == 0 {
          let fields = [("scope", "organisation")]
          #expect(try owner.submit(fields, to: Site.exportPage, from: Site.exportPage).status == 303)
        }
        try site.waitForExport("processing")
        let token = try #require(owner.get(Site.exportPage).csrfToken)
        // Nothing that writes gets on while the lock is held, so that all of it is in flight together.
        let flight = try lock.whileHeld(waiting: nil) {
          let flight = try Flight(of: owner, token, to: site, count: 20)
          try eventually("all are in flight, not only \(try flight.handedOver)") {
            try flight.handedOver == 20
          }
          site.server?.send(SIGTERM)
          try eventually("it is stopping") {
            site.logs.components(separatedBy: "event=server.stopping").count > round
          }
          return flight
        }
        #expect(site.server?.waitForEnd(.seconds(10)) == 0, "round \(round)")
        // 409 where an export is already running, 303 where it has just ended.
        let statuses = flight.statuses()
        #expect(statuses.allSatisfy { $0 == 409 || $0 == 303 }, "round \(round): \(statuses); \(site.logs)")
        #expect(
          try site.count("SELECT count(*) FROM export WHERE status NOT IN ('queued', 'completed')") == 0,
          "round \(round)")
        // Nobody may send as many forms in so short a time.
        try site.change("DELETE FROM attempt")
        try site.startServer()
        try site.waitForHealth()
      }
      try site.waitForExport("completed")
      #expect(try site.count("SELECT count(*) FROM export WHERE failures > 0 OR status <> 'completed'") == 0)
      #expect(try site.exportFiles().count == site.count("SELECT count(*) FROM export"))
      #expect(!site.logs.contains("request.failed"))
    }
  }
}

/// Requests on their way, each for an export.
private final class Flight: Sendable {
  private let socket: String
  private let answers = Locked<[Int]>([])
  private let landed = DispatchGroup()

  init(of owner: Client, _ token: String, to site: Site, count: Int) throws {
    socket = site.data.appending(path: "handover.sock").path
    let cookies = owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    let port = site.port
    for _ in 0..<count {
      landed.enter()
      Thread.detachNewThread { [self] in
        let fields = [("scope", "organisation"), ("csrf_token", token)]
        let status = try? Client(port: port).post(Site.exportPage, fields, ["Cookie": cookies]).status
        answers.withLock { $0.append(status ?? 0) }
        landed.leave()
      }
    }
  }

  /// How many nginx has handed over and waits for: connections to the server's socket, as the kernel lists them beside
  /// the one that listens.
  var handedOver: Int {
    get throws {
      // The kernel gives some lines at a time; String(contentsOfFile:) takes the first ones for all.
      let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/net/unix"))
      let sockets = try String(decoding: file.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
      return sockets.count { $0.hasSuffix(" " + socket) } - 1
    }
  }

  /// The status of each answer, 0 where none came.
  func statuses() -> [Int] {
    landed.wait()
    return answers.withLock { $0 }
  }
}
