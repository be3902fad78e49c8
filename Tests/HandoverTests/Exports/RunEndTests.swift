import Foundation
import SQLite
import Secrets
import System
import Testing

@testable import Handover

@Suite("How runs end") struct RunEndTests {
  let fixture: ExportFixture

  init() throws {
    fixture = try ExportFixture()
  }

  @Test("Completed: the file is there, the row has all of it, the owner gets the link")
  func completed() throws {
    let export = try fixture.completed()
    let archive = try #require(export.archive)
    #expect(export.status == .completed && archive.completedAt == fixture.now)
    #expect(archive.expiresAt == fixture.now + .days(1) && archive.size == 5 && archive.rows == 21_000)
    #expect(try fixture.files == ["\(export.id.rawValue).zip"])
    let files = try #require(
      fixture.database.read { try $0.exports.files(of: [export.id], in: export.organisation) }[export.id])
    #expect(
      files.map(\.name) == [
        "Deals.csv", "Contacts.csv", "Notes.csv", "Tasks.csv", "DealContacts.csv", "Users.csv",
      ])
    #expect(files.last?.crc32 == 0xFFFF_FFF5 && files.last?.rows == 6_000)
    #expect(try fixture.activity() == ["export.requested", "export.started", "export.completed"])
    #expect(try fixture.letters().last == "export_completed owner@harbour.example")
    let text: String? = try fixture.database.read {
      try $0.value("SELECT text FROM letter ORDER BY id DESC LIMIT 1")
    }
    let link = try #require(try fixture.exports.links().link(of: export)?.target)
    #expect(text?.contains("https://handover.example" + link) == true)
    #expect(text?.contains(hex(archive.sha256)) == true)
    #expect(text?.contains("21,000\u{A0}rows") == true)
  }

  @Test(
    "Where the mail of the request still waits, the mail of the end takes its place, and says both",
    arguments: [true, false])
  func oneMail(completes: Bool) throws {
    _ = try fixture.request()
    fixture.pass(ExportRequested.wait - .seconds(1))
    let requested = try mail()
    let job = try fixture.take()
    if completes {
      try fixture.complete(job)
    } else {
      try fixture.exports.fail(job, JobFailure("It broke.", isFinal: true))
    }
    #expect(try fixture.letters().count == 1)
    let mail = try mail()
    for word in ["requested", completes ? "completed" : "failed"] { #expect(mail.subject.contains(word)) }
    #expect(mail.text.contains("Your export has been requested, \(completes ? "and" : "but") it"))
    for line in requested.text.split(separator: "\n") where line.contains(/^(Requested|https:)/) {
      let words = line.split(separator: " ").joined(separator: " ")
      #expect(
        mail.text.split(separator: "\n").contains { $0.split(separator: " ").joined(separator: " ") == words }
      )
    }
  }

  @Test(
    "Once the time of the request's mail has come, it stays, and the mail of the end says no more than that")
  func twoMails() throws {
    _ = try fixture.request()
    fixture.pass(ExportRequested.wait)
    try fixture.complete(try fixture.take())
    #expect(
      try fixture.letters().map { $0.split(separator: " ")[0] } == ["export_requested", "export_completed"])
    #expect(try !mail().subject.contains("requested"))
  }

  /// The last one.
  private func mail() throws -> (subject: String, text: String) {
    try #require(
      try fixture.database.read {
        try $0.first("SELECT subject, text FROM letter ORDER BY id DESC LIMIT 1") {
          (try $0["subject"] as String, try $0["text"] as String)
        }
      })
  }

  @Test("The file is readable by its owner alone")
  func mode() throws {
    let export = try fixture.completed()
    let path = "\(fixture.exports.folder.path)/\(export.id.rawValue).zip"
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test("Three tries with pauses of 1 and 10 seconds, then failed, with a mail and the reason")
  func tries() throws {
    let id = try fixture.request()
    for (failures, pause) in [(1, Duration.seconds(1)), (2, .seconds(10))] {
      try fixture.exports.fail(try fixture.take(), .noSpace("detail"))
      let export = try fixture.export(id)
      #expect(export.status == .queued && export.failures == failures)
      #expect(export.notBefore == fixture.now + pause)
      #expect(export.reason == "There is not enough space on the server.")
      fixture.pass(pause - .seconds(1))
      #expect(try fixture.exports.takeNext() == nil)
      fixture.pass(.seconds(1))
    }
    #expect(try fixture.letters().count == 1)
    try fixture.exports.fail(try fixture.take(), .noSpace("detail"))
    let export = try fixture.export(id)
    #expect(export.status == .failed && export.attempt == 3 && export.endedAt == fixture.now)
    #expect(try fixture.activity().filter { $0 == "export.tried-in-vain" }.count == 2)
    #expect(try fixture.activity().last == "export.failed")
    #expect(try fixture.letters().last == "export_failed owner@harbour.example")
  }

  @Test("A run that was handed back is no try")
  func handedBack() throws {
    let id = try fixture.request()
    for attempt in 1...5 {
      let job = try fixture.take()
      #expect(job.attempt == attempt)
      try fixture.exports.requeue(job)
      let export = try fixture.export(id)
      #expect(export.status == .queued && export.failures == 0 && export.startedAt == nil)
    }
  }

  enum Overtaking: CaseIterable {
    case cancelled, newAttempt, newAttemptCompleted, ownerChanged
  }

  @Test("A late run changes nothing, whatever became of its export", arguments: Overtaking.allCases)
  func late(overtaking: Overtaking) throws {
    let id = try fixture.request()
    let late = try fixture.take()
    let archive = try fixture.make(late)
    switch overtaking {
    case .cancelled: _ = try fixture.exports.cancel(id, by: fixture.office.owner, from: "")
    case .ownerChanged:
      try fixture.database.write {
        try fixture.exports.ownerChanged(of: fixture.office.organisation.id, by: .operator, in: $0)
      }
    case .newAttempt, .newAttemptCompleted:
      try fixture.exports.fail(late, .stalled)
      fixture.pass(.seconds(1))
      let second = try fixture.take()
      if overtaking == .newAttemptCompleted { try fixture.complete(second) }
    }
    let before = try (fixture.export(id), fixture.activity(), fixture.letters())
    let isCompleted = try fixture.exports.complete(late, archive, after: .seconds(1))
    #expect(!isCompleted)
    #expect(try !fixture.exports.fail(late, .stalled))
    try fixture.exports.requeue(late)
    let after = try (fixture.export(id), fixture.activity(), fixture.letters())
    #expect(before == after)
    #expect(try fixture.files == (overtaking == .newAttemptCompleted ? ["\(id.rawValue).zip"] : []))
  }

  @Test("Where the file can't be published the row does not say completed, and no mail says so")
  func unpublished() throws {
    let id = try fixture.request()
    let job = try fixture.take()
    #expect(throws: JobFailure.self) {
      let archive = try fixture.make(job)
      fixture.exports.folder.remove("\(id.rawValue)-1.zip.part")
      _ = try fixture.exports.complete(job, archive, after: .seconds(1))
    }
    #expect(try fixture.status(id) == .processing && fixture.letters().count == 1 && !fixture.exists(id))
  }

  @Test("Reasons are sentences for owners; details are for the log")
  func reasons() {
    let full = SQLiteError(code: 13, message: "database or disk is full", sql: "INSERT")
    #expect(JobFailure(full) == .noSpace(full.description))
    for code in [ENOSPC, EDQUOT] {
      let full = SystemError("write", "secret path", code: code)
      #expect(JobFailure(full) == .noSpace(full.description))
    }
    let broken = JobFailure(SystemError("write", "secret path", code: EIO))
    #expect(broken.reason == "The file couldn’t be written on the server’s disk.")
    #expect(broken.detail == "can't write secret path: Input/output error")
    #expect(JobFailure(Unexpected("secret path")).reason == "Something went wrong on the server.")
  }
}
