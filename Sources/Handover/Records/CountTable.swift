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

  /// The rows that an export has, all files together.
  /// Saturating, since what is kept of a damaged database may be anything.
  var rows: Int { [deals, contacts, notes, tasks, links, users].saturatingSum }

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
      kept[try row["user_id"]] = RecordCounts(
        deals: try row["deals"], contacts: try row["contacts"], notes: try row["notes"],
        tasks: try row["tasks"], links: try row["links"], users: try row["users"])
    }
    var whole = kept.removeValue(forKey: .nobody) ?? RecordCounts()
    // Users come and go without a record being written.
    whole.users =
      try connection.value("SELECT count(*) FROM user WHERE organisation_id = ?", organisation) ?? 0
    return CountCache(organisation: whole, users: kept)
  }

  /// Counts again, in the transaction that has written the records.
  func update(of organisation: OrganisationID) throws {
    try connection.run("DELETE FROM record_count WHERE organisation_id = ?", organisation)
    let snapshot = try Snapshot(of: organisation, in: .organisation, connection)
    try connection.run(
      """
      INSERT INTO record_count (organisation_id, user_id, deals, contacts, notes, tasks, links, users)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, organisation, UserID.nobody, snapshot.count(of: .deals), snapshot.count(of: .contacts),
      snapshot.count(of: .notes), snapshot.count(of: .tasks), snapshot.count(of: .dealContacts),
      snapshot.count(of: .users))
    for user in try connection.users.all(of: organisation) {
      try update(of: user.id, in: organisation)
    }
  }

  /// All in one statement, so that SQLite computes each table expression once.
  private func update(of user: UserID, in organisation: OrganisationID) throws {
    try connection.run(
      """
      INSERT INTO record_count (organisation_id, user_id, deals, contacts, notes, tasks, links, users)
      \(Scope.user(user).tableExpressions)SELECT ?1, ?2,
        (SELECT count(*) FROM in_deal),
        (SELECT count(*) FROM in_contact),
        (SELECT count(*) FROM in_note),
        (SELECT count(*) FROM in_task),
        (SELECT count(*) FROM in_deal
          CROSS JOIN deal_contact AS link ON link.organisation_id = ?1 AND link.deal_id = in_deal.deal_id),
        (SELECT count(*) FROM user WHERE organisation_id = ?1 AND id IN (SELECT id FROM in_user))
      """, organisation, user)
  }
}

extension Connection {
  var counts: CountTable { CountTable(connection: self) }
}

extension UserID {
  /// Stands for the entire organisation.
  fileprivate static let nobody = UserID(rawValue: 0)
}
