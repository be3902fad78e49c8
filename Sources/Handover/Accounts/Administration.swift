import SQLite

/// What the operator does with accounts, from the command line. These verbs check no role, so pages have only
/// `Accounts`.
package struct Administration: Sendable {
  let accounts: Accounts

  package func addOrganisation(named name: String, timeZone: String) throws -> Organisation {
    try accounts.database.write {
      let organisation = try $0.organisations.add(named: name, timeZone: timeZone, at: accounts.clock.now())
      try accounts.directory?.take(organisation.id)
      return organisation
    }
  }

  /// Gives an organisation another time zone.
  ///
  /// - Throws: `HandoverError` for an unknown organisation.
  package func changeOrganisation(_ id: OrganisationID, timeZone: String) throws -> Organisation {
    try accounts.database.write { connection in
      var organisation = try connection.organisations.require(id)
      organisation.timeZone = timeZone
      try connection.organisations.update(organisation)
      try connection.activity.record(
        Event(
          .organisationChanged, of: id, by: .operator, detail: "\(organisation.name), \(timeZone)",
          at: accounts.clock.now()))
      return organisation
    }
  }

  /// Adds a user, who signs in with the password or, without one, is mailed an invitation.
  ///
  /// - Throws: `HandoverError` for an unknown organisation, an address that is malformed or taken, a second
  ///   owner.
  package func addUser(
    to organisation: OrganisationID, name: String, email: String, role: Role, password: String?
  ) throws -> User {
    guard let name = Name.valid(name) else {
      throw HandoverError("a user's name has \(Name.rule)")
    }
    guard let email = EmailAddress.valid(email) else {
      throw HandoverError("'\(email)' is not an e-mail address; write it as maria@example.com")
    }
    let passwordHash = try password.map { text in
      let organisation = try accounts.database.read { try $0.organisations.require(organisation) }
      let holder = PasswordHolder(name: name, email: email, organisation: organisation.name)
      switch try accounts.rules.choose(text, for: holder) {
      case .good(let password): return try accounts.passwords.hash(password.text, for: .local)
      case .bad(let problem): throw HandoverError(problem)
      }
    }
    return try accounts.database.write { connection in
      try connection.organisations.require(organisation)
      if role == .owner, let owner = try connection.users.owner(of: organisation) {
        throw HandoverError(
          "organisation \(organisation.rawValue) has an owner, \(owner.displayName); "
            + "add the user as admin, then appoint them with handover user change --role owner")
      }
      if try connection.users.find(email: email, of: organisation) != nil {
        throw HandoverError("organisation \(organisation.rawValue) has a user with the address \(email)")
      }
      let isTaken = try connection.users.find(signingInWith: email) != nil
      if try isTaken || passwordHash != nil && accounts.directory?.take(email) == false {
        throw HandoverError("somebody of another organisation signs in with \(email); use another address")
      }
      let now = accounts.clock.now()
      let user = try connection.users.add(
        of: organisation, name: name, email: email, role: role, passwordHash: passwordHash, at: now)
      try connection.activity.record(
        Event(.userAdded, about: user, by: .operator, detail: "\(user.nameAndEmail), \(role)", at: now))
      if passwordHash == nil { try accounts.mailInvitation(to: user, by: .operator, at: now, in: connection) }
      return user
    }
  }

  /// Changes role or state, or turns two-step sign-in off for a user whose phone is lost. A new owner takes the
  /// place of the former one, who becomes an admin.
  ///
  /// - Throws: `HandoverError` for an unknown organisation or user, and for a change that is not allowed.
  package func changeUser(
    _ email: String, of organisation: OrganisationID, role: Role?, isActive: Bool?, endsTwoStep: Bool = false
  ) throws -> User {
    try accounts.database.writeReplicated { connection in
      try connection.organisations.require(organisation)
      guard let before = try connection.users.find(email: email, of: organisation) else {
        throw HandoverError("organisation \(organisation.rawValue) has no user with the address \(email)")
      }
      var user = before
      user.role = role ?? user.role
      user.isActive = isActive ?? user.isActive
      guard user.role != .owner || user.isActive else {
        throw HandoverError("an owner can't be disabled; appoint another owner first, or add --role admin")
      }
      if user.isActive, !before.isActive, user.hasPassword,
        try accounts.isTakenElsewhere(user, in: connection)
      {
        throw HandoverError("somebody of another organisation signs in with \(email) now")
      }
      try change(before, to: user, in: connection)
      if endsTwoStep { try accounts.endTwoStep(of: user, by: .operator, in: connection) }
      return user
    }
  }

  private func change(_ before: User, to user: User, in connection: Connection) throws {
    let now = accounts.clock.now()
    if user.isActive != before.isActive {
      try connection.activity.record(
        Event(
          user.isActive ? .userEnabled : .userDisabled, about: user, by: .operator, detail: user.nameAndEmail,
          at: now))
      if !user.isActive { try accounts.userDisabled(user, .operator, connection) }
    }
    if user.role == .owner, before.role != .owner {
      return try accounts.makeOwner(user, by: .operator, at: now, in: connection)
    }
    try connection.users.update(user, at: now)
    try accounts.tellNoLonger(before, now: user, by: .operator, at: now, in: connection)
    if user.role != before.role {
      try connection.activity.record(
        Event(.roleChanged, about: user, by: .operator, detail: "\(user.nameAndEmail), \(user.role)", at: now)
      )
      try accounts.tell(user, .role(user.role, by: .operator), by: .operator, at: now, in: connection)
    }
    if before.role == .owner, user.role != .owner {
      try accounts.ownerChanged(user.organisation, .operator, connection)
    }
  }
}
