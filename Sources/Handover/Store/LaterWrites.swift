import SQLite
import System

/// Writes that nobody waits for: what a page leaves behind that only reads. They gather while the writer is busy, and
/// one transaction makes them all.
///
/// A crash loses them, and so does a disk that takes nothing: no answer has promised them.
final class LaterWrites: Sendable {
  typealias Write = @Sendable (Connection) throws -> Void

  /// More are left out until there is room again.
  static let most = 1_000

  private struct State: Sendable {
    var waiting: [(key: String?, write: Write)] = []
    var leftOut = 0
    var isRunning = false
  }

  private let state = Locked(State())
  private let added = Wakeup()
  private let thread = Locked<Thread?>(nil)

  /// - Parameter key: of several writes with the same key, the last one alone is made.
  /// - Returns: false where no thread runs that would make it.
  func add(_ key: String?, _ write: @escaping Write) -> Bool {
    let isRunning = state.withLock { state in
      guard state.isRunning else { return false }
      if let key, let place = state.waiting.firstIndex(where: { $0.key == key }) {
        state.waiting[place].write = write
      } else if state.waiting.count < Self.most {
        state.waiting.append((key, write))
      } else {
        state.leftOut += 1
      }
      return true
    }
    if isRunning { added.raise() }
    return isRunning
  }

  /// Starts the thread that makes them.
  ///
  /// - Parameter make: makes them, and is told how many were left out since.
  func start(_ make: @escaping @Sendable (_ writes: [Write], _ leftOut: Int) -> Void) throws {
    state.withLock { $0.isRunning = true }
    let thread = try Thread(name: "later-writes") { [self] in
      while true {
        added.wait(atMost: .hours(1))
        // What came before the stop is made, and then it ends.
        let isLast = added.isStopped
        let (writes, leftOut) = state.withLock { state in
          defer { (state.waiting, state.leftOut) = ([], 0) }
          return (state.waiting.map(\.write), state.leftOut)
        }
        if !writes.isEmpty { make(writes, leftOut) }
        if isLast { return }
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Returns once those that wait have been made.
  func stop() {
    added.stop()
    thread.withLock { $0?.join() }
    state.withLock { $0.isRunning = false }
  }
}
