/// A person of an organisation.
package struct User: Sendable, Equatable {
  let organisation: OrganisationID
  package let id: UserID
  /// Nil where an import named only an id.
  var name: String?
  var email: String?
  package var role: Role
  /// A disabled user keeps their records but can't sign in.
  package var isActive: Bool
  var hasPassword: Bool
  /// Whether a code is asked for after the password.
  var hasTwoStep = false

  /// What people call the user: the name, where it shows something, else the address, else the id.
  package var displayName: String {
    [name, email.map(Name.stored)].lazy.compactMap(\.self).first(where: Name.isSeen) ?? id.description
  }
}

/// What a user may do; an owner is also an admin.
package enum Role: String, Sendable, CaseIterable {
  case owner
  case admin
  case user

  var isAdmin: Bool { self != .user }
}

extension Role {
  /// As people read it.
  var word: String {
    switch self {
    case .owner: "Owner"
    case .admin: "Admin"
    case .user: "User"
    }
  }

  /// What somebody in the role may do.
  var mayDo: String {
    switch self {
    case .owner: "Requests exports and downloads them, and does all that an admin does. There is one."
    case .admin: "Adds, changes and disables users, and sees the exports without downloading them."
    case .user: "Asks the owner for an export."
    }
  }

  /// Within a sentence.
  var withArticle: String {
    switch self {
    case .owner: "the owner"
    case .admin: "an admin"
    case .user: "a user"
    }
  }
}

extension User {
  /// As mails address the user; nil without an address, or with one that no mail can be sent to, as imports of before
  /// 1.1 took it.
  var recipient: Recipient? {
    email.flatMap(EmailAddress.valid).map { Recipient(name: displayName, email: $0) }
  }

  /// Where answers to the user go: an address at which the user has shown to read mail, by following an invitation, or for
  /// which the operator vouches. Nil for others.
  var answersTo: Recipient? { isActive && hasPassword ? recipient : nil }

  /// The user as the actor of an event, from that network address.
  func actor(from address: String) -> Actor {
    .user(id, name: displayName, email: email ?? "", address: address)
  }

  /// As the audit trail names a user: `Maria Rossi (maria@example.com)`.
  var nameAndEmail: String {
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
