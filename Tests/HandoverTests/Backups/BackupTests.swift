import Foundation
import SQLite
import Secrets
import TestSupport
import Testing

@testable import Handover

@Suite("Backups") struct BackupTests {
  private let it: BackedOffice

  init() throws { it = try BackedOffice() }

  @Test(
    "A backup is verified, has a manifest, its documents and, when asked, the keys; the state says that it went well"
  )
  func whole() throws {
    let file = try it.backup(withKeys: true)
    let manifest = try #require(try BackupManifest.read(of: file))
    try manifest.check(file)
    #expect(manifest.schema == Schema.migrations.count && manifest.data == it.data.path)
    #expect(manifest.rows["organisation"] == it.organisations.count && manifest.missing == 0)
    let contents = try it.office.database.read { try $0.documents.contents() }
    #expect(contents.count == manifest.documents && !contents.isEmpty)
    for content in contents {
      let path = Backup.documents(of: file).content(content.sha256, of: content.organisation)
      let links = try FileManager.default.attributesOfItem(atPath: path)[.referenceCount] as? Int
      #expect(links == 2, "a second name of the same file")
    }
    for name in [file, file + ".json", file + ".secrets"] {
      let mode = try FileManager.default.attributesOfItem(atPath: name)[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
    let secrets = try #require(try JSONFile.read(BackupSecrets.self, at: file + ".secrets"))
    #expect(try secrets.keys == String(contentsOfFile: it.data.keys, encoding: .utf8))
    let state = try #require(try it.state(.backup))
    #expect(state.isOK && state.file == file && state.succeeded == state.ended && state.reason == "")
    let before = try BackedOffice.files(it.backups.path)
    try it.backup("again.sqlite")
    #expect(
      try BackedOffice.files(it.backups.path) == (before + ["again.sqlite", "again.sqlite.json"]).sorted())
    #expect(try it.mails().isEmpty)
  }

  @Test("Where documents lie on another disk they are copied, and one with other bytes counts as missing")
  func copies() throws {
    let contents = try it.office.database.read { try $0.documents.contents() }
    let memory = try TemporaryFolder(inMemory: true)
    let target = DocumentFolder(path: memory.file("documents"), group: nil)
    let damaged = it.office.documents.folder.content(contents[0].sha256, of: contents[0].organisation)
    try flip(damaged, at: 0)
    let missing = try ContentCopy(source: it.office.documents.folder, target: target).bring(contents)
    #expect(missing == [contents[0]])
    #expect(try target.rotten(of: contents) == [contents[0]])
    #expect(try BackedOffice.files(memory.path).count == contents.count - 1)
  }

  @Test("A backup that fails changes nothing of the former ones, says why, and tells the operator")
  func failure() throws {
    let file = try it.backup()
    let before = try Data(contentsOf: URL(filePath: file))
    #expect(it.refusal { try it.backup() }.contains("the backup failed: can't make \(file): File exists"))
    #expect(try Data(contentsOf: URL(filePath: file)) == before)
    let state = try #require(try it.state(.backup))
    #expect(
      !state.isOK && state.reason.contains("File exists") && state.file == file && state.succeeded != nil)
    let mails = try it.mails()
    #expect(mails.count == 1 && mails[0].contains("Subject: Handover: the backup failed"))
    #expect(mails[0].contains("To: op@example.com"))
    #expect(
      it.refusal {
        _ = try Application.backup(
          to: it.backups.path + "/none/", withKeys: false, keeping: 3, environment: it.environment,
          progress: { _, _ in })
      }.contains("there is no folder"))
    try FileManager.default.removeItem(atPath: it.data.keys)
    #expect(
      it.refusal { try it.backup("keys.sqlite", withKeys: true) }.contains("can't read \(it.data.keys)"))
    #expect(try BackedOffice.files(it.backups.path).allSatisfy { !$0.hasPrefix("keys") })
  }

  @Test(
    "A file beside it that is somebody's is kept, and one that a killed backup has left is not in the way")
  func besides() throws {
    for suffix in [".json", ".secrets"] {
      try Data("[1]".utf8).write(to: URL(filePath: it.backups.file("mine.sqlite\(suffix)")))
      #expect(
        it.refusal { try it.backup("mine.sqlite") }.contains(
          "mine.sqlite\(suffix) does not hold what it should"))
      #expect(!FileManager.default.fileExists(atPath: it.backups.file("mine.sqlite")))
      try FileManager.default.removeItem(atPath: it.backups.file("mine.sqlite\(suffix)"))
    }
    let file = try it.backup(withKeys: true)
    try FileManager.default.removeItem(atPath: file)
    #expect(try it.backup() == file)
    #expect(!FileManager.default.fileExists(atPath: file + ".secrets"))
  }

  @Test(
    "The newest N stay; what has another name, is of another data folder, or was made just now, is never removed"
  )
  func keep() throws {
    let folder = try BackupFolder(it.backups.path)
    let times = (1...5).map { UnixTime(rawValue: 1_795_741_200 + 86_400 * $0) }
    func take(_ time: UnixTime) throws -> String {
      let file = folder.backup(at: time)
      _ = try Backup(data: it.data, documents: it.office.documents.folder, clock: Clock { time })
        .take(from: it.office.database, to: file, withKeys: true, progress: { _, _ in })
      return file
    }
    let files = try times.map(take)
    #expect(files[0].hasSuffix("/handover-2026-11-28T010000Z.sqlite"))
    try it.backup("handover-2026-01-01.sqlite")
    let other = folder.backup(at: UnixTime(rawValue: 0))
    try it.office.database.backup(to: other, of: DataFolder(path: "/srv/other"), at: times[0])
    try Data("half".utf8).write(to: URL(filePath: folder.backup(at: UnixTime(rawValue: 1)) + ".part"))
    folder.keep(newest: 3, of: it.data, with: files[4])
    let stays = {
      try BackedOffice.files(it.backups.path).filter { !$0.contains("documents/") && $0.hasSuffix("sqlite") }
    }
    let names = { (files: [String]) in files.map { ($0 as NSString).lastPathComponent } }
    let kept = names([other] + [it.backups.file("handover-2026-01-01.sqlite")])
    #expect(try stays() == (kept + names(Array(files[2...]))).sorted())
    #expect(try BackedOffice.files(it.backups.path).filter { $0.hasSuffix(".part") } == [])
    #expect(try BackedOffice.files(it.backups.path).filter { $0.hasSuffix(".secrets") }.count == 3)
    // A clock was set back.
    let early = try take(UnixTime(rawValue: 100))
    folder.keep(newest: 1, of: it.data, with: early)
    #expect(try stays() == (kept + names([early])).sorted())
  }

  @Test("What documents held goes with the last backup that names it, and never where one can't be read")
  func documents() throws {
    let folder = try BackupFolder(it.backups.path)
    func take(_ day: Int) throws -> String {
      let time = UnixTime(rawValue: 1_795_741_200 + 86_400 * Int64(day))
      let file = folder.backup(at: time)
      _ = try Backup(data: it.data, documents: it.office.documents.folder, clock: Clock { time })
        .take(from: it.office.database, to: file, withKeys: false, progress: { _, _ in })
      return file
    }
    let first = try take(1)
    let contents = { try BackedOffice.files(it.backups.path).filter { $0.hasPrefix("documents/") }.count }
    let all = try contents()
    #expect(all > 1)
    try it.backup("monday.sqlite")
    try it.office.database.write {
      try $0.execute("DELETE FROM sync")
      try $0.execute("DELETE FROM document")
      try $0.execute(
        "DELETE FROM document_content WHERE sha256 <> (SELECT min(sha256) FROM document_content)")
    }
    let second = try take(2)
    folder.keep(newest: 2, of: it.data, with: second)
    #expect(try contents() == all)
    // monday.sqlite names all of them, under a name of its own.
    folder.keep(newest: 1, of: it.data, with: second)
    #expect(!FileManager.default.fileExists(atPath: first))
    #expect(try contents() == all)
    let monday = it.backups.file("monday.sqlite")
    let bytes = try Data(contentsOf: URL(filePath: monday))
    try Data("none".utf8).write(to: URL(filePath: monday))
    folder.keep(newest: 1, of: it.data, with: second)
    #expect(try contents() == all)
    try bytes.write(to: URL(filePath: monday))
    for suffix in ["", ".json"] { try FileManager.default.removeItem(atPath: monday + suffix) }
    folder.keep(newest: 1, of: it.data, with: second)
    #expect(try contents() == 1)
  }
}
