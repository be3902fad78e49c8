/// A document of a deal, as its row says, and how it stands with the storage that is linked now.
struct Document: Sendable, Equatable {
  let id: DocumentID
  let organisation: OrganisationID
  /// The deal may be gone: an import has removed it, and its documents stay.
  let deal: DealID
  /// As its owner calls it, in NFC; anything but NUL and what controls or turns a text may be in it.
  let name: String
  let bytes: Int
  /// 32 bytes.
  let sha256: [UInt8]
  let addedAt: UnixTime
  /// Nil for the operator's.
  let addedBy: Person?
  /// What it was before it was replaced, as long as that can be undone or kept.
  let former: Former?
  let removedAt: UnixTime?

  let state: DocumentState
  /// The storage that is linked now; nil where none is.
  let linkID: StorageLinkID?
  /// A `StorageProvider`, by its raw value.
  let provider: String?
  /// Nil where it is not to be copied there.
  let syncID: SyncID?
  /// What is in the storage, where it is from the root on, and since when; nil until it was copied there. It
  /// may be what the document held before.
  let syncedAt: UnixTime?
  let syncedSHA256: [UInt8]?
  let remotePath: String?
  /// Why the last run failed: a sentence for the owner.
  let reason: String?
  /// The number of failed runs since it was last asked for.
  let failures: Int
  /// No run starts before this.
  let notBefore: UnixTime?

  struct Former: Sendable, Equatable {
    let name: String
    let bytes: Int
    let sha256: [UInt8]
    let replacedAt: UnixTime
  }

  /// How long a removed document, and what a replaced one held, can be put back.
  static let kept = Duration.days(30)
  /// How large one may be, in bytes.
  static let largest = 2 << 30
}

extension Document {
  /// Whether it can be put back: what has been removed, or what has been replaced.
  func canRestore(at now: UnixTime) -> Bool {
    (removedAt ?? former?.replacedAt).map { now < $0 + Self.kept } ?? false
  }
}
