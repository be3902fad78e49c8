import System

/// How many exports, imports and documents are in each state. To count them all takes long once there are a million, so
/// they are counted no more often than leaves most of the time to others.
final class DatabaseFigures: Sendable {
  typealias States = [JobTable.Kind: [String: Int]]

  private let known = Locked<(states: States, until: ContinuousClock.Instant)?>(nil)
  /// The pause after a count, in times that it took.
  private static let pause = 20

  func states(in database: Database) throws -> States {
    if let known = known.withLock({ $0 }), .now < known.until { return known.states }
    let begun = ContinuousClock.now
    var states: States = [:]
    for kind in JobTable.Kind.allCases {
      states[kind] = try database.read { try $0.jobs(kind).states() }
    }
    let ended = ContinuousClock.now
    known.withLock { [states] in $0 = (states, ended + (ended - begun) * Self.pause) }
    return states
  }
}
