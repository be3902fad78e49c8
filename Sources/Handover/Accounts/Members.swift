import Mail
import SQLite

// What owner and admins do with the users of their organisation.
//
// Nobody disables or demotes the owner, and nobody disables or demotes themselves: so an organisation that
// has somebody who runs it keeps somebody who does.

extension Accounts {
  enum AddUserOutcome {
    case done(User)
    /// What is wrong with which field, in sentences for the person who typed.
    case invalid(name: String?, email: String?)
    /// The one who asks is no admin any more.
    case refused
  }

  /// Adds a user and mails an invitation.
  ///
  /// Whether somebody of another organisation signs in with the address is not said here, but to whoever
  /// follows the link in the mail: only the address's holder is to know.
  func addUser(
    name: String, email: String, role: Role, by manager: User, from address: String
  ) throws -> AddUserOutcome {
    let name = Name.valid(name)
    let email = trimmed(email)
    let isAddress = Address(email: email) != nil
    return try database.write { connection in
      let now = clock.now()
      guard let manager = try connection.users.manager(manager) else { return .refused }
      let isThere = try connection.users.find(email: email, of: manager.organisation) != nil
      guard let name, isAddress, !isThere else {
        return .invalid(
          name: name == nil ? "Write a name, of at most \(Name.longest) characters." : nil,
          email: !isAddress
            ? "Write an e-mail address, such as maria@example.com."
            : isThere ? "A user with this address is here already." : nil)
      }
      let user = try connection.users.add(
        of: manager.organisation, name: name, email: email, role: role, at: now)
      let actor = manager.actor(from: address)
      try connection.activity.record(
        Event(.userAdded, about: user, by: actor, detail: "\(user.nameAndEmail), \(role)", at: now))
      try mailInvitation(to: user, by: actor, at: now, in: connection)
      return .done(user)
    }
  }

  /// Mails the user a link to choose a first password. Earlier links are useless then.
  ///
  /// - Returns: false, and nothing is done, for a user without an address.
  @discardableResult
  func mailInvitation(
    to user: User, by actor: Actor, at now: UnixTime, in connection: Connection
  ) throws -> Bool {
    guard let recipient = user.recipient else { return false }
    try connection.passwordLinks.endAll(of: user, at: now)
    let token = randomness.token()
    try connection.passwordLinks.add(token: token, for: user, .invitation, at: now)
    try outbox.write(
      Invitation(
        to: recipient, inviter: actor, token: token, expires: now + PasswordLink.Purpose.invitation.lifetime),
      of: user.organisation, at: now, in: connection)
    return true
  }
}

extension Accounts {
  enum UserChangeOutcome {
    case done(User)
    /// There is no such user in the organisation.
    case notFound
    case refused(Reason)

    enum Reason {
      /// The one who asks is no admin any more.
      case role
      case isOwner
      case isYourself
      /// Has a password already, is disabled, or has no address.
      case notToInvite
    }
  }

  /// Mails another invitation to somebody who has not followed the first.
  func invite(_ id: UserID, by manager: User, from address: String) throws -> UserChangeOutcome {
    try change(id, by: manager, from: address) { user, actor, now, connection in
      guard user.isActive, !user.hasPassword,
        try mailInvitation(to: user, by: actor, at: now, in: connection)
      else { return .refused(.notToInvite) }
      try connection.activity.record(
        Event(.userInvited, about: user, by: actor, detail: user.nameAndEmail, at: now))
      return .done(user)
    }
  }

  /// - Parameter role: admin or user; the ownership is handed over, not given.
  func setRole(
    _ role: Role, of id: UserID, by manager: User, from address: String
  ) throws -> UserChangeOutcome {
    try change(id, by: manager, from: address) { user, actor, now, connection in
      if user.role == role { return .done(user) }
      var user = user
      user.role = role
      try connection.users.setRole(role, of: user)
      try connection.activity.record(
        Event(.roleChanged, about: user, by: actor, detail: "\(user.nameAndEmail), \(role)", at: now))
      return .done(user)
    }
  }

  /// Disables or enables a user. A disabled one is signed out at once and can't sign in; the records stay.
  func setActive(
    _ isActive: Bool, of id: UserID, by manager: User, from address: String
  ) throws -> UserChangeOutcome {
    try change(id, by: manager, from: address) { user, actor, now, connection in
      if user.isActive == isActive { return .done(user) }
      var user = user
      user.isActive = isActive
      if isActive, try connection.users.isTakenElsewhere(user) {
        // Somebody of another organisation signs in with the address now; an invitation will tell its holder.
        try connection.users.setPasswordHash(nil, of: user)
        user.hasPassword = false
      }
      try connection.users.update(user, at: now)
      try connection.activity.record(
        Event(
          isActive ? .userEnabled : .userDisabled, about: user, by: actor, detail: user.nameAndEmail, at: now
        ))
      return .done(user)
    }
  }

  /// Runs the change in one transaction, on the user as it is now, unless it is the owner or the one who
  /// asks.
  private func change(
    _ id: UserID, by manager: User, from address: String,
    _ body: (User, Actor, UnixTime, Connection) throws -> UserChangeOutcome
  ) throws -> UserChangeOutcome {
    try database.write { connection in
      guard let manager = try connection.users.manager(manager) else { return .refused(.role) }
      guard let user = try connection.users.find(id, of: manager.organisation) else { return .notFound }
      if user.role == .owner { return .refused(.isOwner) }
      if user.id == manager.id { return .refused(.isYourself) }
      return try body(user, manager.actor(from: address), clock.now(), connection)
    }
  }
}
