import Dispatch
import Glibc
import Handover
import System

/// A progress bar on standard error, where that is a terminal.
final class ProgressBar: Sendable {
  private let label: String
  let isShown = isatty(STDERR_FILENO) == 1
  private let last = Locked(-1)

  init(label: String) {
    self.label = label
  }

  func show(_ done: Int, of total: Int) {
    guard isShown, total > 0 else { return }
    // Not a hundred times `done`: a total may be what a file claims.
    let percent = Int(100 * min(1, Double(done) / Double(total)))
    let isNew = last.withLock { last in
      defer { last = percent }
      return percent != last
    }
    guard isNew else { return }
    let filled = percent * 30 / 100
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
    write("\r\(label) [\(bar)] \(percent) %")
  }

  /// Shows how much is done, and of how much, while the body runs.
  func following<Result>(
    _ state: @escaping @Sendable () -> (done: Int, total: Int), _ body: () throws -> Result
  ) rethrows -> Result {
    guard isShown else { return try body() }
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + 0.1, repeating: 0.1)
    timer.setEventHandler {
      let now = state()
      self.show(now.done, of: now.total)
    }
    timer.resume()
    defer {
      timer.cancel()
      finish()
    }
    return try body()
  }

  func finish() {
    if last.withLock({ $0 >= 0 }) { write("\n") }
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
