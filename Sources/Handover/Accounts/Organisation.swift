/// A customer of the product: an office of brokers.
package struct Organisation: Sendable, Equatable {
  package let id: OrganisationID
  package var name: String
  /// An IANA name, as in `Australia/Sydney`; times are shown in it.
  var timeZone: String
}
