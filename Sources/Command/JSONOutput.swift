import Foundation

/// A report for programs, as one JSON object.
///
/// - Parameter report: of numbers and texts, which always can be encoded.
func json(_ report: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return ((try? encoder.encode(report)).map { String(decoding: $0, as: UTF8.self) }) ?? "{}"
}
