import SQLite

/// A mail as its row holds it.
struct StoredLetter: Sendable, Equatable {
  let kind: String
  let messageID: String
  let to: Recipient
  var replyTo: Recipient?
  /// See `Letter.about`.
  var about: ExportID?
  let subject: String
  let text: String
  let html: String
  let writtenAt: UnixTime
  /// How long it waits before it is sent.
  var wait = Duration.zero
  var lane = MailLane.report

  /// How long the row of a mail is kept after it was sent or given up; its bodies are gone by then.
  static let kept = Duration.days(90)
}

/// A mail that is to be sent now.
struct DueLetter: Sendable {
  let row: Int64
  let organisation: OrganisationID
  /// Of the recipient's address, in small letters.
  let domain: String
  let failures: Int
  let letter: StoredLetter

  var lane: MailLane { letter.lane }
}

/// The outbox: the mails that wait, and what became of the others.
struct LetterTable {
  let connection: Connection

  func add(_ letter: StoredLetter, of organisation: OrganisationID) throws {
    try connection.run(
      """
      INSERT INTO letter (organisation_id, kind, message_id, recipient_name, recipient_email, subject, text,
        html, created_at, next_attempt_at, lane, reply_name, reply_email, about)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, organisation, letter.kind, letter.messageID, TextLimit.name.cut(letter.to.name), letter.to.email,
      TextLimit.subject.cut(letter.subject), letter.text, letter.html, letter.writtenAt,
      letter.writtenAt + letter.wait, letter.lane, letter.replyTo.map { TextLimit.name.cut($0.name) },
      letter.replyTo?.email, letter.about)
  }

  /// Removes the letter of a kind about an export that still waits for its time. One whose time has come may be on its
  /// way.
  ///
  /// - Returns: whether there was one.
  func takeBack(
    _ kind: String, about export: ExportID, of organisation: OrganisationID, at now: UnixTime
  ) throws -> Bool {
    try connection.run(
      """
      DELETE FROM letter
      WHERE about = ? AND organisation_id = ? AND kind = ? AND sent_at IS NULL AND given_up_at IS NULL AND next_attempt_at > ?
      """, export, organisation, kind, now) > 0
  }

  /// The next mail of a lane: the one that has been due for the longest time, and those that failed before only
  /// behind all others. One that would have to wait longer than the longest pause was postponed before the clock
  /// was set back, so it is due now.
  func nextDue(at now: UnixTime, _ search: MailPlaces.Search) throws -> DueLetter? {
    try connection.first(
      """
      SELECT id, organisation_id, kind, message_id, recipient_name, recipient_email, subject, text, html,
        created_at, failures, lane, reply_name, reply_email, lower(substr(recipient_email, instr(recipient_email, '@') + 1)) AS domain
      FROM letter
      WHERE sent_at IS NULL AND given_up_at IS NULL AND lane = ? AND (next_attempt_at <= ? OR next_attempt_at > ?)
        AND id NOT IN (SELECT value FROM json_each(?))
        AND organisation_id NOT IN (
          SELECT organisation_id FROM letter WHERE id IN (SELECT value FROM json_each(?)))
        AND lower(substr(recipient_email, instr(recipient_email, '@') + 1)) NOT IN (
          SELECT lower(substr(recipient_email, instr(recipient_email, '@') + 1)) FROM letter
          WHERE id IN (SELECT value FROM json_each(?)))
      ORDER BY failures > 0, next_attempt_at, id LIMIT 1
      """, search.lane, now, now + RetryPolicy.mail.longestPause, list(search.besides),
      list(search.organisationsOf), list(search.domainsOf)
    ) { row in
      DueLetter(
        row: try row["id"], organisation: try row["organisation_id"], domain: try row["domain"],
        failures: try row["failures"],
        letter: StoredLetter(
          kind: try row["kind"], messageID: try row["message_id"],
          to: Recipient(name: try row["recipient_name"], email: try row["recipient_email"]),
          replyTo: try replyTo(in: row), subject: try row["subject"], text: try row["text"],
          html: try row["html"],
          writtenAt: try row["created_at"], lane: try row["lane"]))
    }
  }

  private func replyTo(in row: Row) throws -> Recipient? {
    guard let email: String = try row["reply_email"] else { return nil }
    return Recipient(name: try row["reply_name"], email: email)
  }

  /// As SQLite's json_each takes it.
  private func list(_ rows: [Int64]) -> String { "\(rows)" }

  /// How many mails wait to be sent, and since when the oldest of those that are due.
  func waiting(at now: UnixTime) throws -> (mails: Int, since: UnixTime?) {
    try connection.first(
      """
      SELECT count(*) AS mails, min(iif(next_attempt_at <= ?1 OR failures > 0, created_at, NULL)) AS since
      FROM letter WHERE sent_at IS NULL AND given_up_at IS NULL
      """, now
    ) { (try $0["mails"], try $0["since"]) } ?? (0, nil)
  }

  /// How many mails were given up since.
  func givenUp(since time: UnixTime) throws -> Int {
    try connection.first(
      """
      SELECT count(*) AS mails FROM letter
      WHERE coalesce(sent_at, given_up_at) > ? AND given_up_at IS NOT NULL
      """, time
    ) { try $0["mails"] } ?? 0
  }

  /// Deletes mails that were sent or given up long ago, at most `limit`.
  ///
  /// - Returns: how many there were.
  func removeOld(at now: UnixTime, limit: Int) throws -> Int {
    try connection.run(
      """
      DELETE FROM letter WHERE id IN (
        SELECT id FROM letter WHERE coalesce(sent_at, given_up_at) <= ? ORDER BY coalesce(sent_at, given_up_at) LIMIT ?)
      """, now - StoredLetter.kept, limit)
  }

  func markSent(_ due: DueLetter, at now: UnixTime) throws {
    try connection.run(
      "UPDATE letter SET sent_at = ?, text = '', html = '', error = NULL WHERE id = ? AND sent_at IS NULL",
      now, due.row)
  }

  func postpone(_ due: DueLetter, until time: UnixTime, because error: String) throws {
    try connection.run(
      """
      UPDATE letter SET failures = failures + 1, next_attempt_at = ?, error = ?
      WHERE id = ? AND sent_at IS NULL
      """,
      time, TextLimit.detail.cut(error), due.row)
  }

  func abandon(_ due: DueLetter, at now: UnixTime, because error: String) throws {
    try connection.run(
      """
      UPDATE letter SET failures = failures + 1, given_up_at = ?, text = '', html = '', error = ?
      WHERE id = ? AND sent_at IS NULL
      """, now, TextLimit.detail.cut(error), due.row)
  }

  /// Marks one that was sent as given up.
  ///
  /// - Returns: what its row says; nil where it is none of ours, or was marked before.
  func giveBack(
    _ messageID: String, at now: UnixTime, because error: String
  ) throws -> (organisation: OrganisationID, subject: String, email: String)? {
    try connection.first(
      """
      UPDATE letter SET sent_at = NULL, given_up_at = ?, error = ?
      WHERE message_id = ? AND sent_at IS NOT NULL
      RETURNING organisation_id, subject, recipient_email
      """, now, TextLimit.detail.cut(error), messageID
    ) { (try $0["organisation_id"], try $0["subject"], try $0["recipient_email"]) }
  }

  /// Whether a mail that was not given up is marked as sent; nil where there is none.
  func isSent(_ messageID: String) throws -> Bool? {
    try connection.first(
      "SELECT sent_at IS NOT NULL AS is_sent FROM letter WHERE message_id = ? AND given_up_at IS NULL",
      messageID
    ) { try $0["is_sent"] }
  }
}

extension Connection {
  var letters: LetterTable { LetterTable(connection: self) }
}
