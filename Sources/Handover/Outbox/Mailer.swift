import Mail
import SQLite
import System

// How mail goes out
//
// Whatever causes a mail writes it into the outbox, in its own transaction, and goes on. One thread, the mailer, looks
// which mails are due and may begin (`MailPlaces`: nobody's mail waits for one that hangs), and starts a thread for each,
// which hands the mail to the transport and says how that ended. What became of a mail the mailer marks, in a
// transaction of its own; a mail in work is looked up by nobody else, so none is sent twice. A crash before the mark
// sends it once more, under the same Message-ID. While the database can't store a mark, on a full disk, the mailer
// starts nothing else: otherwise more and more unmarked mails would go out again after a crash.
//
// A mail that can't be sent for now waits, longer each time (`RetryPolicy.mail`), behind those that are new, and is
// given up after a day; one that never can be sent is given up at once. Either way the owner finds it in the activity.
// Bodies can hold links, so they are deleted once the mail is sent or given up.
//
// The outbox wakes the mailer. It also looks by itself every few seconds, for mails whose pause is over and for those
// that a command in another process has written.

/// Sends the mails of the outbox.
final class Mailer: Sendable {
  private let database: Database
  private let transport: any Transport
  private let sender: Address
  private let clock: Clock
  private let log: Log
  private let counts: MailCounts
  private let written: Wakeup
  private let thread = Locked<Thread?>(nil)
  /// Touched by the mailer alone.
  private let places = Locked(MailPlaces())
  /// Names of those that came back and have been seen to, as they are told for months. Touched by the mailer alone.
  private let seen = Locked<Set<String>>([])
  /// Is raised for each mail that has come to its end. Unlike `written` it goes on when the mailer stops.
  private let ended = Wakeup()

  /// How long it sleeps at most.
  private static let interval = Duration.seconds(5)
  /// The same while a mail waits for others to make way.
  private static let shortInterval = Duration.milliseconds(200)

  init(
    database: Database, transport: any Transport, sender: Address, clock: Clock, log: Log, written: Wakeup,
    counts: MailCounts = MailCounts()
  ) {
    self.database = database
    self.transport = transport
    self.sender = sender
    self.clock = clock
    self.log = log
    self.written = written
    self.counts = counts
  }

  func start() throws {
    let thread = try Thread(name: "mailer") { [self] in
      while !written.isStopped {
        noteWhatCameBack()
        let isCrowded = beginWhatIsDue()
        written.wait(atMost: isCrowded ? Self.shortInterval : Self.interval)
      }
      finish()
    }
    self.thread.withLock { $0 = thread }
  }

  /// Waits up to `patience` for the mails that are being sent. Those for which that is not enough go out after the
  /// next start, like the others.
  func stop(patience: Duration = .seconds(3)) {
    written.stop()
    thread.withLock { thread in
      if thread?.join(atMost: patience) == false { log.warning("mail.left") }
      thread = nil
    }
  }

  /// Sends all mails that are due, and returns when they have come to their end.
  func sendWhatIsDue() {
    var isCrowded = false
    repeat {
      isCrowded = beginWhatIsDue()
      finish()
    } while isCrowded
  }

  /// Waits for the mails in work.
  private func finish() {
    while true {
      settle()
      if places.withLock({ $0.inWork.isEmpty }) { return }
      ended.wait(atMost: Self.interval)
    }
  }

  /// - Returns: whether a mail waits for others to make way.
  private func beginWhatIsDue() -> Bool {
    var isCrowded = false
    do {
      repeat {
        settle()
        if written.isStopped { return false }
        // A write transaction begins only after the one that wrote the mail has been committed.
        let next = try database.write { connection in
          isCrowded = false
          return try nextDue(in: connection, &isCrowded)
        }
        guard let next else { break }
        try begin(next)
      } while true
    } catch {
      log.error("mail.outbox", ["error": "\(error)"])
    }
    return isCrowded
  }

  private func nextDue(in connection: Connection, _ isCrowded: inout Bool) throws -> DueLetter? {
    let (now, instant) = (clock.now(), ContinuousClock.now)
    for lane in MailLane.allCases {
      let (search, waiting) = places.withLock { ($0.search(in: lane, at: instant), $0.waiting(in: lane)) }
      if let search, let due = try connection.letters.nextDue(at: now, search) { return due }
      if search == waiting { continue }
      guard let due = try connection.letters.nextDue(at: now, waiting) else { continue }
      isCrowded = true
      places.withLock { $0.makeRoom(for: due, at: instant) }
    }
    return nil
  }

  private func begin(_ due: DueLetter) throws {
    guard let message = Message(due.letter, from: sender) else {
      return abandon(due, because: "'\(due.letter.to.email)' is not an address that e-mail can be sent to.")
    }
    let sending = Sending(due, at: .now)
    let thread = try Thread(name: "mail") { [self] in
      do throws(MailError) {
        // An e-mail says that something is done.
        do { try database.replicate() } catch { throw MailError.temporary("\(error)") }
        try transport.send(message) { written.isStopped || sending.isPushedAside }
        sending.end(.done)
      } catch {
        sending.end(.failed(error))
      }
      ended.raise()
      written.raise()
    }
    thread.detach()
    places.withLock { $0.add(sending) }
  }

  /// Marks what became of those that have come to their end.
  private func settle() {
    for sending in places.withLock({ $0.takeEnded() }) {
      let due = sending.due
      switch sending.ending {
      case .done:
        note { try $0.letters.markSent(due, at: clock.now()) }
        counts.sent.add()
        log.info("mail.sent", ["kind": due.letter.kind, "message": due.letter.messageID])
      // The stop ended it; that is not a failure.
      case .failed where written.isStopped: log.warning("mail.left")
      case .failed where sending.isPushedAside:
        let seconds = (ContinuousClock.now - sending.begun).wholeSeconds
        postpone(due, .temporary("It was not taken within \(seconds) seconds, and others waited."))
      case .failed(let error): postpone(due, error)
      case nil: break
      }
    }
  }

  private func postpone(_ due: DueLetter, _ error: MailError) {
    guard case .temporary = error, let pause = RetryPolicy.mail.pause(after: due.failures + 1) else {
      return abandon(due, because: error.reason)
    }
    note { try $0.letters.postpone(due, until: clock.now() + pause, because: error.reason) }
    counts.putOff.add()
    log.warning(
      "mail.put-off",
      [
        "kind": due.letter.kind, "message": due.letter.messageID, "pause": "\(pause.wholeSeconds)",
        "reason": error.reason,
      ])
  }

  private func abandon(_ due: DueLetter, because reason: String) {
    let now = clock.now()
    func record(in connection: Connection) throws {
      try connection.recordGivenUp(
        due.letter.messageID, of: due.organisation, due.letter.subject, to: due.letter.to.email, reason,
        at: now)
    }
    var hasLeft = false
    note { connection in
      try connection.letters.abandon(due, at: now, because: reason)
      // The activity of an organisation that has moved to another cell is there.
      hasLeft = try connection.moves.hasLeft(due.organisation)
      if !hasLeft { try record(in: connection) }
    }
    if hasLeft {
      do { try database.writeLate(record) } catch { log.error("mail.unnoted", ["error": "\(error)"]) }
    }
    counts.givenUp.add()
    log.error(
      "mail.given-up", ["kind": due.letter.kind, "message": due.letter.messageID, "reason": reason])
  }

  /// What the transport took, and could not deliver. Each is marked once, however long the transport tells it.
  func noteWhatCameBack() {
    let returned = transport.returned(except: seen.withLock(\.self))
    if returned.isEmpty { return }
    do {
      // With an organisation its mails move.
      let databases = try [database] + database.whereOthersMoved()
      for message in returned {
        let id = message.id.description
        // Of those that are given up, or not ours, there is nothing to note.
        let place = try databases.lazy.compactMap { database in
          try database.read { try $0.letters.isSent(id) }.map { (database: database, isSent: $0) }
        }.first
        if let place {
          // A refusal can come before the mail is marked as sent.
          guard place.isSent else { continue }
          try giveBack(id, because: message.reason, in: place.database)
        }
        seen.withLock { _ = $0.insert(message.name) }
      }
    } catch {
      log.error("mail.outbox", ["error": "\(error)"])
    }
  }

  private func giveBack(_ id: String, because reason: String, in database: Database) throws {
    let now = clock.now()
    try database.write { connection in
      guard let letter = try connection.letters.giveBack(id, at: now, because: reason) else { return }
      try connection.recordGivenUp(
        id, of: letter.organisation, letter.subject, to: letter.email, reason, at: now)
    }
    counts.givenUp.add()
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

extension Connection {
  fileprivate func recordGivenUp(
    _ messageID: String, of organisation: OrganisationID, _ subject: String, to email: String,
    _ reason: String, at now: UnixTime
  ) throws {
    try activity.record(
      Event(
        .mailGivenUp, of: organisation, by: .server, subject: messageID,
        detail: "“\(subject)” to \(email): \(reason)", at: now))
  }
}

extension Message {
  /// Nil where the recipient has no address that mail can be sent to.
  init?(_ letter: StoredLetter, from sender: Address) {
    // A name that isn't allowed in a header is left out.
    guard let to = Address(name: letter.to.name, email: letter.to.email) ?? Address(email: letter.to.email),
      let id = MessageID(letter.messageID)
    else { return nil }
    let replyTo = letter.replyTo.flatMap {
      Address(name: $0.name, email: $0.email) ?? Address(email: $0.email)
    }
    self.init(
      from: sender, to: to, replyTo: replyTo, subject: letter.subject, date: letter.writtenAt.rawValue,
      messageID: id, text: letter.text, flows: true, html: letter.html, headers: [.autoGenerated])
  }
}
