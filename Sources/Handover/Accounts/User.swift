/// A person of an organisation.
package struct User: Sendable, Equatable {
  let organisation: OrganisationID
  package let id: UserID
  /// Nil where an import named only an id.
  var name: String?
  var email: String?
  package var role: Role
  /// A disabled user keeps its records but can't sign in.
  package var isActive: Bool
  var hasPassword: Bool

  /// What people call the user: the name, else the address, else the id.
  package var displayName: String { name ?? email ?? id.description }
}

/// What a user may do; an owner is also an admin.
package enum Role: String, Sendable, CaseIterable {
  case owner
  case admin
  case user

  var isAdmin: Bool { self != .user }
}

extension Role {
  /// As people read it.
  var word: String {
    switch self {
    case .owner: "Owner"
    case .admin: "Admin"
    case .user: "User"
    }
  }
}
