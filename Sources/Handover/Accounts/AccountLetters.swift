import Mustache

struct Invitation: Letter {
  static let name = "invitation"
  static let lane = MailLane.account
  let to: Recipient
  let role: Role
  /// Nil for the operator, who invites without a name.
  let inviter: User?
  let token: String
  let expires: UnixTime
  var replyTo: Recipient? { inviter?.answersTo }

  func values(_ context: LetterContext) -> Object {
    [
      "invited_by": inviter.map { ["name": .text($0.displayName), "email": Value($0.email)] } ?? .null,
      "is_owner": .bool(role == .owner), "is_admin": .bool(role == .admin), "is_user": .bool(role == .user),
      "link": .text(context.addresses.reset(token: token)), "until": context.moment(expires),
    ]
  }
}

struct PasswordReset: Letter {
  static let name = "password_reset"
  static let lane = MailLane.link
  let to: Recipient
  let token: String
  let expires: UnixTime
  /// The network address that asked for it.
  let from: String

  func values(_ context: LetterContext) -> Object {
    [
      "link": .text(context.addresses.reset(token: token)), "until": context.moment(expires),
      "from": .text(from),
    ]
  }
}

/// After a sign-in from a browser not seen before.
struct NewSignIn: Letter {
  static let name = "new_sign_in"
  static let lane = MailLane.account
  let to: Recipient
  /// As `device` names it.
  let device: String
  /// The network address.
  let from: String

  func values(_ context: LetterContext) -> Object {
    [
      "signed_in": context.moment(context.now), "device": .text(device), "from": .text(from),
      "profile": .text(context.addresses.profile), "forgotten": .text(context.addresses.forgotten),
    ]
  }
}

struct PasswordChanged: Letter {
  static let name = "password_changed"
  static let lane = MailLane.account
  let to: Recipient
  /// The network address that changed it.
  let from: String

  func values(_ context: LetterContext) -> Object {
    [
      "changed": context.moment(context.now), "from": .text(from),
      "forgotten": .text(context.addresses.forgotten),
    ]
  }
}

/// To the address that a user wants.
struct EmailConfirmation: Letter {
  static let name = "email_confirmation"
  static let lane = MailLane.link
  let to: Recipient
  let token: String
  let expires: UnixTime
  /// The network address that asked for it.
  let from: String

  func values(_ context: LetterContext) -> Object {
    [
      "link": .text(context.addresses.email(token: token)), "until": context.moment(expires),
      "from": .text(from),
    ]
  }
}

/// To the new owner.
struct OwnershipReceived: Letter {
  static let name = "ownership_received"
  static let lane = MailLane.account
  let to: Recipient
  /// Nil where the organisation had no owner, or one without an address.
  let former: Recipient?

  func values(_ context: LetterContext) -> Object {
    ["former": former?.value ?? .null, "since": context.moment(context.now)]
  }
}

/// To the former owner.
struct OwnershipGiven: Letter {
  static let name = "ownership_given"
  static let lane = MailLane.account
  let to: Recipient
  let owner: Recipient

  func values(_ context: LetterContext) -> Object {
    ["owner": owner.value, "since": context.moment(context.now)]
  }
}

extension User {
  /// As a letter names somebody whom an answer may reach.
  var letterValue: Value { Recipient(name: displayName, email: email ?? "").value }
}
