import TestSupport
import Testing

@testable import CSV

@Suite struct UTF8CheckTests {
  @Test("What it says of texts, whole, cut and damaged at any place, is what the standard library says")
  func random() {
    var generator = SeededGenerator(seed: 7)
    let characters: [Unicode.Scalar] = [
      "a", "~", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "😀", "\u{10FFFF}",
    ]
    let damage: [UInt8] = [
      0, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, 0xFF,
    ]
    var whole = 0
    for round in 0..<200_000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0..<24, using: &generator) {
        text.append(characters.randomElement(using: &generator) ?? "a")
        // So much ASCII that nothing else is in one step of the check.
        if Int.random(in: 0..<16, using: &generator) == 0 {
          text.append(contentsOf: String(repeating: "a", count: 40).unicodeScalars)
        }
      }
      var bytes = Array(String(text).utf8)
      bytes.removeLast(Int.random(in: 0...min(3, bytes.count), using: &generator))
      if round % 2 == 1, let place = bytes.indices.randomElement(using: &generator) {
        bytes[place] = damage.randomElement(using: &generator) ?? 0
      }
      let (place, stop) = unsafe bytes.withUnsafeBytes { buffer in
        unsafe buffer.baseAddress.map { unsafe UTF8Check.run($0, from: 0, to: buffer.count) } ?? (0, .end)
      }
      #expect(place == validPrefix(bytes), "\(bytes)")
      if place == bytes.count { whole += 1 } else { #expect(stop != .nul || bytes[place] == 0, "\(bytes)") }
    }
    #expect(whole > 50_000 && whole < 150_000)
  }

  /// How many bytes are whole characters that are right and not NUL.
  private func validPrefix(_ bytes: [UInt8]) -> Int {
    let end = bytes.firstIndex(of: 0) ?? bytes.count
    var decoder = UTF8()
    var input = bytes[..<end].makeIterator()
    var count = 0
    while case .scalarValue(let scalar) = decoder.decode(&input) { count += UTF8.width(scalar) }
    return count
  }
}
