import HTTP

/// The buttons of a row on the Users page.
enum UserButtons {
  static func invite(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, .invited,
      visit.accounts.invite(visit.id(), by: visit.user, from: visit.address))
  }

  /// Asks, since an invitation makes the one before worthless.
  static func askInvite(_ visit: SignedIn) throws -> Response {
    try ask(visit) { user in
      guard user.isActive, !user.hasPassword, let email = user.email else { return nil }
      let id = user.id.description
      return try visit.ask(
        Question(
          title: "Invite \(name: user.displayName) again?",
          facts: [
            "An e-mail with a link to choose a password goes to \(name: email). The link is good for \(Wording.duration(PasswordLink.Purpose.invitation.lifetime)).",
            "The link in the earlier e-mail no longer works.",
          ], action: visit.path(.invite, of: id), button: "Invite again", keep: "Back",
          back: visit.path(.users, at: id)), at: .users)
    }
  }

  /// Shows the roles with what each may do, with a button for each.
  static func askRole(_ visit: SignedIn) throws -> Response {
    try ask(visit) { user in
      let id = user.id.description
      let canOwn = visit.user.role == .owner && user.obstacleToOwning == nil
      return try visit.settingsPage(
        "pages/role", at: .users,
        [
          "user": user.view, "action": .text(visit.path(.changeRole, of: id)),
          "roles": Role.choices(user.role),
          "make_owner": canOwn ? .text(Route.ownership.path(asking: Form(["user_id": id]))) : .null,
          "back": .text(visit.path(.users, at: id)),
        ])
    }
  }

  static func changeRole(_ visit: SignedIn) throws -> Response {
    let id: UserID = try visit.id()
    guard let role = Role(rawValue: visit.form["role"] ?? ""), role != .owner else {
      // An unknown user is reported before an error in the form.
      let organisation = visit.organisation.id
      guard try visit.database.read({ try $0.users.find(id, of: organisation) }) != nil else {
        throw Refusal.notFound
      }
      return try UsersPage.show(
        visit, saying: "A role is user or admin.", status: .unprocessableContent)
    }
    return try answer(
      visit, role == .admin ? .madeAdmin : .madeUser,
      visit.accounts.setRole(role, of: id, by: visit.user, from: visit.address))
  }

  static func disable(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, .disabled,
      visit.accounts.setActive(
        false, of: visit.id(), by: visit.user, from: visit.address))
  }

  static func enable(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, .enabled,
      visit.accounts.setActive(
        true, of: visit.id(), by: visit.user, from: visit.address))
  }

  static func signOut(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, .userSignedOut,
      visit.accounts.signOut(visit.id(), by: visit.user, from: visit.address))
  }

  static func askSignOut(_ visit: SignedIn) throws -> Response {
    try ask(visit) { user in
      let id = user.id.description
      return try visit.ask(
        Question(
          title: "Sign \(name: user.displayName) out everywhere?",
          facts: [
            "It happens at once, on every device; what is typed there and not sent is lost.",
            "\(name: user.displayName) can sign in again. To prevent that, disable the user.",
          ], action: visit.path(.signOutUser, of: id), button: "Sign out everywhere", keep: "Back",
          back: visit.path(.users, at: id)), at: .users)
    }
  }

  /// - Parameter page: about the user; nil where there is nothing to ask any more.
  private static func ask(_ visit: SignedIn, _ page: (User) throws -> Response?) throws -> Response {
    let id: UserID = try visit.id()
    let organisation = visit.organisation.id
    guard let user = try visit.database.read({ try $0.users.find(id, of: organisation) }) else {
      throw Refusal.notFound
    }
    if user.role == .owner { return try answer(visit, .invited, .refused(.isOwner)) }
    if user.id == visit.user.id { return try answer(visit, .invited, .refused(.isYourself)) }
    return try page(user) ?? answer(visit, .invited, .refused(.notToInvite))
  }

  private static func answer(_ visit: SignedIn, _ notice: Notice, _ change: Accounts.UserChangeOutcome) throws
    -> Response
  {
    switch change {
    case .done(let user), .asBefore(let user):
      let id = user.id.description
      let isDone = if case .done = change { true } else { false }
      return try visit.redirect(to: .users, at: id, saying: isDone ? notice : .asBefore, about: id)
    case .notFound: throw Refusal.notFound
    case .refused(.role): throw Refusal.forbidden
    case .throttled(let wait): return try UsersPage.waitForInvitation(visit, wait)
    case .refused(let reason): return try UsersPage.show(visit, saying: sentence(reason), status: .conflict)
    }
  }

  private static func sentence(_ reason: Accounts.UserChangeOutcome.Reason) -> String {
    switch reason {
    case .role: "Your role doesn’t allow that."
    case .isOwner: "The owner stays as it is. Only a transfer of the ownership changes that."
    case .isYourself:
      "You can’t change your own role, disable yourself or sign yourself out here. Another admin or the owner can."
    case .notToInvite:
      "Only somebody who is enabled, has no password yet, and has an address that e-mail can be sent to can be invited."
    }
  }
}
