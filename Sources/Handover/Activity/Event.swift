/// Something that happened in an organisation: a row of the audit trail.
struct Event: Sendable, Equatable {
  let organisation: OrganisationID
  let at: UnixTime
  let actor: Actor
  /// As the database holds it: a kind's raw value, or the word of another version of this program.
  let word: String
  /// Nil for one that this version does not know.
  let kind: Kind?
  /// The id of the export, the user or the request that it is about; may be empty.
  let subject: String
  /// Details that a reader wants beyond the kind; may be empty.
  let detail: String
  /// What is counted together: of a refusal what was refused, as in `POST /settings/export`, of a download which
  /// export and how much of it; empty where the kind says all.
  let route: String
  /// How often it happened within its minute, or its hour; more than once only for refusals and downloads.
  let times: Int

  /// How many years an event is kept at least. The schema lets none be deleted before.
  static let yearsKept = 7
  static let kept = Duration.days(366 * yearsKept)

  init(
    _ kind: Kind, of organisation: OrganisationID, by actor: Actor, subject: String = "", detail: String = "",
    route: String = "", times: Int = 1, at time: UnixTime
  ) {
    self.init(
      word: kind.rawValue, of: organisation, by: actor, subject: subject, detail: detail, route: route,
      times: times, at: time)
  }

  init(
    word: String, of organisation: OrganisationID, by actor: Actor, subject: String, detail: String,
    route: String, times: Int, at time: UnixTime
  ) {
    self.organisation = organisation
    self.at = time
    self.actor = actor
    self.word = word
    self.kind = Kind(rawValue: word)
    self.subject = subject
    self.detail = detail
    self.route = route
    self.times = times
  }
}

extension Event {
  /// What happened, as a sentence without its subject.
  var sentence: String {
    kind?.sentence ?? "Something that this version of Handover has no words for (\(word))"
  }
  /// Whether something went wrong.
  var isFailure: Bool { kind?.isFailure ?? false }
  /// Whether somebody was refused.
  var isRefusal: Bool { kind?.isRefusal ?? false }
}
