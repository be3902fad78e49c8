extension User {
  /// The user as the one who did something, from that network address.
  func actor(from address: String) -> Actor {
    .user(id, name: displayName, address: address)
  }

  /// As the audit trail names somebody: `Maria Rossi (maria@example.com)`.
  var called: String {
    guard let name, let email else { return displayName }
    return "\(name) (\(email))"
  }
}

extension Event {
  /// What happened to a user.
  init(_ kind: Kind, about user: User, by actor: Actor, detail: String = "", at time: UnixTime) {
    self.init(
      kind, of: user.organisation, by: actor, subject: user.id.description, detail: detail, at: time)
  }
}
