import SQLite

/// Documents on their way to a linked storage: which are wanted there. How they get there is the room
/// Storage's.
///
/// Every verb that changes what a deal's documents are calls `want` or `cancel` in its transaction, and
/// raises `Documents.changed` after the commit.
struct SyncTable {
  let connection: Connection

  /// Wants the document in the storage that is linked now, where that copies its deal: adds its sync, or
  /// queues it again. One that is there with the same content stays as it is; one that runs is left, and its
  /// end looks whether what it has copied is what the document holds.
  func want(_ document: DocumentID, of organisation: OrganisationID, at now: UnixTime) throws {
    try want(organisation, document: document, at: now)
  }

  /// The same for all documents of a deal: it was switched on.
  func want(_ deal: DealID, of organisation: OrganisationID, at now: UnixTime) throws {
    try want(organisation, deal: deal, at: now)
  }

  /// The same for the documents that an import has added.
  func wantAll(of import: ImportID, of organisation: OrganisationID, at now: UnixTime) throws {
    for id in try connection.documents.ids(of: `import`) { try want(id, of: organisation, at: now) }
  }

  /// The same for all documents of the organisation: a storage was linked, or all deals were switched on.
  func wantAll(of organisation: OrganisationID, at now: UnixTime) throws { try want(organisation, at: now) }

  /// Nobody wants the document there any longer. What was copied stays there; one that runs is left, so that
  /// its row says what it has left there.
  func cancel(_ document: DocumentID, of organisation: OrganisationID, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE sync SET status = 'cancelled', ended_at = ?3
      WHERE organisation_id = ?1 AND document_id = ?2 AND status IN ('queued', 'failed')
      """, organisation, document, now)
  }

  /// The same for the documents of a deal: it was switched off.
  func cancel(_ deal: DealID, of organisation: OrganisationID, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE sync SET status = 'cancelled', ended_at = ?3
      WHERE organisation_id = ?1 AND status IN ('queued', 'failed') AND document_id IN (
        SELECT id FROM document INDEXED BY document_deal WHERE organisation_id = ?1 AND deal_id = ?2)
      """, organisation, deal, now)
  }

  /// The same for the documents that an import has added: it was undone.
  func cancelAll(of import: ImportID, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE sync SET status = 'cancelled', ended_at = ?2
      WHERE status IN ('queued', 'failed') AND (organisation_id, document_id) IN (
        SELECT organisation_id, id FROM document WHERE import_id = ?1)
      """, `import`, now)
  }

  /// The same for all that goes to a link: it was unlinked.
  func cancelAll(of link: StorageLinkID, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE sync SET status = 'cancelled', ended_at = ?2
      WHERE link_id = ?1 AND status IN ('queued', 'failed')
      """, link, now)
  }

  /// The same for what the link copies no longer: only single deals are switched on from now on.
  func cancelUnwanted(of link: StorageLinkID, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE sync SET status = 'cancelled', ended_at = ?2
      WHERE link_id = ?1 AND status IN ('queued', 'failed') AND NOT EXISTS (
        SELECT 1 FROM document JOIN storage_folder ON link_id = ?1 AND storage_folder.deal_id = document.deal_id
        WHERE document.organisation_id = sync.organisation_id AND document.id = document_id AND is_on)
      """, link, now)
  }

  /// Tries one that failed again, with all its tries.
  ///
  /// - Returns: whether it had failed.
  func retry(_ document: DocumentID, of organisation: OrganisationID, at now: UnixTime) throws -> Bool {
    try retry(organisation, document: document, at: now) > 0
  }

  /// - Returns: how many had failed.
  func retryAll(of organisation: OrganisationID, at now: UnixTime) throws -> Int {
    try retry(organisation, at: now)
  }

  /// - Parameter document: nil for all.
  private func retry(_ organisation: OrganisationID, document: DocumentID? = nil, at now: UnixTime) throws
    -> Int
  {
    try connection.run(
      """
      UPDATE sync SET status = 'queued', failures = 0, not_before = ?4, started_at = NULL, ended_at = NULL,
        reason = NULL
      WHERE organisation_id = ?1 AND document_id BETWEEN ?2 AND ?3 AND status = 'failed'
        AND link_id IN (SELECT id FROM storage_link WHERE organisation_id = ?1 AND status <> 'unlinked')
      """, organisation, document?.rawValue ?? 0, document?.rawValue ?? Identifier.largest, now)
  }

  /// - Parameters:
  ///   - document: nil for all.
  ///   - deal: nil for all.
  private func want(
    _ organisation: OrganisationID, document: DocumentID? = nil, deal: DealID? = nil, at now: UnixTime
  ) throws {
    try connection.run(
      """
      INSERT INTO sync (id, organisation_id, link_id, document_id, status, not_before)
      SELECT lower(hex(randomblob(16))), ?1, link.id, document.id, 'queued', ?4
      FROM storage_link AS link JOIN document ON document.organisation_id = ?1
      WHERE link.organisation_id = ?1 AND link.status <> 'unlinked' AND removed_at IS NULL
        AND document.id BETWEEN ?2 AND ?3 AND deal_id BETWEEN ?5 AND ?6
        AND (all_deals OR deal_id IN (SELECT deal_id FROM storage_folder WHERE link_id = link.id AND is_on))
      ORDER BY document.id
      ON CONFLICT (link_id, document_id) DO UPDATE SET
        status = 'queued', not_before = excluded.not_before, failures = 0, started_at = NULL, ended_at = NULL,
        reason = NULL
      WHERE sync.status <> 'processing' AND NOT (sync.status = 'completed' AND sync.sha256 = (
        SELECT sha256 FROM document
        WHERE organisation_id = sync.organisation_id AND id = sync.document_id))
      """, organisation, document?.rawValue ?? 0, document?.rawValue ?? Identifier.largest, now,
      deal?.rawValue ?? 0, deal?.rawValue ?? Identifier.largest)
  }
}

extension Connection {
  var syncs: SyncTable { SyncTable(connection: self) }
}
