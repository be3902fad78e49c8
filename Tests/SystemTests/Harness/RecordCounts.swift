import TestSupport

/// How many rows each CSV of an export has to have, asked of the database in the words of the contract and not in those
/// of the product.
extension Site {
  func counts(of organisation: Int) throws -> [String: Int] {
    let tables = [
      "Deals.csv": "deal", "Contacts.csv": "contact", "Notes.csv": "note", "Tasks.csv": "task",
      "DealContacts.csv": "deal_contact", "Users.csv": "user",
    ]
    var counts = try tables.mapValues { table in
      let condition =
        table == "user" ? "organisation_id = \(organisation)" : "edition_id = \(edition(of: organisation))"
      return try count("SELECT count(*) FROM \(table) WHERE \(condition)")
    }
    // Its file is there where there is a document.
    let documents = try count("SELECT count(*) FROM document WHERE organisation_id = \(organisation)")
    if documents > 0 { counts["Documents.csv"] = documents }
    return counts
  }

  /// The records that everybody sees.
  func edition(of organisation: Int) -> String {
    "(SELECT edition_id FROM organisation WHERE id = \(organisation))"
  }

  /// Of one user's export. That of Users.csv is left out: it has everyone who is named.
  func counts(of organisation: Int, user: Int) throws -> [String: Int] {
    let lines = try rows(
      """
      WITH deals AS (SELECT * FROM deal WHERE edition_id = \(edition(of: organisation))),
      contacts AS (SELECT * FROM contact WHERE edition_id = \(edition(of: organisation))),
      links AS (SELECT * FROM deal_contact WHERE edition_id = \(edition(of: organisation))),
      notes AS (SELECT * FROM note WHERE edition_id = \(edition(of: organisation))),
      tasks AS (SELECT * FROM task WHERE edition_id = \(edition(of: organisation))),
      d AS (SELECT deal_id AS id FROM deals WHERE owner_id = \(user)),
      c AS (
        SELECT contact_id AS id FROM contacts WHERE owner_id = \(user)
        UNION SELECT contact_id FROM links WHERE deal_id IN (SELECT id FROM d)),
      n AS (
        SELECT * FROM notes WHERE CASE
          WHEN deal_id IS NOT NULL THEN deal_id IN (SELECT id FROM d)
          WHEN contact_id IS NOT NULL THEN contact_id IN (SELECT id FROM c)
          ELSE author_id = \(user) END),
      t AS (
        SELECT * FROM tasks WHERE CASE
          WHEN deal_id IS NOT NULL THEN deal_id IN (SELECT id FROM d)
          WHEN contact_id IS NOT NULL THEN contact_id IN (SELECT id FROM c)
          ELSE assigned_to_id = \(user) END),
      named AS (
        SELECT id FROM c UNION SELECT contact_id FROM n WHERE contact_id IS NOT NULL
        UNION SELECT contact_id FROM t WHERE contact_id IS NOT NULL)
      SELECT 'Deals.csv', count(*) FROM d UNION ALL SELECT 'Contacts.csv', count(*) FROM named
      UNION ALL SELECT 'Notes.csv', count(*) FROM n UNION ALL SELECT 'Tasks.csv', count(*) FROM t
      UNION ALL SELECT 'DealContacts.csv', count(*) FROM links WHERE deal_id IN (SELECT id FROM d)
      """)
    return try Dictionary(
      uniqueKeysWithValues: lines.map { line in
        let parts = line.split(separator: "|")
        guard parts.count == 2, let number = Int(parts[1]) else { throw HarnessError("no count: \(line)") }
        return (String(parts[0]), number)
      })
  }
}
