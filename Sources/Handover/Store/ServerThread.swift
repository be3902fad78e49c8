import Foundation

/// A POSIX thread that runs one closure, with all signals blocked: they belong to the thread that waits for
/// them.
///
/// Foundation's own can't be joined.
package final class ServerThread: Sendable {
  private let handle: pthread_t
  private let ended: DispatchSemaphore

  /// - Parameters:
  ///   - name: at most 15 bytes, as `top -H` shows it.
  ///   - niceness: 0 to 19, for this thread alone.
  package init(name: String, niceness: Int32 = 0, body: @escaping @Sendable () -> Void) throws {
    let start = Start(name: name, niceness: niceness, body: body)
    let retained = unsafe Unmanaged.passRetained(start)
    ended = start.ended
    var thread = pthread_t()
    let result = unsafe pthread_create(&thread, nil, run, retained.toOpaque())
    guard result == 0 else {
      unsafe retained.release()
      throw HandoverError("can't start a thread: \(String(errno: result))")
    }
    handle = thread
  }

  /// Waits for its end. One of `join` and `detach` is called, and once.
  package func join() { pthread_join(handle, nil) }

  /// Waits for its end so long at most, then lets it go on alone.
  /// - Returns: whether it has ended.
  package func join(atMost seconds: Double) -> Bool {
    guard ended.wait(timeout: .now() + seconds) == .success else {
      detach()
      return false
    }
    join()
    return true
  }

  /// Lets it go on alone: nobody waits for its end.
  package func detach() { pthread_detach(handle) }
}

private final class Start: Sendable {
  let name: String
  let niceness: Int32
  let body: @Sendable () -> Void
  let ended = DispatchSemaphore(value: 0)

  init(name: String, niceness: Int32, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.niceness = niceness
    self.body = body
  }
}

private func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument = unsafe argument else { return nil }
  let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
  var signals = sigset_t()
  unsafe sigfillset(&signals)
  unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  Thread.current.name = start.name
  // On Linux a niceness belongs to a thread, and 0 is the thread that calls.
  if start.niceness != 0 { setpriority(Int32(PRIO_PROCESS.rawValue), 0, start.niceness) }
  start.body()
  start.ended.signal()
  return nil
}
