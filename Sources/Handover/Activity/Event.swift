/// Something that happened in an organisation: a row of the audit trail.
struct Event: Sendable, Equatable {
  let organisation: OrganisationID
  let at: UnixTime
  let actor: Actor
  let kind: Kind
  /// The id of what it happened to (an export's, a user's), or empty.
  let subject: String
  /// What a person wants to know beyond the kind, or empty.
  let detail: String

  init(
    _ kind: Kind, of organisation: OrganisationID, by actor: Actor, subject: String = "", detail: String = "",
    at time: UnixTime
  ) {
    self.organisation = organisation
    self.at = time
    self.actor = actor
    self.kind = kind
    self.subject = subject
    self.detail = detail
  }
}
