import HTTP
import Mustache

/// Transferring the ownership: for the owner alone.
enum OwnershipPage {
  /// At most this many users are listed; the search finds the others.
  static let listed = 50

  static func form(_ visit: SignedIn) throws -> Response {
    try render(visit)
  }

  static func change(_ visit: SignedIn) throws -> Response {
    let chosen = visit.form["user_id"] ?? ""
    guard let id = UserID(chosen) else {
      return try render(visit, problem: "Choose who is to be the owner.", status: .unprocessableContent)
    }
    switch try visit.accounts.transferOwnership(to: id, by: visit.user, from: visit.address) {
    case .done:
      return try visit.redirect(
        to: .users, at: id.description, saying: .ownershipTransferred, about: id.description)
    case .notFound: throw Refusal.notFound
    case .notOwner: throw Refusal.forbidden
    case .notEligible(let user):
      return try render(
        visit, chosen: chosen,
        problem: "\(Wording.isolated(user.displayName)) can’t be the owner: \(user.obstacleToOwning ?? "").",
        status: .unprocessableContent)
    }
  }

  private static func render(
    _ visit: SignedIn, chosen: String? = nil, problem: String? = nil, status: Status = .ok
  ) throws -> Response {
    let organisation = visit.organisation.id
    let sought = TextLimit.search.cut(visit.query["q"] ?? "")
    let chosen = chosen ?? visit.query["user_id"] ?? ""
    let (able, list, first) = try visit.database.read { connection in
      (
        try connection.users.page(
          1, of: listed + 1, matching: sought, UserFilter(state: .active), in: organisation),
        try connection.users.page(1, of: listed, matching: sought, in: organisation),
        try UserID(chosen).flatMap { try connection.users.find($0, of: organisation) }
      )
    }
    // Who is chosen stays in sight, whatever is searched for; who can't be it comes last.
    let users = (first.map { [$0] } ?? []) + able.users.map(\.user).filter { $0.obstacleToOwning == nil }
    let others = list.users.map(\.user).filter { $0.obstacleToOwning != nil }
    return try visit.settingsPage(
      "pages/ownership", at: .users,
      [
        "q": .text(sought),
        "chosen": .text(first.map(\.id.description) ?? ""),
        "users": .list(unique(users + others).prefix(listed).map { view($0, isChosen: $0.id == first?.id) }),
        "counted": .text(
          list.count > listed
            ? "The first \(listed) of \(Wording.plural(list.count, "user")); search to find the others"
            : Wording.plural(list.count, "user")),
        "none": .bool(list.users.isEmpty),
        "new_owner": field(problem: problem),
      ], status: status)
  }

  private static func unique(_ users: [User]) -> [User] {
    var known: Set<UserID> = []
    return users.filter { known.insert($0.id).inserted }
  }

  private static func view(_ user: User, isChosen: Bool) -> Value {
    var view = user.viewObject
    view["obstacle"] = Value(user.obstacleToOwning)
    view["chosen"] = .bool(isChosen && user.obstacleToOwning == nil)
    return .object(view)
  }
}
