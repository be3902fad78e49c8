import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("The directory of the cells") struct CellDirectoryTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(inMemory: true) }

  private func directory(_ cell: String) throws -> CellDirectory {
    let id = try #require(CellID(cell))
    try FileManager.default.createDirectory(
      at: folder.appending(id.name), withIntermediateDirectories: true)
    return try CellDirectory(id, in: folder.path, .counting())
  }

  private func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "it was taken"
    } catch { return words(for: error) }
  }

  @Test("An address is one cell's, however it is written, until that cell lets it go")
  func addresses() throws {
    let (a, b) = (try directory("a:1"), try directory("b:2"))
    #expect(try a.take("Maria@Harbour.example"))
    #expect(try a.take("maria@harbour.example"))
    #expect(try !b.take("MARIA@harbour.example"))
    #expect(try a.cell(signingIn: "maria@harbour.example") == "a")
    #expect(try b.cell(signingIn: "Maria@harbour.EXAMPLE") == "a")
    try a.settle(addresses: [], organisations: [])
    #expect(try b.take("maria@harbour.example"))
    #expect(try a.cell(signingIn: "maria@harbour.example") == "b")
  }

  @Test("An address that nobody signs in with has a cell too, always the same, and each has some of them")
  func unknown() throws {
    let (a, b) = (try directory("a:1"), try directory("b:2"))
    let addresses = (1...60).map { "nobody-\($0)@x.example" }
    let cells = try addresses.map(a.cell(signingIn:))
    #expect(try addresses.map(b.cell(signingIn:)) == cells)
    #expect(Set(cells) == ["a", "b"])
    // As it was asked, so it is where it then signs somebody in there.
    #expect(try directory(cells[0] == "a" ? "a:1" : "b:2").take(addresses[0]))
    #expect(try a.cell(signingIn: addresses[0]) == cells[0])
  }

  @Test("No address stands in the file, and the key to their codes is one for all")
  func marks() throws {
    let a = try directory("a:1")
    _ = try a.take("maria@harbour.example")
    for name in ["directory.sqlite", "directory.sqlite-wal"] {
      let bytes = (try? Data(contentsOf: folder.appending(name))) ?? Data()
      #expect(bytes.range(of: Data("maria".utf8)) == nil)
    }
    #expect(try directory("b:2").cell(signingIn: "maria@harbour.example") == "a")
  }

  @Test("A name and a number are one cell's; one whose folder is gone makes room")
  func names() throws {
    let a = try directory("a:1")
    #expect(try a.take("maria@harbour.example"))
    #expect(refusal { _ = try directory("a:2") }.contains("the cell a has the number 1"))
    #expect(refusal { _ = try directory("b:1") }.contains("the cell a has the number 1"))
    try FileManager.default.removeItem(at: folder.appending("a"))
    let b = try directory("b:1")
    #expect(try b.cells().map(\.description) == ["b:1"])
    #expect(try b.take("maria@harbour.example"))
  }

  @Test("A directory that is damaged says how it is made again, and that one has all as before")
  func damaged() throws {
    #expect(try directory("a:1").take("maria@harbour.example"))
    for name in ["-wal", "-shm"] {
      try? FileManager.default.removeItem(at: folder.appending("directory.sqlite\(name)"))
    }
    for bytes in [[UInt8](repeating: 7, count: 20_000), Array("no database".utf8)] {
      try Data(bytes).write(to: folder.appending("directory.sqlite"))
      #expect(refusal { _ = try directory("a:1") }.contains("remove it and what begins with its name"))
    }
    for name in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(at: folder.appending("directory.sqlite\(name)"))
    }
    let (a, b) = (try directory("a:1"), try directory("b:2"))
    try a.settle(addresses: ["maria@harbour.example"], organisations: [])
    #expect(try !b.take("maria@harbour.example"))
  }

  @Test("What two databases say that they have, neither serves")
  func twice() throws {
    let (a, b) = (try directory("a:1"), try directory("b:2"))
    let organisation = OrganisationID(rawValue: 4_294_967_297)
    try a.settle(addresses: ["maria@harbour.example"], organisations: [organisation])
    try a.settle(addresses: ["maria@harbour.example"], organisations: [organisation])
    #expect(
      refusal { try b.settle(addresses: [], organisations: [organisation]) }
        == "organisation 4294967297 is in the cell b and in the cell a: one of the two is a copy, and must not be served"
    )
    let both = refusal { try b.settle(addresses: ["Maria@harbour.example"], organisations: []) }
    #expect(both.contains("signs in to the cell b and to the cell a"), "\(both)")
    #expect(refusal { try b.take(organisation) }.contains("in the cell b and in the cell a"))
  }

  @Test("Cells that start at the same moment make one directory")
  func atOnce() async throws {
    for number in 0..<8 { _ = unsafe mkdir(folder.file("c\(number)"), 0o700) }
    let path = folder.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          let cell = try #require(CellID("c\(number):\(number)"))
          let directory = try CellDirectory(cell, in: path, .counting())
          #expect(try directory.take("person-\(number)@x.example"))
        }
      }
      try await group.waitForAll()
    }
    #expect(try directory("c0:0").cells().count == 8)
  }
}
