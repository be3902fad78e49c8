import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Documents on their way to a linked storage: rclone's real binary and curl, with the providers of the tests.
  @Suite struct StorageTests {
    let providers: Providers
    let site: Site
    let demo: Demo
    let owner: Client

    init() throws {
      providers = try Providers()
      site = try Site(providers.environment)
      demo = try site.makeDemo()
      // The demo's own documents are in the way of counting.
      try site.change("DELETE FROM document; DELETE FROM document_content;")
      try site.start()
      owner = try site.client(of: demo.owner)
    }

    private let block = 4 * 1_024 * 1_024

    /// Awkward ones, and how many of them keep their names.
    private var uploads: [Upload] {
      [
        Upload("Payslip.pdf", bytes: 1_000, seed: 1), Upload("payslip.PDF", bytes: 1_000, seed: 2),
        Upload("empty.txt", []), Upload("CON.txt", "device"), Upload("Haus 🏡.txt", "emoji"),
        Upload("a: b? * | <c>.txt", "signs"), Upload("ends in a dot.", "dot"), Upload("~$lock.docx", "lock"),
        Upload(String(repeating: "ü", count: 148) + ".pdf", "300 bytes"),
        Upload("4-1.bin", bytes: block - 1), Upload("4.bin", bytes: block),
        Upload("4+1.bin", bytes: block + 1),
      ]
    }

    /// What the export says of each document is what lies there, and nothing else lies there.
    private func compare(_ provider: Providers.Provider, account: String = Providers.account) throws {
      let rows = try site.documentsFile(by: owner)
      let there = try providers.files(of: provider, account: account)
      #expect(rows.count == there.count, "\(rows.count) rows, \(there.map(\.path))")
      let hashes = Dictionary(there.map { ($0.path, $0.sha256 ?? "") }) { first, _ in first + " twice" }
      for row in rows {
        let path = row["remote_path", default: ""].trimmingPrefix("/")
        #expect(hashes[String(path)] == row["sha256"], "\(row)")
        #expect(row["provider"]?.isEmpty == false && row["synced_at"]?.isEmpty == false)
      }
    }

    @Test(
      "All documents arrive once, under safe names in their deal's folder, and Documents.csv says where",
      arguments: Providers.Provider.allCases)
    func arrives(provider: Providers.Provider) throws {
      #expect(try owner.add(uploads, to: "D-1").status == 303)
      #expect(try owner.add([Upload("Payslip.pdf", "of another deal")], to: "D-2").status == 303)
      let linked = try site.link(provider, of: providers, by: owner, demo.owner)
      #expect(linked.status == 200 && linked.text.contains(Providers.account), "\(linked.text)")
      try site.waitForDocuments()
      try compare(provider)
      let files = try providers.files(of: provider)
      let folders = Set(files.map { $0.path.split(separator: "/").dropLast().joined(separator: "/") })
      #expect(
        folders.count == 2 && folders.allSatisfy { $0.hasPrefix("Handover - Harbourside Home Loans/D-") })
      #expect(files.allSatisfy { $0.revisions == 1 })
      let letter = try site.letter("linked") { $0.text.contains(Providers.account) }
      #expect(letter.to.contains(demo.owner.email))
      // What comes later goes there by itself.
      #expect(try owner.add([Upload("Later.pdf", "later")], to: "D-2").status == 303)
      try site.waitForDocuments()
      #expect(try owner.add([Upload("Later.pdf", "newer")], to: "D-2", [("replaces", "F-14")]).status == 303)
      try site.waitForDocuments()
      try compare(provider)
      #expect(
        try providers.files(of: provider).filter { $0.path.hasSuffix("/Later.pdf") }.map(\.revisions) == [2])
      // One that is removed stays there, and is marked.
      #expect(try owner.press("remove", of: "F-14").status == 303)
      let row = try #require(try site.documentsFile(by: owner).last)
      #expect(row["state"] == "removed")
      #expect(try providers.files(of: provider).count == 14)
      let sentence = try owner.get(Site.exportPage).text
      #expect(
        sentence.contains("All 13 documents are in \(provider == .google ? "Google Drive" : "Dropbox") "))
      #expect(sentence.contains("1 that was removed here is still there."))
      #expect(try providers.requests().allSatisfy { $0.method != "DELETE" && !$0.path.contains("delete") })
    }

    /// Each at the provider that it is worse at; in long runs all at both.
    private static let modes: [(Providers.Provider, String)] = {
      let dropbox = ["503", "ratelimit", "cut", "refused", "quota", "down"]
      let google = ["429", "cut-after", "dup", "late", "corrupt", "quota-middle"]
      let worse = dropbox.map { (Providers.Provider.dropbox, $0) } + google.map { (.google, $0) }
      let all = dropbox + google + ["html", "badname", "notfound"]
      return Checkout.isLong ? Providers.Provider.allCases.flatMap { one in all.map { (one, $0) } } : worse
    }()

    @Test(
      "Whatever goes wrong there for a while, each document arrives in the end, once", arguments: modes)
    func faults(provider: Providers.Provider, mode: String) throws {
      try site.link(provider, of: providers, by: owner, demo.owner)
      #expect(try owner.add([Upload("before.pdf", "before")], to: "D-1").status == 303)
      try site.waitForDocuments()
      try providers.set(mode, of: provider, mode == "refused" ? ["after": "2"] : [:])
      #expect(
        try owner.add([Upload("in.pdf", "small"), Upload("large.bin", bytes: 9_000_000)], to: "D-1").status
          == 303)
      #expect(try owner.add([Upload("new.pdf", "in a new folder")], to: "D-2").status == 303)
      try eventually("\(mode) was met: \(try providers.requests().suffix(5))") {
        try mode == "late" || mode == "down"
          ? site.documentStates() != ["waiting": 3, "synced": 1]
          : providers.requests().contains { $0.mode == mode }
      }
      try eventually("a run has ended: \(try site.syncs())") {
        try mode == "late"
          || site.count("SELECT count(*) FROM sync WHERE failures > 0 OR status = 'completed'") > 1
          || site.count("SELECT max(not_before) > unixepoch() FROM storage_link") == 1
      }
      try providers.recover()
      try eventually(
        "all arrived: \(try site.documentStates()); \(try site.syncs()); \(site.logs.suffix(3_000))"
      ) {
        try site.hurry()
        for row in try site.rows("SELECT 'F-' || document_id FROM sync WHERE status = 'failed'") {
          #expect(try owner.press("retry", of: row).status == 303)
        }
        return try site.documentStates() == ["synced": 4]
      }
      try compare(provider)
    }

    @Test(
      "A token that is accepted no longer pauses the link with one mail; the same account again goes on, another one begins anew",
      arguments: Providers.Provider.allCases)
    func signedOut(provider: Providers.Provider) throws {
      try site.link(provider, of: providers, by: owner, demo.owner)
      #expect(try owner.add([Upload("1.pdf", "1")], to: "D-1").status == 303)
      try site.waitForDocuments()
      try providers.ask("revoke", of: provider)
      #expect(try owner.add((2...4).map { Upload("\($0).pdf", "\($0)") }, to: "D-1").status == 303)
      try eventually(
        "the link is signed out: \(try site.rows("SELECT * FROM storage_link")); \(site.logs.suffix(3_000))"
      ) {
        try site.rows("SELECT status FROM storage_link") == ["signed-out"]
      }
      try eventually("all wait") { try site.documentStates() == ["synced": 1, "waiting": 3] }
      _ = try site.letter("signed out") { $0.subject.hasPrefix("Documents wait: ") }
      let letters = try site.letters().count
      for page in [Site.storagePage, Site.exportPage] {
        #expect(try owner.get(page).text.contains("Link again"), "\(page) has a banner")
      }
      #expect(try owner.add([Upload("5.pdf", "5")], to: "D-1").status == 303)
      // Another account is never mixed with this one.
      let other = try site.callback(
        provider, of: providers, by: owner, demo.owner, as: Providers.otherAccount)
      let refused = try owner.get(other)
      #expect(refused.status == 409 && refused.text.contains("Nothing was linked"), "\(refused.text)")
      #expect(try providers.files(of: provider).count == 1)
      try site.link(provider, of: providers, by: owner, demo.owner)
      try site.waitForDocuments()
      try compare(provider)
      #expect(try providers.files(of: provider).map(\.revisions) == [1, 1, 1, 1, 1])
      #expect(try unlink().status == 303)
      try site.link(provider, of: providers, by: owner, demo.owner, as: Providers.otherAccount)
      try site.waitForDocuments()
      try compare(provider, account: Providers.otherAccount)
      #expect(try unlink().status == 303)
      #expect(try owner.add([Upload("6.pdf", "6")], to: "D-1").status == 303)
      try site.link(provider, of: providers, by: owner, demo.owner)
      try site.waitForDocuments()
      try compare(provider)
      #expect(try providers.files(of: provider, account: Providers.account).allSatisfy { $0.revisions == 1 })
      #expect(try site.letters().count > letters)
      #expect(try site.letters().count { $0.subject.hasPrefix("Documents wait: ") } == 1)
    }

    @Test(
      "What people do to the folders: renamed ones are found, trashed or deleted ones are made anew, and nothing twice",
      arguments: Providers.Provider.allCases)
    func people(provider: Providers.Provider) throws {
      try site.link(provider, of: providers, by: owner, demo.owner)
      #expect(try owner.add([Upload("1.pdf", "1")], to: "D-1").status == 303)
      try site.waitForDocuments()
      let first = try #require(try providers.files(of: provider).first)
      let folder = first.path.split(separator: "/").dropLast().joined(separator: "/")
      let number = try #require(folder.split(separator: "/").last?.split(separator: " ").first)
      let renamed = "\(number) called otherwise"
      try providers.ask("rename", of: provider, ["path": folder, "to": renamed])
      #expect(try owner.add([Upload("2.pdf", "2")], to: "D-1").status == 303)
      try site.waitForDocuments()
      #expect(
        try providers.files(of: provider).map {
          $0.path.split(separator: "/").dropFirst().joined(separator: "/")
        }.sorted()
          == ["\(renamed)/1.pdf", "\(renamed)/2.pdf"])
      let root = String(folder.split(separator: "/")[0])
      try providers.ask("trash", of: provider, ["path": "\(root)/\(renamed)"])
      #expect(try owner.add([Upload("3.pdf", "3")], to: "D-1").status == 303)
      try site.waitForDocuments()
      #expect(try providers.files(of: provider).count == 3)
      try compare(provider)
      try providers.ask("delete", of: provider, ["path": root])
      #expect(try owner.add([Upload("4.pdf", "4")], to: "D-1").status == 303)
      try site.waitForDocuments()
      #expect(try providers.files(of: provider).count == 4)
      try compare(provider)
    }

    @Test(
      "A way back that is used, foreign, of another session, of somebody who left or owns no more links nothing",
      arguments: Providers.Provider.allCases)
    func callbacks(provider: Providers.Provider) throws {
      let path = "\(Site.storagePage)/\(provider.rawValue)/callback"
      func isRefused(_ answer: Answer, _ what: String) throws {
        #expect(answer.status == 403, "\(what): \(answer.status)")
        #expect(try site.count("SELECT count(*) FROM storage_link") == 0, "\(what)")
      }
      try isRefused(owner.get(path), "nothing")
      try isRefused(owner.get("\(path)?state=\(String(repeating: "A", count: 43))&code=x"), "made up")
      let first = try site.callback(provider, of: providers, by: owner, demo.owner)
      let other = provider == .google ? "dropbox" : "google"
      try isRefused(owner.get(first.replacing(provider.rawValue, with: other)), "another provider's")
      try isRefused(site.client(of: demo.owner).get(first), "another session's")
      try isRefused(site.client(of: demo.otherOwner).get(first), "another organisation's")
      try isRefused(site.client().get(first), "nobody's")
      let second = try site.callback(provider, of: providers, by: owner, demo.owner)
      #expect(try owner.submit([], to: "/logout", from: "/settings").status == 303)
      try isRefused(owner.get(second), "after the sign-out")
      try owner.signIn(demo.owner.email, demo.owner.password)
      let third = try site.callback(provider, of: providers, by: owner, demo.owner)
      #expect(
        try site.handover("user", "change", "--organisation", "1", demo.admin.email, "--role", "owner")
          .succeeded)
      try isRefused(owner.get(third), "after another became the owner")
      let admin = try site.client(of: demo.admin)
      let fourth = try site.callback(provider, of: providers, by: admin, demo.admin)
      #expect(try admin.get(fourth).status == 303)
      #expect(try admin.get(fourth).status == 403, "used")
      #expect(try site.count("SELECT count(*) FROM storage_link") == 1)
    }

    private func unlink() throws -> Answer {
      try owner.submit([], to: Site.storagePage + "/unlink", from: Site.storagePage)
    }

    @Test(
      "No secret stands in a list of processes, a log, the database, a backup or an export",
      arguments: Providers.Provider.allCases)
    func secrets(provider: Providers.Provider) throws {
      let watch = try ProcessWatch()
      try site.link(provider, of: providers, by: owner, demo.owner)
      #expect(
        try owner.add([Upload("1.pdf", "1"), Upload("large.bin", bytes: 9_000_000)], to: "D-1").status == 303)
      try site.waitForDocuments()
      try providers.ask("expire", of: provider)
      #expect(try owner.add([Upload("2.pdf", "2")], to: "D-1").status == 303)
      try site.waitForDocuments()
      let backup = site.folder.file("backup.sqlite")
      #expect(try site.handover("backup", backup).succeeded)
      _ = try site.documentsFile(by: owner)
      let secrets = try providers.secrets()
      #expect(secrets.count > 4)
      let seen = watch.seen()
      #expect(seen.contains { $0.contains("rclone") } && seen.contains { $0.contains("curl") })
      for secret in secrets {
        #expect(!seen.contains { $0.contains(secret) }, "a list of processes shows it")
        let found = try Tool.run("grep", ["-rlF", "--", secret, site.folder.path])
        let files = found.output.split(separator: "\n").filter { !$0.contains("/data/storage/") }
        #expect(files == [], "\(files)")
      }
      let folder = site.data.appending(path: "storage")
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
        let mode = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path)[
          .posixPermissions]
        #expect(mode as? Int == 0o600)
      }
      let tokens = try providers.requests().count { $0.path.contains("revoke") }
      #expect(try unlink().status == 303)
      try eventually("the permission is given back") {
        try providers.requests().count { $0.path.contains("revoke") && $0.status == 200 } > tokens
      }
      #expect((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] == [])
    }
  }
}

/// The command lines of every process, as anybody on the machine can see them, looked at over and over by a thread of its
/// own until they are asked for.
final class ProcessWatch {
  private let process: ChildProcess
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let script = """
      import glob, os, sys, time
      seen = set()
      with open(sys.argv[1], "w", buffering=1) as out:
        while True:
          for path in glob.glob("/proc/[0-9]*/cmdline"):
            try: line = open(path, "rb").read().replace(b"\\0", b" ").decode("utf-8", "replace").strip()
            except OSError: continue
            if line and line not in seen:
              seen.add(line)
              print(line.replace("\\n", " "), file=out)
          time.sleep(0.003)
      """
    process = try ChildProcess(
      "/usr/bin/python3", ["-c", script, folder.file("seen")], output: folder.appending("log"),
      error: folder.appending("log"))
  }

  deinit { process.kill() }

  func seen() -> [Substring] {
    ((try? String(contentsOf: folder.appending("seen"), encoding: .utf8)) ?? "").split(separator: "\n")
  }
}
