/// How a document stands with the storage that is linked now. The view `document_with_sync` tells it.
enum DocumentState: String, Sendable, CaseIterable {
  case waiting
  case syncing
  case synced
  /// Synced, under a name that the storage takes instead of its own.
  case nameChanged = "name changed"
  case failed
  /// Removed here; what was copied stays there.
  case removed
  case notLinked = "not linked"
  /// A storage is linked, but not for the document's deal.
  case switchedOff = "switched off"
}
