import SQLite
import Secrets
import System

// Forgotten passwords
//
// Whether somebody signs in with an address is looked up after the answer, by a thread that works every
// second, whether or not there is anything to do. So the answer to an address with an account takes the same
// work as that to one without, and what the mail takes stands in no relation in time to the request that
// caused it.

extension Accounts {
  enum ResetMailOutcome {
    /// A mail is on its way, if somebody signs in with the address.
    case done
    /// The network has asked too often.
    case throttled(wait: Duration)
    /// Too many requests wait.
    case busy
  }

  /// Notes that somebody asks for a link to set a new password. Neither the answer nor its duration tells
  /// whether anybody signs in with the address: that is looked up later, by `mailResets`.
  ///
  /// After some requests an address gets no more mails for a while. Earlier links stay valid, so that nobody
  /// can stop others from using theirs.
  func mailReset(to email: String, from address: String, with agent: String = "") throws -> ResetMailOutcome {
    let now = clock.now()
    if case .throttled(let wait) = try begin(.forgotten(from: address), at: now) {
      return .throttled(wait: wait)
    }
    guard case .begun = try begin(.forgotten(email), at: now) else { return .done }
    return resets.add(ResetRequests.Request(email: email, address: address, agent: agent)) ? .done : .busy
  }

  /// Mails the links that were asked for, to those who have an account. A request that fails, on a full disk, is
  /// in the log and keeps no other from its mail.
  func mailResets() {
    for request in resets.takeAll() {
      do {
        try mailReset(to: request, at: clock.now())
      } catch {
        log.error("password.unmailed", ["error": "\(error)"])
      }
    }
  }

  private func mailReset(to request: ResetRequests.Request, at now: UnixTime) throws {
    if try mailReset(to: request, at: now, in: database) { return }
    // An organisation may have moved to another cell between the answer and now.
    if let mark = directory?.mark(of: request.email),
      try database.read({ try $0.moves.cell(of: mark, isHandedOn: false) }) != nil
    {
      for other in try database.whereOthersMoved()
      where try mailReset(to: request, at: now, in: other) { return }
    }
    log.info(
      "password.forgotten-unknown",
      ["account": Buckets.shortHash(request.email.lowercased()), "from": request.address])
  }

  /// - Returns: whether somebody signs in with the address.
  private func mailReset(
    to request: ResetRequests.Request, at now: UnixTime, in database: Database
  ) throws -> Bool {
    try database.write { connection in
      guard let user = try connection.users.find(signingInWith: request.email),
        let recipient = user.recipient
      else { return false }
      let token = randomness.token()
      try connection.passwordLinks.add(token: token, for: user, .reset, at: now)
      try connection.activity.record(
        Event(
          .passwordForgotten, of: user.organisation,
          by: .visitor(email: request.email, address: request.address), at: now))
      try outbox.write(
        PasswordReset(
          to: recipient, token: token, expires: now + PasswordLink.Purpose.reset.lifetime,
          from: place(request.address, request.agent)),
        of: user.organisation, at: now, in: connection)
      return true
    }
  }
}

/// The requests for a link that were answered and not looked into yet. A crash forgets them: people ask
/// again.
final class ResetRequests: Sendable {
  struct Request: Sendable {
    let email: String
    let address: String
    let agent: String
  }

  static let most = 1_000

  private let waiting = Locked<[Request]>([])

  /// - Returns: false where too many wait.
  func add(_ request: Request) -> Bool {
    waiting.withLock { waiting in
      if waiting.count >= Self.most { return false }
      waiting.append(request)
      return true
    }
  }

  func takeAll() -> [Request] {
    waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}

/// The thread that mails the links.
final class ResetMailer: Sendable {
  private let accounts: Accounts
  private let ended = Wakeup()
  private let thread = Locked<Thread?>(nil)

  private static let interval = Duration.seconds(1)

  init(_ accounts: Accounts) {
    self.accounts = accounts
  }

  func start() throws {
    let thread = try Thread(name: "reset-mailer") { [accounts, ended] in
      repeat {
        ended.wait(atMost: Self.interval)
        accounts.mailResets()
      } while !ended.isStopped
    }
    self.thread.withLock { $0 = thread }
  }

  /// Returns once what was asked for is in the outbox.
  func stop() {
    ended.stop()
    thread.withLock { $0?.join() }
  }
}
