import SQLite

extension Connection {
  package func organisation(_ id: OrganisationID) throws -> Organisation? {
    try first(
      "SELECT id, name, time_zone FROM organisation WHERE id = ?", id, read: Organisation.init(row:))
  }

  package func organisations() throws -> [Organisation] {
    try all("SELECT id, name, time_zone FROM organisation ORDER BY id", read: Organisation.init(row:))
  }

  package func addOrganisation(named name: String, timeZone: String, at now: UnixTime) throws -> Organisation
  {
    _ = try run(
      "INSERT INTO organisation (name, time_zone, created_at) VALUES (?, ?, ?)", name, timeZone, now)
    return Organisation(
      id: OrganisationID(rawValue: lastInsertedRowID), name: name, timeZone: timeZone)
  }
}

extension Organisation {
  fileprivate init(row: Row) throws {
    self.init(id: try row["id"], name: try row["name"], timeZone: try row["time_zone"])
  }
}
