import Foundation
import SQLite
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

/// Runs of syncs with rclone and curl themselves, against the providers of Tests/Providers.
@Suite("Runs of syncs")
struct SyncRunTests {
  let providers: LocalProviders
  let site: TestSite
  let owner: User
  let deal: DealID
  let kind: SyncKind

  init() throws {
    providers = try LocalProviders()
    site = try TestSite(providers.environment)
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    deal = try site.addDeal(12, to: owner.organisation)
    kind = SyncKind(storage: site.storage, rclone: Rclone(providers.environment))
  }

  private var organisation: OrganisationID { owner.organisation }
  private static let root = "Handover - Harbour Street Finance"

  private func link(_ provider: StorageProvider) throws {
    let id = try site.addLink(to: organisation)
    _ = try site.database.write {
      try $0.run("UPDATE storage_link SET provider = ? WHERE id = ?", provider.rawValue, id)
    }
    try site.storage.secrets.write(.token(providers.grant(provider)), of: id)
  }

  /// Does what the workers would, until nothing is due.
  /// - Returns: what failed, or made the link wait.
  @discardableResult
  private func work() throws -> [any Error] {
    var errors: [any Error] = []
    while let job = try kind.takeNext() {
      do { _ = try kind.make(JobRun(job)) } catch {
        errors.append(error)
        if kind.isAway(error) { try kind.requeue(job) } else { _ = try kind.fail(job, JobFailure(error)) }
      }
    }
    return errors
  }

  private func add(_ name: String, _ content: String, to other: DealID? = nil) throws -> DocumentID {
    try site.addDocument(name, content, to: other ?? deal, by: owner)
  }

  private func state(_ id: DocumentID) throws -> DocumentState {
    try site.document(id, of: organisation).state
  }

  @Test(
    "Documents arrive once, each under its name, with its content",
    arguments: [StorageProvider.dropbox, .google])
  func arrive(provider: StorageProvider) throws {
    try link(provider)
    let names = ["Payslip.pdf", "payslip.pdf", "Ö'Brien 50%.pdf", "empty.txt", "🏠.pdf", "a/b.pdf", "-x"]
    let ids = try names.enumerated().map { try add($1, $0 == 3 ? "" : "content \($0)") }
    #expect(try work().isEmpty)
    let there = try providers.files(provider)
    let folder = "\(Self.root)/D-12 Deal 12/"
    #expect(
      there.map(\.path).sorted()
        == [
          "Payslip.pdf", "payslip (F-2).pdf", "Ö'Brien 50%.pdf", "empty.txt",
          provider == .google ? "🏠.pdf" : "_.pdf", "b.pdf", "-x",
        ].map { folder + $0 }.sorted())
    for id in ids {
      let document = try site.document(id, of: organisation)
      #expect(document.state == .synced || document.state == .nameChanged)
      let file = try #require(there.first { $0.path == document.remotePath })
      #expect(file.sha256 == hex(document.sha256) && file.revisions == 1)
    }
    #expect(try state(ids[0]) == .synced && state(ids[1]) == .nameChanged)

    _ = try site.documents.replace(
      ids[0], by: site.upload([("new.pdf", "new")], to: deal, by: owner), by: owner, from: "")
    #expect(try work().isEmpty)
    let files = try providers.files(provider)
    #expect(files.count == ids.count)
    #expect(files.first { $0.path == folder + "Payslip.pdf" }?.revisions == 2)
  }

  @Test(
    "A folder that people rename is used on; one that is gone is made anew, with all that was in it",
    arguments: [StorageProvider.dropbox, .google])
  func folders(provider: StorageProvider) throws {
    try link(provider)
    let first = try add("a.pdf", "a")
    try work()
    try providers.ask("rename", provider, ["path": "\(Self.root)/D-12 Deal 12", "to": "D-12 Smith (done)"])
    let second = try add("b.pdf", "b")
    #expect(try work().isEmpty)
    #expect(try site.document(second, of: organisation).remotePath == "\(Self.root)/D-12 Smith (done)/b.pdf")
    #expect(try site.document(first, of: organisation).remotePath == "\(Self.root)/D-12 Smith (done)/a.pdf")
    #expect(try providers.files(provider).count == 2)
    try providers.ask("trash", provider, ["path": "\(Self.root)/D-12 Smith (done)"])
    let third = try add("c.pdf", "c")
    #expect(try work().isEmpty)
    #expect(
      try Set(providers.files(provider).map(\.path))
        == Set(["a", "b", "c"].map { "\(Self.root)/D-12 Deal 12/\($0).pdf" }))
    #expect(try [first, second, third].allSatisfy { try state($0) == .synced })
    try providers.ask("trash", provider, ["path": Self.root])
    let other = try add("d.pdf", "d", to: site.addDeal(13, to: organisation))
    #expect(try work().isEmpty)
    #expect(try providers.files(provider).count == 4 && state(first) == .synced && state(other) == .synced)
  }

  @Test(
    "While the account is full, a folder that can't be made costs each document one try, and then the pauses",
    arguments: [StorageProvider.dropbox, .google])
  func fullWithoutFolder(provider: StorageProvider) throws {
    try link(provider)
    let ids = try [add("a.pdf", "a"), add("b.pdf", "b")]
    try work()
    try providers.ask("trash", provider, ["path": "\(Self.root)/D-12 Deal 12"])
    try providers.mode("quota", provider)
    let third = try add("c.pdf", "c")
    #expect(try attempts() == [1, 1, 0])
    try work()
    #expect(try attempts() == [2, 2, 1])
    for id in ids + [third] { #expect(try state(id) == .waiting) }
    site.clock.move(by: Sync.retries.pauses[0])
    try work()
    #expect(try attempts() == [3, 3, 2])
    try providers.mode("ok", provider)
    site.clock.move(by: Sync.retries.pauses[1])
    #expect(try work().isEmpty)
    #expect(try attempts() == [4, 4, 3] && providers.files(provider).count == 3)
  }

  private func attempts() throws -> [Int] {
    try site.database.read {
      try $0.all("SELECT attempt FROM sync ORDER BY document_id") { try $0["attempt"] as Int }
    }
  }

  @Test("What a person has put there under the name stays, a folder too, and the document gets another")
  func person() throws {
    try link(.dropbox)
    try providers.ask(
      "put", .dropbox, ["path": "\(Self.root)/D-12 Deal 12/a.pdf", "text": "a person's"])
    try providers.ask("put", .dropbox, ["path": "\(Self.root)/D-12 Deal 12/b.pdf"])
    for (id, name) in [(try add("a.pdf", "ours"), "a (F-1).pdf"), (try add("b.pdf", "ours"), "b (F-2).pdf")] {
      #expect(try work().isEmpty)
      #expect(try state(id) == .nameChanged)
      #expect(try site.document(id, of: organisation).remotePath == "\(Self.root)/D-12 Deal 12/\(name)")
    }
    #expect(try providers.files(.dropbox).allSatisfy { $0.revisions == 1 })
  }

  @Test(
    "What was stored without an answer, or is listed late, is there once",
    arguments: [StorageProvider.dropbox, .google],
    ["dup", "cut-after"])
  func once(provider: StorageProvider, mode: String) throws {
    try link(provider)
    let id = try add("a.pdf", "a")
    try providers.mode(mode, provider, ["times": "1"])
    if provider == .google { try providers.mode("late", provider, ["wait": "3"]) }
    for _ in 0..<3 where try state(id) != .synced {
      try work()
      site.clock.move(by: Sync.retries.pauses[2])
      Wakeup().wait(atMost: .seconds(3))
    }
    #expect(try state(id) == .synced)
    #expect(try providers.files(provider).count == 1)
  }

  @Test(
    "A token that is refused in the middle is exchanged, and nothing has failed",
    arguments: [StorageProvider.dropbox, .google], [0, 1, 2, 3])
  func refusedToken(provider: StorageProvider, after: Int) throws {
    try link(provider)
    let id = try add("a.pdf", "a")
    try providers.mode("refused", provider, ["times": "1", "after": String(after)])
    #expect(try work().isEmpty)
    #expect(try state(id) == .synced)
    #expect(try providers.files(provider).count == 1)
  }

  @Test(
    "What goes wrong is said in the owner's words, and goes on by itself",
    arguments: [StorageProvider.dropbox, .google],
    [
      ("quota", " is full."), ("notallowed", " doesn’t let Handover write"), ("503", " couldn’t be reached."),
      ("badname", " doesn’t take a file of this name."),
    ])
  func reasons(provider: StorageProvider, mode: (name: String, said: String)) throws {
    try link(provider)
    let id = try add("a.pdf", "a")
    try providers.mode(mode.name, provider, mode.name == "503" ? ["match": "/files"] : [:])
    #expect(try work().count == 1)
    let said = try site.document(id, of: organisation).reason ?? ""
    #expect(said.contains(mode.said))
    try providers.mode("ok", provider)
    if mode.name == "badname" {
      #expect(try state(id) == .failed && site.documents.retry(id, by: owner) == .done)
    }
    site.clock.move(by: Sync.retries.pauses[0])
    #expect(try work().isEmpty && state(id) == .synced)
  }

  @Test(
    "Too many requests let the link rest; a permission that was taken back signs it out",
    arguments: [StorageProvider.dropbox, .google])
  func waits(provider: StorageProvider) throws {
    try link(provider)
    let id = try add("a.pdf", "a")
    try providers.mode("429", provider, ["wait": "7"])
    #expect(try work().first is SyncWaits)
    #expect(try state(id) == .waiting)
    try providers.mode("ok", provider)
    site.clock.move(by: .seconds(60))
    #expect(try work().isEmpty && state(id) == .synced)
    let other = try add("b.pdf", "b")
    try providers.mode("invalid_grant", provider)
    #expect(try work().first is SyncWaits)
    #expect(try site.database.read { try $0.storageLinks.current(of: organisation)?.status } == .signedOut)
    #expect(try state(other) == .waiting && work().isEmpty)
  }
}

/// Dropbox and Google Drive on loopback (Tests/Providers/serve.py).
final class LocalProviders {
  struct File: Decodable {
    let path: String
    let folder: Bool
    let sha256: String?
    let trashed: Bool
    let revisions: Int
  }

  private let folder: TemporaryFolder
  private let process: ChildProcess
  private let address: String

  init() throws {
    folder = try TemporaryFolder()
    let log = folder.appending("log")
    process = try ChildProcess(
      "/usr/bin/python3", [Repository.appending("Tests/Providers/serve.py").path, folder.file("cloud")],
      output: log, error: log)
    let started = process
    address = try eventual("the providers say where they are") {
      started.log.firstMatch(of: /at (127\.0\.0\.1:\d+)/).map { String($0.1) }
    }
    for (name, lines) in [
      ("dropbox", "dropbox-key\ndropbox-secret\n"),
      ("google", "google-id.apps.googleusercontent.com\ngoogle-secret\n"),
    ] {
      try Data(lines.utf8).write(to: folder.appending(name))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file(name))
    }
  }

  deinit { process.kill() }

  var environment: [String: String] {
    let authority = folder.file("cloud/ca.pem")
    return [
      "PATH": "/usr/bin:/bin", "HTTPS_PROXY": "http://\(address)", "RCLONE_CA_CERT": authority,
      "CURL_CA_BUNDLE": authority, "HANDOVER_DROPBOX_APP": folder.file("dropbox"),
      "HANDOVER_GOOGLE_APP": folder.file("google"),
    ]
  }

  func mode(_ mode: String, _ provider: StorageProvider, _ more: [String: String] = [:]) throws {
    try ask("mode", provider, more.merging(["mode": mode]) { $1 })
  }

  @discardableResult
  func ask(_ verb: String, _ provider: StorageProvider, _ fields: [String: String]) throws -> Data {
    try curl(
      ["http://\(address)/\(verb)"]
        + fields.merging(["provider": provider.rawValue]) { $1 }.flatMap {
          ["--data-urlencode", "\($0)=\($1)"]
        })
  }

  /// What people see there.
  func files(_ provider: StorageProvider) throws -> [File] {
    try JSONDecoder().decode(
      [File].self, from: curl(["http://\(address)/files?provider=\(provider.rawValue)"])
    )
    .filter { !$0.folder && !$0.trashed }
  }

  /// Tokens as if somebody had pressed Allow.
  func grant(_ provider: StorageProvider) throws -> StorageToken {
    let answer = try JSONSerialization.jsonObject(with: ask("grant", provider, [:])) as? [String: Any] ?? [:]
    return StorageToken(
      access: try #require(answer["access_token"] as? String), expiresAt: 1_900_000_000,
      refresh: try #require(answer["refresh_token"] as? String))
  }

  private func curl(_ arguments: [String]) throws -> Data {
    let result = try Tool.run("curl", ["--silent", "--show-error", "--fail-with-body"] + arguments)
    guard result.succeeded else { throw HarnessError("curl \(arguments): \(result.output) \(result.error)") }
    return Data(result.output.utf8)
  }
}
