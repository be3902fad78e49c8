import Glibc

/// Wakes threads that wait for work, and tells them to stop.
///
/// A signal that comes while nobody waits is kept for the next one who does. It may come before what it tells
/// of is committed; so who is woken looks for work in a write transaction, which begins after that commit.
///
/// It is a pipe and poll(2), whose time is the kernel's own: where the clock jumps, a wait is as long as
/// before.
package final class Signal: Sendable {
  private let reading: Int32
  private let writing: Int32
  private let stopped = Locked(false)

  package init() throws {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw HandoverError("can't make a pipe: \(String(errno: errno))") }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    reading = ends[0]
    writing = ends[1]
  }

  deinit {
    close(reading)
    close(writing)
  }

  /// Wakes at least one of those who wait.
  package func raise() {
    // A full pipe wakes as well as one more byte would.
    _ = unsafe write(writing, [1], 1)
  }

  /// From now on all who wait are woken, and no wait lasts.
  package func stop() {
    stopped.withLock { $0 = true }
    raise()
  }

  package var isStopped: Bool { stopped.withLock { $0 } }

  /// Waits for a signal, or so many milliseconds.
  package func wait(milliseconds: Int) {
    var waiting = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&waiting, 1, Int32(clamping: milliseconds)) > 0, !isStopped else { return }
    var bytes = [UInt8](repeating: 0, count: 4096)
    while unsafe read(reading, &bytes, bytes.count) == bytes.count {}
    // Between the look at the flag and the reading it may have been set; the others must still wake.
    if isStopped { raise() }
  }
}
