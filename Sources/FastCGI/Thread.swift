import CFastCGI
import Glibc

/// A thread with a name that `ps -T` and debuggers show, and that no signal interrupts.
struct Thread: Sendable {
  private let handle: pthread_t

  /// - Parameter name: at most 15 bytes.
  init(name: String, _ body: @escaping @Sendable () -> Void) throws(FastCGIError) {
    let box = unsafe Unmanaged.passRetained(Body(run: body, name: name))
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    var handle = pthread_t()
    let result = unsafe pthread_create(&handle, nil, { unsafe start($0) }, unsafe box.toOpaque())
    guard result == 0 else {
      unsafe box.release()
      throw FastCGIError(code: .system, message: "can't make a thread: \(reason(result))")
    }
    self.handle = handle
  }

  func join() {
    pthread_join(handle, nil)
  }
}

private final class Body: Sendable {
  let run: @Sendable () -> Void
  let name: String

  init(run: @escaping @Sendable () -> Void, name: String) {
    self.run = run
    self.name = name
  }
}

private func start(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let box = unsafe box else { return nil }
  let body = unsafe Unmanaged<Body>.fromOpaque(box).takeRetainedValue()
  unsafe pthread_setname_np(pthread_self(), body.name)
  body.run()
  return nil
}
