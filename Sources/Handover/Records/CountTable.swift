import SQLite
import System

/// How many records there are in a scope.
struct RecordCounts: Sendable, Equatable {
  var deals = 0
  var contacts = 0
  var notes = 0
  var tasks = 0
  var links = 0
  var users = 0
  var documents = 0

  /// The rows that an export has, all files together.
  /// Saturating, since what is kept of a damaged database may be anything.
  var rows: Int { [deals, contacts, notes, tasks, links, users, documents].saturatingSum }

  /// Whether there is no deal, contact, note or task, but users at most.
  var isEmpty: Bool { [deals, contacts, notes, tasks].saturatingSum == 0 }
}

/// How many records each export will have. They are counted when records are written, because counting takes
/// too long for a page.
struct CountCache: Sendable {
  /// Of the entire organisation.
  let organisation: RecordCounts
  fileprivate let users: [UserID: RecordCounts]

  /// Of one of the users that were asked about. A user added after the records were written has no entry; their export has one row, the
  /// user.
  func counts(of user: UserID) -> RecordCounts { users[user] ?? RecordCounts(users: 1) }

  /// Nil where nothing is kept, as of a contact.
  func counts(of scope: Scope) -> RecordCounts? {
    switch scope {
    case .organisation: organisation
    case .user(let user): counts(of: user)
    case .contact: nil
    }
  }
}

/// How many records each export would hold.
struct CountTable {
  let connection: Connection

  /// - Parameter users: those whose exports are asked about.
  func cached(of organisation: OrganisationID, users: [UserID] = []) throws -> CountCache {
    var kept: [UserID: RecordCounts] = [:]
    try connection.each(
      """
      SELECT user_id, deals, contacts, notes, tasks, links, users FROM record_count
      WHERE organisation_id = ? AND user_id IN (SELECT value FROM json_each(?))
      """, organisation, "\((users + [.nobody]).map(\.rawValue))"
    ) { row in
      kept[try row["user_id"]] = try RecordCounts(row: row)
    }
    var whole = kept.removeValue(forKey: .nobody) ?? RecordCounts()
    // Users and documents come and go without a record being written.
    whole.users =
      try connection.value("SELECT count(*) FROM user WHERE organisation_id = ?", organisation) ?? 0
    whole.documents =
      try connection.value(
        "SELECT count(*) FROM document WHERE organisation_id = ? AND removed_at IS NULL", organisation) ?? 0
    return CountCache(organisation: whole, users: kept)
  }

  /// Counts again and keeps it, in the transaction that has written the records.
  func update(of organisation: OrganisationID) throws {
    _ = try keep(counted(of: organisation), of: organisation)
  }

  /// Counts the records of the edition that everybody sees. It takes some time, so whoever writes for others as well
  /// counts before or after.
  func counted(of organisation: OrganisationID) throws -> CountedRecords {
    let snapshot = try Snapshot(of: organisation, in: .organisation, connection)
    var counts: [UserID: RecordCounts] = [:]
    counts[.nobody] = RecordCounts(
      deals: try snapshot.count(of: .deals), contacts: try snapshot.count(of: .contacts),
      notes: try snapshot.count(of: .notes), tasks: try snapshot.count(of: .tasks),
      links: try snapshot.count(of: .dealContacts), users: try snapshot.count(of: .users))
    for user in try connection.users.all(of: organisation) {
      counts[user.id] = try counted(of: user.id, in: snapshot.edition)
    }
    return CountedRecords(
      edition: snapshot.edition, version: try connection.editions.version(of: snapshot.edition),
      counts: counts)
  }

  /// - Returns: false, with nothing changed, where the records are others by now.
  func keep(_ counted: CountedRecords, of organisation: OrganisationID) throws -> Bool {
    let isCurrent =
      try connection.run(
        """
        UPDATE edition SET counted_version = ?1
        WHERE id = ?2 AND version = ?1 AND id = (SELECT edition_id FROM organisation WHERE id = ?3)
        """, counted.version, counted.edition, organisation) == 1
    guard isCurrent else { return false }
    try connection.run("DELETE FROM record_count WHERE organisation_id = ?", organisation)
    for (user, counts) in counted.counts {
      try connection.run(
        """
        INSERT INTO record_count (organisation_id, user_id, deals, contacts, notes, tasks, links, users)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """, organisation, user, counts.deals, counts.contacts, counts.notes, counts.tasks, counts.links,
        counts.users)
    }
    return true
  }

  /// The organisations whose records have changed since they were counted.
  func outdated() throws -> [OrganisationID] {
    try connection.all(
      """
      SELECT organisation.id FROM organisation JOIN edition ON edition.id = edition_id
      WHERE counted_version <> version
      """
    ) { try $0["id"] }
  }

  /// All in one statement, so that SQLite computes each table expression once.
  private func counted(of user: UserID, in edition: EditionID) throws -> RecordCounts {
    try connection.first(
      """
      \(Scope.user(user).tableExpressions)SELECT
        (SELECT count(*) FROM in_deal) AS deals,
        (SELECT count(*) FROM in_contact) AS contacts,
        (SELECT count(*) FROM in_note) AS notes,
        (SELECT count(*) FROM in_task) AS tasks,
        (SELECT count(*) FROM in_deal
          CROSS JOIN deal_contact AS link ON link.edition_id = ?1 AND link.deal_id = in_deal.deal_id) AS links,
        (SELECT count(*) FROM user WHERE \(Scope.user(user).condition(on: .users))) AS users
      """, edition, user, read: RecordCounts.init(row:)) ?? RecordCounts()
  }
}

/// How many records each export of an organisation would hold, and of which state of the records that is true.
struct CountedRecords: Sendable {
  let edition: EditionID
  let version: Int
  fileprivate let counts: [UserID: RecordCounts]
}

extension RecordCounts {
  fileprivate init(row: Row) throws {
    self.init(
      deals: try row["deals"], contacts: try row["contacts"], notes: try row["notes"],
      tasks: try row["tasks"], links: try row["links"], users: try row["users"])
  }
}

extension Connection {
  var counts: CountTable { CountTable(connection: self) }
}

extension UserID {
  /// Stands for the entire organisation.
  fileprivate static let nobody = UserID(rawValue: 0)
}
