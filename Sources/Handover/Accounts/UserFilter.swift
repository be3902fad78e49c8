/// Which users a list shows, and in what order.
struct UserFilter: Sendable, Equatable {
  var role: Role?
  var state: State?
  var order = Order.name

  /// What somebody's account is good for.
  enum State: String, CaseIterable {
    /// Can sign in.
    case active
    /// Has been invited, and has no password yet.
    case invited
    /// Came with an import: has no password, and nobody has invited them.
    case uninvited
    case disabled
  }

  enum Order: String, CaseIterable {
    /// The owner, then the others.
    case name
    /// Owner, admins, users.
    case role
    /// Who was active last comes first.
    case seen
  }
}
