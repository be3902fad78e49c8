/// What an export takes in.
enum Scope: Sendable, Hashable {
  /// Everything.
  case organisation
  /// What one user works on; `Reading/ScopeSQL.swift` has the exact rule.
  case user(UserID)
}
