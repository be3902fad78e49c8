import System

/// How far a running import has got: written by the thread that runs it, read by any.
package final class ImportProgress: Sendable {
  package struct State: Sendable, Equatable {
    /// The file that is being read or applied, as in `Deals.csv`; empty before the first.
    package var file = ""
    /// Rows read, or changed.
    package var rows = 0
    /// Bytes read, or rows applied, and how many there are.
    package var done = 0
    package var total = 0

    /// 0 to 100.
    package var percent: Int { total > 0 ? min(100, Int(Double(done) / Double(total) * 100)) : 0 }
  }

  private let current = Locked(State())

  package init() {}

  package var state: State { current.withLock { $0 } }

  func update(_ change: (inout State) -> Void) {
    current.withLock { change(&$0) }
  }
}
