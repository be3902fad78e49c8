import Foundation
import SQLite
import System
import TestSupport
import Testing

@testable import Handover

@Suite("A place of the operator's")
struct StoragePlaceTests {
  let site: TestSite
  let folder: TemporaryFolder
  let organisation: Organisation

  init() throws {
    site = try TestSite()
    folder = try TemporaryFolder(inMemory: true)
    organisation = try site.addOrganisation()
  }

  /// A script in the place of rclone, which keeps one file and what it was asked.
  private func rclone(failing: String = "none") throws -> Rclone {
    let script = """
      echo "$@" >> '\(folder.path)/asked'
      env >> '\(folder.path)/environment'
      case "$1" in
      \(failing)) echo 'CRITICAL: no luck' >&2; exit 1 ;;
      obscure) read -r secret; echo "obscured $secret" ;;
      rcat) cat > '\(folder.path)/file' ;;
      cat) cat '\(folder.path)/file' ;;
      deletefile) rm '\(folder.path)/file' ;;
      esac
      """
    try folder.program("rclone", script)
    return Rclone(["PATH": folder.path])
  }

  private func read(_ name: String) -> String {
    (try? String(contentsOfFile: folder.file(name), encoding: .utf8)) ?? ""
  }

  private let sftp = ["host=files.example", "user=broker", "path=/srv/documents/"]

  @Test("Settings are rclone's; the name says where it is, and the folder of all folders lies below the path")
  func settings() throws {
    let place = try StoragePlace("sftp", sftp, secrets: ["pass=a=b", ""])
    #expect(place.settings == ["host": "files.example", "user": "broker", "pass": "a=b"])
    #expect(place.name == "broker@files.example/srv/documents")
    #expect(place.root(of: organisation) == "/srv/documents/Handover - Harbour Street Finance")
    let s3 = try StoragePlace(
      "s3", ["provider=Minio", "endpoint=https://s3.example", "access_key_id=k", "path=bucket/a"],
      secrets: ["secret_access_key=x"])
    #expect(s3.name == "bucket/a (https://s3.example)")
    #expect(s3.root(of: organisation) == "bucket/a/Handover - Harbour Street Finance")
    let dav = try StoragePlace("webdav", ["url=https://dav.example", "vendor=other"], secrets: [])
    #expect(
      dav.name == "https://dav.example" && dav.root(of: organisation) == "Handover - Harbour Street Finance")
  }

  @Test(
    "What can't be is said, with what to do",
    arguments: [
      ("dropbox", [String](), [String](), "write s3, sftp or webdav"),
      ("ftp", [], [], "write s3, sftp or webdav"),
      ("sftp", ["host=a"], [], "needs user=…"),
      ("sftp", ["host=a", "user=b", "pass=c"], [], "on standard input"),
      ("sftp", ["host=a", "host=b"], [], "given twice"), ("sftp", ["host"], [], "is no setting"),
      ("sftp", ["HOST=a"], [], "is no setting"), ("sftp", ["type=local", "host=a"], [], "is no setting"),
      ("sftp", ["host=a", "user=b", "path=a/../b"], [], "leads elsewhere"),
      ("s3", ["provider=AWS", "access_key_id=a"], [], "needs secret_access_key=… on standard input"),
      ("s3", ["provider=AWS", "access_key_id=a"], ["secret_access_key=x"], "needs path=BUCKET"),
      ("webdav", ["url=https://a"], ["hunter2"], "a line of standard input is no setting"),
    ])
  func wrong(_ type: String, _ words: [String], _ secrets: [String], _ said: String) throws {
    let error = #expect(throws: HandoverError.self) { try StoragePlace(type, words, secrets: secrets) }
    #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("hunter2") == false)
  }

  @Test("It is tried, linked and told; its secrets are in its file and rclone's environment alone")
  func link() throws {
    let owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    let place = try StoragePlace("sftp", sftp, secrets: ["pass=hunter2"])
    let link = try site.storage.link(place, to: organisation.id, with: rclone())
    #expect(link.status == .linked && link.root == "/srv/documents/Handover - Harbour Street Finance")
    #expect(
      try site.storage.rcloneSettings(for: link)
        == ["type": "sftp", "host": "files.example", "user": "broker", "pass": "obscured hunter2"])
    let verbs = read("asked").split(separator: "\n").map { $0.prefix { $0 != " " } }
    #expect(verbs == ["obscure", "mkdir", "rcat", "cat", "deletefile", "rmdir"])
    #expect(!read("asked").contains("hunter2") && read("environment").contains("obscured hunter2"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("file")), "nothing is left there")
    let letter = try #require(try site.letters.last)
    #expect(letter.to.email == owner.email && letter.text.contains("The operator"))
    // The same place again may have another password; another one has to wait.
    let again = try StoragePlace("sftp", sftp, secrets: ["pass=other"])
    #expect(try site.storage.link(again, to: organisation.id, with: rclone()).id == link.id)
    let other = try StoragePlace("webdav", ["url=https://dav.example"], secrets: [])
    #expect(throws: HandoverError.self) { try site.storage.link(other, to: organisation.id, with: rclone()) }
    #expect(try site.storage.unlink(of: organisation.id).id == link.id)
    #expect(site.storage.secrets.all().isEmpty)
    #expect(throws: HandoverError.self) { try site.storage.unlink(of: organisation.id) }
  }

  @Test("What doesn't work is not linked", arguments: ["mkdir", "rcat", "cat", "deletefile"])
  func broken(_ verb: String) throws {
    let place = try StoragePlace("sftp", sftp, secrets: [])
    let error = #expect(throws: HandoverError.self) {
      try site.storage.link(place, to: organisation.id, with: rclone(failing: verb))
    }
    #expect(error?.message.contains("nothing was linked") == true)
    #expect(try site.database.read { try $0.storageLinks.current(of: organisation.id) } == nil)
    #expect(site.storage.secrets.all().isEmpty)
  }
}
