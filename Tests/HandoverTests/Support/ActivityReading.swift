@testable import Handover

extension ActivityTable {
  /// Only the events of a page.
  func events(
    of organisation: OrganisationID, _ filter: ActivityFilter = .everything, offset: Int = 0, limit: Int
  ) throws -> [Event] {
    try page(of: organisation, filter, offset: offset, limit: limit).events
  }

  /// Only how many events match the filter.
  func count(of organisation: OrganisationID, _ filter: ActivityFilter = .everything) throws -> Int {
    try page(of: organisation, filter, offset: 0, limit: 0).count
  }
}
