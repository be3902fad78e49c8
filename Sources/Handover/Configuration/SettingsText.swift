import System

/// The text of handover.conf, which systemd reads as well (`EnvironmentFile=` of systemd.exec(5)). Setting a
/// variable keeps every other line as it is.
struct SettingsText: Sendable, Equatable {
  private var lines: [String]

  init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  var text: String { lines.joined(separator: "\n") }

  /// The variables that are set; of several lines the last one counts.
  var variables: [String: String] {
    lines.reduce(into: [:]) { variables, line in
      guard let (name, value) = Self.assignment(in: line) else { return }
      variables[name] = value
    }
  }

  /// Takes the line that sets the variable, else the one in which it stands as a comment, else a new one.
  mutating func set(_ name: String, to value: String) {
    let line = "\(name)=\(Self.quoted(value))"
    if let index = lines.lastIndex(where: { Self.assignment(in: $0)?.name == name })
      ?? lines.firstIndex(where: { $0.hasPrefix("#\(name)=") })
    {
      lines[index] = line
    } else {
      if lines.last == "" { lines.removeLast() }
      lines += [line, ""]
    }
  }

  private static func assignment(in line: String) -> (name: String, value: String)? {
    let line = line.trimmedOfBlanks
    guard let sign = line.firstIndex(of: "="), !line.hasPrefix("#"), !line.hasPrefix(";") else { return nil }
    let name = String(line[..<sign]).trimmedOfBlanks
    var value = String(line[line.index(after: sign)...]).trimmedOfBlanks
    if value.count > 1, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
      value = String(value.dropFirst().dropLast())
      if quote == "\"" { value = value.replacing("\\\"", with: "\"").replacing("\\\\", with: "\\") }
    }
    return (name, value)
  }

  private static func quoted(_ value: String) -> String {
    let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x27 && $0 != 0x5C && $0 != 0x3C }
    if isPlain { return value }
    return "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}

extension String {
  fileprivate var trimmedOfBlanks: String {
    let rest = trimmingPrefix { $0.isWhitespace }
    return String(rest.reversed().trimmingPrefix { $0.isWhitespace }.reversed())
  }
}
