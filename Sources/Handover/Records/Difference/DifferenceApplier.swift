import SQLite
import System

/// Applies a difference to the records of an organisation.
struct DifferenceApplier {
  let database: Database
  let path: String
  let organisation: OrganisationID
  let isBack: Bool
  let now: UnixTime
  let progress: Importer.Progress
  let mostInPlace: Int

  /// How long a piece may keep others from writing.
  private static let pieceTime = Duration.milliseconds(100)

  func apply(_ finishing: (Connection) throws -> Void) throws {
    let facts = try facts()
    // Checked again in the transaction; a large one is not begun in vain.
    try database.read { try requireVersion(facts, in: $0) }
    guard facts.changes > 0 else {
      try database.write(beside: path) { try finish(facts, nil, finishing, $0) }
      return try database.replicate()
    }
    if facts.changes <= mostInPlace {
      try applyInPlace(facts, finishing)
    } else {
      try applyBeside(facts, finishing)
    }
    try database.replicate()
    // A crash, or a full disk, leaves it to whoever counts what is outdated.
    try? database.countRecords(of: organisation)
  }

  private func applyInPlace(_ facts: DifferenceFacts, _ finishing: (Connection) throws -> Void) throws {
    try database.write(beside: path, checkpoints: false) { connection in
      try require(facts, in: connection)
      let edition = try connection.editions.current(of: organisation)
      try removeFormer(in: edition, connection)
      for step in coming(to: edition) { _ = try step.run(connection, after: (0, 0), limit: .max) }
      try finish(facts, nil, finishing, connection)
    }
    // What is committed stays: on a full disk a later checkpoint empties the log.
    try? database.checkpoint()
  }

  /// Makes another edition beside the one that everybody sees.
  private func applyBeside(_ facts: DifferenceFacts, _ finishing: (Connection) throws -> Void) throws {
    let former = try database.read { try $0.editions.current(of: organisation) }
    let edition = try database.write { connection in try connection.editions.add(of: organisation) }
    do {
      var meter = PieceMeter()
      var done = 0
      for step in staying(from: former, to: edition) + coming(to: edition) {
        var last: (Int64, Int64)? = (0, 0)
        while let start = last {
          let (rows, end) = try meter.measure(Self.pieceTime) { limit in
            try database.write(beside: path) { try step.run($0, after: start, limit: limit) }
          }
          done += rows
          try progress(min(done, facts.changes), facts.changes)
          last = end
        }
      }
      try database.write(beside: path) { connection in
        try require(facts, in: connection)
        try finish(facts, edition, finishing, connection)
      }
    } catch {
      try? database.removeEdition(edition, of: organisation)
      throw error
    }
    try? database.removeEdition(former, of: organisation)
  }

  private func facts() throws -> DifferenceFacts {
    let connection = try Connection(path: path, mode: .scratch)
    guard let facts = try connection.first("SELECT * FROM about", read: DifferenceFacts.init(row:)) else {
      throw ImportOutdated()
    }
    guard facts.organisation == organisation else { throw ImportOutdated() }
    return facts
  }

  /// - Throws: `ImportOutdated` where records or users are not as they were when they were compared.
  private func require(_ facts: DifferenceFacts, in connection: Connection) throws {
    try requireVersion(facts, in: connection)
    if isBack { return }
    let isOther = try connection.exists(
      """
      SELECT 1 FROM user LEFT JOIN difference.known_user AS known ON known.id = user.id
        WHERE organisation_id = ?1 AND (known.id IS NULL OR known.email IS NOT user.email OR known.role <> user.role)
      UNION ALL SELECT 1 FROM difference.known_user AS known
        WHERE NOT EXISTS (SELECT 1 FROM user WHERE organisation_id = ?1 AND user.id = known.id)
      LIMIT 1
      """, organisation)
    if isOther { throw ImportOutdated() }
  }

  private func requireVersion(_ facts: DifferenceFacts, in connection: Connection) throws {
    let version = try connection.editions.version(of: connection.editions.current(of: organisation))
    // One that changed nothing has made no version of its own.
    guard version == facts.version + (isBack && facts.changes > 0 ? 1 : 0) else { throw ImportOutdated() }
  }

  /// The last statements of the transaction in which the change is seen.
  private func finish(
    _ facts: DifferenceFacts, _ edition: EditionID?, _ finishing: (Connection) throws -> Void,
    _ connection: Connection
  ) throws {
    if facts.changes > 0 {
      if !isBack { try addPeople(connection) }
      try connection.editions.keepLastNumbers(of: organisation)
      try connection.editions.change(of: organisation, to: edition)
      try connection.editions.keepLastNumbers(of: organisation)
    }
    try finishing(connection)
  }

  private func addPeople(_ connection: Connection) throws {
    let people = try connection.all("SELECT id, name, email, role, active FROM difference.person ORDER BY id")
    { row in
      (
        id: try row["id"] as UserID, name: try row["name"] as String?, email: try row["email"] as String?,
        role: Role(rawValue: try row["role"]) ?? .user, isActive: try row["active"] as Bool
      )
    }
    for person in people {
      _ = try connection.users.add(
        person.id, of: organisation, name: person.name, email: person.email, role: person.role,
        isActive: person.isActive, at: now)
    }
  }
}

// The statements. Each side of the difference is taken for the other one where it is applied back.
//
extension DifferenceApplier {
  private func name(_ table: Table.Name, _ side: Difference.Side) -> String {
    "difference.\(table.sql)_\(side.turned(isBack))"
  }

  /// Removes what goes, and all that changes, since it comes again: a source id may have moved from one to another.
  private func removeFormer(in edition: EditionID, _ connection: Connection) throws {
    for table in Difference.tables {
      let former = "(SELECT \(table.primaryKey[0]) FROM \(name(table.name, .before)))"
      for kind in [table.name.sql, table.name.search?.table].compactMap(\.self) {
        try connection.run(
          "DELETE FROM \(kind) WHERE edition_id = ? AND \(table.primaryKey[0]) IN \(former)", edition)
      }
    }
    try connection.run(
      "DELETE FROM deal_contact WHERE edition_id = ? AND deal_id IN (SELECT deal_id FROM difference.changed_deal)",
      edition)
  }

  /// The rows of another edition that stay.
  private func staying(from former: EditionID, to edition: EditionID) -> [EditionStep] {
    var steps: [EditionStep] = []
    let ofFormer = "edition_id = \(former.rawValue)"
    for table in Difference.tables {
      let (kind, key) = (table.name.sql, table.primaryKey[0])
      let stays =
        "\(ofFormer) AND NOT EXISTS (SELECT 1 FROM \(name(table.name, .before)) AS b WHERE b.\(key) = s.\(key))"
      steps.append(EditionStep(kind, columns(of: table), to: edition, from: kind, where: stays, keys: [key]))
      guard let search = table.name.search else { continue }
      steps.append(
        EditionStep(
          search.table, search.columns + ["folded"], to: edition, from: search.table, where: stays,
          keys: [key]))
    }
    steps.append(
      EditionStep(
        "deal_contact", Self.link, to: edition, from: "deal_contact",
        where: "\(ofFormer) AND NOT \(Self.isChanged)", keys: ["deal_id", "position"]))
    return steps
  }

  /// The rows of the difference, and the numbers of source ids: they belong to the organisation, and stay whatever
  /// becomes of the import.
  private func coming(to edition: EditionID) -> [EditionStep] {
    var steps: [EditionStep] = []
    for table in Difference.tables {
      let (after, key) = (name(table.name, .after), table.primaryKey[0])
      steps.append(
        EditionStep(table.name.sql, columns(of: table), to: edition, from: after, where: "true", keys: [key]))
      guard let search = table.name.search else { continue }
      steps.append(
        EditionStep(
          search.table, search.columns + ["folded"], to: edition, from: after, where: "true", keys: [key]))
    }
    steps.append(
      EditionStep(
        "deal_contact", Self.link, to: edition, from: name(.dealContacts, .after), where: Self.isChanged,
        keys: ["deal_id", "position"]))
    steps.append(
      EditionStep(
        "source_number", ["kind", "source_id", "number"], of: ("organisation_id", organisation.rawValue),
        from: "difference.source", where: "true", keys: ["id"]))
    return steps
  }

  private static let link = ["deal_id", "position", "contact_id", "role"]
  private static let isChanged =
    "EXISTS (SELECT 1 FROM difference.changed_deal AS c WHERE c.deal_id = s.deal_id)"

  private func columns(of table: Table) -> [String] { table.storedColumns.map(\.name) }
}

/// What copies rows into an edition, some at a time in the order of their keys.
private struct EditionStep {
  /// The last key of a piece, of the one before it and of how many rows there are at most.
  private let last: String
  /// From the key ?1, ?2 to the key ?3, ?4; where the key is one column, from ?1 to ?2.
  private let copy: String
  private let hasTwoKeys: Bool

  init(
    _ target: String, _ columns: [String], to edition: EditionID, from source: String,
    where condition: String,
    keys: [String]
  ) {
    self.init(
      target, columns, of: ("edition_id", edition.rawValue), from: source, where: condition, keys: keys)
  }

  init(
    _ target: String, _ columns: [String], of whole: (column: String, value: Int64), from source: String,
    where condition: String, keys: [String]
  ) {
    let list = columns.map { "s.\($0)" }.joined(separator: ", ")
    let order = keys.map { "s.\($0)" }.joined(separator: ", ")
    let second = keys.count > 1 ? "s.\(keys[1])" : "0"
    let key = keys.count > 1 ? "(\(order))" : order
    let (start, end) = keys.count > 1 ? ("(?1, ?2)", "(?3, ?4)") : ("?1", "?2")
    hasTwoKeys = keys.count > 1
    last = """
      SELECT s.\(keys[0]) AS first, \(second) AS second FROM \(source) AS s
      WHERE \(condition) AND \(key) > \(start) ORDER BY \(order) LIMIT 1 OFFSET \(hasTwoKeys ? "?3" : "?2")
      """
    copy = """
      INSERT \(target == "source_number" ? "OR IGNORE " : "")INTO \(target) (\(whole.column), \(columns.joined(separator: ", ")))
        SELECT \(whole.value), \(list) FROM \(source) AS s
        WHERE \(condition) AND \(key) > \(start) AND \(key) <= \(end) ORDER BY \(order)
      """
  }

  /// Rows of one statement: SQLite keeps in memory every page that a statement changes, to undo it alone.
  private static let rows = 200

  /// - Returns: how many rows were copied, and the key of the last one; nil where there are no more.
  func run(_ connection: Connection, after start: (Int64, Int64), limit: Int) throws -> (Int, (Int64, Int64)?)
  {
    var (rows, start) = (0, start)
    while rows < limit {
      let (count, end) = try copySome(connection, after: start, limit: min(Self.rows, limit - rows))
      rows += count
      guard let end else { return (rows, nil) }
      start = end
    }
    return (rows, start)
  }

  private func copySome(
    _ connection: Connection, after start: (Int64, Int64), limit: Int
  ) throws -> (Int, (Int64, Int64)?) {
    func key(_ row: Row) throws -> (Int64, Int64) { (try row["first"], try row["second"]) }
    let end =
      try hasTwoKeys
      ? connection.first(last, start.0, start.1, limit - 1, read: key)
      : connection.first(last, start.0, limit - 1, read: key)
    let upTo = end ?? (.max, .max)
    let rows =
      try hasTwoKeys
      ? connection.run(copy, start.0, start.1, upTo.0, upTo.1) : connection.run(copy, start.0, upTo.0)
    return (rows, end)
  }
}

/// Finds out how many rows a piece may have.
struct PieceMeter {
  private var limit = 2_000

  mutating func measure<Result>(_ time: Duration, _ body: (Int) throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    let result = try body(limit)
    let elapsed = ContinuousClock.now - start
    if elapsed > time * 2 {
      limit = max(500, limit / 2)
    } else if elapsed < time {
      limit = min(100_000, limit * 2)
    }
    return result
  }
}

extension Database {
  /// Removes an edition that nobody sees, some rows at a time.
  func removeEdition(_ edition: EditionID, of organisation: OrganisationID) throws {
    var meter = PieceMeter()
    for (table, key) in MovedRowsTable.records {
      var isDone = false
      while !isDone {
        isDone = try meter.measure(.milliseconds(100)) { limit in
          try writeUnchecked { connection in
            guard try !connection.editions.isSeen(edition) else { return true }
            return try connection.run(
              """
              DELETE FROM \(table) WHERE edition_id = ?1 AND \(key) <= (SELECT coalesce(max(\(key)), 0) FROM (
                SELECT \(key) FROM \(table) WHERE edition_id = ?1 ORDER BY \(key) LIMIT ?2))
              """, edition, limit) == 0
          }
        }
      }
    }
    try write { try $0.editions.remove(edition) }
  }

  /// Counts the records again, and keeps the counts unless the records have changed meanwhile.
  func countRecords(of organisation: OrganisationID) throws {
    let counted = try read { try $0.counts.counted(of: organisation) }
    _ = try write { try $0.counts.keep(counted, of: organisation) }
  }
}
