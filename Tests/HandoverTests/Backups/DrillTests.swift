import Foundation
import SQLite
import System
import TestSupport
import Testing

@testable import Handover

@Suite("The drill") struct DrillTests {
  private let it: BackedOffice

  init() throws { it = try BackedOffice() }

  private func expectFailure(_ text: String, _ place: SourceLocation = #_sourceLocation) throws {
    let refusal = it.refusal { _ = try it.drill() }
    #expect(
      refusal.contains("the drill failed: ") && refusal.contains(text), "\(refusal)", sourceLocation: place)
    let state = try #require(try it.state(.drill))
    #expect(!state.isOK && state.reason.contains(text), sourceLocation: place)
    #expect(
      try it.mails().contains { $0.contains("Subject: Handover: the drill failed") }, sourceLocation: place)
    #expect(!FileManager.default.fileExists(atPath: it.data.operation + "/drilling"), sourceLocation: place)
  }

  @Test(
    "The last backup is restored, opened, exported, verified and compared; the folder goes, and the state says so"
  )
  func passes() throws {
    let file = try it.backup(withKeys: true)
    // The database in use has gone on since.
    try it.office.database.write {
      _ = try $0.organisations.add(named: "Later", timeZone: "UTC", at: Clock.system.now())
      try $0.run("DELETE FROM session")
    }
    let line = try it.drill()
    #expect(line.contains(file) && line.contains("3 organisations") && line.contains("documents"), "\(line)")
    let state = try #require(try it.state(.drill))
    #expect(state.isOK && state.file == file && state.succeeded == state.ended)
    #expect(!FileManager.default.fileExists(atPath: it.data.operation + "/drilling"))
    #expect(try it.mails().isEmpty)
  }

  @Test("That there is no backup is found, and one that is old, and a second drill at once")
  func old() throws {
    try expectFailure("there has been no backup yet")
    let file = try it.backup()
    do {
      let lock = try FileLock(path: it.data.operation + "/drill.lock")
      try #require(lock.tryLock())
      try expectFailure("another drill runs")
    }
    let manifest = try String(contentsOfFile: file + ".json", encoding: .utf8)
    let old = manifest.replacing(/"taken":"[0-9]{4}/, with: "\"taken\":\"2001")
    try old.write(toFile: file + ".json", atomically: true, encoding: .utf8)
    try expectFailure("hours old: see why there is no newer one")
  }

  @Test("A document that is gone, or has other bytes, is found")
  func documents() throws {
    let file = try it.backup()
    let content = try #require(try it.office.database.read { try $0.documents.contents() }.first)
    let path = Backup.documents(of: file).content(content.sha256, of: content.organisation)
    try FileManager.default.removeItem(atPath: path)
    try expectFailure("documents are missing beside the backup")
    try Data(repeating: 7, count: content.bytes).write(to: URL(filePath: path))
    try expectFailure("or have other bytes than they should")
  }

  @Test(
    "What the database in use can't have lost or had before is found",
    arguments: [
      ("DELETE FROM task; DELETE FROM note", "though nothing has changed them"),
      (
        "INSERT INTO organisation (name, time_zone, created_at) VALUES ('Old', 'UTC', 1)",
        "organisations of before"
      ),
      (
        "INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (1, 999, 'Old', 'user', 1, 1)",
        "users of before"
      ),
      ("DELETE FROM export", "exports of the backup are gone"),
    ])
  func differences(sql: String, text: String) throws {
    try it.office.execute(
      """
      INSERT INTO export (id, organisation_id, scope, requested_by, requested_at, status, not_before)
        SELECT printf('%032d', 1), 1, 'organisation', 1, 1, 'queued', 1
      """)
    try it.backup()
    do {
      let connection = try Connection(path: it.data.database, mode: .writer)
      try connection.execute("PRAGMA foreign_keys = OFF; \(sql)")
    }
    try expectFailure(text)
  }

  @Test("An organisation that can't be exported from the backup is found")
  func damagedRecords() throws {
    // Sound for the database; who it is, only an export asks.
    try it.office.execute("UPDATE deal SET owner_id = 9999 WHERE deal_id = 1")
    try it.backup()
    try expectFailure("can't be exported from the backup")
  }
}
