/// Free text of a wanted length, built in a buffer that is used again.
struct DemoText {
  /// UTF-8.
  private(set) var bytes: [UInt8] = []
  private var characters = 0

  /// Whole sentences, at least so many characters and at most 200 more.
  mutating func write(atLeast wanted: Int, _ generator: inout Generator) {
    bytes.removeAll(keepingCapacity: true)
    characters = 0
    if generator.chance(6) { append(generator.pick(DemoSentences.openings)) }
    let lineEnd = generator.chance(30) ? "\r\n" : "\n"
    while characters < wanted {
      if characters > 0 { append(generator.chance(18) ? lineEnd : " ") }
      sentence(&generator)
    }
  }

  private mutating func sentence(_ generator: inout Generator) {
    switch generator.below(100) {
    case 0..<6: append(generator.pick(DemoSentences.whole))
    case 6..<12:
      append("Call \(generator.within(1...12)):\(padded(generator.below(60), 2)) pm, ")
      append(
        "\(generator.within(2...45)) minutes; next on \(generator.within(1...28))/\(generator.within(1...12))."
      )
    case 12..<20:
      append("Borrowing capacity $\(generator.within(180...1_900)),\(padded(generator.below(1000), 3)), ")
      append("rate \(generator.within(4...8)).\(padded(generator.below(100), 2))%.")
    default:
      append(generator.pick(DemoSentences.subjects))
      append(" ")
      append(generator.pick(DemoSentences.verbs))
      append(" ")
      append(generator.pick(DemoSentences.objects))
      append(generator.pick(DemoSentences.endings))
    }
  }

  private mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    characters += text.unicodeScalars.count
  }
}
