import HTTP
import Mustache

/// Settings > Organisation > Users: who is there, and who the owner is.
enum UsersPage {
  static let pageSize = 50

  static func show(_ visit: Visit) throws -> Response {
    let organisation = try visit.organisation.id
    let sought = visit.query["q"] ?? ""
    let page = min(max(1, visit.query["page"].flatMap { Int($0) } ?? 1), 1_000_000)
    let (users, count, owner) = try visit.site.database.read {
      (
        try $0.users(of: organisation, matching: sought, page: page, of: pageSize),
        try $0.countUsers(of: organisation, matching: sought),
        try $0.owner(of: organisation)
      )
    }
    let me = try visit.me
    return try visit.settingsPage(
      "pages/users", at: .users,
      [
        "q": .text(sought),
        "range": .text(range(page, count)),
        "users": .list(users.map { listed($0, me) }),
        "pages": pages(page, count, sought),
        "owner": owner.map(\.view) ?? .null,
        "add": [
          "open": false, "name": field(), "email": field(), "role": ["is_admin": false],
        ],
      ])
  }

  private static func listed(_ user: User, _ me: User) -> Value {
    var view = user.viewObject
    view["is_me"] = .bool(user.id == me.id)
    view["invited"] = .bool(!user.hasPassword)
    for name in ["last_seen", "make_admin", "make_user", "disable", "enable", "invite_again"] {
      view[name] = .null
    }
    return .object(view)
  }

  private static func range(_ page: Int, _ count: Int) -> String {
    if count <= pageSize { return plural(count, "user") }
    let first = (page - 1) * pageSize + 1
    return "\(grouped(first)) to \(grouped(min(count, first + pageSize - 1))) of \(plural(count, "user"))"
  }

  private static func pages(_ page: Int, _ count: Int, _ sought: String) -> Value {
    if count <= pageSize { return .null }
    func address(_ page: Int) -> Value {
      .text(Route.users.path() + "?" + Form(["q": sought, "page": String(page)]).encoded)
    }
    return [
      "newer": page > 1 ? address(page - 1) : .null,
      "older": page * pageSize < count ? address(page + 1) : .null,
    ]
  }
}
