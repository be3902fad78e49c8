import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("A data folder under a running server") struct DataGuardTests {
  private let parent: TemporaryFolder
  private let data: DataFolder
  private let database: Database
  private let guardian: DataGuard

  init() throws {
    parent = try TemporaryFolder()
    data = DataFolder(path: parent.path + "/data")
    try data.prepare(group: nil)
    database = try Database(data)
    _ = try data.claim()
    guardian = try DataGuard(data, database, .system)
  }

  private func isAnother(_ finding: DataGuard.Finding) -> Bool {
    if case .another = finding { true } else { false }
  }

  private func isAway(_ finding: DataGuard.Finding) -> Bool {
    if case .away = finding { true } else { false }
  }

  @Test("It stays the same while nothing is replaced, whatever is written")
  func same() throws {
    for _ in 0..<5 {
      try database.write {
        _ = try $0.organisations.add(named: "A", timeZone: "UTC", at: UnixTime(rawValue: 1))
      }
      #expect(guardian.look() == .same && guardian.lookAgain() == .same)
    }
    #expect(guardian.isCopied && guardian.verdict == nil)
    #expect(try !DataGuard(data, database, .system).isCopied)
  }

  @Test("A copy in the place of the folder, or of one of its files, is another one, and stays so")
  func replaced() throws {
    let files = FileManager.default
    for path in [data.path, data.database, data.serverLock, data.writeLock] {
      let guardian = try DataGuard(data, database, .system)
      try files.moveItem(atPath: path, toPath: path + ".old")
      try files.copyItem(atPath: path + ".old", toPath: path)
      #expect(isAnother(guardian.look()), "\(path)")
      try files.removeItem(atPath: path)
      try files.moveItem(atPath: path + ".old", toPath: path)
      #expect(isAnother(guardian.look()) && guardian.verdict != nil, "\(path)")
    }
  }

  @Test("A folder that is away is waited for; a database that is removed from it is not")
  func away() throws {
    let files = FileManager.default
    try files.moveItem(atPath: data.path, toPath: data.path + ".old")
    for _ in 0..<9 { #expect(isAway(guardian.lookAgain())) }
    try files.moveItem(atPath: data.path + ".old", toPath: data.path)
    #expect(guardian.lookAgain() == .same)
    try files.moveItem(atPath: data.database, toPath: data.database + ".old")
    #expect(isAway(guardian.lookAgain()) && isAway(guardian.lookAgain()))
    try files.moveItem(atPath: data.database + ".old", toPath: data.database)
    #expect(guardian.lookAgain() == .same)
    try files.removeItem(atPath: data.database)
    #expect(isAway(guardian.lookAgain()) && isAway(guardian.lookAgain()) && isAnother(guardian.lookAgain()))
  }

  @Test("Once another folder lies there nothing is written any more, wherever the open files are")
  func unwritten() throws {
    try FileManager.default.moveItem(atPath: data.path, toPath: data.path + ".old")
    try FileManager.default.copyItem(atPath: data.path + ".old", toPath: data.path)
    #expect(isAnother(guardian.look()))
    #expect(throws: HandoverError.self) {
      try database.write {
        _ = try $0.organisations.add(named: "A", timeZone: "UTC", at: UnixTime(rawValue: 1))
      }
    }
    #expect(throws: HandoverError.self) { try database.checkpoint() }
    #expect(try database.read { try $0.organisations.isEmpty })
  }

  @Test(
    "A database whose content was replaced in the same file is another one; so is one that another server took"
  )
  func content() throws {
    let next = try DataGuard(data, database, .system)
    #expect(isAnother(guardian.look()) && next.look() == .same)
    try Database(data).write { try $0.execute("UPDATE installation SET started = NULL") }
    #expect(isAnother(next.look()))
  }

  @Test("Where the database was taken away and its log is there, nothing starts as if it were new")
  func log() throws {
    let files = FileManager.default
    try files.moveItem(atPath: data.database, toPath: data.database + ".old")
    #expect(files.fileExists(atPath: data.database + "-wal"))
    #expect(throws: HandoverError.self) { try data.prepare(group: nil) }
    try files.moveItem(atPath: data.database + ".old", toPath: data.database)
    try data.prepare(group: nil)
  }
}
