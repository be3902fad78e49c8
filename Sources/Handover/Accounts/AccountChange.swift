import Mustache
import SQLite

/// A change of an account that its user has to hear of, whoever made it.
enum AccountChange: Sendable {
  case name(String)
  case role(Role, by: Actor)
  /// Told to the address of before.
  case email(String)
  case twoStepOn
  case twoStepOff
  /// By the owner or the operator.
  case twoStepRemoved(by: Actor)
  case recoveryCodeUsed(left: Int)
  case recoveryCodesMade
  /// Wrong ones, after the right password, until no more were let through.
  case codesRefused

  /// What happened, as the mail's subject and heading say it.
  var heading: String {
    switch self {
    case .name: "Your name was changed"
    case .role: "Your role was changed"
    case .email: "Your e-mail address was changed"
    case .twoStepOn: "Two-step sign-in is on"
    case .twoStepOff: "Two-step sign-in is off"
    case .twoStepRemoved: "Your two-step sign-in was removed"
    case .recoveryCodeUsed: "A recovery code was used"
    case .codesRefused: "Somebody has your password"
    case .recoveryCodesMade: "You have new recovery codes"
    }
  }

  /// The same in a sentence or two.
  var sentence: String {
    switch self {
    case .name(let name): "Your name is \(Wording.isolated(name)) from now on."
    case .role(let role, let actor):
      "\(Wording.isolated("\(actor)")) gave you another role: you are \(role.withArticle) from now on."
    case .email(let email): "You sign in as \(email) from now on, and no longer with this address."
    case .twoStepOn:
      "From now on Handover asks you for a code after your password. Your other sessions have ended."
    case .twoStepOff: "From now on your password alone opens your account."
    case .twoStepRemoved(let actor):
      "\(Wording.isolated("\(actor)")) removed two-step sign-in from your account, and signed you out everywhere. "
        + "Set it up again when you next sign in."
    case .recoveryCodeUsed(let left):
      left == 0
        ? "Somebody used your last recovery code. Make new ones in your profile."
        : "Somebody used one of your recovery codes; \(left) are left."
    case .codesRefused:
      "Somebody typed your password, then one wrong code after another, until Handover took no more."
    case .recoveryCodesMade: "Your earlier recovery codes no longer work."
    }
  }

  /// Whether the address that reads the mail no longer signs in.
  fileprivate var isOfAddress: Bool {
    if case .email = self { true } else { false }
  }
}

/// To the user whose account was changed.
struct AccountChanged: Letter {
  static let name = "account_changed"
  static let lane = MailLane.account
  let to: Recipient
  let change: AccountChange
  /// The network address that it was changed from; nil for the operator's doing.
  let from: String?

  func values(_ context: LetterContext) -> Object {
    [
      "heading": .text(change.heading), "sentence": .text(change.sentence),
      "changed": context.moment(context.now), "from": Value(from),
      "forgotten": change.isOfAddress ? .null : .text(context.addresses.forgotten),
    ]
  }
}

extension Accounts {
  /// Mails the user that the account was changed, as part of the connection's transaction.
  func tell(
    _ user: User, _ change: AccountChange, by actor: Actor, at now: UnixTime, in connection: Connection
  ) throws {
    guard let recipient = user.recipient else { return }
    try outbox.write(
      AccountChanged(to: recipient, change: change, from: actor.address.isEmpty ? nil : actor.address),
      of: user.organisation, at: now, in: connection)
  }
}
