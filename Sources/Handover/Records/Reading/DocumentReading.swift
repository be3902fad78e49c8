import SQLite

/// How many of the documents in a scope stand how with the linked storage, and which storage that is.
struct DocumentCounts: Sendable, Equatable {
  /// By the word of the state, as in Documents.csv.
  var states: [String: Int] = [:]
  /// Of those that were not removed.
  var bytes = 0
  /// The linked storage: its kind as in Documents.csv, and what people know the account by.
  var provider: String?
  var account: String?
  /// Whether the storage accepts us no longer.
  var isSignedOut = false
}

/// A document whose content belongs into an archive.
struct KeptDocument: Sendable, Equatable {
  let id: DocumentID
  let deal: DealID
  /// Nil where the deal is gone, or has no name.
  let dealName: String?
  let name: String
  let bytes: Int
  /// 32 bytes.
  let sha256: [UInt8]
}

extension Snapshot {
  func documentCounts() throws -> DocumentCounts {
    var counts = DocumentCounts()
    var statement = try prepare(Selection.documentStates(in: scope))
    while try statement.step() {
      guard case .text(let state) = statement.cell(at: 0), case .integer(let count) = statement.cell(at: 1),
        case .integer(let bytes) = statement.cell(at: 2)
      else { continue }
      let word = String(copying: state)
      counts.states[word] = Int(count)
      if word != "removed" { counts.bytes += Int(bytes) }
    }
    try connection.each(
      "SELECT provider, account, status FROM storage_link WHERE organisation_id = ? AND status <> 'unlinked'",
      organisation
    ) { row in
      counts.provider = try row["provider"]
      counts.account = try row["account"]
      counts.isSignedOut = try row["status"] == "signed-out"
    }
    return counts
  }

  /// Those that were not removed, by deal and id.
  func documents() throws -> [KeptDocument] {
    var documents: [KeptDocument] = []
    var statement = try prepare(Selection.keptDocuments(in: scope))
    while try statement.step() {
      guard case .integer(let id) = statement.cell(at: 0), case .integer(let deal) = statement.cell(at: 1),
        case .text(let name) = statement.cell(at: 3), case .integer(let bytes) = statement.cell(at: 4),
        case .blob(let sha256) = statement.cell(at: 5)
      else { continue }
      var dealName: String?
      if case .text(let text) = statement.cell(at: 2) { dealName = String(copying: text) }
      var digest: [UInt8] = []
      for place in sha256.indices { digest.append(sha256[place]) }
      documents.append(
        KeptDocument(
          id: DocumentID(rawValue: id), deal: DealID(rawValue: deal), dealName: dealName,
          name: String(copying: name), bytes: Int(bytes), sha256: digest))
    }
    return documents
  }
}

extension Selection {
  fileprivate static func documentStates(in scope: Scope) -> String {
    """
    \(scope.tableExpressions)SELECT state, count(*), sum(bytes) FROM document_with_sync \
    WHERE \(scope.condition(on: .documents)) GROUP BY state
    """
  }

  fileprivate static func keptDocuments(in scope: Scope) -> String {
    """
    \(scope.tableExpressions)SELECT id, deal_id, \
    (SELECT deal_name FROM deal WHERE edition_id = ?1 AND deal.deal_id = document_with_sync.deal_id), \
    name, bytes, sha256 FROM document_with_sync \
    WHERE \(scope.condition(on: .documents)) AND removed_at IS NULL ORDER BY deal_id, id
    """
  }
}
