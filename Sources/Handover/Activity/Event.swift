/// Something that happened in an organisation: a row of the audit trail.
struct Event: Sendable, Equatable {
  let organisation: OrganisationID
  let at: UnixTime
  let actor: Actor
  let kind: Kind
  /// The id of the export, the user or the request that it is about; may be empty.
  let subject: String
  /// Details that a reader wants beyond the kind; may be empty.
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
