import Mustache

struct Invitation: Letter {
  static let name = "invitation"
  let to: Recipient
  /// Nil where the operator invites.
  let invitedBy: String?
  /// The address at which the password is set.
  let link: String
  let until: UnixTime

  func values(_ moment: Moments) -> Object {
    ["invited_by": Value(invitedBy), "link": .text(link), "until": moment.of(until)]
  }
}

struct PasswordReset: Letter {
  static let name = "password_reset"
  let to: Recipient
  let link: String
  let until: UnixTime
  /// The network address that it was asked for from.
  let from: String

  func values(_ moment: Moments) -> Object {
    ["link": .text(link), "until": moment.of(until), "from": .text(from)]
  }
}

struct PasswordChanged: Letter {
  static let name = "password_changed"
  let to: Recipient
  let changed: UnixTime
  /// The network address that it was changed from.
  let from: String
  /// The address of the page for a forgotten password.
  let forgotten: String

  func values(_ moment: Moments) -> Object {
    ["changed": moment.of(changed), "from": .text(from), "forgotten": .text(forgotten)]
  }
}

/// To the one who owns the organisation from now on.
struct OwnershipReceived: Letter {
  static let name = "ownership_received"
  let to: Recipient
  /// Nil where there was no owner before.
  let former: Recipient?
  let since: UnixTime

  func values(_ moment: Moments) -> Object {
    ["former": former?.value ?? .null, "since": moment.of(since)]
  }
}

/// To the one who owned it until now.
struct OwnershipGiven: Letter {
  static let name = "ownership_given"
  let to: Recipient
  let owner: Recipient
  let since: UnixTime

  func values(_ moment: Moments) -> Object { ["owner": owner.value, "since": moment.of(since)] }
}
