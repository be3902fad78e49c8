/// Who caused an event, and from where.
struct Actor: Sendable, Equatable {
  let kind: Kind
  /// Nil unless the actor is a user.
  let user: UserID?
  /// The user's name at that time, or the e-mail address that a visitor tried; empty for operator and server.
  let name: String
  /// The network address; empty for operator and server.
  let address: String

  enum Kind: String, Sendable {
    /// Somebody who is signed in.
    case user
    /// Somebody who is not signed in, but typed the e-mail address of a user.
    case visitor
    /// Somebody at the server's command line.
    case `operator`
    /// The server itself.
    case server
  }

  static func user(_ id: UserID, name: String, address: String) -> Actor {
    Actor(kind: .user, user: id, name: name, address: address)
  }

  static func visitor(email: String, address: String) -> Actor {
    Actor(kind: .visitor, user: nil, name: email.isEmpty ? "?" : email, address: address)
  }

  static let `operator` = Actor(kind: .operator, user: nil, name: "", address: "")
  static let server = Actor(kind: .server, user: nil, name: "", address: "")
}

extension Actor: CustomStringConvertible {
  /// As the Activity page names it.
  var description: String {
    switch kind {
    case .user, .visitor: name
    case .operator: "The operator"
    case .server: "The server"
    }
  }
}
