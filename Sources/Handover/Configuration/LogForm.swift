import Foundation
import System

/// How an event is written as one line.
///
/// logfmt, for people: `2026-05-02T09:30:00Z info event=export.completed id=… rows=20000`.
/// JSON, for programs: `{"time":"2026-05-02T09:30:00Z","level":"info","event":"export.completed","id":"…","rows":"20000"}`.
/// Either way a line has no control character but its end, whatever people type. A line of a request ends in its id,
/// `request=…`, which nginx's log has too.
struct LogForm: Sendable {
  enum Format: String, CaseIterable, Sendable {
    case logfmt
    case json
  }

  let format: Format
  /// Whether the journal reads: then a line begins with its level (sd-daemon(3)), `<4>` for a warning.
  let isForJournal: Bool

  init(format: Format = .logfmt, isForJournal: Bool = false) {
    self.format = format
    self.isForJournal = isForJournal
  }

  /// The journal cuts lines of 48 KiB in two, and who reads JSON would find half an object.
  private static let longestValue = 4000

  /// - Parameters:
  ///   - values: with other names than time, level, event and request.
  ///   - request: the id of the request that it happened in.
  func line(
    _ level: LogLevel, _ event: String, _ values: KeyValuePairs<String, String>, of request: String? = nil,
    at now: UnixTime
  ) -> String {
    var values = values.map { ($0.key, cut($0.value)) }
    if let request { values.append(("request", request)) }
    let line =
      switch format {
      case .logfmt:
        "\(now.iso8601) \(level) event=\(event)" + values.map { " \($0)=\(quoted($1))" }.joined()
      case .json:
        "{"
          + ([("time", now.iso8601), ("level", "\(level)"), ("event", event)] + values)
          .map { "\(jsonText($0)):\(jsonText($1))" }.joined(separator: ",") + "}"
      }
    return isForJournal ? "<\(level.priority)>\(line)" : line
  }

  private func cut(_ value: String) -> String {
    if value.utf8.count <= Self.longestValue { return value }
    var end = value.utf8.index(value.startIndex, offsetBy: Self.longestValue)
    while end.samePosition(in: value.unicodeScalars) == nil { end = value.utf8.index(before: end) }
    return value[..<end] + "…"
  }
}

extension LogForm {
  /// For a command that reads no settings.
  static var ofThisProcess: LogForm { LogForm(of: ProcessInfo.processInfo.environment) }

  /// - Parameter environment: of this process; with a format that is none, lines are logfmt.
  init(of environment: [String: String]) {
    format = environment[Variable.logFormat.name].flatMap(Format.init) ?? .logfmt
    isForJournal = ThisProcess.hasJournal(environment[ThisProcess.journalVariable])
  }

  /// Why a server did not start, or ended: a line for people, or an event where programs read the log.
  ///
  /// - Parameter environment: the variables, which may be what is wrong.
  static func failure(_ message: String, environment: [String: String]) -> String {
    let form = LogForm(of: environment)
    if form.format == .json {
      return form.line(.error, "server.failed", ["error": message], at: Clock.system.now())
    }
    return (form.isForJournal ? "<\(LogLevel.error.priority)>" : "") + "handover: \(message)"
  }
}

/// The line of a server that did not start, or ended: for people, or for programs where those read its log.
package func failureLine(_ message: String) -> String {
  LogForm.failure(message, environment: Settings(environment: ProcessInfo.processInfo.environment).values)
}

/// The request that the calling thread answers, for the lines that it logs meanwhile.
enum CurrentRequest {
  /// nginx's id of it; nil outside of a request.
  @TaskLocal static var id: String?
}

extension LogLevel {
  /// As syslog counts (RFC 5424, section 6.2.1).
  fileprivate var priority: Int {
    switch self {
    case .debug: 7
    case .info: 6
    case .warning: 4
    case .error: 3
    }
  }
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

private func jsonText(_ value: String) -> String {
  // Readers take some for the end of a line, and one for the mark of an encoding.
  jsonString(value) { isControl($0) || ["\u{2028}", "\u{2029}", "\u{FEFF}"].contains($0) }
}

/// Non-ASCII ones too: U+009B controls a terminal as ESC does.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value
}
