import HTTP
import Mustache
import Secrets

/// Settings > Profile > Two-step sign-in: set it up, make new recovery codes, turn it off.
enum TwoStepPage {
  static func show(_ visit: SignedIn) throws -> Response {
    guard visit.user.hasTwoStep else {
      return try setUpPage(visit, next: visit.query["next"])
    }
    let me = visit.user
    let left = try visit.database.read { try $0.twoSteps.recoveryCodesLeft(of: me) }
    return try visit.settingsPage(
      "pages/two_step", at: .profile,
      [
        "left": .text(
          left == 1 ? "one recovery code" : left == 0 ? "no recovery code" : "\(left) recovery codes"),
        "few": .bool(left < 3),
        "required": .bool(visit.organisation.twoStep.requires(of: me.role)),
      ])
  }

  static func setUp(_ visit: SignedIn) throws -> Response {
    let next = visit.form["next"]
    let outcome = try visit.accounts.turnOnTwoStep(
      of: visit.session, code: visit.form["code"] ?? "", from: visit.browser)
    switch outcome {
    case .done(let codes): return try show(codes, visit, isFirst: true, next: next)
    case .wrong:
      return try setUpPage(
        visit, next: next, problem: "That isn’t the code that shows now. Is your phone’s clock right?",
        status: .unprocessableContent)
    case .throttled(let wait): throw Refusal.tooManyCodes(wait)
    case .refused: return .seeOther(Route.twoStep.path())
    }
  }

  static func askRecoveryCodes(_ visit: SignedIn) throws -> Response {
    guard visit.user.hasTwoStep else { return .seeOther(Route.twoStep.path()) }
    return try visit.ask(
      Question(
        title: "Make new recovery codes?",
        facts: [
          "You see \(String(RecoveryCode.count)) new ones, once. Keep them in a safe place that is not your phone.",
          "Those of before stop working at once.", "Your phone’s codes stay as they are.",
        ], action: Route.makeRecoveryCodes.path(), button: "Make new recovery codes",
        keep: "Keep the old ones",
        back: Route.twoStep.path()), at: .profile)
  }

  static func makeRecoveryCodes(_ visit: SignedIn) throws -> Response {
    switch try visit.accounts.makeRecoveryCodes(of: visit.user, from: visit.address) {
    case .done(let codes): return try show(codes, visit, isFirst: false, next: nil)
    case .wrong, .throttled, .refused: return .seeOther(Route.twoStep.path())
    }
  }

  static func askTurnOff(_ visit: SignedIn) throws -> Response {
    guard visit.user.hasTwoStep else { return .seeOther(Route.twoStep.path()) }
    let isRequired = visit.organisation.twoStep.requires(of: visit.user.role)
    return try visit.ask(
      Question(
        title: "Turn two-step sign-in off?",
        facts: [
          isRequired
            ? "\(name: visit.organisation.name) requires it of you: you set it up again at once, before any other page."
            : "Your password alone opens your account then.",
          "The key in your phone and your recovery codes stop working at once.", "An e-mail tells you of it.",
        ], action: Route.turnOffTwoStep.path(), button: "Turn it off", keep: "Keep it on",
        back: Route.twoStep.path()), at: .profile)
  }

  static func turnOff(_ visit: SignedIn) throws -> Response {
    try visit.accounts.turnOffTwoStep(of: visit.user, from: visit.address)
    return try visit.redirect(to: .twoStep, saying: .twoStepOff)
  }

  /// The key as picture, text and link, and the field for its first code. Who can't reach any other page before
  /// that gets it without the sidebar.
  private static func setUpPage(
    _ visit: SignedIn, next: String?, problem: String? = nil, status: Status = .ok
  ) throws -> Response {
    guard let key = try visit.accounts.keyToSetUp(for: visit.user) else {
      return .seeOther(Route.twoStep.path())
    }
    let text = Base32.encode(key)
    let link = otpauth(key: text, visit)
    let values: Object = [
      "key": .text(inFours(text, separator: " ")),
      "otpauth": .text(link),
      "qr": visit.site.qrCodes.code(of: link).map { ["side": .integer($0.size + 8), "path": .text($0.path)] }
        ?? .null,
      "code": field(problem: problem),
      "next": .text(next ?? ""),
      "organisation": ["name": .text(visit.organisation.name)],
    ]
    if visit.session.mustSetUpTwoStep {
      return try visit.visit.page("pages/two_step_required", values, status: status)
    }
    return try visit.settingsPage("pages/two_step_set_up", at: .profile, values, status: status)
  }

  /// The link that authenticator apps know, in a picture or pressed on the phone itself
  /// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
  private static func otpauth(key: String, _ visit: SignedIn) -> String {
    let host = visit.site.configuration.url.host.name
    let issuer = PercentEncoding.encode(host == "localhost" ? "Handover" : host)
    let account = PercentEncoding.encode(visit.user.email ?? visit.user.displayName)
    return "otpauth://totp/\(issuer):\(account)?secret=\(key)&issuer=\(issuer)&algorithm=SHA1"
      + "&digits=\(OneTimeCodes.digits)&period=\(OneTimeCodes.stepLength)"
  }

  /// The one time that recovery codes are shown.
  private static func show(
    _ codes: [RecoveryCode], _ visit: SignedIn, isFirst: Bool, next: String?
  ) throws -> Response {
    try visit.settingsPage(
      "pages/recovery_codes", at: .profile,
      [
        "codes": .list(codes.map { ["code": .text($0.text)] }),
        "first": .bool(isFirst),
        "on": .text(
          next.flatMap { $0.isEmpty ? nil : try visit.destination(after: $0) }
            ?? Route.twoStep.path()),
      ])
  }
}
