/// The wish of somebody who may not export, put to the owner.
struct OwnerRequest: Sendable, Equatable {
  let id: OwnerRequestID
  let user: User
  /// As it was typed; may be empty.
  let message: String
  let askedAt: UnixTime
  let outcome: Outcome
  let answeredAt: UnixTime?

  enum Outcome: String, Sendable {
    case waiting
    case exported
    case declined

    /// As people see it.
    var word: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
  }

  /// One can ask again after so many seconds.
  static let pause = Int64.day
  /// Characters.
  static let messageLimit = 1_000
}
