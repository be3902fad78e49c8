import SQLite

extension DemoOffice {
  /// Deals without contacts, with one, with a couple, with guarantors, and with one of the companies that are
  /// on many deals.
  func fillLinks(_ connection: Connection) throws {
    guard contacts > Self.companies + 4 else { return }
    var generator = generator(for: .dealContacts)
    var row = try Insertion(into: .dealContacts, of: organisation, connection)
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
