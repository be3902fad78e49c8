import Mustache

package struct Invitation: Letter {
  package static let name = "invitation"
  package let to: Recipient
  /// Nil where the operator invites.
  package let invitedBy: String?
  /// The address at which the password is set.
  package let link: String
  package let until: UnixTime

  package func values(_ moment: Moments) -> Object {
    ["invited_by": Value(invitedBy), "link": .text(link), "until": moment.of(until)]
  }
}

package struct PasswordReset: Letter {
  package static let name = "password_reset"
  package let to: Recipient
  package let link: String
  package let until: UnixTime
  /// The network address that it was asked for from.
  package let from: String

  package func values(_ moment: Moments) -> Object {
    ["link": .text(link), "until": moment.of(until), "from": .text(from)]
  }
}

package struct PasswordChanged: Letter {
  package static let name = "password_changed"
  package let to: Recipient
  package let changed: UnixTime
  /// The network address that it was changed from.
  package let from: String
  /// The address of the page for a forgotten password.
  package let forgotten: String

  package func values(_ moment: Moments) -> Object {
    ["changed": moment.of(changed), "from": .text(from), "forgotten": .text(forgotten)]
  }
}

/// To the one who owns the organisation from now on.
package struct OwnershipReceived: Letter {
  package static let name = "ownership_received"
  package let to: Recipient
  /// Nil where there was no owner before.
  package let former: Recipient?
  package let since: UnixTime

  package func values(_ moment: Moments) -> Object {
    ["former": former?.value ?? .null, "since": moment.of(since)]
  }
}

/// To the one who owned it until now.
package struct OwnershipGiven: Letter {
  package static let name = "ownership_given"
  package let to: Recipient
  package let owner: Recipient
  package let since: UnixTime

  package func values(_ moment: Moments) -> Object { ["owner": owner.value, "since": moment.of(since)] }
}
