import SQLite

/// Which events to read.
struct ActivityFilter: Sendable, Equatable {
  /// Nil for all of them.
  var topic: Event.Topic?
  /// The name, an e-mail address, the network address or the detail must contain it, or it must be the number
  /// of the user who acted or the id of what it happened to.
  var text: String

  init(topic: Event.Topic? = nil, text: String = "") {
    self.topic = topic
    self.text = text
  }

  static let everything = ActivityFilter()
}

/// The audit trail.
struct ActivityTable {
  let connection: Connection

  /// The most lines that one person leaves of one thing within the period in which it is counted, one for each
  /// network address. What comes from still others is counted in the last one.
  static let mostLines = 10

  /// Adds the event to the trail. A refusal of the same user at the same route within the same minute only
  /// counts, and so does a download of the same export within the same hour: nobody fills the disk with either.
  func record(_ event: Event) throws {
    if let period = event.kind?.counted, try countAgain(event, within: period) { return }
    try connection.run(
      """
      INSERT INTO activity (organisation_id, at, actor, user_id, who, email, what, subject, detail, address, route)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, event.organisation, event.at, event.actor.kind.rawValue, event.actor.user,
      TextLimit.name.cut(event.actor.name), TextLimit.email.cut(event.actor.email), event.word,
      TextLimit.subject.cut(event.subject), TextLimit.detail.cut(event.detail),
      TextLimit.address.cut(event.actor.address), event.counted)
  }

  private func countAgain(_ event: Event, within period: Duration) throws -> Bool {
    let seconds = period.wholeSeconds
    let begin = UnixTime(rawValue: event.at.rawValue.floorDivided(by: seconds) * seconds)
    let lines = try connection.all(
      """
      SELECT id, address FROM activity
      WHERE organisation_id = ? AND route = ? AND route <> '' AND at >= ? AND at < ? AND what = ? AND actor = ?
        AND user_id IS ? AND (user_id IS NOT NULL OR who = ? COLLATE NOCASE)
      ORDER BY id LIMIT ?
      """, event.organisation, event.counted, begin, begin + period, event.word,
      event.actor.kind.rawValue, event.actor.user, TextLimit.name.cut(event.actor.name), Self.mostLines
    ) { (id: try $0["id"] as Int64, address: try $0["address"] as String) }
    // Whom a refusal of somebody who is signed in is about stands in the line; where from is not worth another.
    let isOneLine = event.isRefusal && event.actor.user != nil || lines.count == Self.mostLines
    let address = TextLimit.address.cut(event.actor.address)
    guard let line = lines.first(where: { $0.address == address }) ?? (isOneLine ? lines.last : nil) else {
      return false
    }
    return try connection.run("UPDATE activity SET times = times + 1 WHERE id = ?", line.id) > 0
  }

  /// Deletes what has been kept for long enough, at most `limit` rows.
  ///
  /// - Returns: how many there were.
  func removeOld(at now: UnixTime, limit: Int) throws -> Int {
    try connection.run(
      "DELETE FROM activity WHERE id IN (SELECT id FROM activity WHERE at <= ? ORDER BY at LIMIT ?)",
      now - Event.kept, limit)
  }

  /// At most `limit` events of the organisation, newest first, from the offset on, and how many there are in all.
  /// What a filter matches is looked for once.
  func page(
    of organisation: OrganisationID, _ filter: ActivityFilter = .everything, offset: Int, limit: Int
  ) throws -> (events: [Event], count: Int) {
    if filter == .everything {
      // The inner query skips in the index alone.
      return (
        try connection.all(
          """
          SELECT * FROM activity WHERE id IN (
            SELECT id FROM activity WHERE organisation_id = ? ORDER BY id DESC LIMIT ? OFFSET ?)
          ORDER BY id DESC
          """, organisation, limit, offset, read: Event.init(row:)),
        try connection.value("SELECT count(*) FROM activity WHERE organisation_id = ?", organisation) ?? 0
      )
    }
    let ids = try connection.all(
      """
      SELECT id FROM activity
      WHERE organisation_id = ?1 AND \(ActivityFilter.matches)
      ORDER BY id DESC
      """, organisation, filter.glob, filter.text, filter.text.likePattern, filter.user
    ) { try $0["id"] as Int64 }
    let shown = ids.dropFirst(offset).prefix(limit)
    return (
      try connection.all(
        "SELECT * FROM activity WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC",
        "\(Array(shown))", read: Event.init(row:)),
      ids.count
    )
  }

  /// At most `limit` events, newest first, that were recorded before the one with the id.
  ///
  /// - Parameter id: nil for the newest ones.
  func events(
    of organisation: OrganisationID, _ filter: ActivityFilter, before id: Int64?, limit: Int
  ) throws -> [(id: Int64, event: Event)] {
    try connection.all(
      """
      SELECT * FROM activity
      WHERE organisation_id = ?1 AND id < ?6 AND \(ActivityFilter.matches)
      ORDER BY id DESC LIMIT ?7
      """, organisation, filter.glob, filter.text, filter.text.likePattern, filter.user, id ?? .max, limit
    ) { (id: try $0["id"], event: try Event(row: $0)) }
  }

  /// At most `limit` events of one kind about one thing, newest first.
  func events(
    of organisation: OrganisationID, about subject: String, _ kind: Event.Kind, limit: Int
  ) throws -> [Event] {
    try connection.all(
      """
      SELECT * FROM activity WHERE id IN (
        SELECT id FROM activity WHERE organisation_id = ? AND subject = ? AND subject <> '' AND what = ?
        ORDER BY id DESC LIMIT ?)
      ORDER BY id DESC
      """, organisation, subject, kind.rawValue, limit, read: Event.init(row:))
  }

  /// How often one kind of event happened to one thing.
  func times(of organisation: OrganisationID, about subject: String, _ kind: Event.Kind) throws -> Int {
    try connection.value(
      """
      SELECT sum(times) FROM activity WHERE organisation_id = ? AND subject = ? AND subject <> '' AND what = ?
      """, organisation, subject, kind.rawValue) ?? 0
  }
}

extension Connection {
  var activity: ActivityTable { ActivityTable(connection: self) }
}

extension ActivityFilter {
  /// Whether a row matches, where ?2 is the filter's `glob`, ?3 its text, ?4 the pattern of that, and ?5 its `user`.
  fileprivate static let matches = """
    (?2 = '' OR what GLOB ?2) AND (?3 = '' OR who LIKE ?4 ESCAPE '\\'
      OR email LIKE ?4 ESCAPE '\\' OR detail LIKE ?4 ESCAPE '\\' OR address LIKE ?4 ESCAPE '\\'
      OR subject = ?3 COLLATE NOCASE OR user_id = ?5)
    """

  /// Empty for every kind.
  fileprivate var glob: String { topic.map { $0.rawValue + ".*" } ?? "" }

  /// The user whose number the text is.
  fileprivate var user: UserID? { UserID(text.uppercased()) }
}

extension Event.Kind {
  /// Within what period repeats are counted in one line; nil for what has a line each time.
  fileprivate var counted: Duration? {
    isRefusal ? .minutes(1) : self == .exportDownloaded ? .hours(1) : nil
  }
}

extension Event {
  /// Under what its repeats are counted; empty for what has a line each time.
  fileprivate var counted: String {
    kind?.counted == nil ? "" : TextLimit.address.cut(route.isEmpty ? word : route)
  }

  fileprivate init(row: Row) throws {
    let actor: String = try row["actor"]
    guard let actorKind = Actor.Kind(rawValue: actor) else {
      throw HandoverError("the activity has something by a '\(actor)', which this program does not know")
    }
    self.init(
      word: try row["what"], of: try row["organisation_id"],
      by: Actor(
        kind: actorKind, user: try row["user_id"], name: try row["who"], email: try row["email"],
        address: try row["address"]),
      subject: try row["subject"], detail: try row["detail"], route: try row["route"],
      times: try row["times"], at: try row["at"])
  }
}
