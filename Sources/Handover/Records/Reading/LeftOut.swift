import SQLite

/// What stays behind when a user's records are exported: records that the user knows of, or that are nobody's, and that
/// are not in it. Counted in the snapshot, and said in the same words wherever the export is described.
package struct LeftOut: Sendable, Equatable, Codable {
  /// Of other users, with a contact of the export.
  var deals = 0
  /// By the user, on deals of other users.
  var notes = 0
  var tasks = 0
  /// By the user, on nobody's deals or on contacts that aren't the user's.
  var otherNotes = 0
  var otherTasks = 0
  /// Nobody's.
  var unownedDeals = 0
  var unownedContacts = 0

  /// As `datapackage.json` names them.
  enum CodingKeys: String, CodingKey, CaseIterable {
    case deals = "deals_of_others"
    case notes = "notes_on_deals_of_others"
    case tasks = "tasks_on_deals_of_others"
    case otherNotes = "other_notes"
    case otherTasks = "other_tasks"
    case unownedDeals = "deals_without_owner"
    case unownedContacts = "contacts_without_owner"
  }

  /// One count, as people read it.
  package struct Line: Sendable {
    package let label: String
    package let count: Int
    /// What is counted, exactly.
    let meaning: String
  }
}

extension LeftOut {
  package var lines: [Line] {
    CodingKeys.allCases.map { Line(label: $0.label, count: count($0), meaning: $0.meaning) }
  }

  private func count(_ key: CodingKeys) -> Int {
    switch key {
    case .deals: deals
    case .notes: notes
    case .tasks: tasks
    case .otherNotes: otherNotes
    case .otherTasks: otherTasks
    case .unownedDeals: unownedDeals
    case .unownedContacts: unownedContacts
    }
  }
}

extension LeftOut.CodingKeys {
  var label: String {
    switch self {
    case .deals: "Deals of other users with the same contacts"
    case .notes: "Notes by this user on deals of other users"
    case .tasks: "Tasks of this user on deals of other users"
    case .otherNotes: "Other notes by this user"
    case .otherTasks: "Other tasks of this user"
    case .unownedDeals: "Deals without an owner"
    case .unownedContacts: "Contacts without an owner"
    }
  }

  /// `README.txt` and ExportFormat.md have these words.
  var meaning: String {
    switch self {
    case .deals: "Deals that another user owns and on which there is a contact of Contacts.csv."
    case .notes: "Notes that this user wrote and that name a deal that another user owns."
    case .tasks: "Tasks that are assigned to this user and that name a deal that another user owns."
    case .otherNotes:
      "Notes that this user wrote, not in Notes.csv, that name a deal without an owner, or a contact and no deal."
    case .otherTasks:
      "Tasks that are assigned to this user, not in Tasks.csv, that name a deal without an owner, or a contact and no deal."
    case .unownedDeals: "Deals that no user owns."
    case .unownedContacts: "Contacts that no user owns and that are not in Contacts.csv."
    }
  }
}

extension LeftOut {
  /// Of a user's scope. Every part is answered from a narrow index; the notes and tasks are looked through once.
  ///
  /// A deal that somebody owns and that isn't in is another user's.
  /// `NULL NOT IN` an empty set is true, as for a user who owns nothing: so each id is asked for NULL first.
  static let sql = """
    \(Scope.user(UserID(rawValue: 0)).tableExpressions)SELECT * FROM (
      WITH unowned_deal (deal_id) AS MATERIALIZED (
        SELECT deal_id FROM deal WHERE edition_id = ?1 AND owner_id IS NULL
      )
      SELECT
        (SELECT count(*) FROM (
          SELECT link.deal_id FROM in_contact
            CROSS JOIN deal_contact AS link
              ON link.edition_id = ?1 AND link.contact_id = in_contact.contact_id
          EXCEPT SELECT deal_id FROM in_deal
          EXCEPT SELECT deal_id FROM unowned_deal)) AS deals,
        of_notes.*, of_tasks.*,
        (SELECT count(*) FROM unowned_deal) AS unowned_deals,
        (SELECT count(*) FROM contact WHERE edition_id = ?1 AND owner_id IS NULL
          AND contact_id NOT IN (SELECT contact_id FROM in_contact)) AS unowned_contacts
      FROM (
        SELECT
          count(*) FILTER (WHERE deal_id IS NOT NULL AND deal_id NOT IN (SELECT deal_id FROM in_deal)
            AND deal_id NOT IN (SELECT deal_id FROM unowned_deal)) AS notes,
          count(*) FILTER (WHERE deal_id IN (SELECT deal_id FROM unowned_deal)
            OR deal_id IS NULL AND contact_id IS NOT NULL
              AND contact_id NOT IN (SELECT contact_id FROM base_contact)) AS other_notes
        FROM note WHERE edition_id = ?1 AND author_id = ?2) AS of_notes
      CROSS JOIN (
        SELECT
          count(*) FILTER (WHERE deal_id IS NOT NULL AND deal_id NOT IN (SELECT deal_id FROM in_deal)
            AND deal_id NOT IN (SELECT deal_id FROM unowned_deal)) AS tasks,
          count(*) FILTER (WHERE deal_id IN (SELECT deal_id FROM unowned_deal)
            OR deal_id IS NULL AND contact_id IS NOT NULL
              AND contact_id NOT IN (SELECT contact_id FROM base_contact)) AS other_tasks
        FROM task WHERE edition_id = ?1 AND assigned_to_id = ?2) AS of_tasks
    )
    """

  /// By the names of `sql` and of the table in which they are kept.
  init(row: Row) throws {
    self.init(
      deals: try row["deals"], notes: try row["notes"], tasks: try row["tasks"],
      otherNotes: try row["other_notes"], otherTasks: try row["other_tasks"],
      unownedDeals: try row["unowned_deals"], unownedContacts: try row["unowned_contacts"])
  }
}
