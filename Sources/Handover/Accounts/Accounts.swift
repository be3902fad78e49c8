import SQLite
import Secrets

/// The accounts of all organisations: what pages ask of them. Each verb has a file of its own; what the
/// operator does, without a role to check, is in `Administration`.
///
/// Every change is one transaction together with its line in the activity and its mail. In it the verb checks
/// the caller again, who may have lost the role or been disabled since the request came in, and answers with
/// an outcome.
struct Accounts: Sendable {
  var database: Database
  let clock: Clock
  let passwords: PasswordHasher
  let randomness: Randomness
  let outbox: Outbox
  let log: Log
  let rules: PasswordRules
  let resets = ResetRequests()
  /// What else happens when an organisation gets another owner or loses its owner, in the same transaction.
  /// `Application` passes it in: exports end then, and this room does not know them.
  let ownerChanged: @Sendable (OrganisationID, Actor, Connection) throws -> Void
  /// The same when a user is disabled: what the user has in hand is taken back.
  let userDisabled: @Sendable (User, Actor, Connection) throws -> Void
  /// Of the cells of this machine; nil where there are none.
  var directory: CellDirectory?
}

extension Accounts {
  /// Whether somebody else signs in with the user's address, here or in another cell. Where nobody does, it is kept for
  /// this user's cell: ask in the transaction from which on the user signs in with it.
  func isTakenElsewhere(_ user: User, in connection: Connection) throws -> Bool {
    if try connection.users.isTakenElsewhere(user) { return true }
    guard let directory, let email = user.email else { return false }
    return try !directory.take(email)
  }

  /// The same accounts for pages, which don't wait long to write.
  func forRequests(_ database: Database) -> Accounts {
    var accounts = self
    accounts.database = database
    return accounts
  }
}
