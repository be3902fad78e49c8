import SQLite
import Secrets

/// A request to the owner from a user who may not export.
struct OwnerRequest: Sendable, Equatable {
  let id: OwnerRequestID
  let user: User
  let wish: Wish
  /// As it was typed; may be empty.
  let message: String
  let askedAt: UnixTime
  let outcome: Outcome
  let answeredAt: UnixTime?
  /// What the owner wrote with a refusal; may be empty.
  let reply: String
  /// The export that answers it, as it stands; nil for one that waits or was declined.
  let answer: Answer?

  /// Whose data is asked for.
  enum Wish: String, Sendable, CaseIterable {
    case user
    case organisation

    /// What is exported for it.
    func scope(for asker: UserID) -> Scope { self == .user ? .user(asker) : .organisation }

    /// Within a sentence to somebody else: `their own records`.
    var words: String { self == .user ? "their own records" : "the entire organisation" }
  }

  struct Answer: Sendable, Equatable {
    let export: ExportID
    let status: Export.Status
    /// Whether it is handed to the one who asked, as soon as it is completed.
    let isForAsker: Bool
    /// Whether the one who asked has it in hand; nil for one to whom it was never handed.
    let isInHand: Bool?
  }

  enum Outcome: String, Sendable {
    case waiting
    case exported
    case declined

    /// As people see it.
    var word: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
  }

  /// How long a user waits before asking again.
  static let pause = Duration.hours(24)
  /// How long a request is kept, answered or not.
  static let kept = Duration.days(90)

  /// What is wrong with a message, as a sentence for the person who typed it; nil where nothing is.
  static func problem(with message: String, _ limit: TextLimit = .message) -> String? {
    if limit.allows(message) { return nil }
    if message.utf8.count > limit.bytes, message.count <= limit.characters {
      return "Write a shorter message: this one takes more than \(Wording.grouped(limit.bytes)) bytes."
    }
    return "Write at most \(Wording.grouped(limit.characters)) characters; these are "
      + "\(Wording.grouped(message.count))."
  }
}

extension Exports {
  enum AskOutcome: Sendable, Equatable {
    case done
    /// What is wrong with the message: a sentence for the user.
    case invalid(String)
    /// Nobody owns the organisation.
    case noOwner
    /// The user has been disabled, or is the owner by now.
    case refused
    /// The user has asked already, and can ask again at that time.
    case throttled(until: UnixTime)
  }

  /// Asks the owner for an export, by mail and on the owner's Export page, once within `OwnerRequest.pause`.
  func ask(_ message: String, for wish: OwnerRequest.Wish = .user, by user: User, from address: String) throws
    -> AskOutcome
  {
    if let problem = OwnerRequest.problem(with: message) { return .invalid(problem) }
    return try database.write { connection in
      let now = clock.now()
      guard let user = try connection.users.active(user), user.role != .owner else { return .refused }
      guard let owner = try connection.users.owner(of: user.organisation)?.recipient else { return .noOwner }
      if let next = try connection.ownerRequests.nextAsk(of: user, at: now) { return .throttled(until: next) }
      let id = OwnerRequestID(rawValue: hex(randomness.bytes(16)))
      try connection.ownerRequests.add(id, of: user, wish, message: message, at: now)
      try connection.activity.record(
        Event(
          .exportAskedFor, of: user.organisation, by: user.actor(from: address), subject: id.rawValue,
          detail: wish.words, at: now))
      try outbox.write(
        ExportAsked(to: owner, request: id, user: user, wish: wish, message: message), of: user.organisation,
        at: now, in: connection)
      return .done
    }
  }

  enum DeclineOutcome: Sendable, Equatable {
    case done
    /// It was declined before, or the export was made.
    case answeredBefore
    /// What is wrong with the reply: a sentence for the owner.
    case invalid(String)
    case notFound
    /// The user no longer owns the organisation.
    case notOwner
  }

  /// Declines a request, and tells the user who asked, in the owner's words where there are any.
  func decline(
    _ id: OwnerRequestID, reply: String, by owner: User, from address: String
  ) throws -> DeclineOutcome {
    if let problem = OwnerRequest.problem(with: reply) { return .invalid(problem) }
    return try database.write { connection in
      let now = clock.now()
      guard try connection.users.owns(owner) else { return .notOwner }
      guard let request = try connection.ownerRequests.find(id, of: owner.organisation) else {
        return .notFound
      }
      guard request.outcome == .waiting else { return .answeredBefore }
      try connection.ownerRequests.decline(id, reply: reply, at: now)
      try connection.activity.record(
        Event(
          .exportDeclined, of: owner.organisation, by: owner.actor(from: address), subject: id.rawValue,
          detail: request.user.displayName, at: now))
      guard request.user.isActive, let recipient = request.user.recipient else { return .done }
      try outbox.write(
        ExportDeclined(to: recipient, request: request, reply: reply, owner: owner), of: owner.organisation,
        at: now,
        in: connection)
      return .done
    }
  }
}

extension Exports {
  /// Tells those whose requests a completed export answers, and who have not got it in hand: they would wait for it.
  func tellAskers(of export: Export, at now: UnixTime, in connection: Connection) throws {
    guard let owner = try connection.users.owner(of: export.organisation) else { return }
    let requests = try connection.ownerRequests.answered(by: export.id, of: export.organisation)
    var told: Set<UserID> = []
    for request in requests
    where request.answer?.isInHand != true && request.user.id != owner.id && request.user.isActive {
      guard told.insert(request.user.id).inserted, let recipient = request.user.recipient else { continue }
      try outbox.write(
        ExportMade(to: recipient, request: request, owner: owner), of: export.organisation, at: now,
        in: connection)
    }
  }
}
