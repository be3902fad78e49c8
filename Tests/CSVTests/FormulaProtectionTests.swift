import Testing

@testable import CSV

@Suite("Formula protection")
struct FormulaProtectionTests {
  @Test(
    "A text that a spreadsheet could take for a formula gets an apostrophe",
    arguments: [
      "=1+1", "=", "+", "-", "@", "'", "\t", "\r", "+61 (4) 12", "+cmd", "-", "--1", "-1-1", "-1.", "-.5",
      "-1.2.3",
      "- 1", "-1 ", "-1,5", "+1.5", "+-1", "@SUM(A1)", "'quoted'", "\ttab", "\r\n", "-1e5", "-١", "+\u{A0}1",
      "-1\n",
    ])
  func protected(text: String) {
    #expect(isProtected(text))
  }

  @Test(
    "Numbers, telephone numbers and all other texts are left alone",
    arguments: [
      "", "a", "1", "-1", "-1.5", "-0.00", "-123456789.123", "+61 412 345 678", "+1", "+ ", "+  1", " =1",
      "a=b", "\n=1",
      "\u{FEFF}=1", "\u{FF1D}1", "\"=1", "#REF", "(1)", "é", "|", "%",
    ])
  func leftAlone(text: String) {
    #expect(!isProtected(text))
  }

  @Test("Undo removes one leading apostrophe and nothing else")
  func undo() {
    let pairs = [("'=1", "=1"), ("''a", "'a"), ("'", ""), ("a'", "a'"), ("", ""), ("=1", "=1")]
    for (cell, text) in pairs {
      let undone = string(FormulaProtection.undo(cell.utf8Span.span))
      #expect(undone == text)
    }
  }

  @Test("Undo gives back every text of up to four awkward characters")
  func inverse() {
    let alphabet = Array("=+-@'\t\r0 .a".utf8)
    var texts: [[UInt8]] = [[]]
    for _ in 1...4 {
      texts += texts.filter { $0.count == texts.last?.count }.flatMap { text in alphabet.map { text + [$0] } }
    }
    #expect(texts.count == 1 + 11 + 121 + 1_331 + 14_641)
    for text in texts {
      let isProtected = FormulaProtection.applies(to: text.span)
      let cell = isProtected ? [Byte.apostrophe] + text : text
      let undone = array(FormulaProtection.undo(cell.span))
      #expect(undone == text)
    }
  }

  private func isProtected(_ text: String) -> Bool {
    FormulaProtection.applies(to: text.utf8Span.span)
  }
}
