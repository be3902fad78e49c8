import Testing

@testable import Handover

@Suite struct RecordNamesTests {
  /// Deals in a row, deals that take one another's place in what is kept, and the last id of all.
  static let named = Array(20...60) + [4_097, 4_108, 4_120, 8_193, Int64.max]

  /// In and against their order, again and again, and notes about no deal.
  static let order: [Int64?] =
    [
      20, 21, 22, 40, 41, 38, 39, nil, 60, 59, 1, 4_097, 1, 8_193, 4_097, nil, 8_193, 24, 4_120, 24, 23,
      4_108, 12, 11,
    ]
    .map { $0 == 11 ? nil : $0 } + [.max, 25, 45, 46, 47, 2]

  @Test("Every note has the name of its own deal, whichever notes stand before it")
  func names() throws {
    let small = try SmallOffice()
    for deal in Self.named {
      try small.office.execute(
        """
        INSERT INTO deal (edition_id, deal_id, deal_name, created_at)
        VALUES (2, \(deal), '\(Self.name(of: deal))', '2026-05-02T09:30:00Z')
        """)
    }
    for (index, deal) in Self.order.enumerated() {
      try small.office.execute(
        """
        INSERT INTO note (edition_id, note_id, deal_id, created_at)
        VALUES (2, \(100 + index), \(deal.map(String.init) ?? "NULL"), '2026-05-02T09:30:00Z')
        """)
    }

    let notes = try small.office.export(small.organisation).records(.notes).filter { note in
      (100...).contains(Int(note["note_id"]!.dropFirst(2))!)
    }
    let known: [Int64: String] = [1: #"Smith, "House""#, 2: "'=cmd", 12: ""]
    let expected = Self.order.map { deal in deal.map { known[$0] ?? Self.name(of: $0) } ?? "" }
    #expect(notes.map { $0["deal_name"] } == expected)
  }

  /// Some are longer than what is kept.
  private static func name(of deal: Int64) -> String {
    "Deal \(deal), " + String(repeating: "x", count: deal.isMultiple(of: 3) ? 80 : Int(deal % 50))
  }
}
