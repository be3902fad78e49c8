import Glibc

/// The log: one line per event on standard error: time and level, then logfmt.
///
/// `2026-05-02T09:30:00Z info event=export.completed id=… rows=20000`
struct Log: Sendable {
  private let level: LogLevel
  private let clock: Clock
  private let write: @Sendable (String) -> Void
  private let writer: LogWriter?

  /// Writes to standard error.
  init(level: LogLevel, clock: Clock = .system) {
    let writer = LogWriter { text(.warning, "log.left-out", ["lines": String($0)], at: clock.now()) }
    self.init(level: level, clock: clock, write: writer.write, writer: writer)
  }

  /// - Parameter write: takes each line.
  init(level: LogLevel, clock: Clock, write: @escaping @Sendable (String) -> Void) {
    self.init(level: level, clock: clock, write: write, writer: nil)
  }

  private init(
    level: LogLevel, clock: Clock, write: @escaping @Sendable (String) -> Void, writer: LogWriter?
  ) {
    self.level = level
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
    write(text(level, event, values, at: clock.now()))
  }
}

private func text(
  _ level: LogLevel, _ event: String, _ values: KeyValuePairs<String, String>, at now: UnixTime
) -> String {
  var line = "\(now.iso8601) \(level) event=\(event)"
  for (key, value) in values { line += " \(key)=\(quoted(value))" }
  return line
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

private func quoted(_ value: String) -> String {
  let plain = value.unicodeScalars.allSatisfy { $0 > " " && $0 != "\"" && $0 != "=" && !isControl($0) }
  if plain && !value.isEmpty { return value }
  var text = "\""
  for scalar in value.unicodeScalars {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case _ where isControl(scalar): text += "\\x" + String(scalar.value, radix: 16)
    default: text.unicodeScalars.append(scalar)
    }
  }
  return text + "\""
}

/// Non-ASCII ones too: U+009B controls a terminal as ESC does.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value
}
