import SQLite

/// Which of its exports an organisation looks at.
struct ExportFilter: Sendable, Equatable {
  /// Nil for all states.
  var status: Export.Status?
  /// Words in the name or address of the user whose records it holds, or of who requested it, or in the name or id of
  /// the contact of whom it is; empty for everybody.
  var person = ""

  static let everything = ExportFilter()
}

/// How many exports an organisation had when they were last counted. None is ever removed.
struct ExportCount: Sendable {
  /// Of the newest of them.
  fileprivate let number: Int64
  fileprivate let exports: Int

  typealias Known = Cache<OrganisationID, ExportCount>
}

extension ExportTable {
  /// How many exports the organisation has. Only those that have come since the last time are counted.
  func count(of organisation: OrganisationID, known: ExportCount.Known) throws -> Int {
    let last = known.all[organisation] ?? ExportCount(number: 0, exports: 0)
    let count =
      try connection.first(
        """
        SELECT max(number) AS newest, count(*) AS fresh FROM export WHERE organisation_id = ? AND number > ?
        """, organisation, last.number
      ) { row in
        let newest: Int64? = try row["newest"]
        return ExportCount(number: newest ?? last.number, exports: last.exports + (try row["fresh"]))
      } ?? last
    if count.number != last.number { known.add([organisation: count]) }
    return count.exports
  }

  /// How many of them wait or run.
  func openCount(of organisation: OrganisationID) throws -> Int {
    try connection.value(
      "SELECT count(*) FROM export INDEXED BY export_open WHERE organisation_id = ? AND ended_at IS NULL",
      organisation) ?? 0
  }

  /// All that fit the filter: those that wait or run in the order of `open`, then the others, newest first.
  func matching(
    _ filter: ExportFilter, of organisation: OrganisationID
  ) throws -> (open: [ExportID], ended: [ExportID]) {
    let words = SearchWords(filter.person)
    var found: (open: [ExportID], ended: [ExportID]) = ([], [])
    try connection.each(
      """
      WITH person AS MATERIALIZED (SELECT id FROM user
        WHERE organisation_id = ?1 AND ?3 <> '' AND instr(folded, ?3) AND (?4 = '[]' OR NOT EXISTS (
          SELECT 1 FROM json_each(?4) WHERE instr(folded, value) = 0)))
      SELECT id, ended_at IS NULL AS is_open, contact_id, contact_name,
        ?3 = '' OR coalesce(subject_id IN person, 0) OR requested_by IN person AS is_found
      FROM export
      WHERE organisation_id = ?1 AND (?2 = '' OR status = ?2) AND (is_found OR contact_id IS NOT NULL)
      ORDER BY ended_at IS NOT NULL, iif(ended_at IS NULL, status, ''), iif(ended_at IS NULL, number, -number)
      """, organisation, filter.status?.rawValue ?? "", words.first, words.others
    ) { row in
      let id: ExportID = try row["id"]
      if try !row["is_found"] {
        let contact: ContactID? = try row["contact_id"]
        let name: String? = try row["contact_name"]
        guard words.areIn("\(contact?.description ?? "")\n\(name ?? "")") else { return }
      }
      if try row["is_open"] { found.open.append(id) } else { found.ended.append(id) }
    }
    return found
  }
}
