import SQLite

/// Which events to read.
struct ActivityFilter: Sendable, Equatable {
  /// Nil for all of them.
  var topic: Event.Topic?
  /// What is shown of an event must hold its words, in any order and as `String.folded` compares them: the sentence,
  /// the detail, names and addresses. A user's number must be whole.
  var text: String
  /// Nil for all times.
  var times: Range<UnixTime>?

  init(topic: Event.Topic? = nil, text: String = "", times: Range<UnixTime>? = nil) {
    self.topic = topic
    self.text = text
    self.times = times
  }

  static let everything = ActivityFilter()
}

/// The audit trail.
struct ActivityTable {
  let connection: Connection

  /// The most lines that one person leaves of one thing within the period in which it is counted, one for each
  /// network address. What comes from still others is counted in the last one.
  static let mostLines = 10

  /// When the last event was, by the clock of then.
  func newest() throws -> UnixTime? {
    try connection.first("SELECT max(at) AS newest FROM activity") { try $0["newest"] as UnixTime? } ?? nil
  }

  /// Adds the event to the trail. A refusal of the same user at the same route within the same minute only
  /// counts, and so does a download of the same export within the same hour: nobody fills the disk with either.
  func record(_ event: Event) throws {
    if let period = event.kind?.counted, try countAgain(event, within: period) { return }
    try connection.run(
      """
      INSERT INTO activity
        (organisation_id, at, actor, user_id, who, email, what, subject, detail, address, route, folded)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, event.organisation, event.at, event.actor.kind.rawValue, event.actor.user,
      TextLimit.name.cut(event.actor.name), TextLimit.email.cut(event.actor.email), event.word,
      TextLimit.subject.cut(event.subject), TextLimit.detail.cut(event.detail),
      TextLimit.address.cut(event.actor.address), event.counted, event.folded)
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
    let (words, kinds, others) = filter.sought
    let ids = try connection.all(
      """
      SELECT id FROM activity
      WHERE organisation_id = ?1 AND \(ActivityFilter.matches)
      ORDER BY id DESC
      """, organisation, filter.glob, filter.other, filter.begin, filter.end, words[0], words[1], words[2],
      words[3],
      kinds[0], kinds[1], kinds[2], kinds[3], others, Event.Kind.sentences
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
    let (words, kinds, others) = filter.sought
    return try connection.all(
      """
      SELECT * FROM activity
      WHERE organisation_id = ?1 AND id < ?16 AND \(ActivityFilter.matches)
      ORDER BY id DESC LIMIT ?17
      """, organisation, filter.glob, filter.other, filter.begin, filter.end, words[0], words[1], words[2],
      words[3],
      kinds[0], kinds[1], kinds[2], kinds[3], others, Event.Kind.sentences, id ?? .max, limit
    ) { (id: try $0["id"], event: try Event(row: $0)) }
  }

  /// At most `limit` events of one kind about one thing, newest first.
  ///
  /// - Parameter user: whose; nil for everybody's.
  func events(
    of organisation: OrganisationID, about subject: String, _ kind: Event.Kind, by user: UserID? = nil,
    limit: Int
  ) throws -> [Event] {
    try connection.all(
      """
      SELECT * FROM activity WHERE id IN (
        SELECT id FROM activity WHERE organisation_id = ?1 AND subject = ?2 AND subject <> '' AND what = ?3
          AND (?4 IS NULL OR user_id = ?4)
        ORDER BY id DESC LIMIT ?5)
      ORDER BY id DESC
      """, organisation, subject, kind.rawValue, user, limit, read: Event.init(row:))
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
  /// Whether a row matches, where ?2 is the filter's `glob`, ?3 its `other`, ?4 its `begin`, ?5 its `end`, from ?6 on
  /// stand its `sought`: four words, the kinds of event for each, the other words; and then the sentences of all kinds.
  fileprivate static let matches = """
    at >= ?4 AND at < ?5 AND (?2 = '' OR what GLOB ?2 AND what NOT GLOB ?3)
      AND (instr(folded, ?6) OR ?10 <> '' AND instr(?10, ' ' || what || ' '))
      AND (?7 = '' OR (instr(folded, ?7) OR instr(?11, ' ' || what || ' '))
        AND (?8 = '' OR (instr(folded, ?8) OR instr(?12, ' ' || what || ' '))
          AND (?9 = '' OR (instr(folded, ?9) OR instr(?13, ' ' || what || ' '))
            AND (?14 = '[]' OR NOT EXISTS (SELECT 1 FROM json_each(?14)
              WHERE instr(folded, value) = 0 AND instr(coalesce(json_extract(?15, '$."' || replace(what, '"', '') || '"'), ''), value) = 0)))))
    """

  /// The words of the text; for each of the first four, of which some can be empty, the kinds of event whose sentence
  /// holds it, with blanks around them; and the others as a JSON array.
  fileprivate var sought: (words: [String], kinds: [String], others: String) {
    let folded = text.folded
    let all = folded.split(separator: " ").map(String.init)
    let rest = SearchWords(all.dropFirst(3).joined(separator: " "))
    // A sign that folding drops was typed all the same: it is found nowhere.
    var words = all.isEmpty ? [trimmed(text)] : Array(all.prefix(3))
    words += Array(repeating: "", count: 3 - words.count) + [rest.first]
    let kinds = words.map { word in
      word.isEmpty
        ? ""
        : Event.Kind.folded.filter { $0.sentence.contains(word) }.map { " \($0.kind.rawValue) " }.joined()
    }
    return (words.map { UserID($0.uppercased()) == nil ? $0 : "\n\($0)\n" }, kinds, rest.others)
  }

  /// Empty for every kind.
  fileprivate var glob: String {
    switch topic {
    case nil: ""
    case .downloads?: Self.downloads
    case let topic?: topic.rawValue + ".*"
    }
  }

  /// What is like the `glob` and of another topic.
  fileprivate var other: String { topic == .exports ? Self.downloads : "" }

  private static let downloads = "export.download*"

  fileprivate var begin: UnixTime { times?.lowerBound ?? UnixTime(rawValue: .min) }
  fileprivate var end: UnixTime { times?.upperBound ?? UnixTime(rawValue: .max) }
}

extension Event.Kind {
  /// What the page says of each kind, as searches compare it.
  fileprivate static let folded = allCases.map { kind in
    (
      kind: kind,
      sentence: "\(kind.isRefusal ? "refused " : "")\(kind.isFailure ? "failed " : "")\(kind.sentence)".folded
    )
  }

  /// The same as a JSON object. Folded, they have no sign that JSON escapes.
  fileprivate static let sentences =
    "{" + folded.map { "\"\($0.kind.rawValue)\":\"\($0.sentence)\"" }.joined(separator: ",") + "}"

  /// Within what period repeats are counted in one line; nil for what has a line each time.
  fileprivate var counted: Duration? {
    isRefusal ? .minutes(1) : self == .exportDownloaded || self == .documentDownloaded ? .hours(1) : nil
  }
}

extension Event {
  /// What a search looks into, beside the sentence.
  fileprivate var folded: String {
    foldedLines([
      TextLimit.name.cut(actor.description), TextLimit.email.cut(actor.email), actor.user?.description ?? "",
      TextLimit.subject.cut(subject), TextLimit.detail.cut(detail), TextLimit.address.cut(actor.address),
    ])
  }

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
