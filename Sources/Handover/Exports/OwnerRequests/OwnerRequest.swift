/// The wish of somebody who may not export, put to the owner.
package struct OwnerRequest: Sendable, Equatable {
  package let id: OwnerRequestID
  package let user: User
  /// As it was typed; may be empty.
  package let message: String
  package let askedAt: UnixTime
  package let outcome: Outcome
  package let answeredAt: UnixTime?

  package enum Outcome: String, Sendable {
    case waiting
    case exported
    case declined

    /// As people see it.
    package var word: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
  }

  /// One can ask again after so many seconds.
  package static let pause = Int64.day
  /// Characters.
  package static let messageLimit = 1_000
}
