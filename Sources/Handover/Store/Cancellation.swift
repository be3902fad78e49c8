import SQLite

/// Tells one running job to stop, which it does within milliseconds. It can't be undone.
final class Cancellation: Sendable {
  let interrupter = Interrupter()

  init() {}

  /// From any thread, any number of times.
  func cancel() { interrupter.interrupt() }

  var isCancelled: Bool { interrupter.isInterrupted }

  func check() throws(Cancelled) {
    if isCancelled { throw Cancelled() }
  }
}

/// The job was told to stop.
struct Cancelled: Error, Equatable {}
