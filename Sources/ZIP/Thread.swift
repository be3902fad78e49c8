import CZlib
import Glibc

/// A POSIX thread that runs one closure, with all signals blocked: they belong to the thread that waits for
/// them.
final class Thread: Sendable {
  private let handle: pthread_t

  /// - Parameters:
  ///   - name: at most 15 bytes, as `top -H` shows it.
  ///   - niceness: 0 to 19, for this thread alone.
  init(name: String, niceness: Int, body: @escaping @Sendable () -> Void) throws(ZIPError) {
    let start = unsafe Unmanaged.passRetained(Start(name: name, niceness: niceness, body: body))
    var thread = pthread_t()
    let result = unsafe pthread_create(&thread, nil, run, start.toOpaque())
    guard result == 0 else {
      unsafe start.release()
      throw ZIPError.system("A thread could not be started", errno: result)
    }
    handle = thread
  }

  func join() { pthread_join(handle, nil) }
}

private final class Start: Sendable {
  let name: String
  let niceness: Int
  let body: @Sendable () -> Void

  init(name: String, niceness: Int, body: @escaping @Sendable () -> Void) {
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
  unsafe pthread_setname_np(pthread_self(), start.name)
  // On Linux a niceness belongs to a thread, and 0 is the thread that calls.
  if start.niceness != 0 { setpriority(Int32(PRIO_PROCESS.rawValue), 0, Int32(start.niceness)) }
  start.body()
  return nil
}
