import System

/// For whom a password is hashed.
package struct HashingParty: Sendable {
  /// The place in the network, as one party holds it. Places take turns.
  package let network: String
  /// Whose password it is. An account has few places in the queue.
  package let account: String

  package init(network: String, account: String) {
    self.network = network
    self.account = account
  }

  /// Somebody at the server's command line.
  package static let local = HashingParty(network: "", account: "")
}

/// Lets a fixed number of threads through at a time, and is fair between networks.
///
/// Each network has a line of its own, in the order of arrival, and the lines take turns: next comes the
/// first of a line of which the fewest pass now, and among those of the line whose turn is the longest ago.
/// So a network that sends a flood keeps nobody else waiting for longer than the work of one, while an office
/// that comes all at once gets through as fast as the server can.
///
/// Waiting threads are bounded. Where there are too many, the longest line gives up its last one for a
/// newcomer with a shorter line; in a line as long as the longest, the newcomer is turned away. And an
/// account has at most `HashingQueue.perAccount` places, of those that pass and those that wait: nobody signs
/// in more often at once.
final class HashingQueue: Sendable {
  static let perAccount = 2

  private let atOnce: Int
  private let waiting: Int
  private let lock = Lock()
  // All of it is only touched with the lock held.
  nonisolated(unsafe) private var state = State()

  fileprivate struct State {
    /// How many of each network pass now.
    var passing: [String: Int] = [:]
    var allPassing = 0
    /// How many of each account pass or wait.
    var places: [String: Int] = [:]
    var lines: [String: [Waiter]] = [:]
    /// The networks that have a line, the one whose turn is the longest ago first.
    var turns: [String] = []
    var allWaiting = 0
  }

  /// A thread that waits until somebody calls it or turns it away.
  fileprivate final class Waiter {
    let party: HashingParty
    let called: Condition
    var mayPass: Bool?

    init(_ party: HashingParty, _ lock: Lock) {
      self.party = party
      called = Condition(lock)
    }
  }

  /// - Parameters:
  ///   - atOnce: how many threads pass at the same time.
  ///   - waiting: how many more may wait for their turn.
  init(atOnce: Int, waiting: Int) {
    self.atOnce = atOnce
    self.waiting = waiting
  }

  /// How many threads wait now.
  var length: Int {
    lock.withLock { unsafe state.allWaiting }
  }

  /// Does the work when it is this thread's turn; returns nil, soon, where there is no place for it.
  func pass<Result>(for party: HashingParty, _ work: () -> Result) -> Result? {
    guard enter(party) else { return nil }
    defer { leave(party) }
    return work()
  }

  private func enter(_ party: HashingParty) -> Bool {
    lock.withLock {
      guard unsafe state.places[party.account, default: 0] < Self.perAccount else { return false }
      if unsafe state.allPassing < atOnce {
        unsafe state.places[party.account, default: 0] += 1
        unsafe state.begin(party)
        return true
      }
      guard unsafe state.allWaiting < waiting || state.makeRoom(for: party.network) else { return false }
      let waiter = Waiter(party, lock)
      unsafe state.places[party.account, default: 0] += 1
      unsafe state.append(waiter)
      while true {
        if let mayPass = waiter.mayPass { return mayPass }
        waiter.called.wait()
      }
    }
  }

  private func leave(_ party: HashingParty) {
    lock.withLock {
      // Before the end of this one, so that another network comes next, if any waits.
      let next = unsafe state.takeNext()
      unsafe state.end(party)
      guard let next else { return }
      unsafe state.begin(next.party)
      next.mayPass = true
      next.called.wakeOne()
    }
  }
}

extension HashingQueue.State {
  fileprivate mutating func begin(_ party: HashingParty) {
    allPassing += 1
    passing[party.network, default: 0] += 1
  }

  fileprivate mutating func end(_ party: HashingParty) {
    allPassing -= 1
    passing.countDown(party.network)
    places.countDown(party.account)
  }

  fileprivate mutating func append(_ waiter: HashingQueue.Waiter) {
    let network = waiter.party.network
    if lines[network] == nil { turns.append(network) }
    lines[network, default: []].append(waiter)
    allWaiting += 1
  }

  /// The one whose turn it is; nil where nobody waits.
  fileprivate mutating func takeNext() -> HashingQueue.Waiter? {
    let passing = passing
    // Of several that are equal, `min` takes the first.
    let next = turns.indices.min { passing[turns[$0], default: 0] < passing[turns[$1], default: 0] }
    guard let next else { return nil }
    let network = turns.remove(at: next)
    let waiter = lines[network]?.removeFirst()
    if lines[network]?.isEmpty == false { turns.append(network) } else { lines[network] = nil }
    allWaiting -= 1
    return waiter
  }

  /// Turns away the last one of the longest line, if that is longer than this network's will be.
  /// - Returns: whether there is room now.
  fileprivate mutating func makeRoom(for network: String) -> Bool {
    guard let longest = turns.max(by: { lines[$0, default: []].count < lines[$1, default: []].count }),
      lines[longest, default: []].count > lines[network, default: []].count + 1,
      let last = lines[longest]?.popLast()
    else { return false }
    allWaiting -= 1
    places.countDown(last.party.account)
    last.mayPass = false
    last.called.wakeOne()
    return true
  }
}

extension [String: Int] {
  /// Counts one less, and forgets what counts nothing.
  fileprivate mutating func countDown(_ key: String) {
    let rest = self[key, default: 0] - 1
    self[key] = rest > 0 ? rest : nil
  }
}
