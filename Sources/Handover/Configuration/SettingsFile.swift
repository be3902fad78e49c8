import Foundation
import System

// The settings of an installed machine
//
// `/etc/handover/handover.conf` has the form of systemd's EnvironmentFile=: NAME=VALUE, a line each; comments after # or ;
// at the beginning of a line; a value in single or double quotes where it has blanks at its ends. The program reads it
// itself, so that a command in a terminal has the same settings as the service, and so that a line that is wrong is named.
// (systemd leaves such a line out.)

/// A file of variables.
struct SettingsFile: Sendable {
  let path: String
  /// The values, by name.
  private(set) var values: [String: String] = [:]
  /// In which line each stands.
  private(set) var lines: [String: Int] = [:]
  /// What is wrong with the file, a sentence each.
  private(set) var problems: [String] = []

  static let installed = "/etc/handover/handover.conf"

  /// Nil where there is no such file.
  init?(path: String) {
    guard unsafe access(path, R_OK) == 0, let bytes = try? Data(contentsOf: URL(filePath: path)) else {
      if errno == ENOENT { return nil }
      let reason = SystemError.reason(errno)
      self.init(path: path, bytes: Data())
      problems = ["can't read \(path): \(reason)"]
      return
    }
    self.init(path: path, bytes: bytes)
  }

  /// One that has to be there.
  init(missing path: String) {
    self.init(path: path, bytes: Data())
    problems = ["there is no \(path), which has to say what that cell is"]
  }

  init(path: String, bytes: some Sequence<UInt8>) {
    self.path = path
    let all = Array(bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in all.enumerated() { take(line, index + 1) }
  }

  private mutating func take(_ line: ArraySlice<UInt8>, _ number: Int) {
    guard let text = String(validating: line, as: UTF8.self), !line.contains(0) else {
      return problem(number, "is no text in UTF-8")
    }
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { return }
    guard let equals = trimmed.firstIndex(of: "=") else { return problem(number, "is not NAME=VALUE") }
    let name = trimmed[..<equals].trimmingCharacters(in: .whitespaces)
    let isName = name.utf8.allSatisfy { isLetter($0) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    guard isName, let first = name.utf8.first, isLetter(first) else {
      return problem(number, "is not NAME=VALUE: '\(name)' is no name of a variable")
    }
    if name.hasPrefix("HANDOVER_"), !Variable.all.contains(where: { $0.name == name }) {
      return problem(number, "there is no variable \(name)")
    }
    guard let value = unquoted(trimmed[trimmed.index(after: equals)...]) else {
      return problem(number, "a quote of \(name) is not closed, or something stands behind it")
    }
    values[name] = value
    lines[name] = number
  }

  private mutating func problem(_ line: Int, _ text: String) {
    problems.append("\(path), line \(line): \(text)")
  }

  /// That this user can't read it, though another one has; nil where it can.
  var closedness: String? {
    if unsafe access(path, R_OK) == 0 { return nil }
    let reason = SystemError.reason(errno)
    return "\(path) can't be read by the server's user, \(userName(geteuid())): \(reason)"
  }

  /// Where a variable was set, for a sentence about it: ` (/etc/handover/handover.conf, line 7)`.
  func place(of variable: String) -> String { lines[variable].map { " (\(path), line \($0))" } ?? "" }
}

/// The value as a line has it: what systemd would read as something else is in quotes.
package func quotedSetting(_ value: String) -> String {
  let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x27 && $0 != 0x5C && $0 != 0x3C }
  if isPlain { return value }
  return "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
}

/// The value without quotes and backslashes, as systemd reads it; nil where a quote is not closed.
private func unquoted(_ text: Substring) -> String? {
  let text = text.drop { $0 == " " || $0 == "\t" }
  guard let quote = text.first, quote == "\"" || quote == "'" else { return unescaped(text[...]) }
  var value = ""
  var rest = text.dropFirst()
  while let character = rest.popFirst() {
    if character == quote { return rest.allSatisfy { $0 == " " || $0 == "\t" } ? value : nil }
    if quote == "\"", character == "\\", let next = rest.first {
      rest = rest.dropFirst()
      value += "\"\\`$".contains(next) ? String(next) : "\\\(next)"
    } else {
      value.append(character)
    }
  }
  return nil
}

/// A backslash at the end would go on in the next line.
private func unescaped(_ text: Substring) -> String? {
  var value = ""
  var rest = text
  while let character = rest.popFirst() {
    if character != "\\" {
      value.append(character)
    } else if let next = rest.popFirst() {
      value.append(next)
    } else {
      return nil
    }
  }
  return value
}

private func isLetter(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "_") || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte & 0xDF
}
