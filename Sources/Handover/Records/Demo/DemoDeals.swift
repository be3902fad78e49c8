import SQLite

extension DemoOffice {
  func fillDeals(_ connection: Connection) throws {
    var generator = generator(for: .deals)
    var row = try Insertion(into: .deals, of: organisation, connection)
    var text = DemoText()
    for number in 0..<deals {
      let creation = creation(number, of: deals, &generator)
      let purpose = generator.pick(DemoPlaces.purposes)
      let loan = generator.within(60...2_400) * 1_000_00 + generator.below(4) * 12_345
      let status = generator.pick(["open", "open", "open", "won", "won", "won", "lost"])
      try row.add(number + 1)
      try row.add(generator.maybe(90) { _ in "HB-\(padded(number + 1, 6))" })
      try row.add(name(purpose, &generator))
      try row.add(generator.pick(DemoPlaces.workflows))
      try row.add(status == "won" ? "Settlement" : generator.pick(DemoPlaces.stages))
      try row.add(status)
      try row.add(user(&generator))
      // A clawback is less than nothing.
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
      try row.add(generator.maybe(70) { _ in (creation + 30 * .day).date })
      try row.add(generator.maybe(70) { (creation + Int64($0.within(35...90)) * .day).date })
      try row.add(status == "won" ? (creation + Int64(generator.within(35...90)) * .day).date : nil)
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
