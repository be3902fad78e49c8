import Mail
import SQLite

/// What owner and admins do with the users of their organisation.
///
/// Nobody disables or demotes the owner, and nobody does it to themselves: so an organisation that has somebody who
/// runs it keeps somebody who does.
struct Members: Sendable {
  let database: Database
  let links: PasswordLinks

  enum Change {
    case done(User)
    /// There is no such user in the organisation.
    case unknown
    case refused(Reason)
  }

  enum Reason {
    /// The one who asks is no admin any more.
    case role
    case isOwner
    case isYourself
    /// Has a password already, is disabled, or has no address.
    case notToInvite
  }
}

extension Members {
  enum Addition {
    case added(User)
    case invalid(name: String?, email: String?)
    case refused(Reason)
  }

  /// Adds a user and mails an invitation.
  ///
  /// Whether somebody of another organisation signs in with the address is not said here, but to whoever follows the
  /// link in the mail: only the address's holder is to know.
  func add(
    name: String, email: String, role: Role, by manager: User, from address: String, at now: UnixTime
  ) throws -> Addition {
    let name = personName(name)
    let email = trimmed(email)
    let isAddress = Address(email: email) != nil
    return try database.write { connection in
      guard let manager = try connection.users.manager(manager) else { return .refused(.role) }
      let isThere = try connection.users.find(email: email, of: manager.organisation) != nil
      guard let name, isAddress, !isThere else {
        return .invalid(
          name: name == nil ? "Write a name, of at most 200 characters." : nil,
          email: !isAddress
            ? "Write an e-mail address, such as maria@example.com."
            : isThere ? "A user with this address is here already." : nil)
      }
      let user = try connection.users.add(
        of: manager.organisation, name: name, email: email, role: role, at: now)
      let actor = manager.actor(from: address)
      try connection.activity.record(
        Event(.userAdded, about: user, by: actor, detail: "\(user.called), \(role)", at: now))
      _ = try links.invite(user, by: actor, at: now, in: connection)
      return .added(user)
    }
  }

  /// Mails another invitation to somebody who has not followed the first.
  func invite(
    _ id: UserID, by manager: User, from address: String, at now: UnixTime
  ) throws -> Change {
    try change(id, by: manager) { user, manager, connection in
      let actor = manager.actor(from: address)
      guard user.isActive, !user.hasPassword, try links.invite(user, by: actor, at: now, in: connection)
      else {
        return .refused(.notToInvite)
      }
      try connection.activity.record(
        Event(.userInvited, about: user, by: actor, detail: user.called, at: now))
      return .done(user)
    }
  }

  /// - Parameter role: admin or user; the ownership is handed over, not given.
  func setRole(
    _ role: Role, of id: UserID, by manager: User, from address: String, at now: UnixTime
  ) throws -> Change {
    try change(id, by: manager) { user, manager, connection in
      if user.role == role { return .done(user) }
      var user = user
      user.role = role
      try connection.users.setRole(role, of: user)
      try connection.activity.record(
        Event(
          .roleChanged, about: user, by: manager.actor(from: address), detail: "\(user.called), \(role)",
          at: now))
      return .done(user)
    }
  }

  /// Disables or enables a user. A disabled one is signed out at once and can't sign in; the records stay.
  func setActive(
    _ isActive: Bool, of id: UserID, by manager: User, from address: String, at now: UnixTime
  ) throws -> Change {
    try change(id, by: manager) { user, manager, connection in
      if user.isActive == isActive { return .done(user) }
      var user = user
      user.isActive = isActive
      if isActive, try connection.users.isTakenElsewhere(user) {
        // Somebody of another organisation signs in with the address by now; an invitation will tell its holder.
        try connection.users.setPasswordHash(nil, of: user)
        user.hasPassword = false
      }
      try connection.users.update(user, at: now)
      try connection.activity.record(
        Event(
          isActive ? .userEnabled : .userDisabled, about: user, by: manager.actor(from: address),
          detail: user.called, at: now))
      return .done(user)
    }
  }

  /// Runs the change in one transaction, on the user as it is now, unless somebody has to stay as they are.
  private func change(
    _ id: UserID, by manager: User, _ body: (User, User, Connection) throws -> Change
  ) throws -> Change {
    try database.write { connection in
      guard let manager = try connection.users.manager(manager) else { return .refused(.role) }
      guard let user = try connection.users.find(id, of: manager.organisation) else { return .unknown }
      if user.role == .owner { return .refused(.isOwner) }
      if user.id == manager.id { return .refused(.isYourself) }
      return try body(user, manager, connection)
    }
  }
}
