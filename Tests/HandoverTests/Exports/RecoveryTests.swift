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

    let world = try ExportFixture(beside: dead)
    try world.exports.recover()
    #expect(try world.status(id) == .queued)
    #expect(try world.export(id).reason == "The server was interrupted while the export was being made.")
    world.exports.sweep()
    #expect(try world.files.isEmpty)
    world.pass(.seconds(1))
    let job = try world.take()
    #expect(job.attempt == 2)
    try world.complete(job)
    #expect(try world.letters().filter { $0.hasPrefix("export_completed") }.count == 1)
  }

  @Test("An export that crashes the server three times has failed, and the owner is told")
  func thrice() throws {
    let world = try ExportFixture()
    let id = try world.request()
    for _ in 0..<Export.retries.attempts {
      _ = try world.take()
      try world.exports.recover()
      world.pass(.seconds(10))
    }
    #expect(try world.status(id) == .failed)
    #expect(try world.exports.takeNext() == nil)
    #expect(try world.letters().last == "export_failed owner@harbour.example")
  }

  @Test("A crash between the file's new name and the commit: the file goes, the export runs again")
  func publishedOnly() throws {
    let world = try ExportFixture()
    let id = try world.request()
    let job = try world.take()
    var archive = try world.make(job)
    try archive.publish(as: world.exports.folder.archive(id))
    #expect(try world.files == ["\(id.rawValue).zip"])
    try world.exports.recover()
    world.exports.sweep()
    #expect(try world.status(id) == .queued && world.files.isEmpty)
  }

  @Test("What is completed stays so")
  func completed() throws {
    let dead = try ExportFixture()
    let export = try dead.completed()
    let world = try ExportFixture(beside: dead)
    try world.exports.recover()
    world.exports.sweep()
    #expect(try world.export(export.id) == export)
    #expect(world.exists(export.id))
  }
}
