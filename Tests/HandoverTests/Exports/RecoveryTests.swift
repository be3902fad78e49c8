import Foundation
import Testing

@testable import Handover

@Suite("After a crash") struct RecoveryTests {
  @Test("What was processing runs again, without the file that the dead run left behind")
  func again() throws {
    let dead = try ExportFixture()
    let id = try dead.request()
    _ = try dead.take()
    // The second one is what earlier versions left.
    for name in ["\(id.rawValue)-1.zip.part", "\(id.rawValue)-1.zip"] { dead.leave(name) }

    let fixture = try ExportFixture(beside: dead)
    try fixture.exports.recover()
    #expect(try fixture.status(id) == .queued)
    #expect(try fixture.export(id).reason == "The server was interrupted while the export was being made.")
    fixture.exports.sweep()
    #expect(try fixture.files.isEmpty)
    fixture.pass(.seconds(1))
    let job = try fixture.take()
    #expect(job.attempt == 2)
    try fixture.complete(job)
    #expect(try fixture.letters().filter { $0.hasPrefix("export_completed") }.count == 1)
  }

  @Test("An export that crashes the server three times has failed, and the owner is told")
  func thrice() throws {
    let fixture = try ExportFixture()
    let id = try fixture.request()
    for _ in 0..<Export.retries.attempts {
      _ = try fixture.take()
      try fixture.exports.recover()
      fixture.pass(.seconds(10))
    }
    #expect(try fixture.status(id) == .failed)
    #expect(try fixture.exports.takeNext() == nil)
    #expect(try fixture.letters().last == "export_failed owner@harbour.example")
  }

  @Test("A crash between the file's new name and the commit: the file goes, the export runs again")
  func publishedOnly() throws {
    let fixture = try ExportFixture()
    let id = try fixture.request()
    let job = try fixture.take()
    var archive = try fixture.make(job)
    try archive.publish(as: fixture.exports.folder.archive(id))
    #expect(try fixture.files == ["\(id.rawValue).zip"])
    try fixture.exports.recover()
    fixture.exports.sweep()
    #expect(try fixture.status(id) == .queued && fixture.files.isEmpty)
  }

  @Test("What is completed stays so")
  func completed() throws {
    let dead = try ExportFixture()
    let export = try dead.completed()
    let fixture = try ExportFixture(beside: dead)
    try fixture.exports.recover()
    fixture.exports.sweep()
    #expect(try fixture.export(export.id) == export)
    #expect(fixture.exists(export.id))
  }
}
