import System

/// How far a running export has got: written by the thread that makes it, read by any.
package final class ExportProgress: JobProgress {
  package struct State: Sendable, Equatable {
    /// The file that is being written, as in `Deals.csv`; empty before the first.
    var file = ""
    /// Rows written, of all files.
    package var rows = 0
    /// Rows in all files: the cached count that the page shows, until this run has counted; 0 if there is
    /// none.
    package var total = 0
    /// Bytes of CSV written.
    var bytes = 0
    /// Whether everything is written and the archive is being checked.
    var isChecking = false

    /// 0 to 100; 100 only if all rows are written, or there are none.
    var percent: Int { total > 0 ? min(100, rows * 100 / total) : (isChecking ? 100 : 0) }
  }

  private let current = Locked(State())

  package init() {}

  package var state: State { current.withLock { $0 } }

  func update(_ change: (inout State) -> Void) {
    current.withLock { change(&$0) }
  }
}
