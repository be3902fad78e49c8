/// Reads variables one by one, and gathers what is wrong with them to report all of it together.
struct EnvironmentReader {
  private let texts: [String: String]
  private var problems: [String] = []

  init(_ texts: [String: String]) {
    self.texts = texts
  }

  /// Nil where the variable is missing or empty.
  func text(_ variable: Variable) -> String? {
    texts[variable.name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The value; nil where the variable is missing, or wrong, which is kept as a problem.
  mutating func optional<Value>(
    _ variable: Variable, _ expected: String, parse: (String) -> Value?
  ) -> Value? {
    guard let text = text(variable) else { return nil }
    if let value = parse(text) { return value }
    problems.append("\(variable.name) is '\(text)', but must be \(expected)")
    return nil
  }

  /// The value, or the default where there is none.
  ///
  /// - Parameter standard: the default where another value than the declared one has to stand in.
  mutating func value<Value>(
    _ variable: Variable, default standard: String? = nil, _ expected: String, parse: (String) -> Value?
  ) throws -> Value {
    let standard = standard ?? variable.standard
    guard let missing = parse(standard) else {
      throw HandoverError("the default of \(variable.name), '\(standard)', can't be read")
    }
    return optional(variable, expected, parse: parse) ?? missing
  }

  mutating func integer(
    _ variable: Variable, default standard: String? = nil, _ range: ClosedRange<Int>
  ) throws -> Int {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return try value(variable, default: standard, expected) { text in
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
