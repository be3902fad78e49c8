/// A user, as a row names who has done something.
struct Person: Sendable, Equatable {
  let id: UserID
  let name: String
  let isActive: Bool
}
