import SQLite
import Secrets

extension Exports {
  /// The period in which an organisation may ask for `perDay` exports.
  static let requestPeriod = Duration.days(1)

  enum RequestOutcome: Sendable, Equatable {
    case done(ExportID)
    /// The export of the same scope that waits or runs.
    case busy(ExportID)
    /// The cancelled export was requested again before.
    case requestedBefore(ExportID)
    /// The organisation has no such user, or no such contact.
    case notFound
    /// The organisation has no such user who could get it.
    case noRecipient
    /// It can't be handed to this user, see `User.obstacleToReceiving`.
    case notEligible(User)
    /// What is wrong with the purpose: a sentence for the owner.
    case invalid(String)
    /// This many exports were asked for in the last `requestPeriod`; the next one is possible after `wait`.
    case throttled(limit: Int, wait: Duration)
    /// The user no longer owns the organisation.
    case notOwner
  }

  /// Queues an export, and tells the owner.
  ///
  /// - Parameters:
  ///   - purpose: what for, in the owner's words; may be empty. In the place of a cancelled export, that one's.
  ///   - withDocuments: whether the documents themselves are in it. In the place of a cancelled export, as in that one.
  ///   - format: what the records are written as. In the place of a cancelled export, as in that one.
  ///   - recipient: to whom it is handed as soon as it is completed.
  ///   - cancelled: an export in whose place it comes, once.
  ///   - address: the network address that it was asked for from.
  func request(
    _ scope: Scope, for purpose: String = "", withDocuments: Bool = false, format: ArchiveFormat = .csv,
    handTo recipient: UserID? = nil, undoing cancelled: ExportID? = nil, by user: User, from address: String
  ) throws -> RequestOutcome {
    if let problem = OwnerRequest.problem(with: purpose, .purpose) { return .invalid(problem) }
    let id = ExportID(rawValue: hex(randomness.bytes(16)))
    let outcome = try database.write { connection in
      let now = clock.now()
      if let refusal = try refusal(
        of: scope, handTo: recipient, undoing: cancelled, by: user, at: now, in: connection)
      {
        if case .throttled = refusal {
          try connection.activity.record(
            Event(
              .exportRefused, of: user.organisation, by: user.actor(from: address),
              detail: "more than \(perDay) in \(Wording.duration(Self.requestPeriod))", at: now))
        }
        return refusal
      }
      let former = try cancelled.flatMap { try connection.exports.find($0, of: user.organisation) }
      let purpose = Export.purpose(purpose.isEmpty ? former?.purpose ?? "" : purpose)
      return try add(
        id, scope, for: purpose, withDocuments: former?.withDocuments ?? withDocuments,
        format: former?.format ?? format, handTo: recipient, by: user, from: address, at: now, in: connection)
        ? .done(id) : .notFound
    }
    if outcome == .done(id) {
      queued.raise()
      log.info("export.requested", ["id": id.rawValue, "organisation": "\(user.organisation.rawValue)"])
    }
    return outcome
  }

  /// The export of the entire organisation as it is now, before something changes its records: the one that waits or
  /// runs, or a new one, beyond any limit a day. Whoever calls it raises `queued` after the commit.
  func requestAsItIs(
    for purpose: String, by user: User, from address: String, in connection: Connection
  ) throws -> ExportID {
    if let open = try connection.exports.open(of: user.organisation, .organisation) { return open }
    let id = ExportID(rawValue: hex(randomness.bytes(16)))
    _ = try add(
      id, .organisation, for: Export.purpose(purpose), by: user, from: address, at: clock.now(),
      in: connection)
    return id
  }

  /// Adds the row, its line in the activity and its e-mails.
  ///
  /// - Returns: false where there is no such organisation.
  private func add(
    _ id: ExportID, _ scope: Scope, for purpose: String, withDocuments: Bool = false,
    format: ArchiveFormat = .csv, handTo recipient: UserID? = nil, by user: User,
    from address: String, at now: UnixTime, in connection: Connection
  ) throws -> Bool {
    try connection.exports.add(
      id, of: user.organisation, scope, for: purpose, withDocuments: withDocuments, format: format,
      handTo: recipient, by: user.id, at: now)
    try connection.ownerRequests.answer(by: id, scope, in: user.organisation, at: now)
    guard let export = try connection.exports.find(id, of: user.organisation) else { return false }
    try record(
      .exportRequested, export, by: user.actor(from: address),
      [
        format == .csv ? "" : "as \(format.words)", withDocuments ? "with documents" : "",
        purpose.isEmpty ? "" : "for: \(purpose)",
      ]
      .filter { !$0.isEmpty }.joined(separator: ", "),
      at: now, in: connection)
    if let owner = user.recipient {
      try outbox.write(
        ExportRequested(to: owner, export: export), of: user.organisation, at: now, in: connection)
    }
    try tellOthers(.requested, of: export, by: user.displayName, at: now, in: connection)
    return true
  }

  /// Runs in the transaction that adds the row, so that one of twenty simultaneous clicks gets through; the
  /// schema would refuse the others as well.
  private func refusal(
    of scope: Scope, handTo recipient: UserID?, undoing cancelled: ExportID?, by user: User, at now: UnixTime,
    in connection: Connection
  ) throws -> RequestOutcome? {
    guard try connection.users.owns(user) else { return .notOwner }
    if let cancelled,
      let later = try connection.exports.newest(of: user.organisation, after: cancelled, scope)
    {
      return .requestedBefore(later)
    }
    if let running = try connection.exports.open(of: user.organisation, scope) {
      return .busy(running)
    }
    if let subject = scope.user, try connection.users.find(subject, of: user.organisation) == nil {
      return .notFound
    }
    if let subject = scope.contact, try connection.contacts.find(subject, of: user.organisation) == nil {
      return .notFound
    }
    if let recipient {
      guard let found = try connection.users.find(recipient, of: user.organisation) else {
        return .noRecipient
      }
      guard found.obstacleToReceiving == nil else { return .notEligible(found) }
    }
    guard perDay > 0,
      let oldest = try connection.exports.requestTime(
        ofExport: perDay, of: user.organisation, after: now - Self.requestPeriod)
    else { return nil }
    // One that is dated ahead, since the clock was set back, counts as one of now.
    let wait = oldest + Self.requestPeriod - now
    return .throttled(limit: perDay, wait: min(max(.seconds(1), wait), Self.requestPeriod))
  }
}

extension User {
  /// Why an export can't be handed to the user: only to one who can sign in. Nil where it can. As it stands after the
  /// name.
  var obstacleToReceiving: String? {
    if role == .owner { return "is the owner, and downloads it anyway" }
    if !isActive { return "is disabled; enable them first" }
    return hasPassword ? nil : "has no password yet; invite them first"
  }
}
