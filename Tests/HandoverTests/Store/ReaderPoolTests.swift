import SQLite
import TestSupport
import Testing

@testable import Handover

@Suite("The pool of readers") struct ReaderPoolTests {
  @Test("Some readers wait to be used again; those that only a flood took are closed")
  func flood() throws {
    let folder = try TemporaryFolder(inMemory: true)
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    // The file, and what keeps it open.
    let database = try Handover.Database(data)
    let pool = ReaderPool(path: data.database)
    let flood = try (0..<3 * ReaderPool.mostIdle).map { _ in try pool.take() }
    for connection in flood { pool.putBack(connection) }
    let next = try flood.map { _ in try pool.take() }
    let again = next.count { connection in flood.contains { $0 === connection } }
    #expect(again == ReaderPool.mostIdle)
    try database.checkpoint()
  }
}
