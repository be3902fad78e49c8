import Foundation
import System
import TestSupport
import Testing

@testable import Handover

extension SystemTests {
  /// Kills, restarts and floods while an export runs. The export is large and compressed slowly, so that it is caught at
  /// work.
  @Suite struct RestartTests {
    let site: Site
    let owner: Client

    init() throws {
      site = try Site(EndToEndTests.slow)
      owner = try site.client(of: site.startWithDemo(rows: 100_000).owner)
    }

    @Test(
      "Killed in the middle, an export is completed after the restart by itself, once, with its two mails")
    func killed() throws {
      #expect(try ask().status == 303)
      try site.waitForExport("processing")
      site.server?.kill()
      #expect(try site.rows("SELECT status FROM export") == ["processing"])
      try site.startServer()
      try site.waitForHealth()
      try site.waitForExport("completed")
      #expect(try site.rows("SELECT attempt, failures FROM export") == ["2|1"])
      try checkOneExport()
      #expect(try site.rows("PRAGMA integrity_check") == ["ok"])
    }

    @Test("Stopped in the middle, an export goes on after the start, and that was no failure")
    func stopped() throws {
      #expect(try ask().status == 303)
      try site.waitForExport("processing")
      #expect(try site.server?.stop(within: .seconds(10)) == 0)
      #expect(try site.rows("SELECT status, failures FROM export") == ["queued|0"])
      #expect(try site.exportFiles() == [])
      try site.startServer()
      try site.waitForHealth()
      try site.waitForExport("completed")
      try checkOneExport()
    }

    @Test("Twenty requests at once make one export, one mail of each kind and one file")
    func requestsAtOnce() throws {
      let port = site.port
      let cookies = owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      let token = try #require(owner.get(Site.exportPage).csrfToken)
      let answers = Locked<[Answer?]>([])
      DispatchQueue.concurrentPerform(iterations: 20) { _ in
        let fields = [("scope", "organisation"), ("csrf_token", token)]
        let answer = try? Client(port: port).post(Site.exportPage, fields, ["Cookie": cookies])
        answers.withLock { $0.append(answer) }
      }
      let statuses = answers.withLock { $0.map { $0?.status ?? 0 } }
      #expect(statuses.sorted() == [303] + Array(repeating: 409, count: 19))
      for case let refused? in answers.withLock({ $0 }) where refused.status == 409 {
        #expect(refused.text.contains("no second one was started"))
        #expect(refused.text.contains(/data-status="(queued|processing)"/))
      }
      try site.waitForExport("completed")
      try checkOneExport()
    }

    @Test("A cancelled export stops at once and leaves nothing")
    func cancelled() throws {
      #expect(try ask().status == 303)
      try site.waitForExport("processing")
      let id = try site.rows("SELECT id FROM export")[0]
      let path = "/settings/export/\(id)/cancel"
      #expect(try owner.submit([], to: path, from: Site.exportPage).status == 303)
      #expect(try site.rows("SELECT status FROM export") == ["cancelled"])
      try eventually("no file is left") { try site.exportFiles() == [] }
      #expect(try owner.submit([], to: path, from: Site.exportPage).status == 409)
      #expect(try owner.submit([], to: "/settings/export/\(id)/retry", from: Site.exportPage).status == 409)
      #expect(try ask().status == 303)
      try site.waitForExport("completed")
    }

    private func ask() throws -> Answer {
      try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage)
    }

    /// One row, one ZIP that is complete, and each mail once.
    private func checkOneExport() throws {
      #expect(try site.count("SELECT count(*) FROM export") == 1)
      let files = try site.exportFiles()
      #expect(files.count == 1)
      let zip = try Archive(site.data.appending(path: "exports").appending(path: try #require(files.first)))
      #expect(try zip.rows == site.counts(of: 1))
      #expect(try site.rows("SELECT lower(hex(sha256)) FROM export") == [zip.sha256])
      _ = try site.letter("completed") { $0.subject.contains("completed") }
      try eventually("the outbox is empty") {
        try site.count("SELECT count(*) FROM letter WHERE sent_at IS NULL") == 0
      }
      let letters = try site.letters()
      for word in ["requested", "completed"] {
        // A mail that was sent and not yet noted as sent is sent again: the reader's program shows it once.
        let ids = Set(letters.filter { $0.subject.contains(word) }.compactMap { $0.headers["Message-ID"] })
        #expect(ids.count == 1, "\(word)")
      }
      #expect(letters.allSatisfy { $0.subject.contains(/requested|completed/) })
    }
  }
}
