import Testing

@testable import Handover

@Suite("Dates as people write them") struct DateFormTests {
  @Test(
    "A form reads its dates",
    arguments: [
      ("dd/mm/yyyy", "03/04/2026", "2026-04-03"), ("d/m/yyyy", "3/4/2026", "2026-04-03"),
      ("mm/dd/yyyy", "03/04/2026", "2026-03-04"), ("dd.mm.yy", "03.04.69", "2069-04-03"),
      ("dd.mm.yy", "03.04.70", "1970-04-03"), ("d mmm yyyy", "3 Apr 2026", "2026-04-03"),
      ("d-MMMM-yyyy", "3-april-2026", "2026-04-03"), ("mmm d, yyyy", "April 3, 2026", "2026-04-03"),
      ("yyyymmdd", "20260403", "2026-04-03"), ("yyyy-mm-dd", "2024-02-29", "2024-02-29"),
    ])
  func reads(_ form: String, _ cell: String, _ date: String) {
    let read = DateForm(form)?.date(in: cell.utf8.span)
    #expect(read?.date.text == date)
  }

  @Test(
    "Days that there are not, and more digits than a form has, are no dates",
    arguments: [
      ("dd/mm/yyyy", "29/02/2026"), ("dd/mm/yyyy", "00/01/2026"), ("dd/mm/yyyy", "01/13/2026"),
      ("dd/mm/yyyy", "01/01/0000"), ("dd/mm/yyyy", "01/01/20261"), ("dd/mm/yy", "01/01/2026"),
      ("d mmm yyyy", "3 Avril 2026"), ("dd/mm/yyyy", "1-1-2026"), ("dd/mm/yyyy", ""),
    ])
  func refuses(_ form: String, _ cell: String) throws {
    let form = try #require(DateForm(form))
    #expect(form.date(in: cell.utf8.span) == nil)
  }

  @Test(
    "A form has a day, a month and a year",
    arguments: ["dd/mm", "dd/dd/yyyy", "dd/mm/yyy", "hh:mm", "", "ddd/mm/yyyy"])
  func wrongForms(_ form: String) { #expect(DateForm(form) == nil) }

  @Test(
    "A time of day is read with its zone",
    arguments: [
      ("", 0, nil), (" 09:30", 34_200, nil), ("T09:30:15.123Z", 34_215, 0), (", 9:30 PM", 77_400, nil),
      (" 12:00 AM", 0, nil), (" 12:05 pm", 43_500, nil), (" 09:30:00 +10:00", 34_200, 36_000),
      ("T09:30-0330", 34_200, -12_600), (" 09:30 UTC", 34_200, 0),
    ] as [(String, Int64, Int64?)])
  func times(_ cell: String, _ seconds: Int64, _ offset: Int64?) {
    let time = DayTime(cell.utf8.span, from: 0)
    #expect(time?.seconds == seconds && time?.offset == offset)
  }

  @Test(
    "What is no time of day is none",
    arguments: [" 24:00", " 9", " 09:60", " 13:00 PM", " 09:30 XX", "T09:30+99:00", "x"])
  func wrongTimes(_ cell: String) { #expect(DayTime(cell.utf8.span, from: 0) == nil) }
}

@Suite("Numbers as people write them") struct NumberTextTests {
  @Test(
    "A number that can be read in one way is taken",
    arguments: [
      ("1234.50", 2, "1234.5"), ("1,234.50", 2, "1234.5"), ("1.234,50", 2, "1234.5"), ("$1,200", 2, "1200"),
      ("1 234,5", 2, "1234.5"), ("1\u{202F}234\u{A0}567", 2, "1234567"), ("1.234.567", 2, "1234567"),
      ("-12", 0, "-12"), ("(300.00)", 2, "-300"), ("12-", 2, "-12"), ("AUD 12,000", 2, "12000"),
      ("A$5", 2, "5"),
      ("5.89 %", 4, "5.89"), ("5,89", 4, "5.89"), (".5", 2, "0.5"), ("360.0", 0, "360"), ("1'234", 2, "1234"),
      ("1,234", 2, "1234"), ("0", 2, "0"), ("12.340000", 2, "12.34"), ("5.125", 4, "5.125"),
    ])
  func reads(_ cell: String, _ scale: Int, _ number: String) {
    #expect(NumberText.plain(cell.utf8.span, scale: scale, decimal: nil) == Array(number.utf8))
  }

  @Test(
    "A number that could be two, or none, is left as it is",
    arguments: [
      ("1.234", 2), ("1,234", 4), ("12,34,56", 2), ("1.2.3", 2), ("1,23.4", 2), ("12.345", 2), ("", 2),
      ("abc", 2),
      ("1e5", 2), ("--1", 2), ("1-2", 2), ("$", 2), ("1.", 2), ("5 years", 2), ("360.5", 0),
    ])
  func refuses(_ cell: String, _ scale: Int) {
    #expect(NumberText.plain(cell.utf8.span, scale: scale, decimal: nil) == nil)
  }

  @Test("A mapping says which sign stands before decimals")
  func decimals() {
    func read(_ cell: String, _ sign: Unicode.Scalar) -> [UInt8]? {
      NumberText.plain(cell.utf8.span, scale: 4, decimal: UInt8(ascii: sign))
    }
    #expect(read("1.234", ",") == Array("1234".utf8) && read("1.234", ".") == Array("1.234".utf8))
    #expect(read("1,234", ",") == Array("1.234".utf8) && read("1,234", ".") == Array("1234".utf8))
    #expect(read("1,5", ".") == nil)
  }
}
