import HTTP
import Mustache

/// 'Add a user': the dialog's forms, for one and for a pasted list, also as a page of their own for browsers without
/// JavaScript, and their POST.
enum NewUserPage {
  /// At most this many problems of a list are told.
  private static let told = 20

  static func form(_ visit: SignedIn) throws -> Response {
    try page(visit, Typed())
  }

  static func add(_ visit: SignedIn) throws -> Response {
    var typed = Typed(
      name: visit.form["name"] ?? "", email: visit.form["email"] ?? "", list: visit.form["people"])
    // The page offers two roles; any other is refused, above all a second owner.
    guard let role = Role(rawValue: visit.form["role"] ?? ""), role != .owner else {
      typed.roleProblem = "Choose a role: user or admin."
      return try page(visit, typed, status: .unprocessableContent)
    }
    typed.role = role
    if let list = typed.list { return try add(InvitationList(list), typed, visit) }
    let outcome = try visit.accounts.addUser(
      name: typed.name, email: typed.email, role: role, by: visit.user, from: visit.address)
    switch outcome {
    case .done(let user): return try added(user, visit)
    case .refused: throw Refusal.forbidden
    case .throttled(let wait): return try UsersPage.waitForInvitation(visit, wait)
    case .invalid(let name, let email):
      typed.nameProblem = name
      typed.emailProblem = email
      return try page(visit, typed, status: .unprocessableContent)
    }
  }

  private static func add(_ list: InvitationList, _ typed: Typed, _ visit: SignedIn) throws -> Response {
    var typed = typed
    switch try visit.accounts.addUsers(list, role: typed.role, by: visit.user, from: visit.address) {
    case .done(let users) where users.count == 1: return try added(users[0], visit)
    case .done(let users):
      return try visit.redirect(to: .users, saying: .addedSeveral, about: String(users.count))
    case .refused: throw Refusal.forbidden
    case .invalid(let problems):
      typed.listProblems = problems
      return try page(visit, typed, status: .unprocessableContent)
    case .throttled(let left, let wait):
      let limit = Wording.plural(PasswordLink.mostInvitations, "user")
      typed.listProblems = [
        InvitationList.Problem(
          line: nil,
          text:
            "Nobody is invited yet: this list has \(Wording.plural(list.people.count, "user")), and of the "
            + "\(limit) in \(Wording.duration(PasswordLink.invitationPeriod)) that your organisation may invite, "
            + "\(left) are left. Shorten the list, or send it again in \(Wording.duration(wait)).")
      ]
      return try page(visit, typed, status: .tooManyRequests)
        .with("Retry-After", String(wait.wholeSeconds))
    }
  }

  private static func added(_ user: User, _ visit: SignedIn) throws -> Response {
    let id = user.id.description
    return try visit.redirect(to: .users, at: id, saying: .added, about: id)
  }

  /// The forms as they are at first.
  static func view() -> Value { view(Typed()) }

  /// The forms, as one of them was sent.
  private struct Typed {
    var name = ""
    var email = ""
    var role = Role.user
    /// Nil in the form for one.
    var list: String?
    var nameProblem: String?
    var emailProblem: String?
    var roleProblem: String?
    var listProblems: [InvitationList.Problem] = []
  }

  private static func page(_ visit: SignedIn, _ typed: Typed, status: Status = .ok) throws -> Response {
    try visit.settingsPage("pages/user_new", at: .users, ["add": view(typed)], status: status)
  }

  private static func view(_ typed: Typed) -> Value {
    let more = typed.listProblems.count - told
    return [
      "name": field(typed.name, problem: typed.nameProblem),
      "email": field(typed.email, problem: typed.emailProblem),
      "role_problem": Value(typed.roleProblem),
      "roles": Role.choices(typed.role),
      "several": [
        "open": .bool(typed.list != nil),
        "value": Value(typed.list),
        "wrong": .bool(!typed.listProblems.isEmpty),
        "problems": .list(
          typed.listProblems.prefix(told).map { problem in
            ["line": Value(problem.line.map { String($0) }), "text": .text(problem.text)]
          }),
        "more": more > 0 ? .integer(more) : .null,
      ],
    ]
  }
}

extension Role {
  /// The roles that an admin gives, with what each may do.
  static func choices(_ chosen: Role) -> Value {
    .list(
      [user, admin].map {
        [
          "value": .text($0.rawValue), "words": .text($0.word), "may_do": .text($0.mayDo),
          "chosen": .bool($0 == chosen),
        ]
      })
  }
}
