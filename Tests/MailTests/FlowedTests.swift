import Testing

@testable import Mail

@Suite("Texts that flow") struct FlowedTests {
  /// What a reader of RFC 3676, 4.1 and 4.2, makes of it: paragraphs.
  private func read(_ text: String) -> String {
    var paragraphs: [String] = []
    var goesOn = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = line.hasPrefix(" ") ? line.dropFirst() : line
      if goesOn { paragraphs[paragraphs.count - 1] += line } else { paragraphs.append(String(line)) }
      goesOn = line.hasSuffix(" ") && line != "-- "
    }
    return paragraphs.joined(separator: "\n")
  }

  static let paragraphs = [
    "short", "", String(repeating: "word ", count: 60) + "end", "two  blanks   in it", " begins with a blank",
    "> is no quotation", "From here on", "-- ", "-- " + String(repeating: "x", count: 90),
    String(repeating: "long ", count: 13) + "> " + String(repeating: "From ", count: 40) + "end",
    "https://handover.example/" + String(repeating: "x", count: 200) + " and on",
    String(repeating: "Ünïcödé 日本語 👍🏽 ", count: 12) + "end",
  ]

  @Test("A reader puts the paragraphs together again; no line is longer than 76 but for a long word")
  func flows() {
    let text = Self.paragraphs.joined(separator: "\n")
    let lines = flowed(text).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count > Self.paragraphs.count)
    // Blanks at the end of a paragraph would say that it goes on.
    #expect(read(flowed(text)) == text)
    for line in lines where line.count > 77 {
      #expect(!line.dropLast().contains(" ") || line.hasPrefix("-- x"))
    }
    #expect(lines.count { $0 == "-- " } == 1, "one signature")
  }

  @Test("A number stays with its unit, and the blank between them is one that every program shows")
  func units() {
    for length in 1...90 {
      let text = flowed(String(repeating: "x", count: length) + " has 20,143\u{A0}rows, 1.8\u{A0}MB")
      #expect(text.contains("20,143 rows, ") && text.contains("1.8 MB"), "\(length)")
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 76 || !$0.contains(" has") }, "\(length)")
    }
  }

  @Test("Blanks at the end of a line make no paragraph of two, and a carriage return is no character of it")
  func ends() {
    #expect(flowed("one  \ntwo\r\nthree") == "one\ntwo\nthree")
  }
}
