import Foundation
import SQLite
import Secrets
import TestSupport
import Testing

@testable import Handover

@Suite("Restoring a backup") struct RestoreTests {
  private func add(_ name: String, to it: BackedOffice) throws {
    try it.office.database.write {
      _ = try $0.organisations.add(named: name, timeZone: "UTC", at: UnixTime(rawValue: 7))
    }
  }

  @Test("A dry run says what the backup is and what will be lost, and changes nothing")
  func dryRun() throws {
    let it = try BackedOffice(hasRecords: false)
    let file = try it.backup(withKeys: true)
    try add("Later", to: it)
    let lines = try Restoring(.backup(file), isDryRun: true, environment: it.environment).lines
    #expect(lines[0].contains("unchanged and sound"))
    #expect(lines.contains { $0.hasSuffix(" Later: is lost; it is not in the backup") })
    #expect(lines.contains { $0.contains("users ") && $0.contains("last activity") })
    #expect(try it.names().contains("Later"))
  }

  @Test(
    "The data is as it was, documents and keys too; what was there lies aside, and can be restored in the same way"
  )
  func aside() throws {
    let it = try BackedOffice()
    let file = try it.backup(withKeys: true)
    let keys = try Data(contentsOf: URL(filePath: it.data.keys))
    let documents = try BackedOffice.files(it.data.documents)
    let before = it.organisations.map(\.name)
    try add("Later", to: it)
    _ = try KeyFile(path: it.data.keys, now: 1, randomness: .system).rotate(now: 5)
    try FileManager.default.removeItem(atPath: it.data.documents)
    let lines = try it.restore(file)
    #expect(lines.count == 1 && lines[0].contains("is in place"))
    #expect(try it.names() == before)
    #expect(try Data(contentsOf: URL(filePath: it.data.keys)) == keys)
    #expect(try BackedOffice.files(it.data.documents) == documents)
    let error = it.refusal { try add("Lost", to: it) }
    #expect(error.contains("was replaced meanwhile, so nothing was changed"), "\(error)")
    #expect(!FileManager.default.fileExists(atPath: it.data.path + "/restoring"))
    let aside = try #require(
      try FileManager.default.contentsOfDirectory(atPath: it.data.path).first {
        $0.hasPrefix("before-restore-")
      })
    let again = try it.restore("\(it.data.path)/\(aside)/handover.sqlite")
    #expect(again.count == 1)
    #expect(try it.names() == before + ["Later"])
  }

  @Test("Records that were deleted come back from a backup restored beside, and all else stays as it is")
  func beside() throws {
    let it = try BackedOffice()
    let file = try it.backup()
    let id = it.organisations[0].id
    func counts() throws -> [Int] {
      let all = try it.office.database.read { try $0.holdings.all() }
      return all.first { $0.id == id }?.counts.map(\.count) ?? []
    }
    let before = try counts()
    try it.office.execute("DELETE FROM note")
    try add("Later", to: it)
    #expect(try counts() != before)
    let folder = try TemporaryFolder()
    let (beside, zip) = (["HANDOVER_DATA": folder.file("look")], folder.file("then.zip"))
    _ = try Restoring(.backup(file), isDryRun: false, environment: beside).run { _, _ in }
    _ = try Application(for: .reading, environment: beside).export(
      id, user: nil, withDocuments: true, to: zip, progress: ExportProgress())
    _ = try Application(environment: it.environment).importRecords(
      at: zip, into: id, keepsMissing: true, progress: ImportProgress())
    #expect(try counts() == before)
    #expect(try it.names().last == "Later")
  }

  @Test("A former program restores the copy of before an upgrade, though the database is newer than it knows")
  func newer() throws {
    let it = try BackedOffice()
    let file = try it.backup()
    it.office.database.close()
    try Connection(path: it.data.database, mode: .writer).execute("PRAGMA user_version = 9999")
    #expect(it.refusal { _ = try Database(it.data) }.contains("newer than this program"))
    #expect(try it.restore(file)[0].contains("is in place"))
    #expect(try it.names() == it.organisations.map(\.name))
  }

  @Test("A running server is not restored beneath")
  func running() throws {
    let it = try BackedOffice(hasRecords: false)
    let file = try it.backup()
    let claim = try it.data.claim()
    #expect(
      withExtendedLifetime(claim) { it.refusal { _ = try it.restore(file) } }.contains(
        "in use by a running server"))
  }

  @Test("A backup with a turned bit, a missing end or another manifest is refused, and nothing is changed")
  func damaged() throws {
    let it = try BackedOffice(hasRecords: false)
    let file = try it.backup(withKeys: true)
    let (size, before) = (try measure(file).size, try Data(contentsOf: URL(filePath: file)))
    let names = try it.names()
    func expectRefusal(_ what: String, _ text: String) throws {
      let refusal = it.refusal { _ = try it.restore(file) }
      #expect(refusal.contains(text), "\(what): \(refusal)")
      #expect(it.refusal { _ = try it.drill() }.contains(text), "\(what)")
      #expect(try it.state(.drill)?.isOK == false)
      #expect(try it.names() == names)
      #expect(!FileManager.default.fileExists(atPath: it.data.path + "/restoring"))
      try before.write(to: URL(filePath: file))
    }
    for offset in [0, 100, size / 2, size - 1] {
      try flip(file, at: offset)
      try expectRefusal("a bit at \(offset)", "is not what it was when it was made (SHA-256)")
    }
    try before.dropLast(1).write(to: URL(filePath: file))
    try expectRefusal("without its last byte", "has \(size - 1) bytes, and had \(size)")
    try Data().write(to: URL(filePath: file))
    try expectRefusal("empty", "has 0 bytes")
    try flip(file + ".secrets", at: 3)
    try expectRefusal("another key", ".secrets is not what it was")
    try flip(file + ".secrets", at: 3)
    try Data().write(to: URL(filePath: file + "-wal"))
    try expectRefusal("a log", "belongs to another database")
    try FileManager.default.removeItem(atPath: file + "-wal")
    let manifest = try Data(contentsOf: URL(filePath: file + ".json"))
    try Data("{}".utf8).write(to: URL(filePath: file + ".json"))
    try expectRefusal("another manifest", ".json does not hold what it should")
    try manifest.write(to: URL(filePath: file + ".json"))
    try FileManager.default.removeItem(atPath: it.backups.path)
    #expect(it.refusal { _ = try it.restore(file) }.contains("can't read \(file)"))
    #expect(it.refusal { _ = try it.drill() }.contains("the last backup, \(file), can't be read"))
  }

  @Test(
    "One without a manifest is held to what can be said of it: another program's, a newer one, one that is not sound"
  )
  func withoutManifest() throws {
    let it = try BackedOffice()
    let file = try it.backup()
    try FileManager.default.removeItem(atPath: file + ".json")
    func change(_ sql: String) throws -> String {
      let copy = it.backups.file("\(abs(sql.hashValue)).sqlite")
      try FileManager.default.copyItem(atPath: file, toPath: copy)
      do { try Connection(path: copy, mode: .scratch).execute(sql) }
      return it.refusal { _ = try it.restore(copy) }
    }
    #expect(try change("PRAGMA application_id = 7").contains("is a database of another program"))
    #expect(try change("PRAGMA user_version = 9999").contains("newer than this program"))
    #expect(try change("DROP VIEW export_with_names").contains("is not whole"))
    #expect(try change("PRAGMA foreign_keys = OFF; DELETE FROM contact").contains("refer to others"))
    let lines = try Restoring(.backup(file), isDryRun: true, environment: it.environment).lines
    #expect(lines[0].contains("has no manifest"))
    #expect(try it.restore(file)[0].contains("is in place"))
  }

  @Test("It is restored where there is nothing yet, on another machine, say")
  func nothing() throws {
    let it = try BackedOffice()
    let file = try it.backup(withKeys: true)
    let empty = try TemporaryFolder()
    let environment = ["HANDOVER_DATA": empty.file("data")]
    let dry = try Restoring(.backup(file), isDryRun: true, environment: environment)
    #expect(dry.lines.last?.contains("nothing is lost") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: empty.path) == [])
    let lines = try Restoring(.backup(file), isDryRun: false, environment: environment).run { _, _ in }
    #expect(lines == ["\(file) is in place."])
    let data = DataFolder(path: empty.file("data"))
    #expect(
      try !FileManager.default.contentsOfDirectory(atPath: data.path).contains {
        $0.hasPrefix("before-restore-")
      })
    #expect(
      try Database(data).read { try $0.organisations.all() }.map(\.name) == it.organisations.map(\.name))
    #expect(try BackedOffice.files(data.documents) == BackedOffice.files(it.data.documents))
    #expect(try Data(contentsOf: URL(filePath: data.keys)) == Data(contentsOf: URL(filePath: it.data.keys)))
  }

  @Test(
    "A restore that was killed after its journal is finished by the next command, at whichever rename",
    arguments: 0...6)
  func recovers(renames: Int) throws {
    let it = try BackedOffice(hasRecords: false)
    let file = try it.backup(withKeys: true)
    try add("Later", to: it)
    let (path, aside) = (it.data.path, "before-restore-20261127T010000Z")
    let restoration = Restoration(folder: it.data)
    try restoration.stage { try RestoreSource(file).copy(into: $0) }
    try FileManager.default.createDirectory(atPath: "\(path)/\(aside)", withIntermediateDirectories: false)
    try Data(aside.utf8).write(to: URL(filePath: "\(path)/restoring/journal"))
    let steps = [
      ("handover.sqlite", "\(aside)/handover.sqlite"),
      ("handover.sqlite-wal", "\(aside)/handover.sqlite-wal"),
      ("handover.sqlite-shm", "\(aside)/handover.sqlite-shm"),
      ("restoring/handover.sqlite", "handover.sqlite"),
      ("keys", "\(aside)/keys"), ("restoring/keys", "keys"),
    ]
    for (from, to) in steps.prefix(renames) {
      try FileManager.default.moveItem(atPath: "\(path)/\(from)", toPath: "\(path)/\(to)")
    }
    try it.data.prepare(group: nil)
    #expect(try it.names() == it.organisations.map(\.name))
    #expect(!FileManager.default.fileExists(atPath: "\(path)/restoring"))
    #expect(
      try Set(BackedOffice.files("\(path)/\(aside)")).isSuperset(of: [
        "handover.sqlite", "handover.sqlite-wal", "keys",
      ]))
    let former = try Connection(path: "\(path)/\(aside)/handover.sqlite", mode: .reader)
    #expect(try former.exists("SELECT 1 FROM organisation WHERE name = 'Later'"))
  }

  @Test("One that was killed before its journal has changed nothing, and leaves nothing")
  func unfinished() throws {
    let it = try BackedOffice(hasRecords: false)
    let file = try it.backup()
    try add("Later", to: it)
    try Restoration(folder: it.data).stage { try RestoreSource(file).copy(into: $0) }
    try it.data.prepare(group: nil)
    #expect(try it.names().last == "Later")
    #expect(!FileManager.default.fileExists(atPath: it.data.path + "/restoring"))
  }
}
