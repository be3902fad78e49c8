/// The organisations that have jobs waiting, in turn.
struct Queue: Sendable {
  private let organisations: [(id: OrganisationID, waiting: Int)]

  init(_ organisations: [(OrganisationID, Int)]) {
    self.organisations = organisations
  }

  /// When an organisation's waiting export will be taken if no others come: the how manieth of all, from 1.
  /// By then every organisation has had as many turns, those before it in the row one more.
  ///
  /// - Parameter round: its place among the organisation's own, from 1.
  func position(of round: Int, for organisation: OrganisationID) -> Int {
    var turns = round
    var isBefore = true
    for other in organisations {
      if other.id == organisation {
        isBefore = false
      } else {
        turns += min(other.waiting, isBefore ? round : round - 1)
      }
    }
    return turns
  }
}
