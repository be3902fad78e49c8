import Foundation
import System

// Who may serve a cell
//
// etcd says which host has a cell. Where hosts can take over from each other from a store, a host serves its cell only for
// as long as it has heard that it may: for `Lease.length` from when it asked. It asks etcd; where that is away, the store, in
// which whoever takes over leaves a claim. So work goes on while one of the two is away, and ends where neither can be
// reached: then nobody there can know whether the cell is somebody else's already.
//
// Who takes a cell over tells etcd, leaves the claim, and waits for `Lease.wait`. Whoever asked before has no lease any more
// then, and whoever asks now is refused. Only after that it reads what the former host has left in the store.
//
// Nothing is committed, and nothing answered, without a lease (`Database.write`, `Site.answer`). It is looked at before a commit
// and after it: a host that was stopped for a while answers nobody as if it had gone on. Time is that of the machine since its
// start, which counts its sleep, and which nobody sets.

/// What this host has heard of its right to serve a cell.
final class Lease: Sendable {
  /// For how long a host serves after it has asked.
  static let length = Duration.seconds(6)
  /// For how long nobody serves after the claim: clocks of two machines may run differently.
  static let wait = Duration.milliseconds(6_500)

  private struct State: Sendable {
    /// When the last question was asked whose answer was that it may (`timeSinceBoot`).
    var asked: Duration
    var isLost = false
  }

  private let state: Locked<State>

  /// - Parameter asked: when etcd, or the store, was asked at the start.
  init(asked: Duration) { state = Locked(State(asked: asked)) }

  /// The answer to what was asked then was that it may.
  func renew(asked: Duration) { state.withLock { $0.asked = max($0.asked, asked) } }

  /// Somebody else has the cell, for ever.
  func lose() { state.withLock { $0.isLost = true } }

  var isLost: Bool { state.withLock { $0.isLost } }

  /// - Parameter asked: whether the last question must be as new as that.
  func isHeld(asked earliest: Duration? = nil) -> Bool {
    let state = state.withLock { $0 }
    return !state.isLost && state.asked >= earliest ?? (timeSinceBoot() - Self.length)
  }
}

/// Nobody can say whether this host may still serve its cell, or it may not: what was to be done is not done, or nobody may
/// be told that it is.
struct LeaseLost: Error, CustomStringConvertible {
  let cell: String

  var description: String {
    "this host has heard from neither etcd nor the store that it may still serve the cell \(cell)"
  }
}

extension CellDirectory {
  /// Looks whether this host may still serve the cell, by what etcd has said to any process of the host, or says now; where
  /// it can't be asked, by the store.
  ///
  /// - Returns: whether the copy of what etcd says had to be begun anew.
  /// - Throws: as `follow`, whatever the store says.
  @discardableResult
  func lookAtLease() throws -> Bool {
    if let time = asked?.time, timeSinceBoot() - time < Self.interval - .milliseconds(500) {
      try renew()
      return false
    }
    do {
      let isAnew = try follow()
      if lease != nil { try sayThatHostIsThere() }
      return isAnew
    } catch {
      try? requireNoLaterEpoch()
      throw error
    }
  }

  /// Renews the lease by what the copy says.
  func renew() throws {
    guard let lease, let time = asked?.time else { return }
    if try successor() == nil { lease.renew(asked: time) } else { lease.lose() }
  }

  /// Renews it by the store, where nobody has left a claim of a later epoch. A store without the claim of this one is not
  /// believed: it may be an empty folder in which a disk should be.
  ///
  /// - Throws: `HandoverError` where somebody has; `StoreAway`.
  func requireNoLaterEpoch() throws {
    guard let lease, let store = hosts?.store else { return }
    let time = timeSinceBoot()
    let latest = try store.latestEpoch()
    if latest == epoch { return lease.renew(asked: time) }
    guard let latest, latest > epoch else {
      throw StoreAway(reason: "it has no claim of the epoch \(epoch) of the cell \(cell.name)")
    }
    lease.lose()
    throw HandoverError(
      "the cell \(cell.name) has been taken over: its epoch here is \(epoch), and the store has \(latest)",
      needsOperator: true)
  }

  /// Leaves the claim of this epoch in the store, where there is none yet.
  ///
  /// - Throws: `HandoverError` where there is one of a later epoch; `StoreAway`.
  func claimEpoch() throws {
    guard let store = hosts?.store else { return }
    if let latest = try store.latestEpoch(), latest >= epoch { return try requireNoLaterEpoch() }
    try store.claim(epoch)
  }

  /// - Parameter isWatched: whether a thread of this process looks at the lease all the time: then nobody asks for it.
  /// - Throws: `LeaseLost`.
  func requireLease(isWatched: Bool) throws {
    guard let lease, !lease.isHeld() else { return }
    if !isWatched { _ = try? lookAtLease() }
    if !lease.isHeld() { throw LeaseLost(cell: cell.name) }
  }

  /// Asks anew. For who has done something that has not arrived in the store: where etcd can't be reached either, the cell may
  /// be somebody else's by now, who does not know of it.
  ///
  /// - Throws: `LeaseLost`.
  func confirmLease() throws {
    guard let lease else { return }
    let now = timeSinceBoot()
    do { try follow() } catch { try? requireNoLaterEpoch() }
    if !lease.isHeld(asked: now) { throw LeaseLost(cell: cell.name) }
  }
}

/// When the processes of a host have last asked etcd, and had an answer: eight bytes in a file that they share, which need not
/// outlive the machine's run.
final class AskedTime: Sendable {
  private let file: FileDescriptor

  /// - Throws: where the file can't be made.
  init(path: String) throws {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("open", path) }
    file = FileDescriptor(rawValue: descriptor)
  }

  deinit { close(file.rawValue) }

  /// Of the machine's run (`timeSinceBoot`); nil where nobody has asked yet.
  var time: Duration? {
    guard let bytes = try? file.bytes(8, at: 0), bytes.count == 8 else { return nil }
    let nanoseconds = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return nanoseconds == 0 ? nil : .nanoseconds(Int64(bitPattern: nanoseconds))
  }

  /// What an earlier run of the machine has left says nothing.
  func forget() { note(.zero) }

  func note(_ time: Duration) {
    let nanoseconds = UInt64(max(0, Int64(time / .nanoseconds(1))))
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: nanoseconds >> UInt64(8 * $0)) }
    try? file.write(bytes.span, at: 0)
  }
}
