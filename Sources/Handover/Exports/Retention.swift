import SQLite

// What is kept, and for how long
//
// Rows that somebody else could make grow for ever have an end: the audit trail, mails, requests to the owner,
// links to set a password, sessions and attempts. Their nouns say how long they are kept. Exports are kept: an
// organisation asks for a limited number a day.
//
// Where the clock is set back, whatever is dated ahead of now counts from now on, or limits would hold and sessions
// and links would live until the clock has caught up. The sweeper looks for it twice a minute.
//
// What can be missed is deleted only by a clock that can be trusted. A machine whose clock has jumped by years,
// be it for a minute, would else delete the trail of those years.

enum Retention {
  /// How often what is old is looked for.
  static let interval = Duration.hours(1)
  /// Rows that one transaction deletes at most, so that no writer waits for long.
  static let rowsAtOnce = 1_000
}

extension Exports {
  /// Lets whatever is dated ahead of now count from now on.
  func countFromNow() throws {
    let count = try database.write { connection in
      // Under the lock, so that nobody has written anything later.
      let now = clock.now()
      return try connection.sessions.countFromNow(now) + connection.attempts.countFromNow(now)
        + connection.browsers.countFromNow(now) + connection.passwordLinks.countFromNow(now)
        + connection.emailChanges.countFromNow(now) + connection.ownerRequests.countFromNow(now)
        + connection.downloads.countFromNow(now) + connection.exports.countFromNow(now)
        + connection.told.countFromNow(now)
    }
    if count > 0 { log.warning("clock.set-back", ["rows": "\(count)"]) }
  }

  /// Deletes what has been kept for long enough. A step that fails does not keep the others from running.
  ///
  /// - Parameter isClockTrusted: whether to delete what could be missed, too.
  func removeWhatIsOld(isClockTrusted: Bool) {
    let now = clock.now()
    attempt("accounts") {
      try database.write { connection in
        try connection.sessions.removeEnded(at: now)
        try connection.passwordLinks.removeOld(at: now)
        try connection.attempts.removeOld(at: now)
      }
    }
    guard isClockTrusted else { return }
    attempt("requests") { try database.write { try $0.ownerRequests.removeOld(at: now) } }
    attempt("letters") { try inParts { try $0.letters.removeOld(at: now, limit: Retention.rowsAtOnce) } }
    attempt("activity") { try inParts { try $0.activity.removeOld(at: now, limit: Retention.rowsAtOnce) } }
  }

  private func attempt(_ step: String, _ remove: () throws -> Void) {
    do { try remove() } catch { log.error("retention.\(step)", ["error": "\(error)"]) }
  }

  private func inParts(_ remove: (Connection) throws -> Int) throws {
    while !ended.isStopped, try database.write(remove) == Retention.rowsAtOnce {}
  }
}

/// Tells whether the clock may be trusted: it has gone as fast as the machine's own time for a day.
struct ClockWatch {
  private var since: (clock: UnixTime, machine: Duration)

  /// For how long the clock has to go right.
  static let period = Duration.days(1)
  /// By how much it may differ.
  static let tolerance = Duration.minutes(1)

  /// - Parameter machine: time since any fixed moment, which nobody sets.
  init(_ clock: UnixTime, _ machine: Duration) {
    since = (clock, machine)
  }

  /// Whether the clock may be trusted now. One that has jumped has to go right for the whole period again.
  mutating func trusts(_ clock: UnixTime, _ machine: Duration) -> Bool {
    let difference = (clock - since.clock) - (machine - since.machine)
    if difference > Self.tolerance || difference < .zero - Self.tolerance { since = (clock, machine) }
    return machine - since.machine >= Self.period
  }
}
