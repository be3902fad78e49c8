import Foundation
import SQLite
import Secrets
import System
import Testing

@testable import Handover

@Suite("How runs end") struct RunEndTests {
  let world: ExportFixture

  init() throws {
    world = try ExportFixture()
  }

  @Test("Completed: the file is there, the row has all of it, the owner gets the link")
  func completed() throws {
    let export = try world.completed()
    let archive = try #require(export.archive)
    #expect(export.status == .completed && archive.completedAt == world.now)
    #expect(archive.expiresAt == world.now + .days(1) && archive.size == 5 && archive.rows == 21_000)
    #expect(try world.files == ["\(export.id.rawValue).zip"])
    let files = try #require(
      world.database.read { try $0.exports.files(of: [export.id], in: export.organisation) }[export.id])
    #expect(
      files.map(\.name) == [
        "Deals.csv", "Contacts.csv", "Notes.csv", "Tasks.csv", "DealContacts.csv", "Users.csv",
      ])
    #expect(files.last?.crc32 == 0xFFFF_FFF5 && files.last?.rows == 6_000)
    #expect(try world.activity() == ["export.requested", "export.started", "export.completed"])
    #expect(try world.letters().last == "export_completed owner@harbour.example")
    let text: String? = try world.database.read {
      try $0.value("SELECT text FROM letter ORDER BY id DESC LIMIT 1")
    }
    let link = try #require(try world.exports.links().link(of: export)?.target)
    #expect(text?.contains("https://handover.example" + link) == true)
    #expect(text?.contains(hex(archive.sha256)) == true)
    #expect(text?.contains("21,000 rows") == true)
  }

  @Test("The file is readable by its owner alone")
  func mode() throws {
    let export = try world.completed()
    let path = "\(world.exports.folder.path)/\(export.id.rawValue).zip"
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test("Three tries with pauses of 1 and 10 seconds, then failed, with a mail and the reason")
  func tries() throws {
    let id = try world.request()
    for (failures, pause) in [(1, Duration.seconds(1)), (2, .seconds(10))] {
      try world.exports.fail(try world.take(), .noSpace("detail"))
      let export = try world.export(id)
      #expect(export.status == .queued && export.failures == failures)
      #expect(export.notBefore == world.now + pause)
      #expect(export.reason == "There is not enough space on the server.")
      world.pass(pause - .seconds(1))
      #expect(try world.exports.takeNext() == nil)
      world.pass(.seconds(1))
    }
    #expect(try world.letters().count == 1)
    try world.exports.fail(try world.take(), .noSpace("detail"))
    let export = try world.export(id)
    #expect(export.status == .failed && export.attempt == 3 && export.endedAt == world.now)
    #expect(try world.activity().filter { $0 == "export.tried-in-vain" }.count == 2)
    #expect(try world.activity().last == "export.failed")
    #expect(try world.letters().last == "export_failed owner@harbour.example")
  }

  @Test("A run that was handed back is no try")
  func handedBack() throws {
    let id = try world.request()
    for attempt in 1...5 {
      let job = try world.take()
      #expect(job.attempt == attempt)
      try world.exports.requeue(job)
      let export = try world.export(id)
      #expect(export.status == .queued && export.failures == 0 && export.startedAt == nil)
    }
  }

  enum Overtaking: CaseIterable {
    case cancelled, newAttempt, newAttemptCompleted, ownerChanged
  }

  @Test("A late run changes nothing, whatever became of its export", arguments: Overtaking.allCases)
  func late(overtaking: Overtaking) throws {
    let id = try world.request()
    let late = try world.take()
    let archive = try world.make(late)
    switch overtaking {
    case .cancelled: _ = try world.exports.cancel(id, by: world.office.owner, from: "")
    case .ownerChanged:
      try world.database.write {
        try world.exports.ownerChanged(of: world.office.organisation.id, by: .operator, in: $0)
      }
    case .newAttempt, .newAttemptCompleted:
      try world.exports.fail(late, .stalled)
      world.pass(.seconds(1))
      let second = try world.take()
      if overtaking == .newAttemptCompleted { try world.complete(second) }
    }
    let before = try (world.export(id), world.activity(), world.letters())
    let isCompleted = try world.exports.complete(late, archive, after: .seconds(1))
    #expect(!isCompleted)
    #expect(try !world.exports.fail(late, .stalled))
    try world.exports.requeue(late)
    let after = try (world.export(id), world.activity(), world.letters())
    #expect(before == after)
    #expect(try world.files == (overtaking == .newAttemptCompleted ? ["\(id.rawValue).zip"] : []))
  }

  @Test("Where the file can't be published the row does not say completed, and no mail says so")
  func unpublished() throws {
    let id = try world.request()
    let job = try world.take()
    #expect(throws: ExportFailure.self) {
      let archive = try world.make(job)
      world.exports.folder.remove("\(id.rawValue)-1.zip.part")
      _ = try world.exports.complete(job, archive, after: .seconds(1))
    }
    #expect(try world.status(id) == .processing && world.letters().count == 1 && !world.exists(id))
  }

  @Test("Reasons are sentences for owners; details are for the log")
  func reasons() {
    let full = SQLiteError(code: 13, message: "database or disk is full", sql: "INSERT")
    #expect(ExportFailure(full) == .noSpace(full.description))
    for code in [ENOSPC, EDQUOT] {
      let full = SystemError("write", "secret path", code: code)
      #expect(ExportFailure(full) == .noSpace(full.description))
    }
    let broken = ExportFailure(SystemError("write", "secret path", code: EIO))
    #expect(broken.reason == "The file could not be written on the server's disk.")
    #expect(broken.detail == "can't write secret path: Input/output error")
    #expect(ExportFailure(Unexpected("secret path")).reason == "Something went wrong on the server.")
  }
}
