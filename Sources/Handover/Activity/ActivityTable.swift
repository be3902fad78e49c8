import SQLite

/// Which events to read.
struct ActivityFilter: Sendable, Equatable {
  /// Nil for all of them.
  var topic: Event.Topic?
  /// The name, the e-mail address, the network address or the detail must contain it.
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

  /// Adds the event to the trail.
  func record(_ event: Event) throws {
    try connection.run(
      """
      INSERT INTO activity (organisation_id, at, actor, user_id, who, what, subject, detail, address)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, event.organisation, event.at, event.actor.kind.rawValue, event.actor.user, event.actor.name,
      event.kind.rawValue, event.subject, event.detail, event.actor.address)
  }

  /// At most `limit` events of the organisation, newest first, from the offset on.
  func events(
    of organisation: OrganisationID, _ filter: ActivityFilter = .everything, offset: Int = 0, limit: Int
  ) throws -> [Event] {
    try connection.all(
      """
      SELECT organisation_id, at, actor, user_id, who, what, subject, detail, address FROM activity
      WHERE organisation_id = ? AND what GLOB ? AND (who LIKE ? ESCAPE '\\' OR detail LIKE ? ESCAPE '\\'
        OR address LIKE ? ESCAPE '\\')
      ORDER BY id DESC LIMIT ? OFFSET ?
      """, organisation, filter.glob, filter.like, filter.like, filter.like, limit, offset,
      read: Event.init(row:))
  }

  /// How many events match the filter.
  func count(of organisation: OrganisationID, _ filter: ActivityFilter = .everything) throws
    -> Int
  {
    try connection.value(
      """
      SELECT count(*) FROM activity
      WHERE organisation_id = ? AND what GLOB ? AND (who LIKE ? ESCAPE '\\' OR detail LIKE ? ESCAPE '\\'
        OR address LIKE ? ESCAPE '\\')
      """, organisation, filter.glob, filter.like, filter.like, filter.like) ?? 0
  }

  /// All events of one kind about one thing, oldest first.
  func events(
    of organisation: OrganisationID, about subject: String, _ kind: Event.Kind
  ) throws -> [Event] {
    try connection.all(
      """
      SELECT organisation_id, at, actor, user_id, who, what, subject, detail, address FROM activity
      WHERE organisation_id = ? AND subject = ? AND subject <> '' AND what = ? ORDER BY id
      """, organisation, subject, kind.rawValue, read: Event.init(row:))
  }

  /// All events of one kind about any of these things, oldest first.
  ///
  /// - Parameter subjects: a JSON array of their ids.
  func events(
    of organisation: OrganisationID, aboutAny subjects: String, _ kind: Event.Kind
  ) throws -> [Event] {
    try connection.all(
      """
      SELECT organisation_id, at, actor, user_id, who, what, subject, detail, address FROM activity
      WHERE organisation_id = ? AND subject IN (SELECT value FROM json_each(?)) AND subject <> '' AND what = ?
      ORDER BY +id -- the plus lets SQLite use the index on subjects, and sort
      """, organisation, subjects, kind.rawValue, read: Event.init(row:))
  }
}

extension Connection {
  var activity: ActivityTable { ActivityTable(connection: self) }
}

extension ActivityFilter {
  fileprivate var glob: String { (topic?.rawValue ?? "*") + ".*" }

  /// The text as a LIKE pattern in which no character is a wildcard.
  fileprivate var like: String {
    // By scalars: a character may be a wildcard and an accent on it.
    var pattern = String.UnicodeScalarView("%".unicodeScalars)
    for scalar in text.unicodeScalars {
      if "\\%_".unicodeScalars.contains(scalar) { pattern.append("\\") }
      pattern.append(scalar)
    }
    return String(pattern) + "%"
  }
}

extension Event {
  fileprivate init(row: Row) throws {
    let kind: String = try row["what"]
    let actor: String = try row["actor"]
    guard let kind = Kind(rawValue: kind), let actorKind = Actor.Kind(rawValue: actor) else {
      throw HandoverError("the activity has a '\(kind)' by a '\(actor)', which this program does not know")
    }
    self.init(
      kind, of: try row["organisation_id"],
      by: Actor(kind: actorKind, user: try row["user_id"], name: try row["who"], address: try row["address"]),
      subject: try row["subject"], detail: try row["detail"], at: try row["at"])
  }
}
