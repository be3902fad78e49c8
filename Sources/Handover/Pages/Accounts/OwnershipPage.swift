import HTTP
import Mustache

/// Handing over the ownership: for the owner alone.
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
    switch try visit.accounts.handOver(to: id, by: visit.user, from: visit.address) {
    case .done: return .seeOther(Notice.handedOver.after(.users))
    case .notFound: throw Refusal.notFound
    case .notOwner: throw Refusal.forbidden
    case .notEligible:
      return try render(
        visit, problem: "Choose another user, who is enabled and has signed in before.",
        status: .unprocessableContent)
    }
  }

  private static func render(
    _ visit: SignedIn, problem: String? = nil, status: Status = .ok
  ) throws -> Response {
    let organisation = visit.organisation.id
    let sought = TextLimit.search.cut(visit.query["q"] ?? "")
    let candidates = try visit.database.read {
      try $0.users.ownerCandidates(of: organisation, matching: sought, limit: listed + 1)
    }
    let goesOn = candidates.count > listed
    return try visit.settingsPage(
      "pages/hand_over", at: .users,
      [
        "users": .list(candidates.prefix(listed).map(\.view)),
        "search": sought.isEmpty && !goesOn
          ? .null
          : [
            "q": .text(sought),
            "listed": .text(
              goesOn
                ? "The first \(listed) users; search to find the others"
                : Wording.plural(candidates.count, "user")),
          ],
        "new_owner": field(problem: problem),
      ], status: status)
  }
}
