import SQLite

/// The storages that organisations have linked. The schema allows one at a time.
struct StorageLinkTable {
  let connection: Connection

  /// The one that is linked or signed out.
  func current(of organisation: OrganisationID) throws -> StorageLink? {
    try connection.first(
      """
      SELECT storage_link.*, coalesce(name, email, 'U-' || user.id) AS linked_by_name, active AS linked_by_active
      FROM storage_link
      LEFT JOIN user ON user.organisation_id = storage_link.organisation_id AND user.id = linked_by
      WHERE storage_link.organisation_id = ? AND status <> 'unlinked'
      """, organisation, read: StorageLink.init(row:))
  }

  func find(_ id: StorageLinkID) throws -> StorageLink? {
    try connection.first(
      """
      SELECT storage_link.*, coalesce(name, email, 'U-' || user.id) AS linked_by_name, active AS linked_by_active
      FROM storage_link
      LEFT JOIN user ON user.organisation_id = storage_link.organisation_id AND user.id = linked_by
      WHERE storage_link.id = ?
      """, id, read: StorageLink.init(row:))
  }

  /// The organisation's link of an account, unlinked or not.
  func find(
    _ provider: StorageProvider, _ accountID: String, of organisation: OrganisationID
  ) throws -> StorageLink? {
    let id: StorageLinkID? = try connection.value(
      "SELECT id FROM storage_link WHERE organisation_id = ? AND provider = ? AND account_id = ?",
      organisation,
      provider.rawValue, accountID)
    return try id.flatMap(find)
  }

  /// Those of all organisations, unlinked ones too, by organisation.
  func all() throws -> [StorageLink] {
    try connection.all(
      """
      SELECT storage_link.*, coalesce(name, email, 'U-' || user.id) AS linked_by_name, active AS linked_by_active
      FROM storage_link
      LEFT JOIN user ON user.organisation_id = storage_link.organisation_id AND user.id = linked_by
      ORDER BY storage_link.organisation_id, number
      """, read: StorageLink.init(row:))
  }

  /// Whether anybody's link uses the account.
  func isUsed(_ provider: StorageProvider, _ accountID: String) throws -> Bool {
    try connection.exists(
      "SELECT 1 FROM storage_link WHERE provider = ? AND account_id = ? AND status <> 'unlinked'",
      provider.rawValue,
      accountID)
  }

  /// Adds a link, on for all deals. An account that was unlinked, or is signed out, is linked again and goes on as it
  /// was.
  ///
  /// - Parameters:
  ///   - id: of a new one.
  ///   - user: nil for the operator.
  /// - Returns: its id.
  func link(
    _ id: StorageLinkID, _ provider: StorageProvider, accountID: String, account: String,
    of organisation: OrganisationID, by user: UserID?, at now: UnixTime
  ) throws -> StorageLinkID {
    try connection.run(
      """
      INSERT INTO storage_link (id, organisation_id, provider, account_id, account, status, all_deals, linked_by,
        linked_at)
      VALUES (?1, ?2, ?3, ?4, ?5, 'linked', 1, ?6, ?7)
      ON CONFLICT (organisation_id, provider, account_id) DO UPDATE SET
        account = excluded.account, status = 'linked', reason = NULL, not_before = 0,
        linked_by = excluded.linked_by, linked_at = excluded.linked_at, unlinked_at = NULL
      """, id, organisation, provider.rawValue, accountID, account, user, now)
    return try find(provider, accountID, of: organisation)?.id ?? id
  }

  /// Why documents are not there: the reasons of failed runs, the most frequent first, with how many documents each
  /// keeps away.
  func reasons(_ id: StorageLinkID) throws -> [(reason: String, count: Int)] {
    try connection.all(
      """
      SELECT reason, count(*) AS documents FROM sync
      WHERE link_id = ? AND status IN ('queued', 'failed') AND reason IS NOT NULL
      GROUP BY reason ORDER BY documents DESC, reason LIMIT 5
      """, id
    ) { (try $0["reason"], try $0["documents"]) }
  }

  /// - Returns: false where it was signed out or unlinked before, or linked again since.
  func signOut(_ link: StorageLink, because reason: String) throws -> Bool {
    try connection.run(
      """
      UPDATE storage_link SET status = 'signed-out', reason = ?
      WHERE id = ? AND status = 'linked' AND linked_at = ?
      """, reason, link.id, link.linkedAt) == 1
  }

  /// - Returns: false where it was unlinked before.
  func unlink(_ id: StorageLinkID, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE storage_link SET status = 'unlinked', reason = NULL, unlinked_at = ? WHERE id = ? AND status <> 'unlinked'
      """, now, id) == 1
  }

  func setAllDeals(_ isOn: Bool, _ id: StorageLinkID) throws {
    try connection.run("UPDATE storage_link SET all_deals = ? WHERE id = ?", isOn, id)
  }

  /// No sync runs before that time.
  func pause(_ id: StorageLinkID, until time: UnixTime) throws {
    try connection.run("UPDATE storage_link SET not_before = max(not_before, ?) WHERE id = ?", time, id)
  }

  /// Notes the folder of all folders.
  ///
  /// - Parameter rootID: nil where the provider has no ids.
  func setRoot(_ id: StorageLinkID, _ root: String, _ rootID: String?) throws {
    try connection.run("UPDATE storage_link SET root = ?, root_id = ? WHERE id = ?", root, rootID, id)
  }
}

/// The folders of deals in linked storages, and which deals are switched on by themselves.
struct StorageFolderTable {
  let connection: Connection

  func find(_ deal: DealID, in link: StorageLinkID) throws -> StorageFolder? {
    try connection.first(
      "SELECT is_on, folder, folder_id FROM storage_folder WHERE link_id = ? AND deal_id = ?", link, deal
    ) { row in
      StorageFolder(deal: deal, isOn: try row["is_on"], name: try row["folder"], id: try row["folder_id"])
    }
  }

  /// How many deals are switched on by themselves.
  func count(in link: StorageLinkID) throws -> Int {
    try connection.value("SELECT count(*) FROM storage_folder WHERE link_id = ? AND is_on", link) ?? 0
  }

  func switchDeal(_ deal: DealID, on isOn: Bool, in link: StorageLinkID) throws {
    try connection.run(
      """
      INSERT INTO storage_folder (link_id, deal_id, is_on) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET is_on = excluded.is_on
      """, link, deal, isOn)
  }

  /// Notes the folder as it was made, or is to be, or was last seen.
  ///
  /// - Parameter id: nil where the provider has no ids.
  func note(_ name: String, _ id: String?, for deal: DealID, in link: StorageLinkID) throws {
    try connection.run(
      """
      INSERT INTO storage_folder (link_id, deal_id, folder, folder_id) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET folder = excluded.folder, folder_id = excluded.folder_id
      """, link, deal, name, id)
  }

  /// The root was made anew, so none of them is there any longer.
  func forgetAll(in link: StorageLinkID) throws {
    try connection.run(
      "UPDATE storage_folder SET folder = NULL, folder_id = NULL WHERE link_id = ?", link)
  }
}

extension Connection {
  var storageLinks: StorageLinkTable { StorageLinkTable(connection: self) }
  var storageFolders: StorageFolderTable { StorageFolderTable(connection: self) }
}

extension StorageLink {
  fileprivate init(row: Row) throws {
    let (provider, status): (String, String) = (try row["provider"], try row["status"])
    guard let provider = StorageProvider(rawValue: provider), let status = Status(rawValue: status) else {
      throw HandoverError(
        "a linked storage is '\(status)' at '\(provider)', which this program does not know")
    }
    let person: UserID? = try row["linked_by"]
    self.init(
      id: try row["id"], organisation: try row["organisation_id"], provider: provider,
      accountID: try row["account_id"], account: try row["account"], status: status,
      reason: try row["reason"],
      copiesAllDeals: try row["all_deals"], root: try row["root"], rootID: try row["root_id"],
      notBefore: try row["not_before"],
      linkedBy: try person.map {
        Person(id: $0, name: Name.stored(try row["linked_by_name"]), isActive: try row["linked_by_active"])
      },
      linkedAt: try row["linked_at"], unlinkedAt: try row["unlinked_at"])
  }
}
