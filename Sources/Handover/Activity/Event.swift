/// Something that happened in an organisation: a row of the audit trail.
package struct Event: Sendable, Equatable {
  package let organisation: OrganisationID
  package let at: UnixTime
  package let actor: Actor
  package let kind: Kind
  /// The id of what it happened to (an export's, a user's), or empty.
  package let subject: String
  /// What a person wants to know beyond the kind, or empty.
  package let detail: String

  package init(
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
