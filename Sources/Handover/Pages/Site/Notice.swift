import HTTP

/// What the next page says about the action before it. The address holds only a keyword, so that a link can't
/// put its own text on a page.
enum Notice: String, CaseIterable {
  case signedOut = "signed-out"
  case signedOutEverywhere = "signed-out-everywhere"
  case passwordSet = "password-set"
  case passwordChanged = "password-changed"
  case emailChanged = "address-changed"
  case sessionEnded = "session-ended"
  case welcome
  case saved
  case invited
  case invitedSeveral = "invited-several"
  case invitedAgain = "invited-again"
  case roleChanged = "role-changed"
  case disabled
  case enabled
  case userSignedOut = "user-signed-out"
  case handedOver = "handed-over"
  case twoStepFirst = "two-step-first"
  case twoStepOff = "two-step-off"
  case twoStepRemoved = "two-step-removed"
  case codeLate = "code-late"

  private static let parameter = "done"

  /// The address of the next page.
  func after(_ route: Route) -> String {
    route.path() + "?" + query.encoded
  }

  /// The query that asks for the message.
  var query: Form { Form([Self.parameter: rawValue]) }

  /// The message that a query asks for.
  static func flash(_ query: Form) -> Flash? {
    query[parameter].flatMap(Notice.init).map { Flash(text: $0.text) }
  }

  private var text: String {
    switch self {
    case .signedOut: "You are signed out."
    case .signedOutEverywhere: "You are signed out, here and everywhere else."
    case .passwordSet: "Your new password is set. Sign in with it."
    case .passwordChanged: "Your password is changed. Your other sessions have ended."
    case .emailChanged:
      "Your address is changed: you sign in with it from now on. Your other sessions have ended."
    case .sessionEnded: "That session has ended."
    case .welcome: "Welcome. Your password is set, and you are signed in."
    case .saved: "Saved."
    case .invited: "The user is added, and the invitation is on its way."
    case .invitedSeveral: "All of them are added, and their invitations are on their way."
    case .invitedAgain: "A new invitation is on its way. The one before no longer works."
    case .roleChanged: "The role is changed."
    case .disabled: "The user is disabled and signed out everywhere. Records stay."
    case .enabled: "The user is enabled."
    case .userSignedOut: "The user is signed out everywhere."
    case .twoStepFirst:
      "What you sent was not done: two-step sign-in comes first. Set it up, then send it again."
    case .twoStepOff: "Two-step sign-in is off. You sign in with your password alone."
    case .twoStepRemoved: "Two-step sign-in is removed, and the user is signed out. A mail tells them."
    case .codeLate: "That took too long, or your account was changed meanwhile. Please sign in again."
    case .handedOver: "The ownership is handed over. Both of you get a mail."
    }
  }
}
