import SQLite

/// The documents.
///
/// What belongs to a deal, or holds a content, is read by the index that is named: without figures about its tables SQLite
/// takes the key, and reads all documents of the organisation.
struct DocumentTable {
  let connection: Connection

  /// The ids of a deal's.
  private static let ofDeal =
    "SELECT id FROM document INDEXED BY document_deal WHERE organisation_id = ?1 AND deal_id = ?2"

  /// What documents of an organisation hold.
  struct Content: Sendable, Hashable {
    let organisation: OrganisationID
    let sha256: [UInt8]
    let bytes: Int
  }

  func find(_ id: DocumentID, of organisation: OrganisationID) throws -> Document? {
    try connection.first(
      "SELECT * FROM document_with_sync WHERE organisation_id = ? AND id = ?", organisation, id,
      read: Document.init(row:))
  }

  /// The document, where the user may see it: an admin sees all of the organisation, a user those of the
  /// user's deals.
  func find(_ id: DocumentID, for user: User) throws -> Document? {
    guard let document = try find(id, of: user.organisation) else { return nil }
    return try user.role.isAdmin || reaches(document.deal, user) ? document : nil
  }

  /// Whether the deal is there, and in the user's scope.
  func reaches(_ deal: DealID, _ user: User) throws -> Bool {
    try connection.exists(
      "SELECT 1 FROM deal WHERE edition_id = ? AND deal_id = ? AND (? OR owner_id = ?)",
      connection.editions.current(of: user.organisation), deal, user.role.isAdmin, user.id)
  }

  func hasDeal(_ deal: DealID, of organisation: OrganisationID) throws -> Bool {
    try connection.exists(
      "SELECT 1 FROM deal WHERE edition_id = ? AND deal_id = ?",
      connection.editions.current(of: organisation), deal)
  }

  /// Those of a deal, but for removed ones, in the order in which they were added.
  func all(of deal: DealID, of organisation: OrganisationID) throws -> [Document] {
    try connection.all(
      """
      SELECT * FROM document_with_sync WHERE organisation_id = ?1 AND id IN (\(Self.ofDeal)) AND removed_at IS NULL
      ORDER BY id
      """, organisation, deal, read: Document.init(row:))
  }

  /// Those of a deal that were removed and can be put back, the last one first.
  func removed(of deal: DealID, of organisation: OrganisationID, at now: UnixTime) throws -> [Document] {
    try connection.all(
      """
      SELECT * FROM document_with_sync WHERE organisation_id = ?1 AND id IN (\(Self.ofDeal)) AND removed_at > ?3
      ORDER BY removed_at DESC, id DESC
      """, organisation, deal, now - Document.kept, read: Document.init(row:))
  }

  /// Those whose deal an import has removed, but for removed ones, by deal.
  func withoutDeal(of organisation: OrganisationID, offset: Int = 0, limit: Int) throws -> [Document] {
    try connection.all(
      """
      SELECT * FROM document_with_sync WHERE organisation_id = ?1 AND removed_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM deal WHERE edition_id = ?2 AND deal.deal_id = document_with_sync.deal_id)
      ORDER BY deal_id, id LIMIT ?3 OFFSET ?4
      """, organisation, connection.editions.current(of: organisation), limit, offset,
      read: Document.init(row:))
  }

  func countWithoutDeal(of organisation: OrganisationID) throws -> Int {
    try connection.value(
      """
      SELECT count(*) FROM document WHERE organisation_id = ?1 AND removed_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM deal WHERE edition_id = ?2 AND deal.deal_id = document.deal_id)
      """, organisation, connection.editions.current(of: organisation)) ?? 0
  }

  /// The deals that are gone and have documents, removed ones too. They are others only where the records are.
  func dealsThatAreGone(of organisation: OrganisationID) throws -> [DealID] {
    try connection.all(
      """
      SELECT DISTINCT deal_id FROM document WHERE organisation_id = ?1
        AND NOT EXISTS (SELECT 1 FROM deal WHERE edition_id = ?2 AND deal.deal_id = document.deal_id)
      """, organisation, connection.editions.current(of: organisation)
    ) { try $0["deal_id"] }
  }

  /// Those of a deal, but for removed ones.
  func count(of deal: DealID, of organisation: OrganisationID) throws -> Int {
    try connection.value(
      """
      SELECT count(*) FROM document INDEXED BY document_deal
      WHERE organisation_id = ? AND deal_id = ? AND removed_at IS NULL
      """, organisation, deal) ?? 0
  }

  /// How many documents each of the deals has, but for removed ones; those that have none are left out.
  func counts(of deals: [DealID], of organisation: OrganisationID) throws -> [DealID: Int] {
    let counts = try connection.all(
      """
      SELECT deal_id, count(*) AS documents FROM document INDEXED BY document_deal
      WHERE organisation_id = ? AND deal_id IN (SELECT value FROM json_each(?)) AND removed_at IS NULL
      GROUP BY deal_id
      """, organisation, "\(deals.map(\.rawValue))"
    ) { (try $0["deal_id"] as DealID, try $0["documents"] as Int) }
    return Dictionary(uniqueKeysWithValues: counts)
  }

  /// Those of the organisation, but for removed ones.
  func count(of organisation: OrganisationID) throws -> Int {
    try connection.value(
      "SELECT count(*) FROM document WHERE organisation_id = ? AND removed_at IS NULL", organisation) ?? 0
  }

  /// How many of the organisation there are, but for removed ones, and what they hold together.
  func kept(of organisation: OrganisationID) throws -> (count: Int, bytes: Int) {
    try connection.first(
      """
      SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM document
      WHERE organisation_id = ? AND removed_at IS NULL
      """, organisation
    ) { (count: try $0["count"], bytes: try $0["bytes"]) } ?? (0, 0)
  }

  /// How many of the organisation are in each state, removed ones too.
  func states(of organisation: OrganisationID) throws -> [DocumentState: Int] {
    let counts = try connection.all(
      "SELECT state, count(*) AS documents FROM document_with_sync WHERE organisation_id = ? GROUP BY state",
      organisation
    ) { (try DocumentState(row: $0), try $0["documents"] as Int) }
    return Dictionary(uniqueKeysWithValues: counts)
  }

  /// What the documents of the organisation take on the disk, removed ones too as long as they are kept.
  func storedBytes(of organisation: OrganisationID) throws -> Int {
    try connection.value(
      "SELECT sum(bytes) FROM document_content WHERE organisation_id = ?", organisation) ?? 0
  }

  /// The one of a deal with this name and this content: one that is there, else one that was removed and is
  /// kept.
  func find(
    _ name: String, _ sha256: [UInt8], in deal: DealID, of organisation: OrganisationID, at now: UnixTime
  ) throws -> Document? {
    try connection.first(
      """
      SELECT * FROM document_with_sync
      WHERE organisation_id = ?1 AND id IN (\(Self.ofDeal)) AND name = ?3 AND sha256 = ?4
        AND (removed_at IS NULL OR removed_at > ?5)
      ORDER BY removed_at IS NOT NULL, id LIMIT 1
      """, organisation, deal, name, sha256, now - Document.kept, read: Document.init(row:))
  }

  /// - Parameter user: nil for the operator.
  func add(
    _ name: String, bytes: Int, _ sha256: [UInt8], to deal: DealID, of organisation: OrganisationID,
    by user: UserID?, at now: UnixTime
  ) throws -> DocumentID {
    try connection.run(
      """
      INSERT INTO document (organisation_id, id, deal_id, name, bytes, sha256, added_at, added_by)
      SELECT ?1, coalesce(max(id), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM document WHERE organisation_id = ?1
      """, organisation, deal, name, bytes, sha256, now, user)
    return DocumentID(
      rawValue: try connection.value("SELECT max(id) FROM document WHERE organisation_id = ?", organisation)
        ?? 0)
  }

  /// Adds one that an import brings, under its number where that was never another's.
  ///
  /// - Parameter user: nil for the operator.
  func add(
    _ document: ImportedDocument, of organisation: OrganisationID, in import: ImportID, by user: UserID?,
    at now: UnixTime
  ) throws {
    let isFree = try document.id.map { try find($0, of: organisation) == nil } ?? false
    try connection.run(
      """
      INSERT INTO document (organisation_id, id, deal_id, name, bytes, sha256, added_at, added_by, import_id)
      SELECT ?1, coalesce(?2, max(id) + 1, 1), ?3, ?4, ?5, ?6, coalesce(?7, ?8), ?9, ?10
      FROM document WHERE organisation_id = ?1
      """, organisation, isFree ? document.id : nil, document.deal, document.name, document.bytes,
      document.sha256, document.addedAt, now, user, `import`)
  }

  /// Those that an import has added.
  func ids(of import: ImportID) throws -> [DocumentID] {
    try connection.all("SELECT id FROM document WHERE import_id = ? ORDER BY id", `import`) { try $0["id"] }
  }

  /// Removes those that an import has added.
  func removeAll(of import: ImportID, by user: UserID?, at now: UnixTime) throws {
    try connection.run(
      "UPDATE document SET removed_at = ?, removed_by = ? WHERE import_id = ? AND removed_at IS NULL", now,
      user, `import`)
  }

  /// Puts another content in the place of the document's, which is kept for a while.
  func replace(_ document: Document, by name: String, bytes: Int, _ sha256: [UInt8], at now: UnixTime) throws
  {
    try connection.run(
      """
      UPDATE document SET former_name = name, former_bytes = bytes, former_sha256 = sha256, replaced_at = ?3,
        name = ?4, bytes = ?5, sha256 = ?6
      WHERE organisation_id = ?1 AND id = ?2
      """, document.organisation, document.id, now, name, bytes, sha256)
  }

  /// - Parameter user: nil for the operator.
  func remove(_ document: Document, by user: UserID?, at now: UnixTime) throws {
    try connection.run(
      "UPDATE document SET removed_at = ?, removed_by = ? WHERE organisation_id = ? AND id = ?", now, user,
      document.organisation, document.id)
  }

  func restore(_ document: Document) throws {
    try connection.run(
      "UPDATE document SET removed_at = NULL, removed_by = NULL WHERE organisation_id = ? AND id = ?",
      document.organisation, document.id)
  }

  /// Puts back what the Undo of a former import has removed, as if this one had added it.
  func restore(_ document: Document, in import: ImportID) throws {
    try restore(document)
    try connection.run(
      "UPDATE document SET import_id = ? WHERE organisation_id = ? AND id = ?", `import`,
      document.organisation, document.id)
  }

  /// Notes that a content is in the folder.
  func keep(_ sha256: [UInt8], bytes: Int, of organisation: OrganisationID, at now: UnixTime) throws {
    try connection.run(
      """
      INSERT INTO document_content (organisation_id, sha256, bytes, added_at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """, organisation, sha256, bytes, now)
  }

  /// Of all organisations, the newest first.
  func newestContents(_ limit: Int) throws -> [Content] {
    try connection.all(
      "SELECT organisation_id, sha256, bytes FROM document_content ORDER BY added_at DESC LIMIT ?", limit,
      read: Content.init(row:))
  }

  func contents() throws -> [Content] {
    try connection.all(
      "SELECT organisation_id, sha256, bytes FROM document_content", read: Content.init(row:))
  }

  /// Also of a database from before there were documents.
  func contentsOfAnyVersion() throws -> [Content] {
    try connection.exists("SELECT 1 FROM sqlite_schema WHERE name = 'document_content'") ? contents() : []
  }

  /// Those that no document holds, but for what was removed or replaced by that time.
  func unneeded(since time: UnixTime, limit: Int) throws -> [Content] {
    try connection.all(
      """
      SELECT organisation_id, sha256, bytes FROM document_content AS content
      WHERE NOT EXISTS (SELECT 1 FROM document INDEXED BY document_holds
          WHERE organisation_id = content.organisation_id AND sha256 = content.sha256
            AND (removed_at IS NULL OR removed_at > ?1))
        AND NOT EXISTS (SELECT 1 FROM document INDEXED BY document_held
          WHERE organisation_id = content.organisation_id AND former_sha256 = content.sha256
            AND replaced_at > ?1)
      LIMIT ?2
      """, time, limit, read: Content.init(row:))
  }

  /// Notes that a content is in the folder no longer.
  func forget(_ content: Content) throws {
    try connection.run(
      "DELETE FROM document_content WHERE organisation_id = ? AND sha256 = ?", content.organisation,
      content.sha256)
  }

  /// What documents held that were replaced by that time can't be put back any more.
  func forgetFormer(until time: UnixTime) throws -> Int {
    try connection.run(
      """
      UPDATE document SET former_name = NULL, former_bytes = NULL, former_sha256 = NULL
      WHERE former_sha256 IS NOT NULL AND replaced_at <= ?
      """, time)
  }

  func areAhead(of now: UnixTime) throws -> Bool {
    try connection.exists(
      """
      SELECT 1 FROM document WHERE removed_at > ?1
      UNION ALL SELECT 1 FROM document WHERE former_sha256 IS NOT NULL AND replaced_at > ?1
      """, now)
  }

  /// Lets what is dated ahead of now be kept from now on.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run("UPDATE document SET removed_at = ?1 WHERE removed_at > ?1", now)
      + connection.run(
        "UPDATE document SET replaced_at = ?1 WHERE former_sha256 IS NOT NULL AND replaced_at > ?1", now)
  }

  func isKept(_ sha256: [UInt8], of organisation: OrganisationID) throws -> Bool {
    try connection.exists(
      "SELECT 1 FROM document_content WHERE organisation_id = ? AND sha256 = ?", organisation, sha256)
  }
}

extension Connection {
  var documents: DocumentTable { DocumentTable(connection: self) }
}

extension DocumentTable.Content {
  fileprivate init(row: Row) throws {
    self.init(
      organisation: try row["organisation_id"], sha256: try row["sha256"], bytes: try row["bytes"])
  }
}

extension DocumentState {
  fileprivate init(row: Row) throws {
    let text: String = try row["state"]
    guard let state = DocumentState(rawValue: text) else {
      throw HandoverError("a document has the state '\(text)', which this program does not know")
    }
    self = state
  }
}

extension Document {
  fileprivate init(row: Row) throws {
    let adder: UserID? = try row["added_by"]
    let formerSHA256: [UInt8]? = try row["former_sha256"]
    self.init(
      id: try row["id"], organisation: try row["organisation_id"], deal: try row["deal_id"],
      name: try row["name"], bytes: try row["bytes"], sha256: try row["sha256"],
      addedAt: try row["added_at"],
      addedBy: try adder.map {
        Person(id: $0, name: Name.stored(try row["added_by_name"]), isActive: try row["added_by_active"])
      },
      former: try formerSHA256.map {
        Former(
          name: try row["former_name"], bytes: try row["former_bytes"], sha256: $0,
          replacedAt: try row["replaced_at"])
      },
      removedAt: try row["removed_at"], state: try DocumentState(row: row), linkID: try row["link_id"],
      provider: try row["provider"], syncID: try row["sync_id"], syncedAt: try row["synced_at"],
      syncedSHA256: try row["synced_sha256"], remotePath: try row["remote_path"],
      reason: try row["sync_reason"], failures: (try row["sync_failures"] as Int?) ?? 0,
      notBefore: try row["sync_not_before"])
  }
}
