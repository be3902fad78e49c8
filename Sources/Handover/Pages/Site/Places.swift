import System

/// How many answers that take long one organisation may have in work at once, from however many addresses: each
/// computes and holds a thread, and nobody's pages are to wait for them.
final class Places: Sendable {
  private let most: Int
  private let taken = Locked<[OrganisationID: Int]>([:])

  init(_ most: Int) { self.most = most }

  /// - Returns: nil where all are taken.
  func take(_ organisation: OrganisationID) -> Place? {
    taken.withLock { taken in
      guard taken[organisation, default: 0] < most else { return nil }
      taken[organisation, default: 0] += 1
      return Place(of: self, organisation)
    }
  }

  fileprivate func giveBack(_ organisation: OrganisationID) {
    taken.withLock { taken in
      guard let count = taken[organisation] else { return }
      taken[organisation] = count > 1 ? count - 1 : nil
    }
  }
}

/// One of them, taken as long as this object lives. An answer's body keeps it, so it is free again when the body
/// is written, breaks off, or is not asked for (HEAD).
final class Place: Sendable {
  private let places: Places
  private let organisation: OrganisationID

  fileprivate init(of places: Places, _ organisation: OrganisationID) {
    self.places = places
    self.organisation = organisation
  }

  deinit { places.giveBack(organisation) }
}
