import CSystem
import Glibc

/// A POSIX thread that runs one closure. All signals are blocked in it: they belong to the thread that waits
/// for them, and interrupt no system call.
///
/// Exactly one of `join`, `join(atMost:)` and `detach` is called, once.
package final class Thread: Sendable {
  private let handle: pthread_t

  /// - Parameters:
  ///   - name: at most 15 bytes, as `top -H` and debuggers show it.
  ///   - niceness: 0 to 19, for this thread alone.
  /// - Throws: where the system has no room for one more thread.
  package init(
    name: String, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    let start = unsafe Unmanaged.passRetained(Start(name: name, niceness: niceness, body: body))
    // The new thread inherits the mask, so no signal can reach it before its first instruction.
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    var handle = pthread_t()
    let code = unsafe pthread_create(&handle, nil, run, start.toOpaque())
    guard code == 0 else {
      unsafe start.release()
      throw SystemError("start a thread", code: code)
    }
    self.handle = handle
  }

  /// Waits for the thread's end.
  package func join() { pthread_join(handle, nil) }

  /// Waits for the thread's end, but no longer than `limit`; a thread that still runs then is detached. A
  /// change of the wall clock makes the wait neither longer nor shorter.
  /// - Returns: whether the thread has ended.
  package func join(atMost limit: Duration) -> Bool {
    var deadline = timespec(monotonicAfter: limit)
    guard unsafe pthread_clockjoin_np(handle, nil, CLOCK_MONOTONIC, &deadline) == 0 else {
      detach()
      return false
    }
    return true
  }

  /// Detaches the thread: nobody waits for its end.
  package func detach() { pthread_detach(handle) }
}

private final class Start: Sendable {
  let name: String
  let niceness: Int32
  let body: @Sendable () -> Void

  init(name: String, niceness: Int32, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.niceness = niceness
    self.body = body
  }
}

private func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument = unsafe argument else { return nil }
  let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
  unsafe pthread_setname_np(pthread_self(), start.name)
  // On Linux a niceness belongs to a thread, and 0 is the thread that calls.
  if start.niceness != 0 { setpriority(Int32(PRIO_PROCESS.rawValue), 0, start.niceness) }
  start.body()
  return nil
}
