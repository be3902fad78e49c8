/// Something that reads what strangers send, and what must hold whatever they send.
///
/// `Scripts/fuzz` lets libFuzzer look for inputs that break it; `FuzzingTests` replays those in Tests/Corpora, which
/// hold what has been found and what reaches far.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// Queries, posted forms and paths.
  case form
  case cookies
  case mustache
  case csv
  case zip
  /// Signed links, base64url and the tokens of forms.
  case link

  /// Reads the input.
  /// - Throws: `Finding` for what must not be. Whatever traps is one too.
  package func run(_ input: [UInt8]) throws {
    switch self {
    case .form: try fuzzForm(input)
    case .cookies: try fuzzCookies(input)
    case .mustache: try fuzzMustache(input)
    case .csv: try fuzzCSV(input)
    case .zip: try fuzzZIP(input)
    case .link: try fuzzLink(input)
    }
  }
}

/// A promise that an input broke.
package struct Finding: Error, CustomStringConvertible {
  package let description: String
}

func require(_ holds: Bool, _ promise: String) throws(Finding) {
  if !holds { throw Finding(description: promise) }
}
