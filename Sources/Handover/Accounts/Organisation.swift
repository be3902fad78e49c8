/// A customer of the product: an office of brokers.
package struct Organisation: Sendable, Equatable {
  package let id: OrganisationID
  package var name: String
  /// An IANA name, as in `Australia/Sydney`; times are shown in it.
  var timeZone: String
  var twoStep = TwoStepPolicy.optional

  /// The zone under the name that it has today, which people read.
  var zoneName: String { Zones.current(timeZone) }
}

/// Of whom two-step sign-in is required.
enum TwoStepPolicy: String, Sendable, CaseIterable {
  case optional
  /// Of owner and admins.
  case admins
  case all

  /// Of whom, as people read it.
  var words: String {
    switch self {
    case .optional: "Nobody"
    case .admins: "Owner and admins"
    case .all: "Everybody"
    }
  }

  func requires(of role: Role) -> Bool {
    switch self {
    case .optional: false
    case .admins: role.isAdmin
    case .all: true
    }
  }
}
