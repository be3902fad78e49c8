/// An account at a provider, or a place of the operator's, that an organisation's documents are copied to.
struct StorageLink: Sendable, Equatable {
  let id: StorageLinkID
  let organisation: OrganisationID
  let provider: StorageProvider
  /// What the provider calls the account for ever. Another one is another link.
  let accountID: String
  /// What people know the account by: an e-mail address, or the address of the operator's place.
  let account: String
  let status: Status
  /// Why it is signed out: a sentence for the owner.
  let reason: String?
  /// Whether the documents of all deals are copied; else of those that are switched on.
  let copiesAllDeals: Bool
  /// The name of the folder of all folders, as it was made; empty before the first sync.
  let root: String
  /// The provider's id of that folder, where it has one.
  let rootID: String?
  /// No sync before this: the provider wants a pause.
  let notBefore: UnixTime
  /// Nil for the operator's.
  let linkedBy: Person?
  let linkedAt: UnixTime
  let unlinkedAt: UnixTime?

  enum Status: String, Sendable {
    case linked
    /// The provider accepts the tokens no longer, and syncs wait until the same account is linked again.
    case signedOut = "signed-out"
    case unlinked
  }
}

extension StorageLink {
  /// As people read it: `Google Drive (files@harbour.example)`.
  var name: String { "\(provider.name) (\(account))" }
}

/// A deal's folder in a linked storage.
struct StorageFolder: Sendable, Equatable {
  let deal: DealID
  /// Whether the deal is switched on by itself.
  let isOn: Bool
  /// Its name when it was last seen; nil until it was made.
  let name: String?
  /// The provider's id, where it has one. It is stored before the folder is made.
  let id: String?
}
