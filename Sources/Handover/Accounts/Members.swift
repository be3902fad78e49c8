import SQLite

// What owner and admins do with the users of their organisation.
//
// The owner can be neither disabled nor demoted, and admins can't disable or demote themselves. So an
// organisation with an owner or an admin always keeps one.

extension Accounts {
  enum AddUserOutcome {
    case done(User)
    /// What is wrong with which field, in sentences for the person who typed.
    case invalid(name: String?, email: String?)
    /// The caller is no longer an admin.
    case refused
    /// The organisation has invited as many as it may for now.
    case throttled(wait: Duration)
  }

  /// Adds a user and mails an invitation.
  ///
  /// If somebody in another organisation signs in with the address, the page behind the mailed link says so,
  /// not this verb: only the holder of the address may know.
  func addUser(
    name: String, email: String, role: Role, by manager: User, from address: String
  ) throws -> AddUserOutcome {
    let nameProblem = Name.problem(with: name)
    let typed = EmailAddress.valid(email)
    return try database.write { connection in
      let now = clock.now()
      guard let manager = try connection.users.manager(manager) else { return .refused }
      let isThere = try connection.users.find(email: typed ?? "", of: manager.organisation) != nil
      guard nameProblem == nil, let email = typed, !isThere else {
        return .invalid(
          name: nameProblem,
          email: typed == nil
            ? EmailAddress.problem : isThere ? "A user with this address is here already." : nil)
      }
      if let wait = try connection.passwordLinks.waitForInvitation(of: manager.organisation, at: now) {
        return .throttled(wait: wait)
      }
      return .done(
        try add(
          trimmed(name), email, role, to: manager.organisation, by: manager.actor(from: address), at: now,
          in: connection))
    }
  }

  enum AddUsersOutcome {
    case done([User])
    /// What is wrong, line by line. Nobody was added.
    case invalid([InvitationList.Problem])
    /// The caller is no longer an admin.
    case refused
    /// The organisation may invite so many for now, which is less than the list has. Nobody was added.
    case throttled(left: Int, wait: Duration)
  }

  /// Adds all these users and mails each an invitation, or adds nobody.
  func addUsers(
    _ list: InvitationList, role: Role, by manager: User, from address: String
  ) throws -> AddUsersOutcome {
    try database.write { connection in
      let now = clock.now()
      guard let manager = try connection.users.manager(manager) else { return .refused }
      let organisation = manager.organisation
      let here = try list.people.filter {
        try connection.users.find(email: $0.email, of: organisation) != nil
      }
      let problems =
        list.problems
        + here.map { InvitationList.Problem(line: $0.line, text: "“\($0.email)” is a user here already.") }
      guard problems.isEmpty else { return .invalid(problems.sorted { $0.line ?? 0 < $1.line ?? 0 }) }
      let count = list.people.count
      if let wait = try connection.passwordLinks.waitForInvitation(of: organisation, count, at: now) {
        return .throttled(
          left: try connection.passwordLinks.invitationsLeft(of: organisation, at: now), wait: wait)
      }
      let actor = manager.actor(from: address)
      return .done(
        try list.people.map {
          try add($0.name, $0.email, role, to: organisation, by: actor, at: now, in: connection)
        })
    }
  }

  private func add(
    _ name: String?, _ email: String, _ role: Role, to organisation: OrganisationID, by actor: Actor,
    at now: UnixTime, in connection: Connection
  ) throws -> User {
    let user = try connection.users.add(of: organisation, name: name, email: email, role: role, at: now)
    try connection.activity.record(
      Event(.userAdded, about: user, by: actor, detail: "\(user.nameAndEmail), \(role)", at: now))
    try mailInvitation(to: user, by: actor, at: now, in: connection)
    return user
  }

  /// Mails the user a link to choose a first password. Earlier links stop working.
  ///
  /// - Returns: false, having done nothing, for a user without an address that e-mail can be sent to.
  @discardableResult
  func mailInvitation(
    to user: User, by actor: Actor, at now: UnixTime, in connection: Connection
  ) throws -> Bool {
    guard let recipient = user.recipient else { return false }
    try connection.passwordLinks.endAll(of: user, at: now)
    let token = randomness.token()
    try connection.passwordLinks.add(token: token, for: user, .invitation, at: now)
    let inviter = try actor.user.flatMap { try connection.users.find($0, of: user.organisation) }
    try outbox.write(
      Invitation(
        to: recipient, role: user.role, inviter: inviter, token: token,
        expires: now + PasswordLink.Purpose.invitation.lifetime),
      of: user.organisation, at: now, in: connection)
    return true
  }
}

extension Accounts {
  enum UserChangeOutcome {
    case done(User)
    /// It was so before, and nothing was changed.
    case asBefore(User)
    /// There is no such user in the organisation.
    case notFound
    case refused(Reason)
    /// The organisation has invited as many as it may for now.
    case throttled(wait: Duration)

    enum Reason {
      /// The caller is no longer an admin.
      case role
      case isOwner
      case isYourself
      /// Has a password already, is disabled, or has no address that e-mail can be sent to.
      case notToInvite
    }
  }

  /// Sends another invitation to a user who has not followed the first.
  func invite(_ id: UserID, by manager: User, from address: String) throws -> UserChangeOutcome {
    try change(id, by: manager, from: address) { user, actor, now, connection in
      if let wait = try connection.passwordLinks.waitForInvitation(of: user.organisation, at: now) {
        return .throttled(wait: wait)
      }
      guard user.isActive, !user.hasPassword,
        try mailInvitation(to: user, by: actor, at: now, in: connection)
      else { return .refused(.notToInvite) }
      try connection.activity.record(
        Event(.userInvited, about: user, by: actor, detail: user.nameAndEmail, at: now))
      return .done(user)
    }
  }

  /// - Parameter role: admin or user; the ownership is transferred, not given.
  func setRole(
    _ role: Role, of id: UserID, by manager: User, from address: String
  ) throws -> UserChangeOutcome {
    try change(id, by: manager, from: address) { user, actor, now, connection in
      if user.role == role { return .asBefore(user) }
      let before = user
      var user = user
      user.role = role
      try connection.users.setRole(role, of: user)
      try connection.activity.record(
        Event(.roleChanged, about: user, by: actor, detail: "\(user.nameAndEmail), \(role)", at: now))
      try tell(user, .role(role, by: actor), by: actor, at: now, in: connection)
      try tellNoLonger(before, now: user, by: actor, at: now, in: connection)
      return .done(user)
    }
  }

  /// Disables or enables a user. A disabled one is signed out at once and can't sign in; the records stay.
  func setActive(
    _ isActive: Bool, of id: UserID, by manager: User, from address: String
  ) throws -> UserChangeOutcome {
    try change(id, by: manager, from: address) { user, actor, now, connection in
      if user.isActive == isActive { return .asBefore(user) }
      let before = user
      var user = user
      user.isActive = isActive
      if isActive, try isTakenElsewhere(user, in: connection) {
        // Somebody in another organisation now signs in with the address; an invitation will tell its holder.
        try connection.users.setPasswordHash(nil, of: user)
        user.hasPassword = false
      }
      try connection.users.update(user, at: now)
      try connection.activity.record(
        Event(
          isActive ? .userEnabled : .userDisabled, about: user, by: actor, detail: user.nameAndEmail, at: now
        ))
      if !isActive { try userDisabled(user, actor, connection) }
      try tellNoLonger(before, now: user, by: actor, at: now, in: connection)
      return .done(user)
    }
  }

  /// Ends all sessions of a user, who can sign in again.
  func signOut(_ id: UserID, by manager: User, from address: String) throws -> UserChangeOutcome {
    try change(id, by: manager, from: address) { user, actor, now, connection in
      try connection.sessions.removeAll(of: user)
      try connection.activity.record(
        Event(.userSignedOut, about: user, by: actor, detail: user.nameAndEmail, at: now))
      return .done(user)
    }
  }

  /// Runs the change in one transaction, on the user's current row; refuses to change the owner or the
  /// caller.
  private func change(
    _ id: UserID, by manager: User, from address: String,
    _ body: (User, Actor, UnixTime, Connection) throws -> UserChangeOutcome
  ) throws -> UserChangeOutcome {
    try database.writeReplicated { connection in
      guard let manager = try connection.users.manager(manager) else { return .refused(.role) }
      guard let user = try connection.users.find(id, of: manager.organisation) else { return .notFound }
      if user.role == .owner { return .refused(.isOwner) }
      if user.id == manager.id { return .refused(.isYourself) }
      return try body(user, manager.actor(from: address), clock.now(), connection)
    }
  }
}
