import Mail
import System

// Who may be sent now
//
// A mail that hangs (a sendmail that waits for a name server, a disk that doesn't answer) may hold up nobody else's. So
// each lane has places of its own. A few mails of a lane begin at a time, and one that takes longer than a moment makes
// way for the next: it keeps its place, and counts no longer among those that have just begun.
//
// One organisation, and one domain of recipients, may have half of a lane's places, so that a mail server that hangs
// leaves the other half to others. Where a mail finds no place even so, the oldest of those in its way is pushed aside,
// once it has had its time: it is ended, and waits for its next try like any that failed.
//
// A mail that was pushed aside and still does not end, on a disk that hangs, is left to itself; a lane has twice its
// places of mails in work at most.

/// A mail that is being sent, on a thread of its own.
final class Sending: Sendable {
  let due: DueLetter
  let begun: ContinuousClock.Instant
  private let pushed = Locked(false)
  private let outcome = Locked<Outcome?>(nil)

  enum Outcome: Sendable, Equatable {
    case done
    case failed(MailError)
  }

  init(_ due: DueLetter, at now: ContinuousClock.Instant) {
    self.due = due
    begun = now
  }

  /// Asks its thread to end it.
  func pushAside() { pushed.withLock { $0 = true } }
  var isPushedAside: Bool { pushed.withLock { $0 } }

  func end(_ outcome: Outcome) { self.outcome.withLock { $0 = outcome } }
  /// Nil while it is being sent.
  var ending: Outcome? { outcome.withLock { $0 } }
}

/// The mails in work, and who is next.
struct MailPlaces: Sendable {
  /// How many of a lane may have just begun.
  static let begunAtOnce = 4
  /// For how long a mail has just begun.
  static let moment = Duration.seconds(1)
  /// How many of a lane may be in work.
  static let most = 16
  /// How many of them may belong to one organisation, or go to one domain.
  static let share = most / 2

  private(set) var inWork: [Sending] = []

  /// What to look for in the outbox.
  struct Search: Equatable {
    let lane: MailLane
    /// Not these, by their rows: they are in work.
    var besides: [Int64]
    /// Not of the organisations of these rows, and not to the domains of these: they have their share.
    var organisationsOf: [Int64] = []
    var domainsOf: [Int64] = []
  }

  /// Nil where none of the lane may begin now.
  func search(in lane: MailLane, at now: ContinuousClock.Instant) -> Search? {
    let all = inWork.filter { $0.due.lane == lane }
    let held = all.filter { !$0.isPushedAside }
    let isFresh = held.count { now - $0.begun < Self.moment } < Self.begunAtOnce
    guard isFresh, held.count < Self.most, all.count < 2 * Self.most else { return nil }
    return Search(
      lane: lane, besides: all.map(\.due.row),
      organisationsOf: shared(held, by: \.organisation), domainsOf: shared(held, by: \.domain))
  }

  /// The search for a mail of the lane that waits because of others.
  func waiting(in lane: MailLane) -> Search {
    Search(lane: lane, besides: inWork.filter { $0.due.lane == lane }.map(\.due.row))
  }

  /// Makes room for a mail that waits because of others: pushes the oldest of those in its way aside, if that one has
  /// had its time.
  func makeRoom(for due: DueLetter, at now: ContinuousClock.Instant) {
    let held = inWork.filter { $0.due.lane == due.lane && !$0.isPushedAside }
    let ofOrganisation = held.filter { $0.due.organisation == due.organisation }
    let ofDomain = held.filter { $0.due.domain == due.domain }
    let inItsWay =
      held.count >= Self.most
      ? held : [ofOrganisation, ofDomain].filter { $0.count >= Self.share }.flatMap { $0 }
    guard let oldest = inItsWay.min(by: { $0.begun < $1.begun }), now - oldest.begun >= due.lane.patience
    else { return }
    oldest.pushAside()
  }

  mutating func add(_ sending: Sending) { inWork.append(sending) }

  /// Takes out those that have come to their end.
  mutating func takeEnded() -> [Sending] {
    let ended = inWork.filter { $0.ending != nil }
    inWork.removeAll { sending in ended.contains { $0 === sending } }
    return ended
  }

  /// A row of each group that has its share of the places.
  private func shared<Key: Hashable>(_ held: [Sending], by key: (DueLetter) -> Key) -> [Int64] {
    Dictionary(grouping: held) { key($0.due) }.values.filter { $0.count >= Self.share }.map { $0[0].due.row }
  }
}
