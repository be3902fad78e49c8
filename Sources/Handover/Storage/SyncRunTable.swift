import SQLite

// What the runs of syncs change in their rows.
extension SyncTable {
  func find(_ id: SyncID) throws -> (Sync, OrganisationID)? {
    try connection.first("SELECT * FROM sync WHERE id = ?", id) {
      (try Sync(row: $0), try $0["organisation_id"])
    }
  }

  /// Those that a crash has interrupted.
  func processing() throws -> [(Sync, OrganisationID)] {
    try connection.all("SELECT * FROM sync WHERE status = 'processing' ORDER BY number") {
      (try Sync(row: $0), try $0["organisation_id"])
    }
  }

  /// Whether the document is to be in the storage: it is there, the storage is linked, and copies the deal.
  func isWanted(_ document: DocumentID, of organisation: OrganisationID, in link: StorageLinkID) throws
    -> Bool
  {
    try connection.exists(
      """
      SELECT 1 FROM document JOIN storage_link AS link ON link.organisation_id = document.organisation_id
      WHERE document.organisation_id = ?1 AND document.id = ?2 AND removed_at IS NULL AND link.id = ?3
        AND link.status <> 'unlinked'
        AND (all_deals OR deal_id IN (SELECT deal_id FROM storage_folder WHERE link_id = link.id AND is_on))
      """, organisation, document, link)
  }

  /// Nil where the deal is gone, or has none.
  func nameOfDeal(_ deal: DealID, of organisation: OrganisationID) throws -> String? {
    let name: String?? = try connection.first(
      "SELECT deal_name FROM deal WHERE edition_id = ? AND deal_id = ?",
      connection.editions.current(of: organisation), deal
    ) { try $0["deal_name"] }
    return name ?? nil
  }

  /// The names, folded, that other documents of the deal have in the storage.
  func names(besides sync: SyncID, of deal: DealID, _ organisation: OrganisationID, in link: StorageLinkID)
    throws
    -> Set<String>
  {
    Set(
      try connection.all(
        """
        SELECT folded_name FROM document INDEXED BY document_deal
        CROSS JOIN sync ON sync.link_id = ?3 AND sync.document_id = document.id
        WHERE document.organisation_id = ?1 AND deal_id = ?2 AND folded_name IS NOT NULL AND sync.id <> ?4
        """, organisation, deal, link, sync
      ) { try $0["folded_name"] as String })
  }

  /// Gives the file another name. What had the former one stays there.
  func name(_ id: SyncID, _ name: String) throws {
    try connection.run(
      "UPDATE sync SET name = ?, folded_name = ?, is_written = 0 WHERE id = ?", name, SafeName.folded(name),
      id)
  }

  /// From now on what has its name there is ours.
  ///
  /// - Returns: whether the row is at this run's attempt.
  func write(_ job: SyncJob) throws -> Bool {
    try connection.run(
      "UPDATE sync SET is_written = 1 WHERE id = ? AND attempt = ? AND status = 'processing'", job.key,
      job.attempt) == 1
  }

  /// What a run has copied.
  struct Copy: Sendable, Equatable {
    let sha256: [UInt8]
    /// From the storage's root on, as people see it.
    let path: String
    /// Whether the storage takes the document's name as it is.
    let hasOwnName: Bool
    let fileID: String?
  }

  /// Notes what is there now.
  ///
  /// - Parameter status: `completed`; `queued` where the document has changed meanwhile; `cancelled` where nobody wants it
  ///   there any longer.
  func end(_ job: SyncJob, as status: String, with copy: Copy, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE sync SET status = ?3, ended_at = iif(?3 = 'queued', NULL, ?4), started_at = NULL, not_before = ?4,
        failures = 0, reason = NULL, sha256 = ?5, path = ?6, has_own_name = ?7, file_id = ?8, synced_at = ?4
      WHERE id = ?1 AND attempt = ?2 AND status = 'processing'
      """, job.key, job.attempt, status, now, copy.sha256, copy.path, copy.hasOwnName, copy.fileID) == 1
  }

  /// Nobody wants it there any longer.
  func cancel(_ job: SyncJob, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE sync SET status = 'cancelled', ended_at = ?, started_at = NULL
      WHERE id = ? AND attempt = ? AND status = 'processing'
      """, now, job.key, job.attempt) == 1
  }

  /// What was copied of a deal is no longer there, or lies in a bin: it is copied anew.
  ///
  /// - Parameter deal: nil for all.
  func lose(_ deal: DealID?, of link: StorageLink, at now: UnixTime) throws {
    // Those that wait or have failed were never there, and keep their pauses.
    try connection.run(
      """
      UPDATE sync SET sha256 = NULL, path = NULL, has_own_name = NULL, file_id = NULL, synced_at = NULL,
        is_written = 0, not_before = iif(status = 'completed', ?4, not_before),
        ended_at = iif(status = 'completed' AND removed_at IS NULL, NULL, ended_at),
        status = iif(status = 'completed', iif(removed_at IS NULL, 'queued', 'cancelled'), status)
      FROM document
      WHERE link_id = ?1 AND document.organisation_id = ?2 AND document.id = document_id
        AND (?3 IS NULL OR deal_id = ?3)
      """, link.id, link.organisation, deal?.rawValue, now)
  }

  /// Whether something was copied into a deal's folder while that was called otherwise.
  func hasMoved(_ deal: DealID, of link: StorageLink, to folder: String) throws -> Bool {
    try connection.exists(
      """
      SELECT 1 FROM document JOIN sync ON link_id = ?1 AND document_id = document.id
      WHERE document.organisation_id = ?2 AND deal_id = ?3 AND substr(path, 1, length(?4) + 1) <> ?4 || '/'
      """, link.id, link.organisation, deal, folder)
  }

  /// Somebody has renamed a deal's folder: what was copied into it has another path now.
  func move(_ deal: DealID, of link: StorageLink, to folder: String) throws {
    try connection.run(
      """
      UPDATE sync SET path = ?4 || '/' || substr(path, length(rtrim(path, replace(path, '/', ''))) + 1)
      FROM document
      WHERE link_id = ?1 AND document.organisation_id = ?2 AND document.id = document_id AND deal_id = ?3
        AND path IS NOT NULL
      """, link.id, link.organisation, deal, folder)
  }

  /// How many of a link are in each state: `queued`, `completed`.
  func counts(of link: StorageLinkID) throws -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: try connection.all(
        "SELECT status, count(*) AS syncs FROM sync WHERE link_id = ? GROUP BY status", link
      ) { (try $0["status"] as String, try $0["syncs"] as Int) })
  }

  /// Whether all that is wanted in a storage has been copied, or has failed, for the first time.
  func isFirstComplete(of link: StorageLinkID) throws -> Bool {
    try connection.exists(
      """
      SELECT 1 FROM storage_link WHERE id = ?1 AND complete_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM sync WHERE link_id = ?1 AND status IN ('queued', 'processing'))
        AND EXISTS (SELECT 1 FROM sync WHERE link_id = ?1 AND status IN ('completed', 'failed'))
      """, link)
  }

  /// The letter of it tells of failures too.
  func noteComplete(_ link: StorageLinkID, at now: UnixTime) throws {
    try connection.run(
      "UPDATE storage_link SET complete_at = ?, told_failed_at = ? WHERE id = ?", now, now, link)
  }

  /// Whether some have failed since the owner was told last, and it is time to tell.
  func hasUntoldFailures(of link: StorageLinkID, at now: UnixTime) throws -> Bool {
    try connection.exists(
      """
      SELECT 1 FROM storage_link
      WHERE id = ?1 AND coalesce(told_failed_at, 0) <= ?2 AND (
        SELECT min(ended_at) FROM sync
        WHERE link_id = ?1 AND status = 'failed' AND ended_at > coalesce(told_failed_at, 0)) <= ?3
      """, link, now - LinkedStorage.tellingPause, now - LinkedStorage.tellingWait)
  }

  func noteTold(_ link: StorageLinkID, at now: UnixTime) throws {
    try connection.run("UPDATE storage_link SET told_failed_at = ? WHERE id = ?", now, link)
  }
}

extension Sync {
  fileprivate init(row: Row) throws {
    self.init(
      id: try row["id"], link: try row["link_id"], document: try row["document_id"],
      attempt: try row["attempt"],
      failures: try row["failures"], due: try row["not_before"], name: try row["name"],
      isWritten: try row["is_written"],
      sha256: try row["sha256"])
  }
}
