import Foundation
import System
import TestSupport
import Testing

extension SystemTests {
  /// Many who sign in at once, from one place in the network.
  @Suite struct SignInFloodTests {
    let site: Site
    let demo: Demo

    init() throws {
      site = try Site()
      demo = try site.makeDemo()
      try addColleagues()
      try site.start()
    }

    @Test(
      "While 64 connections of a network loop, with right and with wrong passwords, others sign in and see pages",
      arguments: [1, 8])
    func flood(_ networks: Int) throws {
      let flood = SignInFlood(of: 64, from: networks, on: site, password: demo.owner.password)
      let owner = try site.client(of: demo.owner)
      for _ in 1...5 {
        for (source, person) in [(UInt8(101), demo.owner), (102, demo.admin), (103, demo.otherOwner)] {
          let client = site.client()
          client.source = source
          let begun = ContinuousClock.now
          try client.signIn(person.email, person.password)
          // Within two seconds, where nothing else is on the machine.
          let duration = ContinuousClock.now - begun
          #expect(duration < .seconds(10), "\(duration)")
        }
        #expect(try owner.get(Site.exportPage).status == 200)
      }
      let statuses = flood.stop()
      #expect(statuses.count > 64)
      #expect(Set(statuses).isSubset(of: [303, 422, 429, 503]), "\(Set(statuses))")
    }

    @Test("A hundred people of one network who come at once all get in")
    func office() throws {
      let password = demo.owner.password
      let port = site.port
      let answers = Locked<[String]>([])
      let running = DispatchGroup()
      for number in 1...Self.colleagues {
        running.enter()
        Thread.detachNewThread {
          let client = Client(port: port)
          client.source = 2
          var answer = "in"
          do { try client.signIn("colleague\(number)@flood.example", password) } catch { answer = "\(error)" }
          answers.withLock { $0.append(answer) }
          running.leave()
        }
      }
      running.wait()
      #expect(answers.withLock { $0 }.filter { $0 != "in" } == [])
    }

    static let colleagues = 100

    /// People of the main organisation who have the owner's password.
    private func addColleagues() throws {
      let file = site.data.appending(path: "handover.sqlite").path
      let added = try Tool.run(
        "sqlite3",
        [
          file,
          """
          WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(Self.colleagues))
          INSERT INTO user (organisation_id, id, name, email, role, active, password_hash, created_at)
          SELECT 1, 1000 + n, 'Colleague ' || n, 'colleague' || n || '@flood.example', 'user', 1,
            (SELECT password_hash FROM user WHERE organisation_id = 1 AND role = 'owner'), 1
          FROM number;
          """,
        ])
      guard added.succeeded else { throw HarnessError("no colleagues: \(added.error)") }
    }
  }
}

/// Connections that sign in without pause, each as somebody else: half of them with the right password.
private final class SignInFlood: Sendable {
  private let statuses = Locked<[Int]>([])
  private let isStopped = Locked(false)
  private let running = DispatchGroup()

  init(of connections: Int, from networks: Int, on site: Site, password: String) {
    let port = site.port
    for number in 1...connections {
      running.enter()
      Thread.detachNewThread { [self] in
        let email = number % 2 == 0 ? "colleague\(number)@flood.example" : "nobody\(number)@flood.example"
        while !isStopped.withLock({ $0 }) {
          let client = Client(port: port)
          client.source = UInt8(2 + number % networks)
          let answer = try? client.submit(
            [("email", email), ("password", password)], to: "/login", from: "/login")
          statuses.withLock { $0.append(answer?.status ?? 0) }
        }
        running.leave()
      }
    }
  }

  /// - Returns: the status of each answer; 0 where none came.
  func stop() -> [Int] {
    isStopped.withLock { $0 = true }
    running.wait()
    return statuses.withLock { $0 }
  }
}
