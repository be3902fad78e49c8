import Glibc
import System

// How the log is written
//
// Standard error can be a pipe that nobody reads, a terminal that somebody has stopped, a file on a full disk. Whoever
// has something to log must not wait for it: a worker, the mailer, a request, the stop. So they put the line into a
// queue, and one thread writes, in their order. The queue is bounded. When it is full, further lines are counted instead,
// until half of it is written; then a line says how many were left out, where they would have stood.
//
// What can't be written now (a full disk, a reader who is gone) the thread tries again, ten times a second, from the byte
// at which it got stuck. A line is never cut by that, and a log that is well again goes on.
//
// A command logs little and ends soon: until `start`, a line is written at once.

/// Writes the log's lines, and keeps nobody waiting once it is started.
final class LogWriter: Sendable {
  /// The most that waits to be written.
  static let mostLines = 10_000
  static let mostBytes = 4 << 20
  private let descriptor: Int32
  private let patience: Duration
  private let leftOut: @Sendable (Int) -> String
  private let state = Locked(State())
  private let queued = Wakeup()

  private struct State {
    var waiting: [[UInt8]] = []
    /// Of the lines that wait and of those that the thread has taken.
    var lines = 0
    var bytes = 0
    /// How many lines found no room. While it isn't 0, no line is taken.
    var leftOut = 0
    /// Since when the thread tries to write what it writes now.
    var begun: ContinuousClock.Instant?
    var thread: Thread?
    var isStarted = false
    var isStopped = false

    var isFull: Bool { lines >= mostLines || bytes >= mostBytes }
    var isHalfEmpty: Bool { lines <= mostLines / 2 && bytes <= mostBytes / 2 }

    mutating func append(_ line: String) {
      let line = Array(line.utf8) + [UInt8(ascii: "\n")]
      waiting.append(line)
      lines += 1
      bytes += line.count
    }
  }

  /// - Parameters:
  ///   - descriptor: open, and stays so.
  ///   - patience: the log is stuck once nothing could be written for this long.
  ///   - leftOut: the line that says how many lines were left out.
  init(
    descriptor: Int32 = STDERR_FILENO, patience: Duration = .seconds(5),
    leftOut: @escaping @Sendable (Int) -> String
  ) {
    self.descriptor = descriptor
    self.patience = patience
    self.leftOut = leftOut
  }

  /// Writes lines on a thread of its own from now on.
  func start() throws {
    let thread = try Thread(name: "log") { [self] in writeUntilStopped() }
    state.withLock {
      $0.thread = thread
      $0.isStarted = true
    }
  }

  /// Waits up to `patience` for the thread to write what waits. Nothing is written afterwards.
  func stop(patience: Duration) {
    let thread = state.withLock { state in
      defer { state.thread = nil }
      state.isStopped = true
      return state.thread
    }
    queued.stop()
    _ = thread?.join(atMost: patience)
  }

  func write(_ line: String) {
    let isQueued = state.withLock { state in
      guard state.isStarted else { return false }
      if state.isStopped { return true }
      if state.leftOut > 0, state.isHalfEmpty { state.append(takeNotice(&state)) }
      if state.leftOut > 0 || state.isFull { state.leftOut += 1 } else { state.append(line) }
      return true
    }
    if isQueued { queued.raise() } else { writeLine(line) }
  }

  /// Whether nothing could be written for a while. Never waits.
  var isStuck: Bool {
    state.withLock { $0.begun }.map { ContinuousClock.now - $0 >= patience } ?? false
  }

  private func writeUntilStopped() {
    while true {
      // Nothing comes after a stop.
      let isStopped = queued.isStopped
      let lines = state.withLock { state in
        if state.waiting.isEmpty, state.leftOut > 0 { state.append(takeNotice(&state)) }
        defer { state.waiting = [] }
        return state.waiting
      }
      for line in lines { write(line) }
      if lines.isEmpty {
        if isStopped { return }
        queued.wait(atMost: .seconds(60))
      }
    }
  }

  private func takeNotice(_ state: inout State) -> String {
    defer { state.leftOut = 0 }
    return leftOut(state.leftOut)
  }

  /// Returns once all of the line is written.
  private func write(_ line: [UInt8]) {
    var rest = line[...]
    state.withLock { $0.begun = .now }
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
        state.withLock { $0.begun = .now }
      } else if count == 0 || errno != EINTR {
        usleep(100_000)
      }
    }
    state.withLock { state in
      state.begun = nil
      state.lines -= 1
      state.bytes -= line.count
    }
  }
}
