// What belongs to the scope of one user
//
// The deals that the user owns (in_deal). The contacts that the user owns or that are on those deals
// (base_contact). A note or a task: one that names a deal exactly when that deal is in; one that names only a
// contact when that is one of the base contacts; one that names neither when the user is its author or
// assignee (in_note, in_task). Then all the contacts that those notes and tasks name (in_contact). The links
// of the deals that are in; both of their ends are. The user, and everyone whom all these rows name
// (in_user).
//
// So every id in such an export leads to a row in it. The SELECTs that read the rows and those that count
// them have the same conditions.
//
// The documents of the deals that are in; of the entire organisation, those whose deal an import has removed as well.
//
// Each table expression is answered from narrow indexes alone; `x IN (SELECT …)` on the primary key gives the
// rows in its order, so that nothing wide is sorted. In all of them ?1 is the edition of the organisation's records and ?2 the user,
// or the contact.
//
// What belongs to the scope of one contact
//
// The contact, and the deals that it is on (in_deal). The notes and tasks that name it or one of those deals
// (in_note, in_task), and the documents of those deals. Whoever else is on those deals (in_contact), with no more than the id, the name and, by the
// links, the role. The users whom all these rows name (in_user).
//
// It is what goes to the contact, so it says nothing else of other people: a note of the contact that hangs on
// somebody else's deal has no deal there, and one on the contact's deal that names somebody who isn't on it has no
// contact (`Selection`). So every id leads to a row here as well.

/// What an export contains.
enum Scope: Sendable, Hashable {
  /// Everything.
  case organisation
  /// What one user works on, by the rule above.
  case user(UserID)
  /// What there is about one contact, by the other rule.
  case contact(ContactID)
}

extension Scope {
  var user: UserID? {
    if case .user(let id) = self { id } else { nil }
  }

  var contact: ContactID? {
    if case .contact(let id) = self { id } else { nil }
  }

  /// The number of the user, or of the contact; nil for the entire organisation.
  var number: Int64? { user?.rawValue ?? contact?.rawValue }

  /// The word in the database and in `datapackage.json`.
  var word: String {
    switch self {
    case .organisation: "organisation"
    case .user: "user"
    case .contact: "contact"
    }
  }
}

extension Scope {
  /// The table expressions to put before a SELECT that has a `condition`; empty for the entire organisation.
  var tableExpressions: String {
    switch self {
    case .organisation: ""
    case .user: Self.tableExpressionsOfUser
    case .contact: Self.tableExpressionsOfContact
    }
  }

  /// The condition, for after WHERE, that the scope's rows of a table meet.
  func condition(on table: Table.Name) -> String {
    let ofOrganisation =
      switch table {
      case .users, .documents:
        "\(table.sql).organisation_id = (SELECT organisation_id FROM edition WHERE id = ?1)"
      default: "\(table.sql).edition_id = ?1"
      }
    // What was removed here is in it only where it is still in the storage.
    let isKept =
      table == .documents ? " AND (document_with_sync.removed_at IS NULL OR remote_path IS NOT NULL)" : ""
    switch self {
    case .organisation: return ofOrganisation + isKept
    case .user, .contact: return ofOrganisation + isKept + " AND " + Self.condition(on: table)
    }
  }

  private static func condition(on table: Table.Name) -> String {
    switch table {
    case .deals: "deal.deal_id IN (SELECT deal_id FROM in_deal)"
    case .contacts: "contact.contact_id IN (SELECT contact_id FROM in_contact)"
    case .notes: "note.note_id IN (SELECT note_id FROM in_note)"
    case .tasks: "task.task_id IN (SELECT task_id FROM in_task)"
    case .dealContacts: "deal_contact.deal_id IN (SELECT deal_id FROM in_deal)"
    case .users: "user.id IN (SELECT id FROM in_user)"
    case .documents: "document_with_sync.deal_id IN (SELECT deal_id FROM in_deal)"
    }
  }

  private static let tableExpressionsOfUser = """
    WITH in_deal (deal_id) AS (
      SELECT deal_id FROM deal WHERE edition_id = ?1 AND owner_id = ?2
    ),
    base_contact (contact_id) AS (
      SELECT contact_id FROM contact WHERE edition_id = ?1 AND owner_id = ?2
      UNION
      SELECT link.contact_id FROM in_deal
        CROSS JOIN deal_contact AS link ON link.edition_id = ?1 AND link.deal_id = in_deal.deal_id
    ),
    in_note (note_id, contact_id, author_id) AS (
      SELECT note.note_id, note.contact_id, note.author_id FROM in_deal
        CROSS JOIN note ON note.edition_id = ?1 AND note.deal_id = in_deal.deal_id
      UNION ALL
      SELECT note.note_id, note.contact_id, note.author_id FROM base_contact
        CROSS JOIN note ON note.edition_id = ?1 AND note.deal_id IS NULL
          AND note.contact_id = base_contact.contact_id
      UNION ALL
      SELECT note_id, contact_id, author_id FROM note
        WHERE edition_id = ?1 AND deal_id IS NULL AND contact_id IS NULL AND author_id = ?2
    ),
    in_task (task_id, contact_id, assigned_to_id) AS (
      SELECT task.task_id, task.contact_id, task.assigned_to_id FROM in_deal
        CROSS JOIN task ON task.edition_id = ?1 AND task.deal_id = in_deal.deal_id
      UNION ALL
      SELECT task.task_id, task.contact_id, task.assigned_to_id FROM base_contact
        CROSS JOIN task ON task.edition_id = ?1 AND task.deal_id IS NULL
          AND task.contact_id = base_contact.contact_id
      UNION ALL
      SELECT task_id, contact_id, assigned_to_id FROM task
        WHERE edition_id = ?1 AND deal_id IS NULL AND contact_id IS NULL AND assigned_to_id = ?2
    ),
    in_contact (contact_id) AS (
      SELECT contact_id FROM base_contact
      UNION SELECT contact_id FROM in_note WHERE contact_id IS NOT NULL
      UNION SELECT contact_id FROM in_task WHERE contact_id IS NOT NULL
    ),
    in_user (id) AS (
      SELECT ?2
      UNION SELECT author_id FROM in_note
      UNION SELECT assigned_to_id FROM in_task
      UNION SELECT contact.owner_id FROM in_contact
        CROSS JOIN contact ON contact.edition_id = ?1 AND contact.contact_id = in_contact.contact_id
    )

    """

  private static let tableExpressionsOfContact = """
    WITH in_deal (deal_id) AS (
      SELECT deal_id FROM deal_contact WHERE edition_id = ?1 AND contact_id = ?2
    ),
    in_note (note_id, contact_id, author_id) AS (
      SELECT note.note_id, note.contact_id, note.author_id FROM in_deal
        CROSS JOIN note ON note.edition_id = ?1 AND note.deal_id = in_deal.deal_id
      UNION
      SELECT note_id, contact_id, author_id FROM note WHERE edition_id = ?1 AND contact_id = ?2
    ),
    in_task (task_id, contact_id, assigned_to_id) AS (
      SELECT task.task_id, task.contact_id, task.assigned_to_id FROM in_deal
        CROSS JOIN task ON task.edition_id = ?1 AND task.deal_id = in_deal.deal_id
      UNION
      SELECT task_id, contact_id, assigned_to_id FROM task WHERE edition_id = ?1 AND contact_id = ?2
    ),
    in_contact (contact_id) AS (
      SELECT ?2
      UNION
      SELECT link.contact_id FROM in_deal
        CROSS JOIN deal_contact AS link ON link.edition_id = ?1 AND link.deal_id = in_deal.deal_id
    ),
    in_user (id) AS (
      SELECT author_id FROM in_note
      UNION SELECT assigned_to_id FROM in_task
      UNION SELECT deal.owner_id FROM in_deal
        CROSS JOIN deal ON deal.edition_id = ?1 AND deal.deal_id = in_deal.deal_id
      UNION SELECT owner_id FROM contact WHERE edition_id = ?1 AND contact_id = ?2
    )

    """
}
