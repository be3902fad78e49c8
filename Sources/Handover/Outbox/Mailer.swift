import Mail
import SQLite
import System

// How mail goes out
//
// Whatever causes a mail writes it into the outbox, in its own transaction, and goes on. One thread sends: it
// takes the mail that has been due for the longest time, hands it to the transport outside of any transaction
// (a `sendmail` that hangs delays only the mails behind it, by a minute at most), and marks it in a
// transaction of its own. A crash in between sends it once more, under the same Message-ID. While the
// database can't store the mark, on a full disk, the thread sends nothing else: otherwise the unmarked mail
// would go out again and again.
//
// A mail that can't be sent for now waits, longer each time (`RetryPolicy.mail`), and is given up after a
// day; one that never can be sent is given up at once. Either way the owner finds it in the activity. Bodies
// can hold links, so they are deleted once the mail is sent or given up.
//
// The outbox wakes the thread. It also looks by itself every few seconds, for mails whose pause is over and
// for those that a command in another process has written.

/// Sends the mails of the outbox.
final class Mailer: Sendable {
  private let database: Database
  private let transport: any Transport
  private let sender: Address
  private let clock: Clock
  private let log: Log
  private let written: Wakeup
  private let thread = Locked<Thread?>(nil)

  /// How long it sleeps at most.
  private static let interval = Duration.seconds(5)

  init(
    database: Database, transport: any Transport, sender: Address, clock: Clock, log: Log, written: Wakeup
  ) {
    self.database = database
    self.transport = transport
    self.sender = sender
    self.clock = clock
    self.log = log
    self.written = written
  }

  func start() throws {
    let thread = try Thread(name: "mailer") { [self] in
      while !written.isStopped {
        sendWhatIsDue()
        written.wait(atMost: Self.interval)
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Waits up to `patience` for the mail that is being sent. If that is not enough, the mail goes out after
  /// the next start, like the others.
  func stop(patience: Duration = .seconds(3)) {
    written.stop()
    thread.withLock { thread in
      if thread?.join(atMost: patience) == false { log.warning("mail.left") }
      thread = nil
    }
  }

  /// Sends all mails that are due, one after the other.
  func sendWhatIsDue() {
    do {
      // A write transaction begins only after the one that wrote the mail has been committed.
      while !written.isStopped, let due = try database.write({ try $0.letters.nextDue(at: clock.now()) }) {
        send(due)
      }
    } catch {
      log.error("mail.outbox", ["error": "\(error)"])
    }
  }

  private func send(_ due: DueLetter) {
    guard let message = Message(due.letter, from: sender) else {
      return abandon(due, because: "'\(due.letter.to.email)' is not an address that mail can be sent to.")
    }
    do throws(MailError) {
      try transport.send(message)
    } catch {
      // The stop ended it; that is not a failure.
      return written.isStopped ? log.warning("mail.left") : postpone(due, error)
    }
    note { try $0.letters.markSent(due, at: clock.now()) }
    log.info("mail.sent", ["kind": due.letter.kind, "message": due.letter.messageID])
  }

  private func postpone(_ due: DueLetter, _ error: MailError) {
    guard case .temporary = error, let pause = RetryPolicy.mail.pause(after: due.failures + 1) else {
      return abandon(due, because: error.reason)
    }
    note { try $0.letters.postpone(due, until: clock.now() + pause, because: error.reason) }
    log.warning(
      "mail.put-off",
      [
        "kind": due.letter.kind, "message": due.letter.messageID, "pause": "\(pause.wholeSeconds)",
        "reason": error.reason,
      ])
  }

  private func abandon(_ due: DueLetter, because reason: String) {
    note { connection in
      let now = clock.now()
      try connection.letters.abandon(due, at: now, because: reason)
      try connection.activity.record(
        Event(
          .mailGivenUp, of: due.organisation, by: .server, subject: due.letter.messageID,
          detail: "“\(due.letter.subject)” to \(due.letter.to.email): \(reason)", at: now))
    }
    log.error(
      "mail.given-up", ["kind": due.letter.kind, "message": due.letter.messageID, "reason": reason])
  }

  /// Records what became of a mail, trying again until the database stores it.
  private func note(_ end: (Connection) throws -> Void) {
    while true {
      do { return try database.write(end) } catch {
        log.error("mail.unnoted", ["error": "\(error)"])
        if written.isStopped { return }
        written.wait(atMost: Self.interval)
      }
    }
  }
}

extension Message {
  /// Nil where the recipient has no address that mail can be sent to.
  fileprivate init?(_ letter: StoredLetter, from sender: Address) {
    // A name that isn't allowed in a header is left out.
    guard let to = Address(name: letter.to.name, email: letter.to.email) ?? Address(email: letter.to.email),
      let id = MessageID(letter.messageID)
    else { return nil }
    self.init(
      from: sender, to: to, subject: letter.subject, date: letter.writtenAt.rawValue, messageID: id,
      text: letter.text, html: letter.html, headers: [.autoGenerated])
  }
}
