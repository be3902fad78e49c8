import Testing

@testable import Handover

@Suite("Characters that stand as their code") struct CharacterCodeTests {
  private func text(_ text: String) throws -> String {
    String(decoding: try CellTextReader.unescaped(Array(text.utf8)), as: UTF8.self)
  }

  @Test("In a workbook four hexadecimal digits are one, and a sign is none")
  func cells() throws {
    #expect(try text("a_x0041_b_x00e9__x000A_") == "aAbé\n")
    for same in ["_x+041_", "_x-041_", "_x 041_", "_x0000_", "_xD83D_", "_x004g_", "_x0041", "_X0041_"] {
      #expect(try text(same) == same)
    }
  }

  @Test("In XML and JSON a sign is no digit either")
  func references() throws {
    func decoded(_ text: String) throws -> String {
      String(decoding: try XMLTag.decoded(Array(text.utf8)[...]), as: UTF8.self)
    }
    #expect(try decoded("&#65;&#x1d11E;&#xa;") == "A𝄞\n")
    for wrong in ["&#+65;", "&#x+41;", "&#x-41;", "&#;", "&#x;", "&#0;", "&#xFFFFFFFF;", "&#99999999;"] {
      #expect(throws: WorkbookError.self) { try decoded(wrong) }
    }
    for wrong in ["-000", "+041", "004g"] {
      #expect {
        try ImportMapping(Array(#"{"title": "\u\#(wrong)"}"#.utf8), name: "x", file: "x")
      } throws: {
        "\($0)".contains("hexadecimal")
      }
    }
    #expect(UInt32(digits: "FFFFFFFF".utf8, radix: 16) == .max && UInt32(digits: "7a".utf8, radix: 10) == nil)
  }
}
