import SQLite
import Secrets
import System

// A linked storage, from the button to the folder
//
// The owner presses Link. `beginLink` notes that somebody is away at the provider: the SHA-256 of a random state, with
// the session that went. The provider sends the browser back with the state and a code. `finishLink` looks whether it is
// the same session, owner and provider, in time and for the first time; exchanges the code; asks whose account that is;
// puts the tokens into a file (`StorageSecrets`); and makes the link and the syncs of all documents in one transaction.
//
// A token opens the storage for some hours. Whoever needs one asks `token(for:)`, which fetches the next one before it
// is needed. Where the provider says that it gives none any more, the link is signed out: nothing is tried until the
// owner links the same account again, and then all goes on where it stopped.

/// The storages of all organisations: what pages, commands and syncs ask of them. Each verb has a file of its own.
struct LinkedStorage: Sendable {
  var documents: Documents
  let outbox: Outbox
  let keys: KeyFile
  /// The operator's apps, by provider.
  let apps: [StorageProvider: OAuthApp]
  let secrets: StorageSecrets
  let curl: Curl
  /// Where a provider sends the browser back to.
  let callback: @Sendable (StorageProvider) -> String
  /// One at a time fetches a link's next token.
  let refreshing = Refreshing()
  let sweeps = RevokingTries()

  var database: Database { documents.database }
  var clock: Clock { documents.clock }
  var randomness: Randomness { documents.randomness }
  var log: Log { documents.log }
}

extension LinkedStorage {
  /// The same storages for pages, which don't wait long to write.
  func forRequests(_ database: Database) -> LinkedStorage {
    var storage = self
    storage.documents = documents.forRequests(database)
    return storage
  }

  /// Whether another data folder lies there by now, which is not ours to change.
  var isReplaced: Bool { documents.guardian.map { $0.look() != .same } ?? false }

  /// Adds what happened to a link to the activity.
  func record(
    _ kind: Event.Kind, _ link: StorageLink, by actor: Actor, _ more: String = "", at now: UnixTime,
    in connection: Connection
  ) throws {
    try connection.activity.record(
      Event(
        kind, of: link.organisation, by: actor, subject: link.id.rawValue,
        detail: more.isEmpty ? link.name : "\(link.name), \(more)", at: now))
  }
}
