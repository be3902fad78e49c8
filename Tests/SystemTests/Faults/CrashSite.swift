import Foundation
import TestSupport
import Testing

/// A site that tests inject faults into, and the checks that must hold after each. Its exports are those that the
/// owner of the main organisation asks for, one after the other.
///
/// It has one thread of each kind, so that a thread is found by its name and makes the same calls in each run.
final class CrashSite {
  let site: Site
  let demo: Demo
  let owner: Client

  /// The calls after which a state can be found on the disk.
  static let durable = ["fsync", "fdatasync", "rename", "unlink", "write", "pwrite64", "ftruncate", "chmod"]

  /// - Parameter prepare: called while the data folder is still empty.
  init(
    rows: Int = 600, _ settings: [String: String] = [:], prepare: (Site) throws -> Void = { _ in }
  ) throws {
    let single = [
      "HANDOVER_EXPORTS_AT_ONCE": "1", "HANDOVER_THREADS": "1", "HANDOVER_REQUEST_THREADS": "1",
      "HANDOVER_EXPORTS_PER_DAY": "0",
    ]
    site = try Site(single.merging(settings) { $1 })
    try prepare(site)
    demo = try site.startWithDemo(rows: rows)
    owner = try site.client(of: demo.owner)
  }

  /// Asks for an export, and returns the status; nil if the server died meanwhile.
  func ask() -> Int? {
    try? owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage).status
  }

  func restart(under wrapper: [String] = []) throws {
    site.server?.kill()
    try site.startServer(under: wrapper)
    try site.waitForHealth()
  }

  /// Nothing is queued or running, and all mails are sent.
  var isSettled: Bool {
    get throws {
      try site.count(
        """
        SELECT (SELECT count(*) FROM export WHERE status IN ('queued', 'processing'))
          + (SELECT count(*) FROM letter WHERE sent_at IS NULL AND given_up_at IS NULL)
        """) == 0
    }
  }

  func settle(within limit: Duration = .seconds(120)) throws {
    let rows = { try self.site.rows("SELECT status, attempt, failures, reason FROM export").suffix(3) }
    try eventually("all is done; \(try rows()); \(site.logs.suffix(3_000))", within: limit) {
      try isSettled
    }
  }

  /// Checks the invariants of an idle site: completed exports have their file and no others do, each mail was
  /// delivered, and the database is sound.
  func check(_ after: String) throws {
    let completed = try site.rows("SELECT id, lower(hex(sha256)) FROM export WHERE status = 'completed'")
    let ids = completed.map { String($0.prefix(32)) }
    #expect(try site.exportFiles() == ids.map { "\($0).zip" }.sorted(), "\(after)")
    if let newest = completed.last {
      let file = site.data.appending(path: "exports/\(newest.prefix(32)).zip").path
      let verified = try site.handover("verify", file)
      #expect(verified.status == 0, "\(after): \(verified.error)")
      #expect(verified.output.contains(newest.suffix(64)), "\(after): \(verified.output)")
    }
    #expect(try site.rows("PRAGMA integrity_check") == ["ok"], "\(after)")
    #expect(try site.rows("PRAGMA foreign_key_check") == [], "\(after)")
    try checkMails(after)
  }

  /// Each event has its one mail, which for a request may be that of the end, and exactly these mails were delivered.
  private func checkMails(_ after: String) throws {
    let stories = try site.rows(
      """
      SELECT what, count(*), (SELECT count(*) FROM letter WHERE kind = replace(what, '.', '_')
        OR what = 'export.requested' AND subject GLOB 'Export requested*' AND kind <> 'export_requested') AS letters
      FROM activity WHERE what IN ('export.requested', 'export.completed', 'export.failed')
      GROUP BY what HAVING count(*) <> letters
      """)
    #expect(stories == [], "\(after)")
    let written = try site.rows("SELECT message_id FROM letter WHERE sent_at IS NOT NULL")
    #expect(try Set(deliveredIDs) == Set(written), "\(after)")
    #expect(try mailFolder("tmp") == [], "\(after)")
  }

  private var deliveredIDs: [String] {
    get throws {
      try mailFolder("new").map { name in
        let mail = try String(contentsOf: site.data.appending(path: "mail/new/\(name)"), encoding: .utf8)
        let id = try #require(mail.firstMatch(of: /Message-ID:\s+<([^>]+)>/), "\(name)")
        #expect(mail.hasSuffix("--\r\n"), "\(name) is cut short")
        return String(id.1)
      }
    }
  }

  private func mailFolder(_ name: String) throws -> [String] {
    let path = site.data.appending(path: "mail/\(name)").path
    // The server makes it with the first mail.
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: path)
  }
}
