import HTTP
import Mustache

/// Settings > Profile > E-mail address: the user's own, changed by a link that is mailed to the new one.
/// Opening the link changes nothing, so a mail scanner can't.
enum EmailPage {
  static func form(_ visit: SignedIn) throws -> Response {
    try render(visit, field())
  }

  static func send(_ visit: SignedIn) throws -> Response {
    let typed = visit.form["email"] ?? ""
    switch try visit.accounts.requestEmail(
      typed, by: visit.user, from: visit.address, with: visit.browser.agent)
    {
    case .done(let email): return try render(visit, field(email), sent: email)
    case .invalid(let problem):
      return try render(visit, field(typed, problem: problem), status: .unprocessableContent)
    case .throttled(let wait):
      throw Refusal(
        status: .tooManyRequests,
        detail:
          "At most \(EmailChange.most) of these e-mails go out in \(Wording.duration(EmailChange.period)).",
        retryAfter: wait)
    case .refused: throw Refusal.forbidden
    }
  }

  /// Where the mailed link leads. It is good for the user who asked for it alone.
  static func link(_ visit: SignedIn) throws -> Response {
    let token = visit.query["token"] ?? ""
    let user = visit.user
    guard let change = try visit.database.read({ try $0.emailChanges.find(token: token, of: user) }) else {
      return try unknown(visit)
    }
    return change.isGood(at: visit.now) ? try render(visit, change, token) : try gone(visit)
  }

  static func confirm(_ visit: SignedIn) throws -> Response {
    let token = visit.form["token"] ?? ""
    switch try visit.accounts.changeEmail(token: token, in: visit.session, from: visit.address) {
    case .done: return try visit.redirect(to: .profile, saying: .emailChanged)
    case .notFound: return try unknown(visit)
    case .gone: return try gone(visit)
    case .taken(let change):
      let text =
        "Somebody else has the address \(change.email) already. Your address stays as it is; choose another one."
      return try render(visit, change, token, status: .conflict, flash: Flash(text: text, isWrong: true))
    }
  }

  private static func render(
    _ visit: SignedIn, _ email: Value, sent: String? = nil, status: Status = .ok
  ) throws -> Response {
    try visit.settingsPage(
      "pages/email", at: .profile, ["email": email, "sent": sent.map { ["email": .text($0)] } ?? .null],
      status: status)
  }

  private static func render(
    _ visit: SignedIn, _ change: EmailChange, _ token: String, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    try visit.settingsPage(
      "pages/email_confirm", at: .profile,
      ["email": .text(change.email), "token": .text(token), "taken": .bool(flash != nil)],
      status: status, flash: flash)
  }

  private static func gone(_ visit: SignedIn) throws -> Response {
    try ended(visit, .gone)
  }

  private static func unknown(_ visit: SignedIn) throws -> Response {
    visit.site.record(.notFound, of: visit.visit)
    return try ended(visit, .notFound)
  }

  private static func ended(_ visit: SignedIn, _ status: Status) throws -> Response {
    try visit.settingsPage(
      "pages/email_ended", at: .profile, ["unknown": .bool(status == .notFound)], status: status)
  }
}
