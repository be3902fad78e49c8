/// Why a storage doesn't do what it was asked for.
struct StorageProblem: Error, Sendable, Equatable {
  let kind: Kind
  /// A sentence for the owner; names no token and no path of the server's.
  let reason: String
  /// More for the log.
  var detail = ""

  enum Kind: Sendable, Equatable {
    /// The provider accepts the tokens no longer: the whole link waits until it is linked again.
    case signedOut
    /// It accepts this token no longer; the next one may do.
    case refusedToken
    /// It has no room left; the owner can make some.
    case full
    /// It doesn't let Handover write; whoever runs the server can mend that.
    case notAllowed
    /// Too many requests; the whole link waits that long.
    case tooOften(Duration)
    /// It can't be reached, or fails; later it may be well again.
    case unreachable
    /// The server itself lacks something: a program, its secrets.
    case server
    /// It refuses, and would again.
    case refused
  }

  /// - Parameter kind: see there.
  init(_ kind: Kind, _ reason: String, detail: String = "") {
    (self.kind, self.reason, self.detail) = (kind, reason, detail)
  }
}
