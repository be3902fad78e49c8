import Glibc
import Mail
import System

/// `handover mail`: hands on what the server has written into a spool (Mail/Spool.swift says how). It touches
/// neither the data folder nor the settings, which its user may not read.
///
/// Each mail has a thread and the program's own time, so that one that hangs holds up few others.
package struct MailSpool: Sendable {
  private let folder: String
  private let program: Sendmail
  private let log: Log
  private let retries: RetryPolicy
  private let ended = Wakeup()
  private let endings = Locked<[Ended]>([])

  /// The first pause of a mail that was not taken, and what all may take together.
  package static let firstPause = RetryPolicy.mail.pauses[0]
  package static let limit = RetryPolicy.mailLimit
  /// How many are handed on at once.
  private static let atOnce = 8
  /// How often it looks for new ones while others wait.
  private static let interval = Duration.seconds(1)

  private struct Ended: Sendable {
    let mail: Spool.Mail
    let error: MailError?
  }

  package init(folder: String, program: String) {
    self.init(folder: folder, program: Sendmail(path: program), log: Log(level: .info, form: .ofThisProcess))
  }

  init(folder: String, program: Sendmail, log: Log, retries: RetryPolicy = .mail) {
    self.folder = folder
    self.program = program
    self.log = log
    self.retries = retries
  }

  /// Returns once nothing waits, or when the process is asked to end.
  /// - Throws: where the folder can't be used.
  package func send() throws {
    ThisProcess.setUp()
    ThisProcess.blockTermination()
    let waker = try Thread(name: "ending") { [ended] in
      _ = ThisProcess.waitForTermination()
      ended.stop()
    }
    waker.detach()
    try send(from: Spool(path: folder))
  }

  func send(from spool: Spool) throws {
    spool.forget(after: StoredLetter.kept)
    var inWork: Set<String> = []
    /// When those that failed are tried again.
    var next: [String: ContinuousClock.Instant] = [:]
    /// Those that the mail server has, and whose files could not be removed, are not sent once more.
    var taken: Set<String> = []
    repeat {
      for ended in endings.withLock({ endings in
        defer { endings = [] }
        return endings
      }) {
        inWork.remove(ended.mail.name)
        if ended.error == nil { taken.insert(ended.mail.name) }
        next[ended.mail.name] = settle(ended, in: spool).map { .now + $0 }
      }
      let waiting = ended.isStopped ? [] : try spool.waiting()
      if waiting.isEmpty, inWork.isEmpty { return }
      for mail in waiting where !inWork.contains(mail.name) && inWork.count < Self.atOnce {
        if let moment = next[mail.name], moment > .now { continue }
        inWork.insert(mail.name)
        if taken.contains(mail.name) {
          endings.withLock { $0.append(Ended(mail: mail, error: nil)) }
        } else {
          try begin(mail, in: spool)
        }
      }
      // A stopped wake-up keeps nobody waiting, and those in work have a moment still.
      if ended.isStopped { usleep(20_000) } else { ended.wait(atMost: pause(before: next)) }
    } while true
  }

  private func pause(before next: [String: ContinuousClock.Instant]) -> Duration {
    let now = ContinuousClock.now
    return next.values.filter { $0 > now }.map { $0 - now }.reduce(Self.interval, min)
  }

  private func begin(_ mail: Spool.Mail, in spool: Spool) throws {
    let thread = try Thread(name: "mail") { [self] in
      var failure: MailError?
      do throws(MailError) {
        try spool.send(mail, by: program) { ended.isStopped }
      } catch { failure = error }
      let end = Ended(mail: mail, error: failure)
      endings.withLock { $0.append(end) }
      ended.raise()
    }
    thread.detach()
  }

  /// - Returns: how long the mail is to wait; nil where it is gone.
  private func settle(_ end: Ended, in spool: Spool) -> Duration? {
    let name = end.mail.name
    let pause = retries.pause(after: end.mail.failures + 1)
    do throws(SystemError) {
      switch (end.error, pause) {
      case (nil, _):
        try spool.remove(end.mail)
        log.info("mail.sent", ["message": name])
      // The stop ended it; that is no failure.
      case _ where ended.isStopped: log.warning("mail.left", ["message": name])
      case (.temporary(let reason), let pause?):
        try spool.postpone(end.mail)
        log.warning("mail.put-off", ["message": name, "pause": "\(pause.wholeSeconds)", "reason": reason])
        return pause
      case (.temporary(let reason), nil), (.permanent(let reason), _):
        try spool.abandon(end.mail, because: reason)
        log.error("mail.given-up", ["message": name, "reason": reason])
      }
      return nil
    } catch {
      log.error("mail.unnoted", ["message": name, "error": "\(error)"])
      return end.error == nil ? Self.interval : Self.firstPause
    }
  }
}
