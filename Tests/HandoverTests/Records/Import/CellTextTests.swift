import CSV
import Testing

@testable import Handover

@Suite struct CellTextTests {
  @Test(
    "An id is a letter, a hyphen and a number",
    arguments: [
      ("D-1", 1), ("D-9007199254740991", (1 << 53) - 1), ("D-9007199254740992", nil),
      ("D-9223372036854775807", nil), ("D-9223372036854775808", nil), ("D-0", nil),
      ("D-01", nil), ("D-", nil),
      ("D1", nil), ("d-1", nil), ("C-1", nil), ("D--1", nil), ("D-1 ", nil), ("", nil), ("D-+1", nil),
    ] as [(String, Int64?)])
  func id(_ text: String, _ id: Int64?) {
    #expect(CellText.identifier(text.utf8.span, prefix: UInt8(ascii: "D")) == id)
  }

  @Test("Archives may hold larger ids, to the end of 64 bits")
  func largeID() {
    for (text, id) in [("D-9223372036854775807", Int64.max), ("D-9223372036854775808", nil)] {
      #expect(CellText.identifier(text.utf8.span, prefix: UInt8(ascii: "D"), upTo: .max) == id)
    }
  }

  @Test(
    "Ids are joined with a semicolon and a space",
    arguments: [
      ("", []), ("C-1", [1]), ("C-2; C-1", [2, 1]), ("C-1;C-2", nil), ("C-1; ", nil), ("C-1;", nil),
      ("; C-1", nil),
      ("C-1, C-2", nil), ("C-1;  C-2", nil),
    ] as [(String, [Int64]?)])
  func ids(_ text: String, _ ids: [Int64]?) {
    var list: [Int64] = []
    let isList = CellText.identifiers(text.utf8.span, prefix: UInt8(ascii: "C"), into: &list)
    #expect((isList ? list : nil) == ids)
  }

  @Test(
    "A decimal is exact, or refused",
    arguments: [
      ("0", 0), ("12", 1_200), ("12.5", 1_250), ("12.50", 1_250), ("-0.01", -1), ("007", 700), ("-0", 0),
      ("12.505", nil),
      ("12.", nil), (".5", nil), ("-", nil), ("-.5", nil), ("", nil), ("1e3", nil), ("+1", nil),
      ("1,000", nil), ("1.0.0", nil),
      (" 1", nil), ("92233720368547758.07", .max), ("-92233720368547758.08", .min),
      ("92233720368547758.08", nil),
      ("-92233720368547758.09", nil), ("92233720368547759", nil), ("١", nil),
    ] as [(String, Int64?)])
  func decimal(_ text: String, _ value: Int64?) {
    #expect(CellText.decimal(text.utf8.span, scale: 2) == value)
  }

  @Test(
    "The value that the encoder wrote is read back",
    arguments: [Int64.min, .min + 1, -100, -99, -1, 0, 1, 99, 100, .max])
  func roundTrip(_ value: Int64) {
    for scale in [0, 2, 4] {
      for minimum in 0...scale {
        var encoder = Encoder()
        encoder.decimal(value, scale: scale, minimumFraction: minimum)
        #expect(CellText.decimal(encoder.bytes, scale: scale) == value)
      }
    }
  }

  @Test(
    "A date is a day of the calendar",
    arguments: [
      ("2026-05-02", true), ("2024-02-29", true), ("2000-02-29", true), ("0001-01-01", true),
      ("0000-12-31", false),
      ("9999-12-31", true),
      ("2026-02-29", false), ("1900-02-29", false), ("2026-00-10", false), ("2026-13-10", false),
      ("2026-04-31", false),
      ("2026-05-00", false), ("2026-5-02", false), ("2026/05/02", false), ("2026-05-02 ", false),
      ("20260502", false),
    ])
  func date(_ text: String, _ isDate: Bool) {
    #expect(CellText.isDate(text.utf8.span) == isDate)
  }

  @Test(
    "A time is a second of such a day",
    arguments: [
      ("2026-05-02T00:00:00Z", true), ("2026-05-02T23:59:59Z", true), ("2026-05-02T24:00:00Z", false),
      ("2026-05-02T09:60:00Z", false), ("2026-05-02T23:59:60Z", false), ("2026-05-02T09:30:00", false),
      ("2026-05-02 09:30:00Z", false), ("2026-05-02T09:30:00+10:00", false), ("2026-02-30T09:30:00Z", false),
      ("2026-05-02T09:30:00.5Z", false), ("0000-05-02T09:30:00Z", false), ("2026-05-02T09:30:00z", false),
    ])
  func time(_ text: String, _ isTime: Bool) {
    #expect(CellText.isTime(text.utf8.span) == isTime)
  }
}
