import Foundation
import Synchronization
import Testing

extension SystemTests {
  /// SIGTERM in the middle of everything, twenty times.
  @Suite struct StopTests {
    @Test(
      "Stopped with twenty requests and an export in flight: all are answered, and the export goes on after")
    func stop() throws {
      let site = try Site(WholeWayTests.slow.merging(["HANDOVER_EXPORTS_PER_DAY": "0"]) { $1 })
      let demo = try site.startWithDemo(rows: 300_000)
      let owner = try site.client(of: demo.owner)
      for round in 1...20 {
        if try site.count("SELECT count(*) FROM export WHERE status IN ('queued', 'processing')") == 0 {
          let fields = [("scope", "organisation")]
          #expect(try owner.submit(fields, to: Site.exportPage, from: Site.exportPage).status == 303)
        }
        try site.waitForExport("processing")
        let flight = try Flight(to: site, as: demo.owner, count: 20)
        try eventually("all are in flight or answered") { try flight.begun >= 20 }
        let begun = Date()
        #expect(try site.server?.stop(within: 10) == 0, "round \(round)")
        #expect(Date().timeIntervalSince(begun) < 10)
        #expect(flight.statuses() == Array(repeating: 303, count: 20), "round \(round)")
        #expect(
          try site.count("SELECT count(*) FROM export WHERE status NOT IN ('queued', 'completed')") == 0,
          "round \(round)")
        try site.startServer()
        try site.waitForHealth()
      }
      try site.waitForExport("completed", within: 120)
      #expect(try site.count("SELECT count(*) FROM export WHERE failures > 0 OR status <> 'completed'") == 0)
      #expect(try site.exportFiles().count == site.count("SELECT count(*) FROM export"))
      #expect(!site.logs.contains("request.failed"))
    }
  }
}

/// Sign-ins on their way: each takes the server a while, so that they can be seen there together.
private final class Flight: Sendable {
  private let socket: String
  private let answers = Mutex<[Int]>([])
  private let landed = DispatchGroup()

  init(to site: Site, as person: Person, count: Int) throws {
    socket = site.data.appending(path: "handover.sock").path
    let visitor = site.client()
    guard let token = try visitor.get("/login").csrfToken else {
      throw HarnessError("no token at the sign-in")
    }
    let cookies = visitor.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    let port = site.port
    let fields = [("email", person.email), ("password", person.password), ("csrf_token", token)]
    for _ in 0..<count {
      landed.enter()
      Thread.detachNewThread { [self] in
        let status = try? Client(port: port).post("/login", fields, ["Cookie": cookies]).status
        answers.withLock { $0.append(status ?? 0) }
        landed.leave()
      }
    }
  }

  /// How many nginx has handed over, answered or not: connections to the server's socket, as the kernel lists them.
  var begun: Int {
    get throws {
      let answered = answers.withLock { $0.count }
      let sockets = try String(contentsOfFile: "/proc/net/unix", encoding: .utf8).split(separator: "\n")
      return answered + sockets.filter { $0.hasSuffix(" " + socket) }.count - 1
    }
  }

  /// Of all answers, 0 for one that did not come.
  func statuses() -> [Int] {
    landed.wait()
    return answers.withLock { $0 }
  }
}
