import HTTP
import Mustache
import Secrets

/// One document in a list.
struct DocumentRow {
  let document: Document
  /// Whether its deal is gone, so that nothing can take its place.
  var isStray = false
  let visit: SignedIn

  /// The values of `partials/document_row`.
  var view: Value {
    let isLinked = document.linkID != nil && !isRemoved
    return [
      "id": .text(document.id.description),
      "name": .text(document.name),
      "deal": isStray ? .text(document.deal.description) : .null,
      "size": .text(Wording.size(document.bytes)),
      "sha256": .text(hex(document.sha256)),
      "added": visit.moment(document.addedAt),
      "added_by": Value(document.addedBy?.name),
      "state": .text(document.state.rawValue),
      "state_word": Value(isLinked ? document.state.word : nil),
      "state_class": .text(document.state.style),
      "reason": Value(document.state == .failed ? document.reason : nil),
      "again": Value(isLinked && document.state == .waiting && document.failures > 0 ? document.reason : nil),
      "storage": document.remotePath.map { ["name": .text(storage), "path": .text($0)] } ?? .null,
      "synced": document.syncedAt.map { visit.moment($0) } ?? .null,
      "download": isRemoved ? .null : address(.document),
      "remove": isRemoved ? .null : address(.removeDocument),
      "retry": isLinked && document.state == .failed ? address(.retryDocument) : .null,
      "replace": isRemoved || isStray ? .null : .text(Route.addDocuments.path(document.deal.description)),
      "restore": document.canRestore(at: visit.now) ? address(.restoreDocument) : .null,
      "removed": document.removedAt.map { visit.moment($0) } ?? .null,
      "until": document.removedAt.map { visit.moment($0 + Document.kept) } ?? .null,
      "former": former,
    ]
  }

  private var isRemoved: Bool { document.removedAt != nil }

  private var storage: String {
    document.provider.flatMap(StorageProvider.init(rawValue:))?.name ?? "the linked storage"
  }

  /// What it was before it was replaced.
  private var former: Value {
    guard let former = document.former, !isRemoved, document.canRestore(at: visit.now) else { return .null }
    return [
      "name": .text(former.name), "size": .text(Wording.size(former.bytes)),
      "at": visit.moment(former.replacedAt),
    ]
  }

  private func address(_ route: Route) -> Value { .text(route.path(document.id.description)) }
}

extension DocumentState {
  /// As a page writes it.
  fileprivate var word: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

  /// The class of the word, which colours it.
  fileprivate var style: String {
    switch self {
    case .waiting: "queued"
    case .syncing: "processing"
    case .synced, .nameChanged: "completed"
    case .failed: "failed"
    case .removed, .notLinked, .switchedOff: "cancelled"
    }
  }
}
