import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// OpenSMTPD takes the mails through its own `sendmail`, queues them, and delivers them into a Maildir.
  @Suite(.enabled(if: MailServer.isPossible, "OpenSMTPD is not installed, or this is not root"))
  struct MailServerTests {
    @Test("A real mail server delivers every mail of an export whole and readable, with its Message-ID")
    func delivery() throws {
      let server = try MailServer()
      let crashSite = try CrashSite(["HANDOVER_MAIL": "sendmail:/usr/sbin/sendmail"])
      let link = try crashSite.site.completedExport(by: crashSite.owner)
      #expect(try crashSite.owner.get(link).status == 200)
      try crashSite.settle()
      let written = try crashSite.site.rows("SELECT message_id FROM letter ORDER BY id")
      #expect(written.count >= 2)
      try eventually("all are delivered; \(server.log)") { try server.letters().count == written.count }
      let letters = try server.letters()
      #expect(Set(letters.compactMap { $0.headers["Message-ID"] }) == Set(written.map { "<\($0)>" }))
      for letter in letters {
        #expect(letter.to.contains(crashSite.demo.owner.email))
        #expect(letter.headers["Auto-Submitted"] == "auto-generated")
        #expect(letter.html.contains("</html>") && !letter.text.isEmpty)
      }
      let completed = try #require(letters.first { $0.subject.contains("completed") })
      #expect(completed.links.contains { $0.hasSuffix(link) })
    }

    @Test("While it is down mails wait; when it is up again they go out")
    func down() throws {
      let crashSite = try CrashSite(["HANDOVER_MAIL": "sendmail:/usr/sbin/sendmail"])
      let clock = try WallClock(in: crashSite.site.folder)
      try crashSite.restart(under: clock.wrapper)
      _ = try crashSite.site.completedExport(by: crashSite.owner)
      try eventually("all were tried") {
        try crashSite.site.count("SELECT count(*) FROM letter WHERE failures = 0 OR sent_at IS NOT NULL") == 0
      }
      let server = try MailServer()
      try clock.move(by: 100)
      try crashSite.settle()
      // Its `sendmail` fails for now, and keeps the mail all the same: it is delivered twice, as one mail.
      let written = try crashSite.site.rows("SELECT message_id FROM letter")
      try eventually("all are delivered; \(server.log)") {
        try Set(server.letters().map { $0.headers["Message-ID"] }) == Set(written.map { "<\($0)>" })
      }
    }
  }
}

/// OpenSMTPD as Debian has it, with a configuration that delivers all mail, whomever it is to, into one Maildir.
private final class MailServer {
  private let folder: TemporaryFolder
  private let process: ChildProcess
  private var maildir: URL { folder.appending("mail") }

  /// It has one socket on a machine: where a server runs already, it is not ours to stop.
  static var isPossible: Bool {
    geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/sbin/smtpd")
      && !FileManager.default.fileExists(atPath: socket)
  }

  private static let socket = "/run/smtpd.sock"

  init() throws {
    folder = try TemporaryFolder()
    let configuration = folder.appending("smtpd.conf")
    try Data(
      """
      listen on lo port \(try Port.free())
      action "keep" maildir "\(folder.appending("mail").path)" virtual { "@" = mail }
      match from any for any action "keep"\n
      """.utf8
    ).write(to: configuration)
    try FileManager.default.createDirectory(at: folder.appending("mail"), withIntermediateDirectories: true)
    // It delivers as the user mail, who has to get there.
    for (command, arguments) in [
      ("chmod", ["0711", folder.path]), ("chown", ["mail", folder.appending("mail").path]),
    ] {
      guard try Tool.run(command, arguments).succeeded else { throw HarnessError("\(command) failed") }
    }
    let log = folder.appending("log")
    process = try ChildProcess("smtpd", ["-d", "-f", configuration.path], output: log, error: log)
    try eventually("OpenSMTPD listens: \(process.log)") {
      guard process.isRunning else { throw HarnessError("OpenSMTPD ended: \(process.log)") }
      return FileManager.default.fileExists(atPath: Self.socket)
    }
  }

  deinit {
    _ = try? process.stop()
    try? FileManager.default.removeItem(atPath: Self.socket)
  }

  var log: String { process.log }

  func letters() throws -> [Letter] { try Letter.all(in: maildir) }
}
