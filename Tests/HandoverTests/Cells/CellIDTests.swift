import Testing

@testable import Handover

@Suite("The name and the number of a cell") struct CellIDTests {
  @Test("A name such as that of a unit, and a number", arguments: ["a:0", "north-2:7", "a1:2097151"])
  func right(text: String) {
    #expect(CellID(text)?.description == text)
  }

  @Test(
    "Anything else is none",
    arguments: [
      "", "a", ":1", "a:", "a:1:2", "A:1", "1a:1", "-a:1", "a_b:1", "a/b:1", "a.b:1", "ä:1", "a:-1", "a:+1",
      "a:01",
      "a:1 ", " a:1", "a:2097152", "a:x", "handover:1", "\(String(repeating: "a", count: 33)):1",
    ])
  func wrong(text: String) { #expect(CellID(text) == nil) }

  @Test("The ids of two cells are apart, and the largest is one that spreadsheets hold")
  func ids() throws {
    let (first, second) = (try #require(CellID("a:0")), try #require(CellID("b:1")))
    #expect(first.organisations == 1...4_294_967_295)
    #expect(second.organisations == 4_294_967_297...8_589_934_591)
    let last = try #require(CellID("z:\(CellID.numbers.upperBound)"))
    #expect(last.organisations.upperBound == Identifier.largest)
  }
}
