import System

// What rclone, and the providers behind it, say when something doesn't work, in the owner's words. Tried with rclone
// 1.60.1 of Debian 12, and with what the providers' documentation says that they answer.

extension StorageProblem {
  /// - Parameter provider: whose storage it is.
  init(_ failure: RcloneFailure, at provider: StorageProvider) {
    switch failure {
    case .ended(.timedOut, _):
      self = .init(.unreachable, "\(provider.name) was too slow.", detail: "\(failure)")
    // As where the server's memory runs out: that is not the storage's fault.
    case .ended(.killed, _), .missing, .unstartable:
      self = .init(.unreachable, "The copy was broken off on the server.", detail: "\(failure)")
    case .ended(.exited, let text): self.init(saying: text, at: provider)
    }
  }

  /// Reads what is wrong from what was said: a log of rclone's, or the body of a provider's answer.
  init(saying text: String, at provider: StorageProvider) {
    let said = text.lowercased()
    let cause = Cause.allCases.first { cause in cause.signs(at: provider).contains { said.contains($0) } }
    let name = provider.name
    switch cause {
    case .signedOut:
      self = .init(
        .signedOut,
        !provider.isAccount
          ? "\(name) accepts the name or the password no longer."
          : "\(name) accepts Handover’s sign-in no longer.", detail: text)
    case .refusedToken:
      self = .init(.refusedToken, "\(name) refused Handover’s sign-in for a moment.", detail: text)
    case .full: self = .init(.full, "\(name) is full.", detail: text)
    case .tooOften: self = .init(.tooOften(Self.pause), "\(name) has had too many requests.", detail: text)
    case .name: self = .init(.refused, "\(name) doesn’t take a file of this name.", detail: text)
    case .notAllowed:
      self = .init(
        .notAllowed, "\(name) doesn’t let Handover write there. Whoever runs the server can look into that.",
        detail: text)
    case .corrupted:
      self = .init(.unreachable, "\(name) got something else than was sent.", detail: text)
    case .certificate:
      self = .init(
        .unreachable, "\(name) couldn’t be reached safely: its certificate isn’t right.", detail: text)
    case .unreachable, .none:
      self = .init(
        .unreachable,
        cause == nil ? "\(name) didn’t take the document." : "\(name) couldn’t be reached.", detail: text)
    }
  }

  /// How long a storage rests that has had too many requests and doesn't say how long.
  static let pause = Duration.seconds(30)
}

/// In the order in which they are looked for.
private enum Cause: CaseIterable {
  case corrupted
  case signedOut
  case refusedToken
  case full
  case tooOften
  case name
  case notAllowed
  case certificate
  case unreachable

  func signs(at provider: StorageProvider) -> [String] {
    switch self {
    // First, since a hash may have any digits in it.
    case .corrupted: ["corrupted on transfer"]
    case .signedOut:
      provider.isAccount
        ? ["invalid_grant", "user_suspended"]
        : [
          "401 unauthorized", "unable to authenticate", "invalidaccesskeyid", "signaturedoesnotmatch",
          "invalidtoken",
        ]
    case .refusedToken:
      provider.isAccount
        ? [
          "expired_access_token", "invalid_access_token", "error 401", "autherror", "token expired",
          "unauthorized",
        ] : []
    case .full:
      [
        "storagequotaexceeded", "insufficient_space", "insufficient storage", "error 507", "quota exceeded",
        "quotaexceeded", "no space left", "disk full", "teamdrivefilelimitexceeded", "xminiostoragefull",
      ]
    case .tooOften:
      [
        "ratelimitexceeded", "too_many_requests", "too_many_write_operations", "dailylimitexceeded",
        "error 429",
        "too many requests", "slowdown", "slow down",
      ]
    case .name:
      [
        "malformed_path", "error 400", "disallowed_name", "name too long", "keytoolong",
      ]
    case .notAllowed:
      [
        "missing_scope", "insufficientpermissions", "insufficientfilepermissions", "insufficient permission",
        "accessnotconfigured", "appnotauthorizedtofile", "no_write_permission", "not_permitted",
        "access denied",
        "accessdenied", "permission denied", "permission_denied", "403 forbidden", "domainpolicy",
      ]
    case .certificate: ["x509:", "certificate"]
    case .unreachable:
      [
        "connection refused", "no such host", "timeout", "deadline exceeded", "eof", "connection reset",
        "network is unreachable", "no route to host", "broken pipe", "proxyconnect", "bad gateway",
        "error 50", "service unavailable", "internal server error", "gateway timeout",
        "gateway time-out", "backenderror", "internalerror", "internal_error",
        "couldn't connect", "connection lost", "closed network", "cannot fetch token",
      ]
    }
  }
}
