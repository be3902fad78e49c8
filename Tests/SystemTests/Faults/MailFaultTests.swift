import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// A `sendmail` that does what it should not. The clock is moved on to the next attempt.
  @Suite struct MailFaultTests {
    let crashSite: CrashSite
    let clock: WallClock
    let program: FakeSendmail
    var site: Site { crashSite.site }

    init() throws {
      program = try FakeSendmail()
      crashSite = try CrashSite(["HANDOVER_MAIL": "sendmail:\(program.path)"])
      clock = try WallClock(in: crashSite.site.folder)
      try crashSite.restart(under: clock.wrapper)
    }

    @Test(
      "One that fails for now, is killed or is missing: the mails wait, and go out whole when it is well",
      arguments: [
        ("exit 75", "status 75"), ("kill -9 $$", "signal 9"), ("", "could not be run"),
        ("exit 1", "status 1"),
      ])
    func temporary(script: String, reason: String) throws {
      try program.become(script)
      _ = try site.completedExport(by: crashSite.owner)
      try eventually("all mails were tried; \(site.logs)") {
        try count("failures = 1 AND sent_at IS NULL") == count("true")
      }
      #expect(try site.rows("SELECT error FROM letter").allSatisfy { $0.contains(reason) })
      #expect(
        try site.rows("SELECT DISTINCT next_attempt_at - created_at BETWEEN 30 AND 90 FROM letter") == ["1"])
      // Documentation/Operations.md says where to look.
      #expect(site.logs.contains("event=mail.put-off") && site.logs.contains(reason))
      try program.become(FakeSendmail.well)
      try clock.move(by: 100)
      try eventually("all are sent") {
        try count("failures = 1 AND sent_at IS NOT NULL") == count("true")
      }
      #expect(try program.taken.count == count("true"))
      #expect(try program.taken.allSatisfy { $0.hasSuffix("--\n") && $0.contains("Message-ID: <") })
    }

    @Test("One that refuses for good: the mails are given up, and the owner finds them on the Activity page")
    func permanent() throws {
      try program.become("echo no such user >&2; exit 67")
      _ = try site.completedExport(by: crashSite.owner)
      try eventually("all are given up") { try count("given_up_at IS NOT NULL") == count("true") }
      #expect(try site.count("SELECT count(*) FROM letter WHERE text <> '' OR html <> ''") == 0)
      let page = try crashSite.owner.get("/settings/activity")
      #expect(page.text.contains("no such user"))
    }

    @Test("One that takes the mail without reading it has taken it")
    func earlyEnd() throws {
      try program.become("exec <&-; exit 0")
      _ = try site.completedExport(by: crashSite.owner)
      try eventually("all are sent") { try count("sent_at IS NOT NULL AND failures = 0") == count("true") }
    }

    /// Of the mails for which it is true; an export has one mail or two.
    private func count(_ condition: String) throws -> Int {
      try site.count("SELECT count(*) FROM letter WHERE \(condition)")
    }

    @Test("One that hangs keeps no request, no export and no stop waiting; after the start the mails go out")
    func hanging() throws {
      try program.become("touch \"$OUT/called\"; sleep 1000")
      let link = try site.completedExport(by: crashSite.owner)
      try eventually("it hangs") { program.exists("called") }
      #expect(try crashSite.owner.get(link).status == 200)
      _ = try site.completedExport(by: crashSite.owner)
      #expect(try site.count("SELECT count(*) FROM letter WHERE sent_at IS NOT NULL") == 0)
      #expect(try site.server?.stop(within: .seconds(10)) == 0)
      #expect(try Tool.run("pgrep", ["-f", program.path]).status == 1, "it is left running")
      #expect(try site.count("SELECT count(*) FROM letter WHERE failures > 0") == 0)
      try program.become(FakeSendmail.well)
      try crashSite.restart(under: clock.wrapper)
      let unsent = "SELECT count(*) FROM letter WHERE sent_at IS NULL"
      try eventually("all are sent") { try site.count(unsent) == 0 }
      #expect(try program.taken.count == site.count("SELECT count(*) FROM letter"))
    }

    @Test("Whatever hangs, a link that somebody waits for goes out")
    func hangingOthers() throws {
      try program.become("case \"$*\" in *slow*) sleep 1000;; esac\n\(FakeSendmail.well)")
      _ = try site.completedExport(by: crashSite.owner)
      try crashSite.settle()
      try site.change(
        """
        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 60)
        INSERT INTO letter (organisation_id, kind, message_id, recipient_name, recipient_email, subject, text, html,
          created_at, next_attempt_at, lane)
        SELECT 1 + n % 3, 'x', n || '@x', '', 'x@' || n || '.slow.example', 'x', 'x', 'x', unixepoch(), unixepoch(), n % 3
        FROM number
        """)
      try eventually("some hang") {
        try Tool.run("pgrep", ["-f", "slow.example"]).output.split(separator: "\n").count >= 12
      }
      let email = [("email", crashSite.demo.owner.email)]
      _ = try site.client().submit(email, to: "/password/forgotten", from: "/password/forgotten")
      try eventually("the link is sent") {
        try site.count("SELECT count(*) FROM letter WHERE kind = 'password_reset' AND sent_at IS NOT NULL")
          == 1
      }
      #expect(try site.count("SELECT count(*) FROM letter WHERE kind = 'x' AND sent_at IS NOT NULL") == 0)
      let waited = "SELECT sent_at - created_at FROM letter WHERE kind = 'password_reset'"
      #expect(try site.count(waited) <= 5)
      #expect(try site.server?.stop(within: .seconds(20)) == 0)
      #expect(try Tool.run("pgrep", ["-f", program.path]).status == 1, "some are left running")
    }

    @Test("No sendmail, and nothing that it started, outlives a server that was killed")
    func killedServer() throws {
      try program.become("sleep 1000 & echo $! >\"$OUT/child\"; touch \"$OUT/called\"; wait")
      _ = try site.completedExport(by: crashSite.owner)
      try eventually("it hangs") { program.exists("called") }
      let child = try program.read("child")
      site.server?.kill()
      try eventually("all are gone") {
        let isLeft = try Tool.run("pgrep", ["-f", program.path]).status == 0
        return try !isLeft
          && Tool.run("ps", ["-o", "stat=", "-p", child]).output.allSatisfy { "Z\n".contains($0) }
      }
    }

    @Test("A mail that is sent while the disk is full is not sent again and again")
    func fullDisk() throws {
      try program.become(FakeSendmail.well)
      _ = try site.completedExport(by: crashSite.owner)
      try crashSite.settle()
      let before = try program.taken.count
      // The mark of the next mail can't be written, again and again, until the disk is well.
      let trace = try Strace(site.server, thread: "mailer", "pwrite64,fdatasync", "error=ENOSPC:when=1+")
      #expect(crashSite.ask() == 303)
      try eventually("one is sent") { try program.taken.count > before }
      try eventually("its mark was tried three times") {
        site.logs.components(separatedBy: "event=mail.unnoted").count > 3
      }
      // The other mail of the export may have begun before the first could not be marked.
      #expect(try program.taken.count <= before + 2)
      trace.detach()
      try crashSite.settle()
      #expect(try program.taken.count == count("true"))
    }
  }
}

/// A script that stands in for `sendmail`, and becomes another one while the server runs.
final class FakeSendmail {
  private let folder: TemporaryFolder
  var path: String { folder.appending("sendmail").path }

  /// Takes a mail and keeps it.
  static let well = "cat > \"$OUT/mail.part.$$\" && mv \"$OUT/mail.part.$$\" \"$OUT/mail.$$\""

  init() throws {
    folder = try TemporaryFolder()
    try become(Self.well)
  }

  /// - Parameter script: what it does, in sh, where `$OUT` is a folder; none: the program is not there.
  func become(_ script: String) throws {
    try? FileManager.default.removeItem(atPath: path)
    if script.isEmpty { return }
    try folder.program("sendmail", "OUT=\(folder.path)\n\(script)")
  }

  /// What a script wrote into a file.
  func read(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(name), encoding: .utf8).trimmingCharacters(in: .newlines)
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appending(name).path) }

  /// The mails that it has taken.
  var taken: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasPrefix("mail.") && !$0.hasPrefix("mail.part") }
        .map { try String(contentsOf: folder.appending($0), encoding: .utf8) }
    }
  }
}
