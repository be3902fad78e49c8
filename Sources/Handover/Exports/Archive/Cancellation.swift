import SQLite

/// Tells a running export to stop; it does so within some milliseconds. For one export, and for good.
package final class Cancellation: Sendable {
  let interrupter = Interrupter()

  package init() {}

  /// From any thread, any number of times.
  package func cancel() { interrupter.interrupt() }

  package var isCancelled: Bool { interrupter.isInterrupted }

  func check() throws(ArchiveError) {
    if isCancelled { throw .cancelled }
  }
}
