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
    case 0..<2: append(generator.pick(DemoSentences.whole))
    case 2..<8:
      append("Call \(generator.within(1...12)):\(padded(generator.below(60), 2)) pm, ")
      append(
        "\(generator.within(2...45)) minutes; next on \(generator.within(1...28))/\(generator.within(1...12))."
      )
    case 8..<16:
      append("Borrowing capacity $\(generator.within(180...1_900)),\(padded(generator.below(1000), 3)), ")
      append("rate \(generator.within(4...8)).\(padded(generator.below(100), 2))%.")
    default:
      subject(&generator)
      if generator.chance(30) { word(DemoWords.adverbs, &generator) }
      word(DemoWords.verbs, &generator)
      noun(&generator)
      for _ in 0..<generator.below(3) {
        word(DemoWords.prepositions, &generator)
        noun(&generator)
      }
      detail(&generator)
      append(generator.chance(20) ? generator.pick(DemoSentences.endings) : ".")
    }
  }

  private mutating func subject(_ generator: inout Generator) {
    let start = bytes.count
    switch generator.below(100) {
    case 0..<20: append(DemoPerson(&generator).fullName(middle: nil))
    case 20..<40: append(generator.pick(DemoWords.subjects))
    default:
      append(generator.pick(DemoWords.determiners))
      if generator.chance(40) { word(DemoWords.adjectives, &generator) }
      word(DemoWords.people, &generator)
    }
    if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[start]) { bytes[start] -= 0x20 }
  }

  private mutating func noun(_ generator: inout Generator) {
    word(DemoWords.determiners, &generator)
    if generator.chance(45) { word(DemoWords.adjectives, &generator) }
    word(DemoWords.nouns, &generator)
  }

  private mutating func word(_ words: [String], _ generator: inout Generator) {
    append(" ")
    append(generator.pick(words))
  }

  /// What no other note has, most of the time.
  private mutating func detail(_ generator: inout Generator) {
    let number = generator.below(1_000_000)
    switch generator.below(20) {
    case 0...1: append(" (ref. \(String(number * 977 + 46_656, radix: 36).uppercased()))")
    case 2...3: append(" over $\(number / 7).\(padded(number % 100, 2))")
    case 4: append(" of \(number % 28 + 1)/\(number % 12 + 1)/\(2020 + number % 7)")
    case 5...6: append(" for \(number % 399 + 1) \(generator.pick(DemoPlaces.streets))")
    case 7: append(" with \(generator.pick(DemoPlaces.lenders)), file \(number)")
    case 8: append(", 04\(padded(number % 100, 2)) \(padded(number / 1_000, 3)) \(padded(number % 1_000, 3))")
    case 9:
      append(
        ", to \(generator.pick(DemoWords.people))\(number)@\(generator.pick(DemoWords.nouns)).example.net")
    case 10: append(" at \(number % 12 + 1):\(padded(number % 60, 2))")
    case 11: append(" (\(number / 10_000).\(padded(number % 100, 2))%)")
    case 12: append(", invoice \(2019 + number % 8)-\(padded(number % 100_000, 5))")
    default: break
    }
  }

  private mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    characters += text.unicodeScalars.count
  }
}
