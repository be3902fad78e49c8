import HTTP
import Mustache

/// Settings > Profile: the user's own name, password and sessions.
enum ProfilePage {
  static func show(_ visit: SignedIn) throws -> Response {
    try render(visit, Problems())
  }

  static func change(_ visit: SignedIn) throws -> Response {
    let typed = visit.form["name"] ?? ""
    switch try visit.accounts.rename(visit.user, to: typed, was: visit.form["was"], from: visit.address) {
    case .done: return try visit.redirect(to: .profile, at: "name", saying: .renamed)
    case .invalid:
      let problem = Problems(typedName: typed, name: Name.problem(with: typed), was: visit.form["was"])
      return try render(visit, problem, status: .unprocessableContent)
    case .changed(let user):
      let text =
        "Your name was changed while this page was open: it is “\(Wording.isolated(user.displayName))” now. Nothing was saved. "
        + "To change it again, save again."
      return try render(
        visit, Problems(typedName: typed, was: user.nameVersion), status: .conflict,
        flash: Flash(text: text, isWrong: true))
    case .refused: throw Refusal.noSession(visit.request, visit.visit.route)
    }
  }

  static func changePassword(_ visit: SignedIn) throws -> Response {
    let outcome = try visit.accounts.changePassword(
      of: visit.session, current: visit.form["current"] ?? "", to: visit.form["password"] ?? "",
      from: visit.browser)
    switch outcome {
    case .done(let tokens):
      return try visit.visit.seeOther(
        Route.profile.path() + "#password-title", saying: .passwordChanged, to: tokens.session
      )
      .settingCookies(of: tokens, visit.site.cookies)
    case .wrong:
      return try render(
        visit, Problems(current: "That isn’t your current password."), status: .unprocessableContent)
    case .invalid(let problem):
      return try render(visit, Problems(password: problem), status: .unprocessableContent)
    case .throttled(let wait): throw Refusal.tooManyPasswords(wait)
    case .busy: throw Refusal.busy
    case .refused: throw Refusal.noSession(visit.request, visit.visit.route)
    }
  }

  static func askSignOutEverywhere(_ visit: SignedIn) throws -> Response {
    let user = visit.user
    let sessions = try visit.database.read { try $0.sessions.all(of: user, at: visit.now) }
    return try visit.ask(
      Question(
        title: "Sign out everywhere?",
        facts: [
          "You are signed out at once on \(sessions.count == 1 ? "this device" : "\(Wording.plural(sessions.count, "device")), this one too"). What is typed elsewhere and not sent is lost.",
          "Your password stays. If somebody else may know it, change it: that ends your other sessions too.",
        ], action: Route.signOutEverywhere.path(), button: "Sign out everywhere", keep: "Stay signed in",
        back: visit.path(.profile, at: "sessions"), signsOut: true), at: .profile)
  }

  /// Ends this session as well.
  static func signOutEverywhere(_ visit: SignedIn) throws -> Response {
    try visit.accounts.signOutEverywhere(visit.user, from: visit.address)
    return try visit.visit.seeOther(Route.signInForm.path(), saying: .signedOutEverywhere)
      .setting(visit.site.cookies.ended(visit.site.cookies.session))
  }

  static func askEndSession(_ visit: SignedIn) throws -> Response {
    let (id, user): (SessionID, User) = (try visit.id(), visit.user)
    let sessions = try visit.database.read { try $0.sessions.all(of: user, at: visit.now) }
    guard let session = sessions.first(where: { $0.id == id }) else { throw Refusal.notFound }
    let isThis = id == visit.session.id
    return try visit.ask(
      Question(
        title: isThis ? "Sign out here?" : "Sign out \(device(session.agent))?",
        facts: [
          "It was last used \(Wording.relative(session.usedAt, to: visit.now)), from \(session.address). What is typed there and not sent is lost.",
          "If you don’t know it, change your password as well.",
        ], action: Route.endSession.path(id.rawValue), button: "Sign out", keep: "Keep it",
        back: visit.path(.profile, at: "sessions")), at: .profile)
  }

  /// Ends one of the user's sessions; this one as well.
  static func endSession(_ visit: SignedIn) throws -> Response {
    switch try visit.accounts.end(visit.id(), by: visit.session, from: visit.address) {
    case .done(isThis: false): return try visit.redirect(to: .profile, at: "sessions", saying: .sessionEnded)
    case .done(isThis: true):
      return try visit.visit.seeOther(Route.signInForm.path(), saying: .signedOut)
        .setting(visit.site.cookies.ended(visit.site.cookies.session))
    case .notFound: throw Refusal.notFound
    }
  }

  private struct Problems {
    var typedName: String?
    var name: String?
    /// The version of the name that the form was made from, where that is not the one of now.
    var was: String?
    var current: String?
    var password: String?
  }

  private static func render(
    _ visit: SignedIn, _ problems: Problems, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    let me = visit.user
    let this = visit.session.id
    let sessions = try visit.database.read { try $0.sessions.all(of: me, at: visit.now) }
    let thisFirst = sessions.filter { $0.id == this } + sessions.filter { $0.id != this }
    return try visit.settingsPage(
      "pages/profile", at: .profile,
      [
        "name": field(problems.typedName ?? me.name, problem: problems.name),
        "was": .text(problems.was ?? me.nameVersion),
        "current": field(problem: problems.current),
        "password": field(problem: problems.password),
        "sessions": .list(thisFirst.map { view($0, isThis: $0.id == this, visit) }),
      ], status: status, flash: flash)
  }

  private static func view(_ session: SessionListing, isThis: Bool, _ visit: SignedIn) -> Value {
    [
      "id": .text(session.id.rawValue),
      "device": .text(device(session.agent)),
      "from": .text(session.address),
      "current": .bool(isThis),
      "started": visit.moment(session.createdAt),
      "seen": visit.moment(session.usedAt),
      "end": .text(Route.endSession.path(session.id.rawValue)),
    ]
  }
}
