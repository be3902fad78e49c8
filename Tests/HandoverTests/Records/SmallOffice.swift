@testable import Handover

/// An organisation of some rows, chosen so that each one differs in what it asks of the export. Ann (U-1)
/// owns it, Bob (U-2) and Cid (U-5, who has left) work there.
struct SmallOffice {
  let office: ExportOffice
  let organisation: Organisation

  init() throws {
    office = try ExportOffice()
    // Somebody else's, with the same ids: nothing of it may be seen.
    try office.execute(
      "INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Other', 'UTC', 0)")
    try office.execute(
      "INSERT INTO organisation (id, name, time_zone, created_at) VALUES (2, 'Small & \"Co\"', 'Australia/Sydney', 0)"
    )
    for id in [1, 2] { try office.execute(Self.rows.replacing("ORG", with: String(id))) }
    try office.execute(
      """
      UPDATE deal SET deal_name = 'foreign'; UPDATE deal SET deal_name = 'Smith, "House"' WHERE
        edition_id = 2 AND deal_id = 1;
      UPDATE deal SET deal_name = '=cmd' WHERE edition_id = 2 AND deal_id = 2;
      UPDATE deal SET deal_name = NULL WHERE edition_id = 2 AND deal_id = 12;
      """)
    organisation = Organisation(
      id: OrganisationID(rawValue: 2), name: "Small & \"Co\"", timeZone: "Australia/Sydney")
  }

  /// Deals 1 and 12 are Ann's, 2 is Bob's. Contact 1 is on 1 and 2, 2 on 1, 3 on 2, 4 on none and Ann's, 5 on
  /// none, 6 on none. Notes: 1 on deal 1; 2 on deal 2, of Ann's contact; 3 on deal 12 and contact 5; 4 of
  /// contact 4; 5 of contact 5 alone; 6 Ann's on nothing; 7 Bob's on nothing; 8 on deal 2 by Ann. Tasks
  /// likewise.
  private static let rows = """
    INSERT INTO user (organisation_id, id, name, email, role, active, created_at) VALUES
      (ORG, 1, 'Ann, "A"', 'ann.ORG@example.com', 'owner', 1, 0),
      (ORG, 2, 'Bob', NULL, 'user', 1, 0), (ORG, 5, NULL, 'cid.ORG@example.com', 'admin', 0, 0);
    INSERT INTO contact (edition_id, contact_id, contact_type, full_name, mobile, postcode, owner_id, archived,
      date_of_birth, created_at) VALUES
      (ORG, 1, 'person', '王秀英', '+61 491 570 006', '0800', 2, 0, '1980-02-29', '2026-05-02T09:30:00Z'),
      (ORG, 2, 'person', '@home', '-5', '2000', 2, 1, NULL, '2026-05-02T09:30:00Z'),
      (ORG, 3, 'company', 'Three', NULL, NULL, NULL, 0, NULL, '2026-05-02T09:30:00Z'),
      (ORG, 4, NULL, 'Four', NULL, NULL, 1, NULL, NULL, '2026-05-02T09:30:00Z'),
      (ORG, 5, 'person', 'Five', NULL, NULL, 5, 0, NULL, '2026-05-02T09:30:00Z'),
      (ORG, 6, 'person', 'Six', NULL, NULL, 2, 0, NULL, '2026-05-02T09:30:00Z');
    INSERT INTO deal (edition_id, deal_id, owner_id, deal_value, loan_amount, interest_rate, loan_term_months,
      labels, summary, archived, created_at, updated_at) VALUES
      (ORG, 1, 1, -5, 65000000, 58900, 360, 'a; b', 'one' || char(10) || 'two', 0, '2026-05-02T09:30:00Z',
        '2026-05-03T00:00:00Z'),
      (ORG, 2, 2, 100, NULL, 60000, NULL, NULL, '', 1, '2026-05-02T09:30:00Z', NULL),
      (ORG, 12, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-05-02T09:30:00Z', NULL);
    INSERT INTO deal_contact (edition_id, deal_id, position, contact_id, role) VALUES
      (ORG, 1, 1, 2, 'co-borrower'), (ORG, 1, 2, 1, 'primary'),
      (ORG, 2, 1, 3, 'guarantor'), (ORG, 2, 3, 1, NULL);
    INSERT INTO note (edition_id, note_id, deal_id, contact_id, note_content, author_id, important, archived,
      created_at, updated_at) VALUES
      (ORG, 1, 1, NULL, 'a,b', 1, 1, 0, '2026-05-02T09:30:00Z', NULL),
      (ORG, 2, 2, 4, NULL, 2, 0, 0, '2026-05-02T09:30:00Z', NULL),
      (ORG, 3, 12, 5, '''quoted', 5, 0, 0, '2026-05-02T09:30:00Z', NULL),
      (ORG, 4, NULL, 4, 'x' || char(13) || 'y', NULL, NULL, NULL, '2026-05-02T09:30:00Z', NULL),
      (ORG, 5, NULL, 5, '🎉', 1, 0, 0, '2026-05-02T09:30:00Z', NULL),
      (ORG, 6, NULL, NULL, '-1.50', 1, 0, 1, '2026-05-02T09:30:00Z', NULL),
      (ORG, 7, NULL, NULL, 'b', 2, 0, 0, '2026-05-02T09:30:00Z', NULL),
      (ORG, 8, 2, NULL, 'by Ann', 1, 0, 0, '2026-05-02T09:30:00Z', NULL);
    INSERT INTO task (edition_id, task_id, deal_id, contact_id, task_name, assigned_to_id, due_date, status,
      completed_at, created_at) VALUES
      (ORG, 1, 12, NULL, 'Call', 2, '2026-05-02', 'completed', '2026-05-02T10:00:00Z', '2026-05-02T09:30:00Z'),
      (ORG, 2, 2, 1, 'No', 1, NULL, 'open', NULL, '2026-05-02T09:30:00Z'),
      (ORG, 3, 1, 6, 'Six', NULL, NULL, NULL, NULL, '2026-05-02T09:30:00Z'),
      (ORG, 4, NULL, NULL, NULL, 1, NULL, 'open', NULL, '2026-05-02T09:30:00Z'),
      (ORG, 5, NULL, 6, 'Six alone', 1, NULL, 'open', NULL, '2026-05-02T09:30:00Z');
    """
}
