import SQLite

/// Deals one by one, and lists of them. Exports read them by `Records/Reading/`.
///
/// What belongs to one deal is read by the index that is named: without figures about its tables SQLite takes the key, and
/// reads all rows of the organisation.
struct DealTable {
  let connection: Connection

  /// - Returns: nil also for a deal outside of the scope.
  func find(_ id: DealID, of organisation: OrganisationID, in scope: Scope) throws -> Deal? {
    let edition = try connection.editions.current(of: organisation)
    let isThere = try connection.exists(
      "SELECT 1 FROM deal WHERE edition_id = ? AND deal_id = ? AND (? IS NULL OR owner_id = ?)", edition, id,
      scope.user, scope.user)
    return isThere ? try deals([id.rawValue], in: edition, of: organisation).first : nil
  }

  /// A page of the deals in the scope that the filter lets through. One pass over the search's table finds the page's
  /// deals and counts the others.
  ///
  /// - Parameter page: from 1.
  func page(
    _ page: Int, of size: Int, _ filter: DealFilter, in scope: Scope, of organisation: OrganisationID,
    known: DealChoices.Known
  ) throws -> FoundDeals {
    let edition = try connection.editions.current(of: organisation)
    let offset = (page - 1) * size
    if let id = DealID(trimmed(filter.text).uppercased()) {
      let deal = try find(id, of: organisation, in: scope)
      return FoundDeals(
        deals: page == 1 ? deal.map { [$0] } ?? [] : [], count: deal == nil ? 0 : 1, isByContact: false)
    }
    let isWhole = filter == DealFilter()
    var query = DealQuery(filter, edition, scope)
    var ids = try query.ids(connection, size, offset)
    var countByContact: Int?
    var isByContact = false
    if ids.isEmpty, !query.words.isEmpty, try page == 1 || query.ids(connection, 1, 0).isEmpty {
      query.lookIntoContacts()
      (ids, countByContact) = try query.idsAndCount(connection, size, offset)
      isByContact = true
    }
    let count =
      isWhole
      ? try choices(of: organisation, known: known).count(in: scope)
      : try countByContact ?? query.count(connection, after: ids, offset: offset, size)
    return FoundDeals(
      deals: try deals(ids, in: edition, of: organisation), count: count,
      isByContact: isByContact && count > 0)
  }

  /// What the organisation's deals can be narrowed by, computed once for each version of its records.
  func choices(of organisation: OrganisationID, known: DealChoices.Known) throws -> DealChoices {
    let version = try version(of: organisation)
    let edition = version.edition
    return try known.value(for: version) {
      DealChoices(
        statuses: try connection.all(
          """
          SELECT DISTINCT status FROM deal_search WHERE edition_id = ? AND status <> '' ORDER BY status LIMIT ?
          """, edition, DealChoices.most + 1
        ) { try $0["status"] },
        owners: try connection.all(
          "SELECT owner_id, count(*) AS deals FROM deal_search WHERE edition_id = ? GROUP BY owner_id",
          edition
        ) { (try $0["owner_id"], try $0["deals"]) })
    }
  }

  func version(of organisation: OrganisationID) throws -> DealChoices.Version {
    let edition = try connection.editions.current(of: organisation)
    return DealChoices.Version(edition: edition, version: try connection.editions.version(of: edition))
  }

  /// All that is known of a deal, by column.
  func values(of id: DealID, of organisation: OrganisationID) throws -> [String: RecordValue] {
    let columns = Table.deals.storedColumns
    let list = columns.map {
      $0.format == .time ? "unixepoch(\($0.name)) AS \($0.name)" : $0.name
    }
    var values: [String: RecordValue] = [:]
    try connection.each(
      "SELECT \(list.joined(separator: ", ")) FROM deal WHERE edition_id = ? AND deal_id = ?",
      connection.editions.current(of: organisation), id
    ) { row in
      for column in columns { values[column.name] = try RecordValue(row, column) }
    }
    return values
  }

  /// In their order on the deal.
  func contacts(of id: DealID, of organisation: OrganisationID, limit: Int) throws -> [DealContact] {
    try connection.all(
      """
      SELECT contact.contact_id, full_name, email, mobile, role FROM deal_contact AS link
      CROSS JOIN contact ON contact.edition_id = link.edition_id AND contact.contact_id = link.contact_id
      WHERE link.edition_id = ? AND link.deal_id = ? ORDER BY position LIMIT ?
      """, connection.editions.current(of: organisation), id, limit
    ) {
      DealContact(
        contact: Contact(id: try $0["contact_id"], fullName: try $0["full_name"], email: try $0["email"]),
        mobile: try $0["mobile"], role: try $0["role"])
    }
  }

  func contactCount(of id: DealID, of organisation: OrganisationID) throws -> Int {
    try connection.value(
      "SELECT count(*) FROM deal_contact WHERE edition_id = ? AND deal_id = ?",
      connection.editions.current(of: organisation), id) ?? 0
  }

  /// Newest first.
  func notes(of id: DealID, of organisation: OrganisationID, limit: Int) throws -> [DealNote] {
    try connection.all(
      """
      SELECT note_id, substr(coalesce(note_content, ''), 1, ?4) AS text, length(note_content) > ?4 AS is_cut,
        important, note.archived, unixepoch(note.created_at) AS created_at, full_name AS contact_name,
        author.id, coalesce(author.name, author.email, 'U-' || author.id) AS user_name, author.active
      FROM (
        SELECT note_id AS found_id FROM note INDEXED BY note_scope WHERE edition_id = ?1 AND deal_id = ?2
        ORDER BY created_at DESC, note_id DESC LIMIT ?5)
      CROSS JOIN note ON note.edition_id = ?1 AND note_id = found_id
      LEFT JOIN contact ON contact.edition_id = ?1 AND contact.contact_id = note.contact_id
      LEFT JOIN user AS author ON author.organisation_id = ?3 AND author.id = author_id
      ORDER BY note.created_at DESC, note_id DESC
      """, connection.editions.current(of: organisation), id, organisation, DealNote.longest, limit
    ) {
      DealNote(
        id: try $0["note_id"], text: try $0["text"], isCut: try ($0["is_cut"] as Bool?) ?? false,
        author: try Person(optional: $0), contact: try $0["contact_name"],
        isImportant: try ($0["important"] as Bool?) ?? false,
        isArchived: try ($0["archived"] as Bool?) ?? false, createdAt: try $0["created_at"])
    }
  }

  func noteCount(of id: DealID, of organisation: OrganisationID) throws -> Int {
    try connection.value(
      "SELECT count(*) FROM note INDEXED BY note_scope WHERE edition_id = ? AND deal_id = ?",
      connection.editions.current(of: organisation), id) ?? 0
  }

  /// Open ones first, by the day on which they are due; then the others, the last completed first.
  func tasks(of id: DealID, of organisation: OrganisationID, limit: Int) throws -> [DealTask] {
    try connection.all(
      """
      SELECT task_id, task_name, substr(task_details, 1, ?4) AS details, due_date,
        status IS 'completed' AS is_completed, unixepoch(completed_at) AS completed_at, priority, task.archived,
        full_name AS contact_name,
        assignee.id, coalesce(assignee.name, assignee.email, 'U-' || assignee.id) AS user_name, assignee.active
      FROM task INDEXED BY task_scope
      LEFT JOIN contact ON contact.edition_id = ?1 AND contact.contact_id = task.contact_id
      LEFT JOIN user AS assignee ON assignee.organisation_id = ?3 AND assignee.id = assigned_to_id
      WHERE task.edition_id = ?1 AND task.deal_id = ?2
      ORDER BY is_completed, iif(is_completed, NULL, due_date IS NULL), iif(is_completed, NULL, due_date),
        task.completed_at DESC, task_id DESC LIMIT ?5
      """, connection.editions.current(of: organisation), id, organisation, DealNote.longest, limit
    ) {
      DealTask(
        id: try $0["task_id"], name: try $0["task_name"], details: try $0["details"],
        assignee: try Person(optional: $0), contact: try $0["contact_name"], dueDate: try $0["due_date"],
        isCompleted: try $0["is_completed"], completedAt: try $0["completed_at"],
        priority: try $0["priority"], isArchived: try ($0["archived"] as Bool?) ?? false)
    }
  }

  func taskCount(of id: DealID, of organisation: OrganisationID) throws -> Int {
    try connection.value(
      "SELECT count(*) FROM task INDEXED BY task_scope WHERE edition_id = ? AND deal_id = ?",
      connection.editions.current(of: organisation), id) ?? 0
  }

  /// The deals with these ids, in their order.
  private func deals(
    _ ids: [Int64], in edition: EditionID, of organisation: OrganisationID
  ) throws -> [Deal] {
    try connection.all(
      """
      SELECT deal.deal_id, deal_name, deal_ref, stage, status, lender, loan_amount, currency, deal.archived,
        unixepoch(coalesce(deal.updated_at, deal.created_at)) AS changed_at, full_name AS contact_name,
        user.id, coalesce(user.name, user.email, 'U-' || user.id) AS user_name, active
      FROM json_each(?2) AS place
      CROSS JOIN deal ON deal.edition_id = ?1 AND deal.deal_id = place.value
      LEFT JOIN user ON user.organisation_id = ?3 AND user.id = deal.owner_id
      LEFT JOIN deal_contact AS link
        ON link.edition_id = ?1 AND link.deal_id = deal.deal_id AND link.role = 'primary'
      LEFT JOIN contact ON contact.edition_id = ?1 AND contact.contact_id = link.contact_id
      ORDER BY place.key
      """, edition, "\(ids)", organisation
    ) {
      Deal(
        id: try $0["deal_id"], name: try $0["deal_name"], reference: try $0["deal_ref"],
        stage: try $0["stage"],
        status: try $0["status"], lender: try $0["lender"], loanAmount: try $0["loan_amount"],
        currency: try $0["currency"], isArchived: try ($0["archived"] as Bool?) ?? false,
        owner: try Person(optional: $0), contact: try $0["contact_name"], changedAt: try $0["changed_at"])
    }
  }
}

extension Connection {
  var deals: DealTable { DealTable(connection: self) }
}

/// A search of deals, as conditions on the search's table.
private struct DealQuery {
  let words: SearchWords
  private let edition: EditionID
  private let status: String?
  private let owner: Int64?
  private let scope: UserID?
  private var isByContact = false

  init(_ filter: DealFilter, _ edition: EditionID, _ scope: Scope) {
    words = SearchWords(filter.text)
    self.edition = edition
    status = filter.status
    owner =
      switch filter.owner {
      case .user(let id): id.rawValue
      case .nobody: 0
      case nil: nil
      }
    self.scope = scope.user
  }

  /// From now on the words are those of the deals' contacts.
  mutating func lookIntoContacts() { isByContact = true }

  /// Newest first.
  func ids(_ connection: Connection, _ limit: Int, _ offset: Int) throws -> [Int64] {
    try connection.all(
      "SELECT deal_id FROM deal_search WHERE \(condition) ORDER BY deal_id DESC LIMIT ?7 OFFSET ?8", edition,
      words.pattern, words.others, status, owner, scope, limit, offset
    ) { try $0["deal_id"] }
  }

  /// The same with how many there are, in one pass, as contacts are slow to look through; nil for a page past the end.
  func idsAndCount(_ connection: Connection, _ limit: Int, _ offset: Int) throws -> ([Int64], Int?) {
    var count: Int?
    let ids = try connection.all(
      """
      SELECT deal_id, count(*) OVER () AS count FROM deal_search WHERE \(condition)
      ORDER BY deal_id DESC LIMIT ?7 OFFSET ?8
      """, edition, words.pattern, words.others, status, owner, scope, limit, offset
    ) { row in
      count = try row["count"]
      return try row["deal_id"] as Int64
    }
    return (ids, count)
  }

  /// How many there are, of which a page is known: only those after it are counted.
  func count(_ connection: Connection, after ids: [Int64], offset: Int, _ size: Int) throws -> Int {
    if ids.count < size, offset == 0 || !ids.isEmpty { return offset + ids.count }
    let start = ids.last ?? .max
    let rest: Int =
      try connection.value(
        "SELECT count(*) FROM deal_search WHERE \(condition) AND deal_id < ?7", edition, words.pattern,
        words.others, status, owner, scope, start) ?? 0
    return ids.isEmpty ? rest : offset + ids.count + rest
  }

  private var condition: String {
    let found = "(folded GLOB ?2 AND (?3 = '[]' OR NOT EXISTS (\(Self.missing))))"
    let byContact = """
      deal_id IN (SELECT link.deal_id FROM contact_search AS contact
        CROSS JOIN deal_contact AS link ON link.edition_id = ?1 AND link.contact_id = contact.contact_id
        WHERE contact.edition_id = ?1 AND \(found))
      """
    return """
      edition_id = ?1 AND \(isByContact ? byContact : "(?2 = '' OR \(found))")
        AND (?4 IS NULL OR status = ?4) AND (?5 IS NULL OR coalesce(owner_id, 0) = ?5)
        AND (?6 IS NULL OR owner_id = ?6)
      """
  }

  private static let missing = "SELECT 1 FROM json_each(?3) WHERE instr(folded, value) = 0"
}

extension RecordValue {
  /// Nil for an empty cell.
  fileprivate init?(_ row: Row, _ column: Column) throws {
    switch column.format {
    case .text, .texts, .oneOf, .digest, .date:
      guard let text: String = try row[column.name] else { return nil }
      self = .text(text)
    case .id, .ids, .money, .rate, .integer, .boolean, .time:
      guard let number: Int64 = try row[column.name] else { return nil }
      self = .number(number)
    }
  }
}

extension Person {
  /// The user of a row, by `id`, `user_name` and `active`.
  fileprivate init?(optional row: Row) throws {
    guard let id: UserID = try row["id"] else { return nil }
    self.init(id: id, name: Name.stored(try row["user_name"]), isActive: try row["active"])
  }
}
