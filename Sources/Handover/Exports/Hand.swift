import SQLite
import Secrets

// An export goes from hand to hand inside the product: the owner lets a user of the organisation download a completed
// one, by a link that is signed for that user. It is in these hands until it is taken back, until the user is disabled,
// and no longer than the export itself lives; enabling brings nothing back. Each time it is handed over is a hand of its
// own, whose id is in the signed text, so that a link that has ended never opens anything again.

/// A completed export in the hands of a user.
struct Hand: Sendable, Equatable {
  let id: HandID
  let export: ExportID
  /// Who may download it.
  let user: Person
  /// The owner who handed it over.
  let by: Person
  let handedAt: UnixTime
  /// When it was taken back, or the user disabled, while the export was there.
  let endedAt: UnixTime?
  /// When the user began to download it for the last time since.
  let downloadedAt: UnixTime?

  /// Whether the user may download it at that time.
  func isGood(for export: Export, at now: UnixTime) -> Bool { endedAt == nil && export.isAvailable(at: now) }
}

extension Exports {
  enum HandOutcome: Sendable, Equatable {
    case done(Hand)
    /// It is in these hands already.
    case already(Hand)
    /// The organisation has no such export.
    case notFound
    case noSuchUser
    /// The user no longer owns the organisation.
    case notOwner
    /// The owner needs no hand.
    case own
    /// The user is disabled, or has not come in by an invitation yet.
    case notEligible(User)
    /// It is not completed, or has ended.
    case refused(Export.Status)
  }

  /// Hands a completed export to a user of the organisation, who gets a mail with the link.
  ///
  /// - Throws: `SecretsError` while the keys are away.
  func hand(
    _ id: ExportID, to recipient: UserID?, by owner: User, from address: String
  ) throws -> HandOutcome {
    try database.write { connection in
      let now = clock.now()
      guard try connection.users.owns(owner) else { return .notOwner }
      guard let export = try connection.exports.find(id, of: owner.organisation) else { return .notFound }
      guard export.isAvailable(at: now) else {
        return .refused(export.status == .completed ? .expired : export.status)
      }
      guard let user = try recipient.flatMap({ try connection.users.find($0, of: owner.organisation) }) else {
        return .noSuchUser
      }
      if user.id == owner.id { return .own }
      guard user.obstacleToReceiving == nil else { return .notEligible(user) }
      if let hand = try connection.hands.open(of: export, user.id) { return .already(hand) }
      return try .done(hand(export, to: user, by: owner, from: address, at: now, in: connection))
    }
  }

  /// The part of the completion that hands the export over, where that was asked for.
  ///
  /// - Returns: the hand; nil where nobody was to get it, or the user can't any more.
  func handAsAsked(_ export: Export, at now: UnixTime, in connection: Connection) throws -> Hand? {
    guard let recipient = export.handTo,
      let owner = try connection.users.owner(of: export.organisation), owner.id != recipient.id,
      let user = try connection.users.find(recipient.id, of: export.organisation),
      user.obstacleToReceiving == nil
    else { return nil }
    return try hand(export, to: user, by: owner, from: "", at: now, in: connection)
  }

  private func hand(
    _ export: Export, to user: User, by owner: User, from address: String, at now: UnixTime,
    in connection: Connection
  ) throws -> Hand {
    let id = HandID(rawValue: hex(randomness.bytes(16)))
    try connection.hands.add(id, export, to: user.id, by: owner.id, at: now)
    guard let hand = try connection.hands.open(of: export, user.id) else {
      throw HandoverError("an export that was handed over is in nobody's hands")
    }
    // What the user has asked for meanwhile is there.
    try connection.ownerRequests.answer(
      by: export.id, export.scope, of: user.id, in: export.organisation, at: now)
    try record(
      .exportHanded, export, by: owner.actor(from: address), "to \(user.nameAndEmail)", at: now,
      in: connection
    )
    if let recipient = user.recipient, let archive = export.archive,
      let link = try links().link(of: export, for: hand)
    {
      try outbox.write(
        ExportHanded(
          to: recipient, export: export, archive: archive,
          leftOut: try connection.leftOut.of(export.id, in: export.organisation), owner: owner,
          download: downloads.origin + link.target),
        of: export.organisation, at: now, in: connection)
    }
    try tellOthers(
      .handed(to: user.displayName), of: export, by: owner.displayName, at: now, in: connection)
    return hand
  }

  enum TakeBackOutcome: Sendable, Equatable {
    case done(Hand)
    /// It is not in that user's hands (any more).
    case asBefore
    /// The organisation has no such export, or no such user.
    case notFound
    /// The user no longer owns the organisation.
    case notOwner
  }

  /// Ends the user's link at once. What was downloaded stays with the user.
  func takeBack(
    _ id: ExportID, from recipient: UserID, by owner: User, from address: String
  ) throws -> TakeBackOutcome {
    try database.write { connection in
      let now = clock.now()
      guard try connection.users.owns(owner) else { return .notOwner }
      guard let export = try connection.exports.find(id, of: owner.organisation),
        try connection.users.find(recipient, of: owner.organisation) != nil
      else { return .notFound }
      guard let hand = try connection.hands.open(of: export, recipient), hand.isGood(for: export, at: now)
      else { return .asBefore }
      try connection.hands.end(hand, by: owner.id, at: now)
      try record(
        .exportTakenBack, export, by: owner.actor(from: address), "from \(hand.user.name)", at: now,
        in: connection)
      return .done(hand)
    }
  }

  /// Ends what the user has in hand. Called in the transaction that disables the user.
  func userDisabled(_ user: User, by actor: Actor, in connection: Connection) throws {
    let now = clock.now()
    // By the state, not by the clock: one that is ahead for a moment would let the hand live on.
    for (hand, export) in try connection.hands.received(by: user, limit: .max)
    where hand.endedAt == nil && export.status == .completed {
      try connection.hands.end(hand, by: nil, at: now)
      try record(
        .exportTakenBack, export, by: actor, "from \(hand.user.name), who was disabled", at: now,
        in: connection)
    }
  }
}
