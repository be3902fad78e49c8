extension User {
  /// The user as the one who did something, from that network address.
  package func actor(from address: String) -> Actor {
    .user(id, name: displayName, address: address)
  }
}
