import SQLite

/// Tells a running export to stop; it does so within some milliseconds. For one export, and for good.
final class Cancellation: Sendable {
  let interrupter = Interrupter()

  init() {}

  /// From any thread, any number of times.
  func cancel() { interrupter.interrupt() }

  var isCancelled: Bool { interrupter.isInterrupted }

  func check() throws(ExportFailure) {
    if isCancelled { throw .cancelled }
  }
}
