/// Compares the lists of ids in deals and contacts with the rows of DealContacts.csv. That an id has a row at
/// all is checked by `CrossChecks`.
struct LinkChecks {
  /// How the lists are compared.
  enum Lists {
    /// Each one, by marks: a list's number is `Mark.list` of its ids.
    case each
    /// All together, in no memory: a list's number is the sum of `Mark.link`, of a deal with the place in the
    /// list, of a contact without; that a contact's deals are in order is checked by whoever lists them.
    case sums
  }

  private let lists: Lists

  // By the place of the deal or contact in its file: a mark of its row's list, and one of the links.
  private var contactLists: [UInt32] = []
  private var linkedContacts: [UInt32] = []
  private var primaries: [Int64] = []
  private var linkedPrimaries: [Int64] = []
  private var dealLists: [UInt32] = []
  private var linkedDeals: [UInt32] = []
  private var isComplete = false

  // What rows say, less what links say.
  private var contactSum: Int64 = 0
  private var primarySum: Int64 = 0
  private var dealSum: Int64 = 0

  // The deal whose links are being read.
  private var deal: Int64 = 0
  private var position: Int64 = 0
  private var contacts: Set<Int64> = []
  private var hasPrimary = false

  private static let primary = Mark.text("primary".utf8.span)
  private static let deals = (
    id: Table.deals.place(of: "deal_id") ?? 0, list: Table.deals.place(of: "contact_ids") ?? 0,
    primary: Table.deals.place(of: "primary_contact_id") ?? 0
  )
  private static let contactList = Table.contacts.place(of: "deal_ids") ?? 0
  private static let links = (
    deal: Table.dealContacts.place(of: "deal_id") ?? 0,
    contact: Table.dealContacts.place(of: "contact_id") ?? 0,
    role: Table.dealContacts.place(of: "role") ?? 0,
    position: Table.dealContacts.place(of: "position") ?? 0
  )

  private struct Link {
    let deal: Int64
    let contact: Int64
    let position: Int64
    let isPrimary: Bool
  }

  init(_ lists: Lists) {
    self.lists = lists
  }

  /// Takes the lists of the next deal or contact.
  mutating func append(_ row: [Int64], _ table: Table.Name) {
    switch (table, lists) {
    case (.deals, .each):
      contactLists.append(UInt32(truncatingIfNeeded: row[Self.deals.list]))
      primaries.append(row[Self.deals.primary])
      linkedContacts.append(0)
      linkedPrimaries.append(0)
    case (.deals, .sums):
      contactSum &+= row[Self.deals.list]
      let primary = row[Self.deals.primary]
      if primary != 0 { primarySum &+= Mark.link(row[Self.deals.id], primary, place: 0) }
    case (.contacts, .each):
      dealLists.append(UInt32(truncatingIfNeeded: row[Self.contactList]))
      linkedDeals.append(0)
    case (.contacts, .sums): dealSum &+= row[Self.contactList]
    default: break
    }
  }

  /// Takes the next row of DealContacts.csv.
  mutating func link(
    _ row: [Int64], deals: IdentifierIndex, contacts: IdentifierIndex
  ) -> [CrossChecks.Finding] {
    let link = Link(
      deal: row[Self.links.deal], contact: row[Self.links.contact], position: row[Self.links.position],
      isPrimary: row[Self.links.role] == Self.primary)
    let findings = findings(link)
    switch lists {
    case .each:
      if deals.isComplete, let place = deals.place(of: link.deal) {
        linkedContacts[place] = Mark.list(linkedContacts[place], appending: link.contact)
        if link.isPrimary { linkedPrimaries[place] = link.contact }
      }
      if contacts.isComplete, let place = contacts.place(of: link.contact) {
        linkedDeals[place] = Mark.list(linkedDeals[place], appending: link.deal)
      }
    case .sums:
      contactSum &-= Mark.link(link.deal, link.contact, place: self.contacts.count)
      dealSum &-= Mark.link(link.contact, link.deal, place: 0)
      if link.isPrimary { primarySum &-= Mark.link(link.deal, link.contact, place: 0) }
    }
    return findings
  }

  mutating func end(_ table: Table.Name, isComplete: Bool) {
    if table == .dealContacts { self.isComplete = isComplete }
  }

  /// Where the lists of deals or contacts are not what the links say.
  func disagreements(of table: Table.Name, _ index: IdentifierIndex) -> [CrossChecks.Disagreement] {
    guard isComplete else { return [] }
    let links = Table.Name.dealContacts.file
    func tell(
      _ column: String, _ message: String, _ sum: Int64, _ places: [Int]
    ) -> [CrossChecks.Disagreement] {
      if sum != 0 { return [.init(id: nil, column: column, message: "in some row \(message)")] }
      return places.map { .init(id: index.id(at: $0), column: column, message: message) }
    }
    switch table {
    case .deals:
      return tell(
        "contact_ids", "the list is not that of the contacts in \(links), by position", contactSum,
        contactLists.differences(from: linkedContacts))
        + tell(
          "primary_contact_id", "the contact is not the one with the role primary in \(links)", primarySum,
          primaries.differences(from: linkedPrimaries))
    case .contacts:
      return tell(
        "deal_ids", "the list is not that of the deals in \(links), by id", dealSum,
        dealLists.differences(from: linkedDeals))
    default: return []
    }
  }

  private mutating func findings(_ link: Link) -> [CrossChecks.Finding] {
    var findings: [CrossChecks.Finding] = []
    func tell(_ column: String, _ message: String) {
      findings.append((Table.dealContacts.place(of: column) ?? 0, message))
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
    if link.isPrimary {
      if hasPrimary { tell("role", "the deal has a primary contact already") }
      hasPrimary = true
    }
    return findings
  }
}

extension Array where Element: Equatable {
  /// The places at which two arrays of one length have different elements.
  fileprivate func differences(from other: Self) -> [Int] {
    indices.filter { self[$0] != other[$0] }
  }
}
