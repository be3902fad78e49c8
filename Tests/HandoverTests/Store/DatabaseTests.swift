import SQLite
import System
import TestSupport
import Testing

@testable import Handover

@Suite("How a write waits") struct DatabaseTests {
  let folder: TemporaryFolder
  let data: DataFolder
  let database: Database
  let log = LogLines()

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    database = try Database(data) { [log] in log.add("\($0)") }
  }

  @Test(
    "Of a request's writes no more wait than there are places; the next one is told at once, and reads go on")
  func places() throws {
    let requests = database.forRequests(places: 2, patience: .seconds(600))
    let other = try TurnLock(path: data.writeLock, label: "handover import")
    let done = Locked(0)
    let threads = try other.whileHeld(waiting: nil) {
      let threads = try (0..<2).map { _ in
        try Thread(name: "request") {
          try? requests.write { try $0.execute("CREATE TABLE a\(UInt32.random(in: 0 ... .max)) (x)") }
          done.withLock { $0 += 1 }
        }
      }
      try eventually("both wait") { database.waiting == 2 }
      let busy = #expect(throws: DatabaseBusy.self) { try requests.write { _ in } }
      #expect(busy?.waited == .zero && busy?.holder.contains("handover import") == true)
      #expect(try requests.read { try $0.organisations.isEmpty })
      return threads
    }
    for thread in threads { thread.join() }
    #expect(done.withLock { $0 } == 2)
    #expect(try requests.write { _ in true })
  }

  private func waited(_ database: Database) throws -> Duration {
    let busy = #expect(throws: DatabaseBusy.self) { try database.write { _ in } }
    let error = try #require(busy)
    return error.waited
  }

  @Test("A request waits once for all that it writes; the next one of the thread waits anew")
  func budget() throws {
    let requests = database.forRequests(places: 2, patience: .milliseconds(200))
    let other = try TurnLock(path: data.writeLock, label: "handover import")
    try other.whileHeld(waiting: nil) {
      let (first, second) = (try waited(requests), try waited(requests))
      requests.beginRequest()
      let third = try waited(requests)
      #expect(first >= .milliseconds(200) && second < .milliseconds(200) && third >= .milliseconds(200))
    }
  }

  @Test("What could not begin leaves nothing behind, and stops waiting when the server stops")
  func stop() throws {
    let other = try TurnLock(path: data.writeLock, label: "handover import")
    try other.whileHeld(waiting: nil) {
      database.stopWaiting(within: .milliseconds(10))
      #expect(throws: DatabaseBusy.self) {
        try database.write {
          try $0.organisations.add(named: "A", timeZone: "UTC", at: UnixTime(rawValue: 0))
        }
      }
      #expect(throws: DatabaseBusy.self) { try database.checkpoint() }
    }
    #expect(try database.read { try $0.organisations.isEmpty })
  }

  @Test(
    "Whether anything can be written is told without waiting, while another has the lock and when the disk fails"
  )
  func writing() throws {
    #expect(database.checkWriting(every: .hours(1)) == .well)
    let reader = try Connection(path: data.database, mode: .reader)
    func commits() throws -> Int? { try reader.value("PRAGMA data_version") }
    let before = try commits()
    #expect(database.checkWriting(every: .hours(1)) == .well)
    let quiet = try commits()
    #expect(database.checkWriting(every: .zero) == .well)
    let tried = try commits()
    #expect(before == quiet && quiet != tried, "what it tries must reach the disk")
    let other = try TurnLock(path: data.writeLock, label: "handover import")
    try other.whileHeld(waiting: nil) {
      guard case .waiting = database.checkWriting(every: .hours(1), patience: .zero) else {
        Issue.record("it does not tell that nobody can write")
        return
      }
      #expect(database.checkWriting(every: .hours(1)) == .well, "nobody has waited for long yet")
    }
    // One that fails by the disk is tried again, without waiting for the interval.
    let broken = SQLiteError(code: 10, message: "disk I/O error")
    #expect(throws: SQLiteError.self) { try database.write { _ in throw broken } }
    #expect(database.checkWriting(every: .hours(1)) == .well)
    #expect(throws: SQLiteError.self) {
      try database.write { try $0.execute("PRAGMA query_only = ON; DELETE FROM export") }
    }
    guard case .failing = database.checkWriting(every: .hours(1)) else {
      Issue.record("it does not tell that writing fails")
      return
    }
  }

  @Test("What nobody waits for is written when the writer is free, of the same key once, and before the stop")
  func later() throws {
    let made = Locked<[String]>([])
    try database.startWritingLater()
    let other = try TurnLock(path: data.writeLock, label: "handover import")
    try other.whileHeld(waiting: nil) {
      database.writeLater("a") { _ in made.withLock { $0.append("the first") } }
      // By now the thread has taken it, and waits.
      try eventually("it waits") { database.waiting == 1 }
      for number in 1...3 { database.writeLater("a") { _ in made.withLock { $0.append("a \(number)") } } }
      for number in 0..<(LaterWrites.most + 5) {
        database.writeLater { _ in if number == 7 { made.withLock { $0.append("7") } } }
      }
      #expect(made.withLock { $0.isEmpty })
    }
    database.stopWritingLater()
    #expect(made.withLock { $0 } == ["the first", "a 3", "7"])
    #expect(log.all.count { $0.contains("unwritten(count: 6") } == 1, "\(log.all)")
  }

  @Test("What can't be written later is reported")
  func unwritten() throws {
    database.writeLater { try $0.execute("INSERT INTO nothing VALUES (1)") }
    #expect(log.all.count { $0.contains("unwritten(count: 1") } == 1, "\(log.all)")
  }
}
