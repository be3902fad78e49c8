import SQLite

/// An organisation to be filled: how much of everything, and the clock of its past.
///
/// Each table draws from a generator of its own, so that a change to one leaves the others as they are.
struct DemoOffice {
  let organisation: OrganisationID
  /// Users 1 to this number own, write and do what there is.
  let users: Int
  let deals: Int
  let contacts: Int
  let notes: Int
  let tasks: Int
  /// The end of the past.
  let anchor: UnixTime
  private let seed: UInt64

  /// - Parameter rows: about so many in all tables together, links included.
  init(_ organisation: OrganisationID, users: Int, rows: Int, anchor: UnixTime, seed: UInt64) {
    self.organisation = organisation
    self.users = users
    self.anchor = anchor
    self.seed = seed
    let records = max(0, rows - users)
    deals = records * 7 / 100
    contacts = records * 10 / 100
    notes = records * 42 / 100
    tasks = records - deals - contacts - notes - deals * DemoOffice.linksPerHundredDeals / 100
  }

  /// What `fillLinks` makes on average.
  static let linksPerHundredDeals = 183

  func fill(_ connection: Connection) throws {
    try fillContacts(connection)
    try fillDeals(connection)
    try fillLinks(connection)
    try fillNotes(connection)
    try fillTasks(connection)
  }

  func generator(for table: Table.Name) -> Generator {
    Generator(seed: table.rawValue.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
  }

  /// When the n-th of so many records was made: evenly over six years, the last one a little before the
  /// anchor.
  func creation(_ number: Int, of count: Int, _ generator: inout Generator) -> UnixTime {
    let past = 6 * 365 * Int64.day
    let step = past / Int64(count + 1)
    return anchor + (Int64(number) * step - past + Int64(generator.below(Int(step) + 1)))
  }

  /// A later change, of most records; never after the anchor.
  func change(after creation: UnixTime, _ generator: inout Generator) -> String? {
    guard generator.chance(85) else { return nil }
    return min(anchor, creation + Int64(generator.below(60 * Int(Int64.day)))).iso8601
  }

  /// Users have unequal shares; some records are nobody's.
  func user(_ generator: inout Generator) -> Int? {
    if generator.chance(4) { return nil }
    return 1 + min(generator.below(users), generator.below(users + 2))
  }

  /// The deal that was on the desk when the n-th of so many notes or tasks was written: neighbours in time
  /// are neighbours in number.
  func deal(near number: Int, of count: Int, _ generator: inout Generator) -> Int? {
    place(number, of: count, in: deals, spread: 120, &generator)
  }

  func contact(near number: Int, of count: Int, _ generator: inout Generator) -> Int? {
    place(number, of: count, in: contacts, spread: 160, &generator)
  }

  private func place(
    _ number: Int, of count: Int, in total: Int, spread: Int, _ generator: inout Generator
  ) -> Int? {
    guard total > 0 else { return nil }
    let middle = number * total / (count + 1)
    return min(total, max(1, middle - generator.below(spread) + spread / 8))
  }
}

extension UnixTime {
  /// `2026-05-02`
  var date: String { String(iso8601.prefix(10)) }
}
