import SQLite

@testable import Handover

extension TestSite {
  /// Adds a deal, as an import would, with the columns that the SQL sets.
  func addDeal(
    _ number: Int64, _ name: String?, of organisation: Organisation, ownedBy owner: User? = nil,
    _ more: String = ""
  ) throws {
    try database.write { connection in
      let edition = try connection.editions.current(of: organisation.id)
      try connection.run(
        """
        INSERT INTO deal (edition_id, deal_id, deal_name, owner_id, created_at)
        VALUES (?, ?, ?, ?, '2026-05-02T09:30:00Z')
        """, edition, number, name, owner?.id)
      if !more.isEmpty {
        try connection.execute(
          "UPDATE deal SET \(more) WHERE edition_id = \(edition.rawValue) AND deal_id = \(number)")
      }
      try connection.editions.change(of: organisation.id, to: nil)
      try connection.records.updateSearches(of: organisation.id)
    }
  }
}
