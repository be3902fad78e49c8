import SQLite

/// An organisation to be filled: how many records of each kind, and when they were made.
///
/// Each table draws from a generator of its own, so that a change to one leaves the others as they are.
struct DemoOffice {
  let edition: EditionID
  /// Users 1 to this number own the deals, write the notes and do the tasks.
  let users: Int
  let deals: Int
  let contacts: Int
  let notes: Int
  let tasks: Int
  /// The time up to which records were made.
  let anchor: UnixTime
  private let seed: UInt64

  /// - Parameter rows: about how many to make, all tables together, links included.
  init(_ edition: EditionID, users: Int, rows: Int, anchor: UnixTime, seed: UInt64) {
    self.edition = edition
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
  private static let linksPerHundredDeals = 183

  func fill(_ connection: Connection) throws {
    try fillContacts(connection)
    try fillDeals(connection)
    try fillLinks(connection)
    try fillNotes(connection)
    try fillTasks(connection)
  }

  private func generator(for table: Table.Name) -> Generator {
    Generator(seed: table.rawValue.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
  }

  /// When record `number` of `count` was made: they are spread evenly over six years, and the last one lies a
  /// little before the anchor.
  private func creation(_ number: Int, of count: Int, _ generator: inout Generator) -> UnixTime {
    let past = Duration.days(6 * 365)
    let step = Duration.seconds((past / (count + 1)).wholeSeconds)
    return anchor - past + step * number + generator.below(step + .seconds(1))
  }

  /// A later change, of most records; never after the anchor.
  private func change(after creation: UnixTime, _ generator: inout Generator) -> String? {
    guard generator.chance(85) else { return nil }
    return min(anchor, creation + generator.below(.days(60))).iso8601
  }

  /// Users have unequal shares; some records have no owner.
  private func user(_ generator: inout Generator) -> Int? {
    if generator.chance(4) { return nil }
    return 1 + min(generator.below(users), generator.below(users + 2))
  }

  /// The deal that note or task `number` of `count` is about: neighbours in time are neighbours in number.
  private func deal(near number: Int, of count: Int, _ generator: inout Generator) -> Int? {
    place(number, of: count, in: deals, spread: 120, &generator)
  }

  private func contact(near number: Int, of count: Int, _ generator: inout Generator) -> Int? {
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

extension DemoOffice {
  /// The first contacts are companies that are on many deals.
  private static let companies = DemoNames.companies.count

  fileprivate func fillContacts(_ connection: Connection) throws {
    var generator = generator(for: .contacts)
    var row = try Insertion(into: .contacts, of: edition, connection)
    for number in 0..<contacts {
      let isCompany = number < Self.companies || generator.chance(8)
      try row.add(number + 1)
      try row.add(isCompany ? "company" : "person")
      if isCompany {
        let company = DemoNames.companies[number % Self.companies]
        try row.add(number < Self.companies ? company : "\(company) No. \(number)")
        for _ in 0..<4 { try row.add(nil as String?) }
        try row.add(company)
        try row.add("accounts\(number + 1)@example.com")
      } else {
        try addPerson(number, to: &row, &generator)
      }
      try addReachability(isCompany, number, to: &row, &generator)
      try addAddress(to: &row, &generator)
      try row.add(isCompany ? nil : generator.maybe(80) { $0.pick(DemoNames.occupations) })
      try row.add(isCompany ? nil : generator.maybe(75) { $0.pick(DemoNames.employers) })
      try row.add(user(&generator))
      try row.add(generator.maybe(30) { labels(&$0) })
      try row.add(generator.chance(5))
      let creation = creation(number, of: contacts, &generator)
      try row.add(creation.iso8601)
      try row.add(change(after: creation, &generator))
      try row.add(nil as String?)
      try row.insert()
    }
  }

  private func labels(_ generator: inout Generator) -> String {
    let first = generator.below(DemoPlaces.labels.count)
    guard generator.chance(30) else { return DemoPlaces.labels[first] }
    return DemoPlaces.labels[first] + "; " + DemoPlaces.labels[(first + 1) % DemoPlaces.labels.count]
  }

  private func address(_ generator: inout Generator) -> String {
    "\(generator.within(1...240)) \(generator.pick(DemoPlaces.streets))"
  }

  /// Full name to e-mail address.
  private func addPerson(_ number: Int, to row: inout Insertion, _ generator: inout Generator) throws {
    let person = DemoPerson(&generator)
    let middle = generator.maybe(25) { _ in person.middle }
    try row.add(person.fullName(middle: middle))
    try row.add(generator.maybe(60) { $0.pick(DemoNames.titles) })
    try row.add(person.first)
    try row.add(middle)
    try row.add(person.last)
    try row.add(generator.maybe(4) { $0.pick(DemoNames.companies) })
    try row.add(generator.maybe(92) { _ in person.email(number + 1) })
  }

  /// Second e-mail address to residential status. The numbers are of the ranges set aside for fiction.
  private func addReachability(
    _ isCompany: Bool, _ number: Int, to row: inout Insertion, _ generator: inout Generator
  ) throws {
    let line = "5550 \(Wording.padded(generator.below(10_000), 4))"
    let mobile = "491 57\(generator.below(10)) \(Wording.padded(generator.below(1000), 3))"
    try row.add(generator.maybe(15) { _ in "contact\(number + 1)@example.net" })
    switch generator.below(20) {
    case 0: try row.add("+61 (0)\(mobile)")
    case 1..<9: try row.add("+61 \(mobile)")
    case 9..<18: try row.add("0\(mobile)")
    default: try row.add(nil as String?)
    }
    try row.add(generator.maybe(20) { "0\($0.pick([2, 3, 7, 8])) \(line)" })
    try row.add(generator.maybe(20) { "+61 2 \(line) ext. \($0.within(1...99))" })
    let age = Duration.days(generator.within(19 * 365...85 * 365))
    try row.add(isCompany ? nil : generator.maybe(85) { _ in CivilTime(anchor - age).date })
    try row.add(
      isCompany ? nil : generator.maybe(80) { $0.pick(["Single", "Married", "De facto", "Widowed"]) })
    try row.add(isCompany ? nil : generator.maybe(70) { $0.pick(["Owner", "Renting", "With parents"]) })
  }

  private func addAddress(to row: inout Insertion, _ generator: inout Generator) throws {
    guard generator.chance(90) else {
      for _ in 0..<6 { try row.add(nil as String?) }
      return
    }
    let place = generator.pick(DemoPlaces.suburbs)
    try row.add(address(&generator))
    try row.add(generator.maybe(15) { "Unit \($0.within(1...60))" })
    try row.add(place.suburb)
    try row.add(place.state)
    try row.add(place.postcode)
    try row.add("Australia")
  }
}

extension DemoOffice {
  fileprivate func fillDeals(_ connection: Connection) throws {
    var generator = generator(for: .deals)
    var row = try Insertion(into: .deals, of: edition, connection)
    var text = DemoText()
    for number in 0..<deals {
      let creation = creation(number, of: deals, &generator)
      let purpose = generator.pick(DemoPlaces.purposes)
      let loan = generator.within(60...2_400) * 1_000_00 + generator.below(4) * 12_345
      let status = generator.pick(["open", "open", "open", "won", "won", "won", "lost"])
      try row.add(number + 1)
      try row.add(generator.maybe(90) { _ in "HB-\(Wording.padded(number + 1, 6))" })
      try row.add(name(purpose, &generator))
      try row.add(generator.pick(DemoPlaces.workflows))
      try row.add(status == "won" ? "Settlement" : generator.pick(DemoPlaces.stages))
      try row.add(status)
      try row.add(user(&generator))
      // A clawback is negative.
      try row.add(generator.chance(2) ? -generator.within(100...400_000) : loan / 160)
      try row.add("AUD")
      try row.add(generator.maybe(95) { _ in loan })
      try row.add(purpose)
      try row.add(generator.pick(DemoPlaces.loanTypes))
      try row.add(generator.maybe(85) { $0.pick(DemoPlaces.lenders) })
      try row.add(generator.maybe(75) { $0.pick(DemoPlaces.products) })
      try row.add(generator.maybe(80) { $0.within(390...899) * 100 + $0.pick([0, 0, 50, 25, 1]) })
      try row.add(generator.maybe(80) { $0.pick(DemoPlaces.rateTypes) })
      try row.add(generator.maybe(90) { $0.pick([360, 360, 300, 240, 180, 84, 60]) })
      let place = generator.pick(DemoPlaces.suburbs)
      try row.add(
        generator.maybe(85) { "\(address(&$0)), \(place.suburb) \(place.state) \(place.postcode)" })
      try row.add(generator.maybe(80) { _ in loan / 80 * 100 })
      try row.add(generator.maybe(70) { _ in CivilTime(creation + .days(30)).date })
      try row.add(generator.maybe(70) { CivilTime(creation + .days($0.within(35...90))).date })
      try row.add(status == "won" ? CivilTime(creation + .days(generator.within(35...90))).date : nil)
      try row.add(generator.maybe(40) { $0.pick(DemoPlaces.referrers) })
      try row.add(generator.maybe(35) { labels(&$0) })
      if generator.chance(45) {
        text.write(atLeast: generator.within(40...240), &generator)
        try row.add(utf8: text.bytes)
      } else {
        try row.add(nil as String?)
      }
      try row.add(generator.chance(6))
      try row.add(creation.iso8601)
      try row.add(change(after: creation, &generator))
      try row.add(nil as String?)
      try row.insert()
    }
  }

  private func name(_ purpose: String, _ generator: inout Generator) -> String {
    let person = DemoPerson(&generator)
    switch generator.below(12) {
    case 0: return "\(person.last) \"\(purpose)\""
    case 1: return "=\(person.last) & Co"
    case 2...6: return "\(person.last), \(purpose), \(address(&generator))"
    default: return "\(person.last) – \(purpose)"
    }
  }
}

extension DemoOffice {
  /// Deals without contacts, with one, with a couple, with guarantors, and with one of the companies that are
  /// on many deals.
  fileprivate func fillLinks(_ connection: Connection) throws {
    guard contacts > Self.companies + 4 else { return }
    var generator = generator(for: .dealContacts)
    var row = try Insertion(into: .dealContacts, of: edition, connection)
    for number in 0..<deals {
      let count = generator.pick([0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 4])
      let people = contacts - Self.companies
      let first = number * people / deals
      let roles = generator.chance(95) ? ["primary", "co-borrower", "guarantor", "other"] : ["co-borrower"]
      for place in 0..<count {
        try row.add(number + 1)
        try row.add(Self.companies + 1 + (first + place) % people)
        try row.add(roles[min(place, roles.count - 1)])
        try row.add(place + 1)
        try row.insert()
      }
      guard generator.chance(8) else { continue }
      try row.add(number + 1)
      try row.add(1 + generator.below(Self.companies))
      try row.add("other")
      try row.add(count + 1)
      try row.insert()
    }
  }
}

extension DemoOffice {
  fileprivate func fillNotes(_ connection: Connection) throws {
    var generator = generator(for: .notes)
    var row = try Insertion(into: .notes, of: edition, connection)
    var text = DemoText()
    for number in 0..<notes {
      let subject = subject(number, of: notes, &generator)
      text.write(atLeast: length(&generator), &generator)
      try row.add(number + 1)
      try row.add(subject.deal)
      try row.add(subject.contact)
      try row.add(utf8: text.bytes)
      try row.add(user(&generator))
      try row.add(generator.chance(7))
      try row.add(generator.chance(5))
      let creation = creation(number, of: notes, &generator)
      try row.add(creation.iso8601)
      try row.add(change(after: creation, &generator))
      try row.add(nil as String?)
      try row.insert()
    }
  }

  /// Most belong to a deal, some of these to a contact too, some to a contact alone, a few to neither.
  private func subject(
    _ number: Int, of count: Int, _ generator: inout Generator
  ) -> (deal: Int?, contact: Int?) {
    let deal = deal(near: number, of: count, &generator)
    let contact = contact(near: number, of: count, &generator)
    switch generator.below(100) {
    case 0..<68: return (deal, nil)
    case 68..<80: return (deal, contact)
    case 80..<96: return (nil, contact)
    default: return (nil, nil)
    }
  }

  /// 50 to 1,800 characters, short ones most often.
  private func length(_ generator: inout Generator) -> Int {
    switch generator.below(10) {
    case 0..<6: generator.within(50...300)
    case 6..<9: generator.within(300...800)
    default: generator.within(800...1_800)
    }
  }
}

extension DemoOffice {
  fileprivate func fillTasks(_ connection: Connection) throws {
    var generator = generator(for: .tasks)
    var row = try Insertion(into: .tasks, of: edition, connection)
    var text = DemoText()
    for number in 0..<tasks {
      let subject = subject(number, of: tasks, &generator)
      let creation = creation(number, of: tasks, &generator)
      let due = creation + .days(generator.within(1...30))
      let isCompleted = generator.chance(due < anchor ? 90 : 10)
      try row.add(number + 1)
      try row.add(subject.deal)
      try row.add(subject.contact)
      try row.add(generator.pick(DemoSentences.taskNames))
      if generator.chance(50) {
        text.write(atLeast: generator.within(30...250), &generator)
        try row.add(utf8: text.bytes)
      } else {
        try row.add(generator.maybe(10) { "-\($0.within(10...900)).50" })
      }
      try row.add(user(&generator))
      try row.add(generator.maybe(85) { _ in CivilTime(due).date })
      try row.add(isCompleted ? "completed" : "open")
      try row.add(isCompleted ? min(anchor, due + generator.below(.days(1))).iso8601 : nil)
      try row.add(generator.maybe(80) { $0.pick(DemoSentences.priorities) })
      try row.add(generator.chance(4))
      try row.add(creation.iso8601)
      try row.add(change(after: creation, &generator))
      try row.add(nil as String?)
      try row.insert()
    }
  }
}

/// Inserts row after row of a table, each from the values of its stored columns in the order of their
/// declaration.
private struct Insertion: ~Copyable {
  private var statement: Statement
  private var parameter = 1

  init(into table: Table, of edition: EditionID, _ connection: Connection) throws(SQLiteError) {
    var statement = try connection.records.insertion(into: table)
    try statement.bind(edition.rawValue, at: 1)
    self.statement = statement
  }

  mutating func add(_ value: Int?) throws(SQLiteError) {
    parameter += 1
    if let value { try statement.bind(value, at: parameter) } else { try statement.bindNull(at: parameter) }
  }

  mutating func add(_ value: Bool) throws(SQLiteError) {
    try add(value ? 1 : 0)
  }

  mutating func add(_ text: String?) throws(SQLiteError) {
    parameter += 1
    if let text { try statement.bind(text, at: parameter) } else { try statement.bindNull(at: parameter) }
  }

  mutating func add(utf8 text: [UInt8]) throws(SQLiteError) {
    parameter += 1
    try statement.bind(text: text.span, at: parameter)
  }

  /// Inserts the row whose values were added since the last one.
  /// - Precondition: there is one for each column; a missing one would keep the value of the row before.
  mutating func insert() throws(SQLiteError) {
    precondition(parameter == statement.parameterCount)
    _ = try statement.step()
    statement.reset()
    parameter = 1
  }
}
