/// Who caused an event, and from where.
struct Actor: Sendable, Equatable {
  let kind: Kind
  /// Nil unless the actor is a user.
  let user: UserID?
  /// The user's name at that time, or the e-mail address that a visitor tried; empty for operator and server.
  let name: String
  /// The user's e-mail address at that time. Empty for others, for users without one, and in lines of before
  /// 2.0.
  let email: String
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

  static func user(_ id: UserID, name: String, email: String, address: String) -> Actor {
    Actor(kind: .user, user: id, name: name, email: email, address: address)
  }

  static func visitor(email: String, address: String) -> Actor {
    Actor(kind: .visitor, user: nil, name: email.isEmpty ? "?" : email, email: "", address: address)
  }

  static let `operator` = Actor(kind: .operator, user: nil, name: "", email: "", address: "")
  static let server = Actor(kind: .server, user: nil, name: "", email: "", address: "")
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
