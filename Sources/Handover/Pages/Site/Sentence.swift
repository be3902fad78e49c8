import Mustache

/// A text of a page in which the names that people have chosen stand apart, so that the template can keep their
/// direction to themselves: `"\(name: user.displayName) is disabled."`
struct Sentence: ExpressibleByStringInterpolation, Sendable {
  private let parts: [Part]

  fileprivate struct Part: Sendable {
    let text: String
    var isName = false
  }

  init(_ text: String) { parts = [Part(text: text)] }

  init(stringLiteral text: String) { self.init(text) }

  init(stringInterpolation text: StringInterpolation) { parts = text.parts }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var parts: [Part] = []

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ text: String) { parts.append(Part(text: text)) }

    mutating func appendInterpolation(_ text: String) { parts.append(Part(text: text)) }

    mutating func appendInterpolation(name: String) { parts.append(Part(text: name, isName: true)) }

    mutating func appendInterpolation(_ sentence: Sentence) { parts += sentence.parts }
  }

  /// The list that `partials/sentence` takes.
  var value: Value {
    .list(
      parts.map {
        $0.isName ? ["name": .text($0.text), "text": ""] : ["name": .null, "text": .text($0.text)]
      })
  }
}
