import Foundation
import System

/// E-mail that waits, and its way to the mail server.
extension Doctor {
  private static let longestWait = Duration.hours(1)
  /// Debian's, as units.
  static let mailServers = ["postfix.service", "exim4.service", "opensmtpd.service"]

  func mailFindings(_ database: Database, _ units: [String: [String: String]]) throws -> [Finding] {
    let (waiting, givenUp) = try database.read {
      (try $0.letters.waiting(at: now), try $0.letters.givenUp(since: now - .days(1)))
    }
    var findings: [Finding] = []
    if let since = waiting.since, now - since > Self.longestWait {
      let what = Wording.plural(waiting.mails, "e-mail")
      findings.append(
        Finding(
          .mail, "\(what) can't be sent, the oldest for \(Wording.duration(now - since))",
          "look at the log, which says why, and try handover doctor --mail ADDRESS"))
    }
    if givenUp > 0 {
      let what = Wording.plural(givenUp, "e-mail")
      findings.append(
        Finding(
          .mail, "\(what) of the last 24 hours could not be sent and will not be",
          "look at the log, which says why"))
    }
    return findings + deliveryFindings(units, isTold: givenUp > 0) + queueFindings()
  }

  /// What the mail server has taken from us and gets rid of nowhere, where it is Postfix, which says so to everybody.
  private func queueFindings() -> [Finding] {
    guard case (0, let output)? = machine.run("postqueue", ["-j"], "") else { return [] }
    let waiting = output.split(separator: "\n").compactMap {
      try? JSONDecoder().decode(QueuedMail.self, from: Data($0.utf8))
    }.filter { $0.sender == configuration.mailFrom.email && now - $0.arrived > Self.longestWait }
    guard let oldest = waiting.min(by: { $0.arrived < $1.arrived }) else { return [] }
    let what = Wording.plural(waiting.count, "e-mail")
    let reason = oldest.recipients.lazy.compactMap(\.reason).first ?? "without a reason"
    return [
      Finding(
        .mail,
        "Postfix gets \(what) nowhere, the oldest for \(Wording.duration(now - oldest.arrived)): \(reason)",
        "look what mailq says of the others, and whether it may send at all: port 25, relayhost")
    ]
  }

  /// Whether e-mail finds its way to the mail server.
  /// - Parameter isTold: whether it was said that e-mails were given up; the server reads that in the spool.
  private func deliveryFindings(_ units: [String: [String: String]], isTold: Bool) -> [Finding] {
    switch configuration.mail {
    case .sendmail(let program):
      guard units[names.service]?["NoNewPrivileges"] == "yes" else { return [] }
      return [
        Finding(
          .mail, "the server's sandbox keeps \(program) from sending",
          "set HANDOVER_MAIL=maildir:\(machine.spool), whose e-mail a unit sends")
      ]
    case .maildir(let path):
      // Without the unit somebody else reads the Maildir.
      guard path == machine.spool, units["handover-mail.path"] != nil else { return [] }
      return spoolFindings(path, units, isTold: isTold)
    }
  }

  private func spoolFindings(
    _ path: String, _ units: [String: [String: String]], isTold: Bool
  ) -> [Finding] {
    let folders = ["", "/tmp", "/new", "/cur", "/failed"].map { path + $0 }
    if let wrong = folders.first(where: { !isShared($0) }) {
      return [
        Finding(
          .mail, "\(wrong) is not there for the server and for what sends its e-mail",
          "run systemd-tmpfiles --create handover.conf")
      ]
    }
    var findings: [Finding] = []
    let waiting = times(in: ["\(path)/new", "\(path)/cur"])
    if let oldest = waiting.min(), now - oldest > .minutes(15) {
      findings.append(
        Finding(
          .mail, "\(Wording.plural(waiting.count, "e-mail")) in \(path) that nobody sends",
          "look at the journal of its unit: journalctl --unit=handover-mail"))
    }
    let failed = times(in: ["\(path)/failed"]).filter { now - $0 < .days(1) }
    if !failed.isEmpty, !isTold {
      findings.append(
        Finding(
          .mail, "\(Wording.plural(failed.count, "e-mail")) in \(path)/failed since yesterday",
          "look at the journal of its unit: journalctl --unit=handover-mail"))
    }
    if !machine.has("sendmail") {
      findings.append(
        Finding(.mail, "there is no mail server: no program is called sendmail", "run apt install postfix"))
    }
    // A mail server that is off takes e-mail all the same.
    for name in Self.mailServers where units[name] != nil && units[name]?["ActiveState"] != "active" {
      findings.append(Finding(.mail, "\(name) is not active", "run systemctl enable --now \(name)"))
    }
    return findings
  }

  /// When the files of the folders were written.
  private func times(in folders: [String]) -> [UnixTime] {
    times(
      of: folders.flatMap { folder in
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map { "\(folder)/\($0)" }
      })
  }

  /// When the files were written, of those that are there.
  func times(of files: [String]) -> [UnixTime] {
    files.compactMap { file in
      var status = stat()
      guard unsafe lstat(file, &status) == 0 else { return nil }
      return UnixTime(rawValue: Int64(status.st_mtim.tv_sec))
    }
  }

  /// Whether a folder is the server's and its group's.
  private func isShared(_ folder: String) -> Bool {
    var status = stat()
    return unsafe stat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      && status.st_mode & 0o070 == 0o070 && access(folder, W_OK | X_OK) == 0
  }
}

/// A line of `postqueue -j`.
private struct QueuedMail: Decodable {
  let time: Int64
  let sender: String
  let recipients: [Recipient]

  struct Recipient: Decodable {
    let reason: String?

    private enum CodingKeys: String, CodingKey {
      case reason = "delay_reason"
    }
  }

  var arrived: UnixTime { UnixTime(rawValue: time) }

  private enum CodingKeys: String, CodingKey {
    case time = "arrival_time"
    case sender, recipients
  }
}
