import Foundation
import Testing

@testable import Handover

@Suite("Room on the disk") struct ExportFolderTests {
  @Test("A run is refused before it begins where its archive won't fit")
  func refused() throws {
    let fixture = try ExportFixture()
    let first = try fixture.completed()
    _ = try fixture.request()
    let job = try fixture.take()
    try fixture.exports.checkSpace(for: job)
    try fixture.database.write {
      _ = try $0.run("UPDATE export SET size = ? WHERE id = ?", Int64(1) << 50, first.id)
    }
    #expect {
      try fixture.exports.checkSpace(for: job)
    } throws: { error in
      (error as? JobFailure)?.reason == "There is not enough space on the server."
    }
  }

  @Test("Only exports of the same scope say how large one will be")
  func scopes() throws {
    let fixture = try ExportFixture()
    let first = try fixture.completed()
    try fixture.database.write {
      _ = try $0.run("UPDATE export SET size = ? WHERE id = ?", Int64(1) << 50, first.id)
    }
    _ = try fixture.request(.user(fixture.office.user.id))
    try fixture.exports.checkSpace(for: try fixture.take())
  }
}
