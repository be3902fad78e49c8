import Testing

@testable import XLSX

/// One cell at a time.
@Suite struct CellTests {
  @Test("A text stands in its cell, and an empty one is left out")
  func texts() throws {
    #expect(try cell { $0.text("0800") } == #"<c r="A1" s="1" t="inlineStr"><is><t>0800</t></is></c>"#)
    #expect(
      try cell {
        $0.text("")
        $0.empty()
        $0.text("c")
      } == #"<c r="C1" s="1" t="inlineStr"><is><t>c</t></is></c>"#)
    #expect(try cell { $0.heading("deal_id") }.contains(#"s="2""#))
  }

  @Test("Blanks at a text's ends are kept", arguments: [" a", "a ", "\ta", "a\n", "\r", " "])
  func blanks(text: String) throws {
    #expect(try cell { $0.text(text) }.contains(#"<t xml:space="preserve">"#))
    #expect(try !cell { $0.text("a b\nc") }.contains("xml:space"))
  }

  @Test(
    "A text is read as it was, whatever stands in it",
    arguments: [
      "=1+1", "'quoted", "a & b < c > d ]]>", "a\r\nb", "\r", "\u{1}", "a\u{1F}b", "_x0041_", "_x005F_",
      "_x0041_x0042_", "__x0041_", "_x004_", "_X0041_", "_x0041", "_x0041\u{1}", "_x0041\u{FFFE}",
      "\u{1}x0041_",
      "\u{FFFE}", "\u{FFFF}", "\u{FFFD}", "\u{FEFF}", "\u{10FFFF}", "＿", "🎉", "שלום", "e\u{301}",
      "\u{7F}\u{85}",
    ])
  func escapes(text: String) throws {
    let inside = try inner(text)
    #expect(Array(read(inside).utf8) == Array(text.utf8), "\(inside)")
    #expect(!inside.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" && $0 != "\n" })
    #expect(!inside.contains("<") && !inside.contains("\u{FFFE}") && !inside.contains("\u{FFFF}"))
  }

  @Test("A number is one where a spreadsheet holds it, and else a text")
  func numbers() throws {
    func isNumber(_ text: String) throws -> Bool {
      let found = try cell { $0.number(text.utf8Span.span, .amount) }
      if found == #"<c r="A1" s="3"><v>\#(text)</v></c>"# { return true }
      #expect(found.contains("<t>\(text)</t>"))
      return false
    }
    for text in [
      "0", "0.00", "-250.00", "999999999999.99", "9999999999999.99", "-123456789012345",
      "1000000000000000000",
      "0.000000000000000001", "5.89",
    ] {
      #expect(try isNumber(text), "\(text)")
    }
    for text in [
      "12345678901234.56", "1234567890123456", "-", ".5", "5.", "1e5", "1.2.3", "--1", "+1", "1 000",
    ] {
      #expect(try !isNumber(text), "\(text)")
    }
  }

  @Test(
    "A day is a number from March 1900 on, and before a text",
    arguments: [
      ("1900-03-01", 61), ("1970-01-01", 25_569), ("2000-02-29", 36_585), ("2026-05-02", 46_144),
      ("9999-12-31", 2_958_465), ("1900-02-28", nil), ("1850-06-01", nil), ("0001-01-01", nil),
      ("1900-02-29", nil), ("2026-02-29", nil), ("2026-13-01", nil), ("2026-5-2", nil), ("2026-05-0x", nil),
    ] as [(String, Int?)])
  func days(text: String, serial: Int?) throws {
    let found = try cell { $0.day(text.utf8Span.span) }
    #expect(serial.map { found == #"<c r="A1" s="6"><v>\#($0)</v></c>"# } ?? found.contains("<t>\(text)</t>"))
  }

  @Test("Every second of a day comes back from its number")
  func seconds() throws {
    for second in 0..<86_400 {
      let (hour, rest) = second.quotientAndRemainder(dividingBy: 3_600)
      func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
      let text = "9999-12-31T\(two(hour)):\(two(rest / 60)):\(two(rest % 60))Z"
      let found = try cell { $0.moment(text.utf8Span.span) }
      let value = try #require(found.dropFirst(#"<c r="A1" s="7"><v>"#.count).split(separator: "<").first)
      let serial = try #require(Double(value))
      #expect(value.count <= 18 && ((serial - 2_958_465) * 86_400).rounded() == Double(second))
      if second % 86_399 == 0 || second == 34_200 {
        #expect(abs(serial * 86_400 - 2_958_465 * 86_400) - Double(second) < 0.001)
      }
    }
    #expect(try cell { $0.moment("1899-12-31T00:00:00Z".utf8Span.span) }.contains("inlineStr"))
    #expect(try cell { $0.moment("2026-05-02T24:00:00Z".utf8Span.span) }.contains("inlineStr"))
    #expect(
      try cell { $0.moment("2026-05-02T12:00:00Z".utf8Span.span) } == #"<c r="A1" s="7"><v>46144.5</v></c>"#)
  }

  @Test("A yes and a no are such")
  func booleans() throws {
    #expect(try cell { $0.boolean(true) } == #"<c r="A1" t="b"><v>1</v></c>"#)
    #expect(try cell { $0.boolean(false) } == #"<c r="A1" t="b"><v>0</v></c>"#)
  }

  @Test("A text of 32,767 characters stays, one more is cut with a mark, and the caller is told")
  func cuts() throws {
    let most = SheetEncoder.mostCharacters
    func length(_ text: String) -> Int? {
      var length: Int?
      _ = xml { encoder in
        encoder.beginRow()
        length = encoder.text(text)
      }
      return length
    }
    for (character, units) in [("a", 1), ("é", 1), ("漢", 1), ("🎉", 2)] {
      let fitting = String(repeating: character, count: most / units)
      #expect(length(fitting) == nil)
      #expect(try inner(fitting) == fitting)
      for prefix in ["", "a"] {
        let long = prefix + fitting + "aa"
        #expect(length(long) == long.utf16.count)
        let cut = try inner(long)
        #expect(cut.hasSuffix(SheetEncoder.cutMark) && !cut.contains("\u{FFFD}"))
        #expect((most - 1...most).contains(cut.utf16.count), "\(character)")
        #expect(long.hasPrefix(cut.dropLast(SheetEncoder.cutMark.count)))
      }
    }
    // What stands as `_x0001_` is seven characters.
    for (text, units) in [("\u{1}", 7), ("\u{FFFE}", 7), ("_x0041_", 13)] {
      let fitting = String(repeating: text, count: most / units)
      #expect(length(fitting) == nil)
      let long = fitting + text
      #expect(length(long) == long.utf16.count)
      let cut = try inner(long)
      #expect(cut.utf16.count <= most && cut.utf16.count > most - 20)
      let kept = cut.dropLast(SheetEncoder.cutMark.count)
      #expect(long.unicodeScalars.starts(with: read(String(kept)).unicodeScalars))
    }
  }
}
