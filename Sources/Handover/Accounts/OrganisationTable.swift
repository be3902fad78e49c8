import SQLite

/// The organisations.
struct OrganisationTable {
  let connection: Connection

  func find(_ id: OrganisationID) throws -> Organisation? {
    try connection.first(
      "SELECT id, name, time_zone, two_step FROM organisation WHERE id = ?", id, read: Organisation.init(row:)
    )
  }

  /// But for those whose place is another cell.
  func all() throws -> [Organisation] {
    try connection.all(
      """
      SELECT id, name, time_zone, two_step FROM organisation
      WHERE id NOT IN (SELECT organisation_id FROM move WHERE state IN ('left', 'gone', 'arriving')) ORDER BY id
      """, read: Organisation.init(row:))
  }

  var isEmpty: Bool {
    get throws { try !connection.exists("SELECT 1 FROM organisation") }
  }

  /// When the first of them was made; nil where there is none.
  func oldest() throws -> UnixTime? { try connection.value("SELECT min(created_at) FROM organisation") }

  func add(named name: String, timeZone: String, at now: UnixTime) throws -> Organisation {
    _ = try connection.run(
      "INSERT INTO organisation (id, name, time_zone, created_at) VALUES (?, ?, ?, ?)", nextID(), name,
      timeZone, now)
    return Organisation(
      id: OrganisationID(rawValue: connection.lastInsertedRowID), name: name, timeZone: timeZone)
  }

  /// The next one of the cell; nil where this is no cell, and SQLite chooses it.
  private func nextID() throws -> Int64? {
    guard let cell = try connection.installation.cell().flatMap({ CellID($0) }) else { return nil }
    let ids = cell.organisations
    let next: Int64? = try connection.value(
      """
      SELECT max(id) + 1 FROM (SELECT id FROM organisation UNION ALL SELECT organisation_id FROM move)
      WHERE id BETWEEN ? AND ?
      """, ids.lowerBound, ids.upperBound)
    return next ?? ids.lowerBound
  }

  /// The organisation that an operator has named.
  ///
  /// - Throws: `HandoverError` where there is none.
  @discardableResult
  func require(_ id: OrganisationID) throws -> Organisation {
    if let move = try connection.moves.find(id), [.left, .gone].contains(move.state) {
      throw HandoverError("organisation \(id.rawValue) is in the cell \(move.cell)")
    }
    guard let organisation = try find(id) else {
      throw HandoverError("there is no organisation \(id.rawValue); handover organisation list shows all")
    }
    return organisation
  }

  func update(_ organisation: Organisation) throws {
    try connection.run(
      "UPDATE organisation SET name = ?, time_zone = ?, two_step = ? WHERE id = ?", organisation.name,
      organisation.timeZone, organisation.twoStep.rawValue, organisation.id)
  }
}

extension Connection {
  var organisations: OrganisationTable { OrganisationTable(connection: self) }
}

extension Organisation {
  fileprivate init(row: Row) throws {
    self.init(
      id: try row["id"], name: Name.stored(try row["name"]), timeZone: try row["time_zone"],
      twoStep: try TwoStepPolicy(row: row))
  }
}

extension TwoStepPolicy {
  init(row: Row) throws {
    let policy: String = try row["two_step"]
    self = TwoStepPolicy(rawValue: policy) ?? .all
  }
}

extension Outbox {
  /// Puts a letter into the outbox, as part of the connection's transaction, in the name of its recipient's
  /// organisation.
  func write(
    _ letter: some Letter, of id: OrganisationID, at now: UnixTime, in connection: Connection
  ) throws {
    guard let organisation = try connection.organisations.find(id) else { return }
    try write(
      letter, of: organisation.id, named: organisation.name, timeZone: organisation.timeZone, at: now,
      in: connection)
  }
}
