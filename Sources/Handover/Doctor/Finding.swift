/// One thing that is wrong with an installation, and what to do about it.
package struct Finding: Sendable, Equatable, Encodable {
  /// What was looked at, as one word that stays: for programs.
  package let check: String
  /// What is wrong, without a full stop.
  package let message: String
  /// What to do.
  package let advice: String

  init(_ check: Check, _ message: String, _ advice: String) {
    self.check = check.rawValue
    self.message = message
    self.advice = advice
  }

  package var description: String { "\(check): \(message); \(advice)" }

  /// What is looked at, in its order.
  enum Check: String, CaseIterable, Sendable {
    case environment, files, space, database, log, clock, keys, mail, backup, drill, socket, nginx,
      certificate
    case directory, store, replica, sqlite, programs, units, sandbox
  }
}
