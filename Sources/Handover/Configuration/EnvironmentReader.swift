/// Reads variables one by one and keeps what is wrong with them, so that all is reported together.
struct EnvironmentReader {
  private let variables: [String: String]
  private var problems: [String] = []

  init(_ variables: [String: String]) {
    self.variables = variables
  }

  /// Nil where the variable is missing or empty.
  func text(_ name: String) -> String? {
    variables[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The value, or the default where there is none or where it is wrong, which is kept as a problem.
  mutating func value<Value>(
    _ name: String, default missing: Value, _ expected: String, parse: (String) -> Value?
  ) -> Value {
    guard let text = text(name) else { return missing }
    if let value = parse(text) { return value }
    problems.append("\(name) is '\(text)', but must be \(expected)")
    return missing
  }

  /// The same where the default is a text that is read likewise.
  mutating func required<Value>(
    _ name: String, default missing: String, _ expected: String, parse: (String) -> Value?
  ) throws -> Value {
    guard let fallback = parse(missing) else {
      throw HandoverError("the default of \(name), '\(missing)', can't be read")
    }
    return value(name, default: fallback, expected, parse: parse)
  }

  mutating func integer(_ name: String, default missing: Int, _ range: ClosedRange<Int>) -> Int {
    value(name, default: missing, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  mutating func problem(_ text: String) {
    problems.append(text)
  }

  func finish() throws {
    if !problems.isEmpty { throw HandoverError(problems.joined(separator: "; ")) }
  }
}
