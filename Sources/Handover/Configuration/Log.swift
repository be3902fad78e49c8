import Glibc

/// The log: one line per event on standard error, as `LogForm` writes it.
struct Log: Sendable {
  private let level: LogLevel
  private let form: LogForm
  private let clock: Clock
  private let write: @Sendable (String) -> Void
  private let writer: LogWriter?

  /// Writes to standard error.
  init(level: LogLevel, form: LogForm, clock: Clock = .system) {
    let writer = LogWriter { form.line(.warning, "log.left-out", ["lines": String($0)], at: clock.now()) }
    self.init(level: level, form: form, clock: clock, write: writer.write, writer: writer)
  }

  /// - Parameter write: takes each line.
  init(
    level: LogLevel, form: LogForm = LogForm(), clock: Clock, write: @escaping @Sendable (String) -> Void
  ) {
    self.init(level: level, form: form, clock: clock, write: write, writer: nil)
  }

  private init(
    level: LogLevel, form: LogForm, clock: Clock, write: @escaping @Sendable (String) -> Void,
    writer: LogWriter?
  ) {
    self.level = level
    self.form = form
    self.clock = clock
    self.write = write
    self.writer = writer
  }

  /// From now on nobody waits until a line is written.
  func start() throws { try writer?.start() }

  /// Waits up to `patience` for what is not written yet. Nothing is written afterwards.
  func stop(patience: Duration = .seconds(2)) { writer?.stop(patience: patience) }

  /// Whether nobody takes the lines: a pipe that nobody reads, a full disk. Never waits.
  var isStuck: Bool { writer?.isStuck ?? false }

  /// The values are made only where the line is written.
  func debug(_ event: String, _ values: @autoclosure () -> KeyValuePairs<String, String> = [:]) {
    if level == .debug { line(.debug, event, values()) }
  }

  func info(_ event: String, _ values: KeyValuePairs<String, String> = [:]) {
    line(.info, event, values)
  }

  func warning(_ event: String, _ values: KeyValuePairs<String, String> = [:]) {
    line(.warning, event, values)
  }

  func error(_ event: String, _ values: KeyValuePairs<String, String> = [:]) {
    line(.error, event, values)
  }

  private func line(_ level: LogLevel, _ event: String, _ values: KeyValuePairs<String, String>) {
    guard level >= self.level else { return }
    write(form.line(level, event, values, of: CurrentRequest.id, at: clock.now()))
  }
}

/// How much the log says: events of a level and of those above it.
enum LogLevel: CaseIterable, Comparable {
  case debug, info, warning, error

  init?(name: String) {
    guard let level = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
    self = level
  }
}

/// Writes the line to standard error in one call, so that lines of several threads don't mix. Where nobody takes it
/// within two seconds, it is lost: a command ends all the same.
@Sendable
package func writeLine(_ line: String) {
  var standardError = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
  guard unsafe poll(&standardError, 1, 2_000) != 0 else { return }
  let bytes = Array((line + "\n").utf8)
  _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
