import Foundation
import SQLite
import System
import TestSupport
import Testing

@testable import Handover

@Suite("Opening the database") struct DatabaseFileTests {
  private let folder: TemporaryFolder
  private let data: DataFolder

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
  }

  @Test("Nothing of a database that was being made is there under its name, and the next start makes it")
  func made() throws {
    try leave("handover.sqlite.part", "half")
    try leave("handover.sqlite.part-wal", "half")
    try Handover.Database(data).close()
    #expect(try names() == ["handover.sqlite", "handover.sqlite-shm", "handover.sqlite-wal"])
    #expect(try Handover.Database(data, for: .reading).read { try $0.organisations.all() }.isEmpty)
  }

  @Test(
    "An empty file is no database, with a journal beside it or without", arguments: ["", "-journal", "-wal"])
  func empty(suffix: String) throws {
    if !suffix.isEmpty { try leave("handover.sqlite\(suffix)", "something") }
    try leave("handover.sqlite", "")
    for use in [DatabaseUse.changing, .reading, .copying] {
      #expect(try refusal(use).contains("is empty: put a backup in its place"))
    }
    #expect(try Data(contentsOf: URL(filePath: data.database)).isEmpty)
  }

  @Test(
    "A database that is gone is not made anew beside what belongs to it",
    arguments: ["keys", "exports/00000000000000000000000000000000.zip", "handover.sqlite-wal"])
  func gone(trace: String) throws {
    try leave(trace, "something")
    #expect(try refusal(.changing).contains("is missing, though \(folder.path)/\(trace) is there"))
    #expect(try !names().contains("handover.sqlite"))
  }

  @Test("A folder of the system's, as ./var is for whoever works in /, is not taken for the data folder")
  func foreignFolder() {
    for path in ["/proc", "//proc"] {
      let error = #expect(throws: HandoverError.self) { try DataFolder(path: path).prepare(group: nil) }
      #expect(error.map { "\($0)" }?.contains("holds other things") == true)
    }
  }

  @Test("A database without its identity or with a part missing is refused unchanged")
  func half() throws {
    try Handover.Database(data).close()
    let change = { (sql: String) in try Connection(path: data.database, mode: .writer).execute(sql) }
    try change("DROP TRIGGER activity_is_short")
    for use in [DatabaseUse.changing, .reading] {
      #expect(try refusal(use).contains("is not whole: activity_is_short is missing"))
    }
    try change("PRAGMA application_id = 0")
    for use in [DatabaseUse.changing, .reading, .copying] {
      #expect(try refusal(use).contains("belongs to another program, or was never finished"))
    }
  }

  @Test(
    "A backup beside the log of the database before it, and a database beside a journal, are refused unchanged",
    arguments: ["-wal", "-journal"])
  func foreignLog(suffix: String) throws {
    let copy = folder.file("copy.sqlite")
    do {
      let database = try Handover.Database(data)
      try database.checkpoint()
      try database.backup(to: copy, of: data, at: UnixTime(rawValue: 0))
      if suffix == "-wal" {
        try database.write {
          _ = try $0.organisations.add(named: "Later", timeZone: "UTC", at: UnixTime(rawValue: 0))
        }
        try FileManager.default.copyItem(atPath: data.database + "-wal", toPath: folder.file("kept"))
      }
      database.close()
    }
    for name in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: data.database + name) }
    if suffix == "-wal" {
      try FileManager.default.removeItem(atPath: data.database)
      try FileManager.default.copyItem(atPath: copy, toPath: data.database)
      try FileManager.default.moveItem(atPath: folder.file("kept"), toPath: data.database + suffix)
    } else {
      try leave("handover.sqlite\(suffix)", "something")
    }
    let before = try Data(contentsOf: URL(filePath: data.database))
    for use in [DatabaseUse.changing, .reading, .copying] {
      #expect(try refusal(use).contains("\(suffix) belongs to another database"))
    }
    #expect(try Data(contentsOf: URL(filePath: data.database)) == before)
    try FileManager.default.removeItem(atPath: data.database + suffix)
    #expect(try Handover.Database(data).read { try $0.organisations.all() }.isEmpty)
  }

  @Test("Who only reads neither makes a data folder nor a database")
  func reading() throws {
    let none = DataFolder(path: folder.path + "/none")
    for use in [DatabaseUse.reading, .copying] {
      let error = #expect(throws: HandoverError.self) { try Handover.Database(none, for: use) }
      #expect(error?.message.contains("there is no database") == true)
    }
    #expect(!FileManager.default.fileExists(atPath: none.path))
  }

  @Test("An earlier version is brought up to date by who changes it, not by who reads, not beneath a server")
  func earlier() throws {
    let version7 = Array(Schema.migrations.prefix(7))
    do {
      let connection = try Connection(path: data.database, mode: .writer)
      try Migrator(applicationID: Handover.Database.applicationID, migrations: version7).migrate(connection)
      try connection.checkpoint()
    }
    let before = try Data(contentsOf: URL(filePath: data.database))
    #expect(try refusal(.reading).contains("is of an earlier version; start the server once"))
    let copy = folder.file("copy.sqlite")
    try Handover.Database(data, for: .copying).backup(to: copy, of: data, at: UnixTime(rawValue: 0))
    let claim = try data.claim()
    #expect(try withExtendedLifetime(claim) { try refusal(.changing) }.contains("in use by a running server"))
    #expect(try Data(contentsOf: URL(filePath: data.database)) == before)
    #expect(try version(of: copy) == 7)
  }

  @Test("An earlier version is brought up to date where no server runs")
  func upgraded() throws {
    let version7 = Array(Schema.migrations.prefix(7))
    try Migrator(applicationID: Handover.Database.applicationID, migrations: version7)
      .migrate(Connection(path: data.database, mode: .writer))
    try Handover.Database(data).close()
    #expect(try version(of: data.database) == Schema.migrations.count)
  }

  @Test("A newer version is copied, and neither read nor changed")
  func newer() throws {
    try Handover.Database(data).close()
    try Connection(path: data.database, mode: .writer).execute("PRAGMA user_version = 9999")
    for use in [DatabaseUse.changing, .reading] {
      #expect(try refusal(use).contains("newer than this program"))
    }
    try Handover.Database(data, for: .copying).backup(
      to: folder.file("copy.sqlite"), of: data, at: UnixTime(rawValue: 0))
    #expect(try version(of: folder.file("copy.sqlite")) == 9_999)
  }

  @Test("Who reads needs no write lock, and can't write")
  func lock() throws {
    try Handover.Database(data).close()
    let lock = try TurnLock(path: data.writeLock, label: "a test")
    try lock.whileHeld(waiting: nil) {
      let database = try Handover.Database(data, for: .reading)
      #expect(try database.read { try $0.organisations.all() }.isEmpty)
      try database.checkpoint()
      #expect(throws: HandoverError.self) { try database.write { _ in } }
    }
  }

  private func version(of path: String) throws -> Int? {
    try Connection(path: path, mode: .reader).value("PRAGMA user_version")
  }

  private func refusal(_ use: DatabaseUse) throws -> String {
    try #require(#expect(throws: HandoverError.self) { try Handover.Database(data, for: use) }).message
  }

  private func leave(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: folder.file(name)))
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("handover") }
      .sorted()
  }
}
