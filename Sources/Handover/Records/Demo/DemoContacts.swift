import SQLite

extension DemoOffice {
  /// The first contacts are companies that stand on many deals.
  static let companies = DemoNames.companies.count

  func fillContacts(_ connection: Connection) throws {
    var generator = generator(for: .contacts)
    var row = try Insertion(into: .contacts, of: organisation, connection)
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
      try row.insert()
    }
  }

  func labels(_ generator: inout Generator) -> String {
    let first = generator.below(DemoPlaces.labels.count)
    guard generator.chance(30) else { return DemoPlaces.labels[first] }
    return DemoPlaces.labels[first] + "; " + DemoPlaces.labels[(first + 1) % DemoPlaces.labels.count]
  }

  func address(_ generator: inout Generator) -> String {
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
    let line = "5550 \(padded(generator.below(10_000), 4))"
    let mobile = "491 57\(generator.below(10)) \(padded(generator.below(1000), 3))"
    try row.add(generator.maybe(15) { _ in "contact\(number + 1)@example.net" })
    switch generator.below(20) {
    case 0: try row.add("+61 (0)\(mobile)")
    case 1..<9: try row.add("+61 \(mobile)")
    case 9..<18: try row.add("0\(mobile)")
    default: try row.add(nil as String?)
    }
    try row.add(generator.maybe(20) { "0\($0.pick([2, 3, 7, 8])) \(line)" })
    try row.add(generator.maybe(20) { "+61 2 \(line) ext. \($0.within(1...99))" })
    let age = Int64(generator.within(19 * 365...85 * 365))
    try row.add(isCompany ? nil : generator.maybe(85) { _ in (anchor + -age * .day).date })
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
