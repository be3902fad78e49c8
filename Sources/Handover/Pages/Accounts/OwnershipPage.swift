import HTTP
import Mustache

/// Handing over the ownership: for the owner alone, who types the password again.
enum OwnershipPage {
  static func form(_ visit: SignedIn) throws -> Response {
    try render(visit)
  }

  static func change(_ visit: SignedIn) throws -> Response {
    let chosen = visit.form["user_id"] ?? ""
    guard let id = UserID(chosen) else {
      return try render(visit, problem: "Choose who is to be the owner.", status: .unprocessableContent)
    }
    let outcome = try visit.accounts.handOver(
      to: id, by: visit.user, password: visit.form["password"] ?? "", from: visit.address)
    switch outcome {
    case .done: return .seeOther(Notice.handedOver.after(.users))
    case .notFound: throw Refusal.notFound
    case .notOwner: throw Refusal.forbidden
    case .notEligible:
      return try render(
        visit, problem: "Choose another user, who is enabled and has signed in before.",
        status: .unprocessableContent)
    case .wrong:
      return try render(
        visit, chosen: id, passwordProblem: "That isn’t your password.", status: .unprocessableContent)
    case .throttled(let wait): throw Refusal.tooManyPasswords(wait)
    case .busy: throw Refusal.busy
    }
  }

  private static func render(
    _ visit: SignedIn, chosen: UserID? = nil, problem: String? = nil, passwordProblem: String? = nil,
    status: Status = .ok
  ) throws -> Response {
    let organisation = visit.organisation.id
    let candidates = try visit.database.read { try $0.users.ownerCandidates(of: organisation) }
    return try visit.settingsPage(
      "pages/hand_over", at: .users,
      [
        "users": .list(
          candidates.map { user in
            var view = user.viewObject
            view["chosen"] = .bool(user.id == chosen)
            return .object(view)
          }),
        "new_owner": field(problem: problem),
        "password": field(problem: passwordProblem),
      ], status: status)
  }
}
