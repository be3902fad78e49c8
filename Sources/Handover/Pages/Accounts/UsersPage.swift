import HTTP
import Mustache

/// Settings > Organisation > Users: the users, the owner, and the form to add a user.
enum UsersPage {
  static let pageSize = 50

  static func show(_ visit: SignedIn) throws -> Response {
    try render(visit, Typed(), flash: Notice.flash(visit.query))
  }

  static func add(_ visit: SignedIn) throws -> Response {
    var typed = Typed(name: visit.form["name"] ?? "", email: visit.form["email"] ?? "", isOpen: true)
    // The page offers two roles; any other is refused, above all a second owner.
    guard let role = Role(rawValue: visit.form["role"] ?? ""), role != .owner else {
      let flash = Flash(text: "Choose a role: user or admin.", isWrong: true)
      return try render(visit, typed, status: .unprocessableContent, flash: flash)
    }
    typed.role = role
    let outcome = try visit.accounts.addUser(
      name: typed.name, email: typed.email, role: role, by: visit.user, from: visit.address)
    switch outcome {
    case .done: return .seeOther(Notice.invited.after(.users))
    case .refused: throw Refusal.forbidden
    case .throttled(let wait): return try waitForInvitation(visit, wait)
    case .invalid(let name, let email):
      typed.nameProblem = name
      typed.emailProblem = email
      return try render(visit, typed, status: .unprocessableContent)
    }
  }

  /// The page, with an error message at its top.
  static func show(_ visit: SignedIn, saying text: String, status: Status) throws -> Response {
    try render(visit, Typed(), status: status, flash: Flash(text: text, isWrong: true))
  }

  /// The page, where the organisation has invited as many as it may for now.
  static func waitForInvitation(_ visit: SignedIn, _ wait: Duration) throws -> Response {
    let text =
      "Your organisation has invited \(Wording.plural(PasswordLink.mostInvitations, "user")) in "
      + "\(Wording.duration(PasswordLink.invitationPeriod)), which is the limit. "
      + "The next invitation is possible in \(Wording.duration(wait))."
    return try show(visit, saying: text, status: .tooManyRequests)
      .with("Retry-After", String(wait.wholeSeconds))
  }

  /// The form to add a user, as it was sent.
  private struct Typed {
    var name = ""
    var email = ""
    var role = Role.user
    var isOpen = false
    var nameProblem: String?
    var emailProblem: String?
  }

  private static func render(
    _ visit: SignedIn, _ typed: Typed, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    let organisation = visit.organisation.id
    let sought = TextLimit.search.cut(visit.query["q"] ?? "")
    let page = visit.pageNumber
    let (list, owner) = try visit.database.read {
      (
        try $0.users.page(page, of: pageSize, matching: sought, in: organisation),
        try $0.users.owner(of: organisation)
      )
    }
    let me = visit.user
    let paging = Paging(page: page, size: pageSize, count: list.count)
    return try visit.settingsPage(
      "pages/users", at: .users,
      [
        "q": .text(sought),
        "range": .text(paging.range("user", "users")),
        "users": .list(list.users.map { view($0, me, visit) }),
        "pages": paging.view(.users, Form(["q": sought])),
        "owner": owner.map(\.view) ?? .null,
        "add": [
          "open": .bool(typed.isOpen),
          "name": field(typed.name, problem: typed.nameProblem),
          "email": field(typed.email, problem: typed.emailProblem),
          "role": ["is_admin": .bool(typed.role == .admin)],
        ],
      ], status: status, flash: flash)
  }

  private static func view(_ listing: UserListing, _ me: User, _ visit: SignedIn) -> Value {
    let user = listing.user
    let id = user.id.description
    let canChange = user.role != .owner && user.id != me.id
    let lacksPassword = user.isActive && !user.hasPassword
    func address(_ route: Route, _ isOffered: Bool) -> Value {
      canChange && isOffered ? .text(route.path(id)) : .null
    }
    var view = user.viewObject
    view["is_me"] = .bool(user.id == me.id)
    view["invited"] = .bool(lacksPassword && listing.isInvited)
    view["uninvited"] = .bool(lacksPassword && !listing.isInvited)
    view["last_seen"] = listing.lastSeenAt.map { visit.moment(min($0, visit.now)) } ?? .null
    view["make_admin"] = address(.changeRole, user.role == .user)
    view["make_user"] = address(.changeRole, user.role == .admin)
    view["disable"] = address(.disableUser, user.isActive)
    view["enable"] = address(.enableUser, !user.isActive)
    view["sign_out"] = address(.signOutUser, user.isActive && user.hasPassword)
    view["invite"] = address(.invite, lacksPassword && user.email != nil)
    view["two_step"] =
      me.role == .owner && user.id != me.id && user.hasTwoStep ? .text(Route.twoStepOfUser.path(id)) : .null
    return .object(view)
  }
}
