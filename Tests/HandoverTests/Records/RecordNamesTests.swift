import Testing

@testable import Handover

@Suite struct RecordNamesTests {
  @Test("Every note has the name of its own deal, also of deals that take one another's place")
  func places() throws {
    let small = try SmallOffice()
    // Deals whose last bits are the same; one of them without a name, and no deal in turn.
    let deals: [Int64?] = [1, 4_097, 1, 8_193, 4_097, nil, 8_193, 1, 12, 4_108, 12]
    for deal in [4_097, 4_108] {
      try small.office.execute(
        """
        INSERT INTO deal (organisation_id, deal_id, deal_name, created_at)
        VALUES (2, \(deal), 'Deal \(deal)', '2026-05-02T09:30:00Z')
        """)
    }
    try small.office.execute(
      "INSERT INTO deal (organisation_id, deal_id, created_at) VALUES (2, 8193, '2026-05-02T09:30:00Z')")
    for (index, deal) in deals.enumerated() {
      try small.office.execute(
        """
        INSERT INTO note (organisation_id, note_id, deal_id, created_at)
        VALUES (2, \(100 + index), \(deal.map(String.init) ?? "NULL"), '2026-05-02T09:30:00Z')
        """)
    }

    let notes = try small.office.export(small.organisation).records(.notes).filter { note in
      (100...).contains(Int(note["note_id"]!.dropFirst(2))!)
    }
    let names: [Int64?: String] = [1: #"Smith, "House""#, 4_097: "Deal 4097", 4_108: "Deal 4108"]
    #expect(notes.map { $0["deal_name"] } == deals.map { names[$0] ?? "" })
  }
}
