import Testing

@testable import Handover

@Suite("Folded texts") struct FoldedTests {
  @Test(
    "Case, accents, widths, dashes, quotes and blanks make no difference",
    arguments: [
      ("José", "jose"), ("ZOË", "zoe"), ("zoe\u{308}", "zoe"), ("Straße", "strasse"), ("STRAẞE", "strasse"),
      ("Γιώργος", "γιωργοσ"), ("ΓΙΏΡΓΟΣ", "γιωργοσ"), ("Ёлкин Й", "елкин и"),
      ("Nguyễn Đức Ơn", "nguyen duc on"),
      ("İstanbul Işık", "istanbul isik"), ("Łódź Ærø Þór Cœur", "lodz aero thor coeur"),
      ("ﬁn Ｆｕｌｌ", "fin full"),
      ("أَحْمَد", "احمد"), ("كــريم", "كريم"), ("شادی", "شادي"), ("שָׁלוֹם", "שלום"),
      (" a\u{A0}\u{3000} b\tc\n", "a b c"), ("Mei\u{2011}Lin", "mei-lin"), ("O’Neill", "oneill"),
      ("O'Neill", "oneill"),
      ("So\u{AD}fi\u{200B}a\u{202E}", "sofia"), ("Robert “Bob” Lee", "robert bob lee"), ("", ""),
      ("\u{301}", ""),
    ])
  func folding(_ text: String, _ folded: String) {
    #expect(text.folded.isSame(as: folded))
    #expect(text.folded.folded.isSame(as: folded))
  }

  @Test("A text of ASCII is folded as any other")
  func short() {
    for byte in UInt8(0)..<128 {
      let text = "A\(Character(UnicodeScalar(byte)))  B\(Character(UnicodeScalar(byte)))"
      #expect((text + "é").folded.isSame(as: (text + "e").folded), "\(byte)")
    }
  }

  @Test("A text holds all words, or is not found")
  func holding() {
    #expect(SearchWords("king MÍA").areIn("Mia King") && SearchWords("").areIn(""))
    #expect(!SearchWords("king bo").areIn("Mia King") && !SearchWords("'").areIn("Mia King"))
  }

  @Test("What makes another letter or syllable stays")
  func kept() {
    #expect("が".folded != "か".folded && "नी".folded != "न".folded && "राम".folded != "रम".folded)
  }

  @Test("The longest word is sought first, and a sign that folding drops is sought as it is")
  func words() {
    #expect(SearchWords(" José  MARÍA é ").first == "maria")
    #expect(SearchWords("José MARÍA é").others == #"["jose","e"]"#)
    #expect(SearchWords("a \"b\\").others == #"["a"]"#)
    #expect(SearchWords(" \n").isEmpty && SearchWords("").others == "[]")
    #expect(SearchWords(" ' ").first == "'")
  }
}
