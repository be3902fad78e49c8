import SQLite

/// Contacts one by one. Exports read them by `Records/Reading/`.
struct ContactTable {
  let connection: Connection

  func find(_ id: ContactID, of organisation: OrganisationID) throws -> Contact? {
    try connection.first(
      "SELECT contact_id, full_name, email FROM contact WHERE edition_id = ? AND contact_id = ?",
      connection.editions.current(of: organisation), id, read: Contact.init(row:))
  }

  /// The first of those who are found, by their ids.
  ///
  /// - Parameters:
  ///   - text: words of names and e-mail addresses, or an id.
  ///   - limit: at most this many.
  func matching(_ text: String, of organisation: OrganisationID, limit: Int) throws -> [Contact] {
    if let id = ContactID(trimmed(text).uppercased()), let contact = try find(id, of: organisation) {
      return [contact]
    }
    let words = SearchWords(text)
    return try connection.all(
      """
      SELECT contact.contact_id, full_name, email FROM (
        SELECT contact_id FROM contact_search
        WHERE edition_id = ?1 AND instr(folded, ?2) AND (?3 = '[]' OR NOT EXISTS (
          SELECT 1 FROM json_each(?3) WHERE instr(folded, value) = 0))
        ORDER BY contact_id LIMIT ?4) AS found
      CROSS JOIN contact ON contact.edition_id = ?1 AND contact.contact_id = found.contact_id
      ORDER BY contact.contact_id
      """, connection.editions.current(of: organisation), words.first, words.others, limit,
      read: Contact.init(row:))
  }
}

extension Connection {
  var contacts: ContactTable { ContactTable(connection: self) }
}

extension Contact {
  fileprivate init(row: Row) throws {
    self.init(id: try row["contact_id"], fullName: try row["full_name"], email: try row["email"])
  }
}
