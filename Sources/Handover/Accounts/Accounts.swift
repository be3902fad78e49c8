import Secrets

/// What people do with accounts, each part with what it needs.
struct Accounts: Sendable {
  let signIn: SignIn
  let links: PasswordLinks
  let passwordChange: PasswordChange
  let members: Members
  let ownership: Ownership

  /// - Parameter succession: what else ends with an ownership, see `Ownership`.
  init(
    database: Database, passwords: PasswordHasher, randomness: Randomness, outbox: Outbox,
    succession: @escaping Ownership.Succession
  ) {
    let throttle = Throttle(database: database, randomness: randomness)
    let confirmation = Confirmation(database: database, passwords: passwords, throttle: throttle)
    signIn = SignIn(database: database, passwords: passwords, randomness: randomness, throttle: throttle)
    links = PasswordLinks(
      database: database, passwords: passwords, randomness: randomness, throttle: throttle, outbox: outbox)
    passwordChange = PasswordChange(confirmation: confirmation, links: links)
    members = Members(database: database, links: links)
    ownership = Ownership(confirmation: confirmation, outbox: outbox, succession: succession)
  }
}
