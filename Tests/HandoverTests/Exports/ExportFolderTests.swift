import Foundation
import Testing

@testable import Handover

@Suite("Room on the disk") struct ExportFolderTests {
  @Test("A run is refused before it begins where its archive won't fit")
  func refused() throws {
    let world = try ExportFixture()
    let first = try world.completed()
    _ = try world.request()
    let job = try world.take()
    try world.exports.checkSpace(for: job)
    try world.database.write {
      _ = try $0.run("UPDATE export SET size = ? WHERE id = ?", Int64(1) << 50, first.id)
    }
    #expect {
      try world.exports.checkSpace(for: job)
    } throws: { error in
      (error as? ExportFailure)?.reason == "There is not enough space on the server."
    }
  }

  @Test("Only exports of the same scope say how large one will be")
  func scopes() throws {
    let world = try ExportFixture()
    let first = try world.completed()
    try world.database.write {
      _ = try $0.run("UPDATE export SET size = ? WHERE id = ?", Int64(1) << 50, first.id)
    }
    _ = try world.request(.user(world.office.user.id))
    try world.exports.checkSpace(for: try world.take())
  }
}
