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
    /// Bytes of documents written, and in all; 0 where none are wanted.
    var documentBytes = 0
    var documentTotal = 0
    /// Whether everything is written and the archive is being checked.
    var isChecking = false
    /// Bytes of the archive that were read back.
    var checked = 0

    /// 0 to 100; 100 only if all is written, or there is nothing.
    var percent: Int {
      let (done, whole) = (work.done, work.whole)
      return whole > 0 ? Int(min(100, Double(done) * 100 / Double(whole))) : (isChecking ? 100 : 0)
    }

    /// What was done, and what there is to do, in bytes of documents; a row takes as long as some of those.
    var work: (done: Int, whole: Int) {
      (
        rows * Self.bytesPerRow + documentBytes,
        (total * Self.bytesPerRow).adding(saturating: documentTotal)
      )
    }

    private static let bytesPerRow = 1_000
  }

  private let current = Locked(State())

  package init() {}

  package var state: State { current.withLock { $0 } }

  func update(_ change: (inout State) -> Void) {
    current.withLock { change(&$0) }
  }
}
