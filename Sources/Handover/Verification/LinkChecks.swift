/// Compares the lists of ids in deals and contacts with the rows of DealContacts.csv. That an id has a row at
/// all is checked by `CrossChecks`.
struct LinkChecks {
  // By the place of the deal or contact in its file: a mark of its row's list, and one of the links.
  private var contactLists: [UInt32] = []
  private var linkedContacts: [UInt32] = []
  private var primaries: [Int64] = []
  private var linkedPrimaries: [Int64] = []
  private var dealLists: [UInt32] = []
  private var linkedDeals: [UInt32] = []
  private var isComplete = false

  // The deal whose links are being read.
  private var deal: Int64 = 0
  private var position: Int64 = 0
  private var contacts: Set<Int64> = []
  private var hasPrimary = false

  private static let primary = Mark.text("primary".utf8.span)

  /// Takes the lists of the next deal or contact.
  mutating func append(_ row: [Int64], _ table: Table) {
    switch table.name {
    case .deals:
      contactLists.append(UInt32(truncatingIfNeeded: row[table, "contact_ids"]))
      primaries.append(row[table, "primary_contact_id"])
      linkedContacts.append(0)
      linkedPrimaries.append(0)
    case .contacts:
      dealLists.append(UInt32(truncatingIfNeeded: row[table, "deal_ids"]))
      linkedDeals.append(0)
    default: break
    }
  }

  /// Takes the next row of DealContacts.csv.
  mutating func link(
    _ row: [Int64], _ table: Table, deals: IdentifierIndex?, contacts: IdentifierIndex?
  ) -> [CrossChecks.Finding] {
    let link = (
      deal: row[table, "deal_id"], contact: row[table, "contact_id"], role: row[table, "role"],
      position: row[table, "position"]
    )
    if let place = deals?.place(of: link.deal) {
      linkedContacts[place] = Mark.list(linkedContacts[place], appending: link.contact)
      if link.role == Self.primary { linkedPrimaries[place] = link.contact }
    }
    if let place = contacts?.place(of: link.contact) {
      linkedDeals[place] = Mark.list(linkedDeals[place], appending: link.deal)
    }
    return findings(link, table)
  }

  mutating func end(_ table: Table.Name, isComplete: Bool) {
    if table == .dealContacts { self.isComplete = isComplete }
  }

  /// The places of deals or contacts whose row disagrees with the links.
  func disagreements(of table: Table.Name) -> [(place: Int, column: String, message: String)] {
    guard isComplete else { return [] }
    let links = Table.Name.dealContacts.file
    switch table {
    case .deals:
      return contactLists.differences(from: linkedContacts).map {
        ($0, "contact_ids", "the list is not that of the contacts in \(links), by position")
      }
        + primaries.differences(from: linkedPrimaries).map {
          ($0, "primary_contact_id", "the contact is not the one with the role primary in \(links)")
        }
    case .contacts:
      return dealLists.differences(from: linkedDeals).map {
        ($0, "deal_ids", "the list is not that of the deals in \(links), by id")
      }
    default: return []
    }
  }

  private mutating func findings(
    _ link: (deal: Int64, contact: Int64, role: Int64, position: Int64), _ table: Table
  ) -> [CrossChecks.Finding] {
    var findings: [CrossChecks.Finding] = []
    func tell(_ column: String, _ message: String) {
      findings.append((table.place(of: column) ?? 0, message))
    }
    if link.deal != deal {
      if link.deal < deal {
        tell("deal_id", "D-\(link.deal) stands after D-\(deal): rows are in the order of deals")
      }
      deal = link.deal
      position = 0
      contacts.removeAll(keepingCapacity: true)
      hasPrimary = false
    }
    if link.position <= position {
      tell("position", "the position is not larger than that of the row before")
    }
    position = link.position
    if !contacts.insert(link.contact).inserted {
      tell("contact_id", "C-\(link.contact) is on the deal twice")
    }
    if link.role == Self.primary {
      if hasPrimary { tell("role", "the deal has a primary contact already") }
      hasPrimary = true
    }
    return findings
  }
}

extension [Int64] {
  /// The number of a column of the table.
  fileprivate subscript(_ table: Table, _ column: String) -> Int64 {
    table.place(of: column).map { self[$0] } ?? 0
  }
}

extension Array where Element: Equatable {
  /// The places at which two arrays of one length have different elements.
  fileprivate func differences(from other: Self) -> [Int] {
    indices.filter { self[$0] != other[$0] }
  }
}
