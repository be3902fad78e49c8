import HTTP
import Mustache

/// Settings > Organisation > Users: the users, the owner, and the way to add some.
enum UsersPage {
  static let pageSize = 50

  static func show(_ visit: SignedIn) throws -> Response {
    try render(visit)
  }

  /// The page, with an error message at its top.
  static func show(_ visit: SignedIn, saying text: String, status: Status) throws -> Response {
    try render(visit, status: status, flash: Flash(text: text, isWrong: true))
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

  private static func render(
    _ visit: SignedIn, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    let organisation = visit.organisation.id
    let asked = UserQuery(visit.query)
    let page = visit.pageNumber
    let (list, owner) = try visit.database.read {
      (
        try $0.users.page(page, of: pageSize, matching: asked.sought, asked.filter, in: organisation),
        try $0.users.owner(of: organisation)
      )
    }
    let me = visit.user
    let paging = Paging(page: page, size: pageSize, count: list.count)
    let isPast = page > 1 && list.users.isEmpty
    return try visit.settingsPage(
      "pages/users", at: .users,
      [
        "q": .text(asked.sought),
        "filtered": .bool(asked.filter.role != nil || asked.filter.state != nil),
        "roles": options(Role.allCases, asked.filter.role) { $0.word },
        "states": options(UserFilter.State.allCases, asked.filter.state) { $0.words },
        "orders": options(UserFilter.Order.allCases, asked.filter.order) { $0.words },
        "range": .text(paging.range("user", "users")),
        "past": isPast
          ? ["page": .integer(page), "first": .text(Route.users.path(asking: asked.form))] : .null,
        "users": .list(list.users.map { view($0, me, visit) }),
        "pages": paging.view(.users, asked.form),
        "owner": owner.map(\.view) ?? .null,
        "add": NewUserPage.view(),
      ], status: status, flash: flash)
  }

  private static func view(_ listing: UserListing, _ me: User, _ visit: SignedIn) -> Value {
    let user = listing.user
    let id = user.id.description
    let canChange = user.role != .owner && user.id != me.id
    let lacksPassword = user.isActive && !user.hasPassword
    func address(_ route: Route, _ isOffered: Bool) -> Value {
      canChange && isOffered ? .text(visit.path(route, of: id)) : .null
    }
    let invitation = lacksPassword ? listing.invitedUntil : nil
    let isOpen = invitation.map { visit.now < $0 } ?? false
    var view = user.viewObject
    view["second_line"] = user.name == nil ? .null : Value(user.email)
    view["is_me"] = .bool(user.id == me.id)
    view["invited"] = .bool(isOpen)
    view["lapsed"] = .bool(lacksPassword && listing.isInvited && !isOpen)
    view["uninvited"] = .bool(lacksPassword && !listing.isInvited)
    view["invited_until"] = invitation.map { visit.moment($0) } ?? .null
    view["last_seen"] = listing.lastSeenAt.map { visit.moment(min($0, visit.now)) } ?? .null
    view["change_role"] = address(.roleForm, true)
    view["disable"] = address(.disableUser, user.isActive)
    view["enable"] = address(.enableUser, !user.isActive)
    view["sign_out"] = address(.signOutUser, user.isActive && user.hasPassword)
    view["invite"] = address(.invite, lacksPassword && user.email != nil)
    view["two_step"] =
      me.role == .owner && user.id != me.id && user.hasTwoStep
      ? .text(visit.path(.twoStepOfUser, of: id)) : .null
    return .object(view)
  }

  private static func options<Choice: RawRepresentable & Equatable>(
    _ all: [Choice], _ chosen: Choice?, _ words: (Choice) -> String
  ) -> Value where Choice.RawValue == String {
    .list(
      all.map {
        ["value": .text($0.rawValue), "words": .text(words($0)), "chosen": .bool($0 == chosen)]
      })
  }
}

/// What the address of the list asks for.
private struct UserQuery {
  let sought: String
  var filter = UserFilter()

  init(_ query: Form) {
    sought = TextLimit.search.cut(query["q"] ?? "")
    filter.role = query["role"].flatMap(Role.init)
    filter.state = query["state"].flatMap(UserFilter.State.init)
    filter.order = query["sort"].flatMap(UserFilter.Order.init) ?? .name
  }

  /// The same, as the addresses of other pages and of the rows' buttons carry it on.
  var form: Form {
    var form = Form()
    if !sought.isEmpty { form = form.adding("q", sought) }
    if let role = filter.role { form = form.adding("role", role.rawValue) }
    if let state = filter.state { form = form.adding("state", state.rawValue) }
    if filter.order != .name { form = form.adding("sort", filter.order.rawValue) }
    return form
  }
}

extension UserFilter.State {
  fileprivate var words: String {
    switch self {
    case .active: "Can sign in"
    case .invited: "Invited"
    case .uninvited: "Not invited"
    case .disabled: "Disabled"
    }
  }
}

extension UserFilter.Order {
  fileprivate var words: String {
    switch self {
    case .name: "Name"
    case .role: "Role"
    case .seen: "Last seen"
    }
  }
}
