import CSV
import SQLite

/// Compares which contacts are on which deals: from DealContacts.csv or, where that is missing, from the lists in
/// Deals.csv or in Contacts.csv.
///
/// All links of the files are written down, then compared deal by deal. What a list doesn't say of a link, its role, stays.
struct LinkComparison {
  private let run: Comparison
  private var connection: Connection { run.connection }

  init(_ run: Comparison) { self.run = run }

  /// - Returns: how many links come from lists.
  func compare(_ counts: inout [Table.Name: ImportReport.File]) throws -> Int {
    var fromLists = 0
    if run.files.has(.dealContacts) {
      try readLinks()
    } else if let lists = LinkLists(run.files.headers[.deals], run) {
      fromLists = try readLists(lists)
    } else if let place = run.files.headers[.contacts]?.place(of: "deal_ids"), run.files.has(.deals) {
      fromLists = try readDeals(ofContacts: place)
    } else {
      return try removeOfGone()
    }
    try run.problems.refuseIfAny()
    let rows: Int = try connection.value("SELECT count(*) FROM deal_contact_after") ?? 0
    if run.options.keepsMissing { try keepOthers() }
    try findChanged()
    let counted = try count(rows)
    if run.files.has(.dealContacts) || counted.added + counted.changed + counted.gone > 0 {
      counts[.dealContacts] = counted
    }
    return fromLists
  }

  private func readLinks() throws {
    guard let header = run.files.headers[.dealContacts] else { return }
    var reader = try LinkReader(header, run)
    try run.files.eachRecord(of: .dealContacts, run.problems) { try reader.read($0) }
    guard header.place(of: "role") == nil else { return }
    try connection.run(
      """
      UPDATE deal_contact_after SET role = (SELECT role FROM deal_contact WHERE edition_id = ?1
        AND deal_contact.deal_id = deal_contact_after.deal_id
        AND deal_contact.contact_id = deal_contact_after.contact_id)
      """, run.edition)
  }

  private func readLists(_ lists: LinkLists) throws -> Int {
    guard let header = run.files.headers[.deals] else { return 0 }
    var reader = try ListReader(header, lists, run)
    run.files.expectAgain(.deals)
    try run.files.eachRecord(of: .deals, run.problems) { try reader.read($0) }
    return reader.count
  }

  /// Contacts.csv says on which deals they are, and nothing else.
  private func readDeals(ofContacts place: Int) throws -> Int {
    guard let header = run.files.headers[.contacts] else { return 0 }
    try connection.execute(
      "CREATE TABLE pair (deal_id INTEGER, contact_id INTEGER, PRIMARY KEY (deal_id, contact_id)) WITHOUT ROWID"
    )
    let lists = LinkLists(dealsOf: place, run)
    run.files.expectAgain(.contacts)
    try run.files.eachRecord(of: .contacts, run.problems) { record in
      do {
        guard let contact = try lists.number(of: record, header) else { return }
        for deal in try lists.deals(in: record, header) {
          try connection.run("INSERT OR IGNORE INTO pair (deal_id, contact_id) VALUES (?, ?)", deal, contact)
        }
      } catch let problem as FileProblem {
        try run.problems.add(problem)
      }
    }
    try connection.run(
      """
      INSERT INTO deal_contact_after (deal_id, position, contact_id, role)
        SELECT deal_id, position, contact_id, role FROM deal_contact AS link WHERE edition_id = ?
          AND EXISTS (SELECT 1 FROM pair WHERE pair.deal_id = link.deal_id AND pair.contact_id = link.contact_id)
      """, run.edition)
    var writer = try LinkWriter(run)
    let others = try connection.all(
      """
      SELECT deal_id, contact_id FROM pair WHERE NOT EXISTS (SELECT 1 FROM deal_contact_after AS link
        WHERE link.deal_id = pair.deal_id AND link.contact_id = pair.contact_id)
      """
    ) { (try $0["deal_id"] as Int64, try $0["contact_id"] as Int64) }
    for (deal, contact) in others {
      try writer.write(Link(contact: contact, role: nil, position: nil), of: deal)
    }
    return writer.count
  }

  /// No file tells of links: those of deals that go go with them.
  private func removeOfGone() throws -> Int {
    try connection.run(
      """
      INSERT INTO changed_deal SELECT DISTINCT deal_id FROM deal_contact WHERE edition_id = ?
        AND deal_id IN (\(Comparison.gone(.deals)))
      """, run.edition)
    try writeBefore()
    return 0
  }

  /// What isn't in the files stays behind what is.
  private func keepOthers() throws {
    let kept = try connection.all(
      """
      SELECT deal_id, contact_id, role, position FROM deal_contact AS link WHERE edition_id = ?
        AND deal_id IN (SELECT deal_id FROM deal_contact_after)
        AND NOT EXISTS (SELECT 1 FROM deal_contact_after AS other
          WHERE other.deal_id = link.deal_id AND other.contact_id = link.contact_id)
      ORDER BY deal_id, position
      """, run.edition
    ) {
      (
        deal: try $0["deal_id"] as Int64,
        link: Link(contact: try $0["contact_id"], role: try $0["role"], position: try $0["position"])
      )
    }
    var writer = try LinkWriter(run)
    for (deal, link) in kept { try writer.append(link, to: deal) }
  }

  private func findChanged() throws {
    try connection.run(
      """
      INSERT OR IGNORE INTO changed_deal SELECT deal_id FROM deal_contact_after AS link
      WHERE NOT EXISTS (SELECT 1 FROM deal_contact AS other WHERE other.edition_id = ? AND other.deal_id = link.deal_id
        AND other.position = link.position AND other.contact_id = link.contact_id AND other.role IS link.role)
      """, run.edition)
    if !run.options.keepsMissing {
      try connection.run(
        """
        INSERT OR IGNORE INTO changed_deal SELECT deal_id FROM deal_contact AS link WHERE edition_id = ?
          AND NOT EXISTS (SELECT 1 FROM deal_contact_after AS other WHERE other.deal_id = link.deal_id
            AND other.position = link.position AND other.contact_id = link.contact_id AND other.role IS link.role)
        """, run.edition)
    }
    try writeBefore()
  }

  private func writeBefore() throws {
    try connection.run(
      """
      INSERT INTO deal_contact_before (deal_id, position, contact_id, role)
        SELECT deal_id, position, contact_id, role FROM deal_contact
        WHERE edition_id = ? AND deal_id IN (SELECT deal_id FROM changed_deal)
      """, run.edition)
  }

  private func count(_ rows: Int) throws -> ImportReport.File {
    var file = ImportReport.File(table: .dealContacts, rows: rows)
    let match = "other.deal_id = link.deal_id AND other.contact_id = link.contact_id"
    file.added =
      try connection.value(
        """
        SELECT count(*) FROM deal_contact_after AS link WHERE deal_id IN (SELECT deal_id FROM changed_deal)
          AND NOT EXISTS (SELECT 1 FROM deal_contact_before AS other WHERE \(match))
        """) ?? 0
    file.changed =
      try connection.value(
        """
        SELECT count(*) FROM deal_contact_after AS link WHERE deal_id IN (SELECT deal_id FROM changed_deal)
          AND EXISTS (SELECT 1 FROM deal_contact_before AS other WHERE \(match)
            AND (other.position <> link.position OR other.role IS NOT link.role))
        """) ?? 0
    file.gone =
      try connection.value(
        """
        SELECT count(*) FROM deal_contact_before AS link
          WHERE NOT EXISTS (SELECT 1 FROM deal_contact_after AS other WHERE \(match))
        """) ?? 0
    return file
  }
}

/// A contact on a deal.
struct Link {
  let contact: Int64
  let role: String?
  /// Nil: behind the deal's others.
  let position: Int64?
}

/// Writes links into the difference.
struct LinkWriter: ~Copyable {
  private(set) var count = 0
  private var statement: Statement
  private var former: Statement

  init(_ run: Comparison) throws {
    let statement = try run.connection.prepare(
      """
      INSERT INTO deal_contact_after (deal_id, contact_id, role, position) VALUES (?1, ?2, ?3,
        (SELECT iif(place > \(Identifier.largest), 0, place) FROM (SELECT coalesce(?4,
          1 + (SELECT coalesce(max(position), 0) FROM deal_contact_after WHERE deal_id = ?1)) AS place)))
      """)
    let former = try run.connection.prepare(
      """
      SELECT contact_id, role, position FROM deal_contact
      WHERE edition_id = \(run.edition.rawValue) AND deal_id = ? ORDER BY position
      """)
    self.statement = statement
    self.former = former
  }

  /// - Throws: `SQLiteError` of a constraint, for a link that is there already.
  mutating func write(_ link: Link, of deal: Int64) throws(SQLiteError) {
    try statement.bind(deal, at: 1)
    try statement.bind(link.contact, at: 2)
    try statement.bind(link.role, at: 3)
    if let position = link.position {
      try statement.bind(position, at: 4)
    } else {
      try statement.bindNull(at: 4)
    }
    do throws(SQLiteError) {
      _ = try statement.step()
      statement.reset()
      count += 1
    } catch {
      statement.reset()
      throw error
    }
  }

  /// In its place, or behind the others; one contact of a deal is the primary one.
  mutating func append(_ link: Link, to deal: Int64) throws {
    let other = link.role == "primary" ? "other" : link.role
    for choice in [
      link, Link(contact: link.contact, role: link.role, position: nil),
      Link(contact: link.contact, role: other, position: link.position),
      Link(contact: link.contact, role: other, position: nil),
    ] {
      if try isWritten(choice, of: deal) { return }
    }
  }

  private mutating func isWritten(_ link: Link, of deal: Int64) throws -> Bool {
    do throws(SQLiteError) {
      try write(link, of: deal)
      return true
    } catch {
      if error.isUniqueViolation { return false }
      throw error
    }
  }

  /// The links that the deal has.
  mutating func existing(of deal: Int64) throws -> [Link] {
    try former.bind(deal, at: 1)
    defer { former.reset() }
    var links: [Link] = []
    while try former.step() {
      guard case .integer(let contact) = former.cell(at: 0), case .integer(let position) = former.cell(at: 2)
      else {
        continue
      }
      var role: String?
      if case .text(let text) = former.cell(at: 1) { role = String(copying: text) }
      links.append(Link(contact: contact, role: role, position: position))
    }
    return links
  }
}

/// Reads the lists in Deals.csv.
private struct ListReader: ~Copyable {
  private let header: ImportHeader
  private let lists: LinkLists
  private let run: Comparison
  private var writer: LinkWriter

  init(_ header: ImportHeader, _ lists: LinkLists, _ run: Comparison) throws {
    writer = try LinkWriter(run)
    self.header = header
    self.lists = lists
    self.run = run
  }

  var count: Int { writer.count }

  mutating func read(_ record: borrowing Decoder) throws {
    guard let deal = try lists.number(of: record, header) else { return }
    do {
      let existing = try writer.existing(of: deal)
      for link in try lists.links(of: deal, in: record, header, existing: existing) {
        try writer.write(link, of: deal)
      }
    } catch let problem as FileProblem {
      try run.problems.add(problem)
    }
  }
}

/// Reads DealContacts.csv.
private struct LinkReader: ~Copyable {
  private let header: ImportHeader
  private let run: Comparison
  private let deal: RecordLink
  private let contact: RecordLink
  private var writer: LinkWriter

  init(_ header: ImportHeader, _ run: Comparison) throws {
    writer = try LinkWriter(run)
    self.header = header
    self.run = run
    deal = RecordLink("deal_id", to: .deals, storedAt: 0, in: header)
    contact = RecordLink("contact_id", to: .contacts, storedAt: 0, in: header)
  }

  mutating func read(_ record: borrowing Decoder) throws {
    do {
      guard let deal = try end(deal, "deal_id", record), let contact = try end(contact, "contact_id", record)
      else {
        return
      }
      let link = Link(contact: contact, role: try role(of: record), position: try position(of: record))
      do throws(SQLiteError) {
        try writer.write(link, of: deal)
      } catch {
        let problem = try problem(error, deal, link, record)
        guard error.isUniqueViolation, run.files.hasLooseEnds else { throw problem }
        run.notes.add(problem)
      }
    } catch let problem as FileProblem {
      try run.problems.add(problem)
    }
  }

  /// - Returns: nil where a name leads nowhere, which has been told.
  private func end(_ link: RecordLink, _ column: String, _ record: borrowing Decoder) throws -> Int64? {
    if let number = try link.number(in: record, of: header, run) { return number }
    let place = header.columns.firstIndex { $0.column.name == column } ?? 0
    for index in header.columns.indices
    where header.columns[index].column.name == column && !record[index].isEmpty {
      return nil
    }
    throw wrong(place, record)
  }

  private func role(of record: borrowing Decoder) throws -> String? {
    guard let place = header.place(of: "role"), !record[place].isEmpty else { return nil }
    guard case .oneOf(let words) = header.columns[place].column.format,
      CellText.isOne(of: words, record[place])
    else {
      throw wrong(place, record)
    }
    return String(copying: record[place])
  }

  private func position(of record: borrowing Decoder) throws -> Int64? {
    guard let place = header.place(of: "position"), !record[place].isEmpty else { return nil }
    guard let position = CellText.integer(record[place]) else { throw wrong(place, record) }
    guard position > 0, position <= Identifier.largest else {
      throw problem("position", record, "a position is a number from 1 to \(Identifier.largest)")
    }
    return position
  }

  private func problem(
    _ error: SQLiteError, _ deal: Int64, _ link: Link, _ record: borrowing Decoder
  ) throws -> FileProblem {
    if error.isCheckViolation {
      return problem("position", record, "a position is a number from 1 to \(Identifier.largest)")
    }
    guard error.isUniqueViolation else { throw error }
    let connection = run.connection
    if try connection.exists(
      "SELECT 1 FROM deal_contact_after WHERE deal_id = ? AND contact_id = ?", deal, link.contact)
    {
      return problem(
        "contact_id", record,
        "\(text("contact_id", record)) is on the deal \(text("deal_id", record)) already")
    }
    if let position = link.position,
      try connection.exists(
        "SELECT 1 FROM deal_contact_after WHERE deal_id = ? AND position = ?", deal, position)
    {
      return problem(
        "position", record,
        "the deal \(text("deal_id", record)) has a contact at position \(position) already")
    }
    return problem("role", record, "the deal \(text("deal_id", record)) has a primary contact already")
  }

  private func text(_ column: String, _ record: borrowing Decoder) -> String {
    header.place(of: column).map { String(copying: record[$0]) } ?? ""
  }

  private func wrong(_ place: Int, _ record: borrowing Decoder) -> FileProblem {
    run.files.problem(
      at: place, of: record, in: .dealContacts,
      header.columns[place].column.format.problem(with: record[place]))
  }

  private func problem(_ column: String, _ record: borrowing Decoder, _ message: String) -> FileProblem {
    run.files.problem(at: header.place(of: column) ?? 0, of: record, in: .dealContacts, message)
  }
}
