import Foundation
import SQLite
import Secrets
import System
import TestSupport
import Testing
import ZIP

@testable import Handover

@Suite struct CompletenessTests {
  @Test("The report and datapackage.json tell what is in the archive")
  func report() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 3_000).first)
    let archive = try office.export(organisation)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: office.folder + "/export.zip"))
    #expect(archive.report.size == bytes.count)
    #expect(archive.report.sha256 == SHA256.hash(Array(bytes)))
    #expect(archive.report.snapshotAt == ExportOffice.now)
    let package = try JSONDecoder().decode(Package.self, from: Data(archive.files["datapackage.json"] ?? []))
    #expect(package.snapshot == "2026-05-02T09:30:00Z")
    for (file, resource) in zip(archive.report.files, package.resources) {
      let content = try #require(archive.files[file.name])
      #expect(resource.path == file.name)
      #expect(resource.bytes == content.count && file.bytes == content.count)
      #expect(resource.rows == file.rows)
      let table = try #require(Table.all.first { $0.name.file == file.name })
      #expect(try archive.records(table.name).count == file.rows)
      #expect(resource.crc32.count == 8 && UInt32(resource.crc32, radix: 16) == file.crc32)
    }
    #expect(package.resources.count == 6)
  }

  @Test("Progress ends with all rows and all bytes")
  func progress() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 3_000).first)
    let progress = ExportProgress()
    #expect(progress.state.percent == 0)
    let report = try office.builder().build(
      organisation, .organisation, publishedAs: office.folder + "/a.zip", progress: progress)
    let state = progress.state
    #expect(state.rows == report.files.reduce(0) { $0 + $1.rows })
    #expect(state.total == state.rows && state.percent == 100 && state.isChecking)
    #expect(state.bytes == report.files.reduce(0) { $0 + $1.bytes })
    #expect(state.file == "Users.csv")
  }

  @Test("The number of rows is known before the first one is written")
  func rowsAhead() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 30_000).first)
    let progress = ExportProgress()
    let isDone = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      _ = try? office.builder().build(
        organisation, .organisation, publishedAs: office.folder + "/a.zip", progress: progress)
      isDone.signal()
    }
    var first = progress.state
    try eventually("a row is written") {
      first = progress.state
      return first.rows > 0
    }
    #expect(first.rows > 0 && first.rows < first.total)
    isDone.wait()
    #expect(progress.state.total == first.total && progress.state.percent == 100)
  }

  @Test("Counts are those of the database", arguments: [Scope.organisation, .user(UserID(rawValue: 4))])
  func counts(_ scope: Scope) throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 3_000).first)
    let report = try office.export(organisation, scope).report
    let counted = try office.database.read { connection in
      let snapshot = try Snapshot(of: organisation.id, in: scope, connection)
      return try Table.all.map { try snapshot.count(of: $0) }
    }
    #expect(report.files.map(\.rows) == counted)
    #expect(counted[0] > 0)
  }

  @Test("An organisation without rows has six files with headers")
  func emptyOrganisation() throws {
    let office = try ExportOffice()
    try office.execute(
      "INSERT INTO organisation (id, name, time_zone, created_at) VALUES (7, 'Empty', 'UTC', 0)")
    let archive = try office.export(
      Organisation(id: OrganisationID(rawValue: 7), name: "Empty", timeZone: "UTC"))
    #expect(archive.report.files.map(\.rows) == [0, 0, 0, 0, 0, 0])
    #expect(archive.text("Users.csv") == "\u{FEFF}user_id,name,email,role,active\r\n")
  }

  @Test("Fewer rows than were counted fail the export, and the reason names the file")
  func missingRows() throws {
    let written = WrittenSnapshot(
      time: ExportOffice.now, subject: nil, counts: [4], leftOut: nil,
      files: [.init(table: .deals, rows: 3, bytes: 10)])
    let error = #expect(throws: JobFailure.self) { try written.checkCounts() }
    #expect(error?.reason == "Deals.csv holds 3 rows, but 4 were counted.")
  }

  @Test("Other bytes than were written fail the export")
  func changedBytes() throws {
    let written = WrittenSnapshot(
      time: ExportOffice.now, subject: nil, counts: [3], leftOut: nil,
      files: [.init(table: .deals, rows: 3, bytes: 10)])
    for (entry, reason) in [
      (
        EntrySummary(name: "Deals.csv", bytes: 9, compressedBytes: 5, crc32: 1),
        "Deals.csv holds 9 bytes, but 10 were written."
      ),
      (
        EntrySummary(name: "Tasks.csv", bytes: 10, compressedBytes: 5, crc32: 1),
        "The archive does not hold the files that were written."
      ),
    ] {
      let error = #expect(throws: JobFailure.self) { try written.files(describedBy: [entry], Manifest()) }
      #expect(error?.reason == reason)
    }
  }

  @Test("The export shows one moment, however fast rows are written meanwhile")
  func oneMoment() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 4000).first)
    let before = try office.export(organisation).report.files.map(\.rows)
    let isDone = Locked(false)
    let writer = Thread {
      // Every transaction adds one row to each of four tables, so that at any moment all have grown by as
      // many.
      var number = 1_000_000
      while !isDone.withLock({ $0 }) {
        number += 1
        try? office.execute(
          """
          INSERT INTO contact (edition_id, contact_id, created_at) VALUES (1, \(number), '2026-05-02T09:30:00Z');
          INSERT INTO deal (edition_id, deal_id, created_at) VALUES (1, \(number), '2026-05-02T09:30:00Z');
          INSERT INTO note (edition_id, note_id, created_at, note_content)
            VALUES (1, \(number), '2026-05-02T09:30:00Z', hex(randomblob(2000)));
          INSERT INTO task (edition_id, task_id, created_at) VALUES (1, \(number), '2026-05-02T09:30:00Z');
          """)
      }
      isDone.withLock { $0 = false }
    }
    writer.start()
    var grown = 0
    for _ in 0..<6 {
      let files = try office.export(organisation).report.files
      let growth = zip(files, before).prefix(4).map { $0.rows - $1 }
      #expect(Set(growth).count == 1)
      grown = growth[0]
    }
    isDone.withLock { $0 = true }
    while isDone.withLock({ $0 }) { sched_yield() }
    #expect(grown > 0)
    _ = try office.export(organisation)
    #expect(office.size(of: "handover.sqlite-wal") < 1_000_000)
  }
}

private struct Package: Decodable {
  struct Resource: Decodable {
    let path: String
    let rows: Int
    let bytes: Int
    let crc32: String
  }

  let snapshot: String
  let resources: [Resource]
}
