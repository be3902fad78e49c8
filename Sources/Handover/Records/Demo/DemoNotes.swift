import SQLite

extension DemoOffice {
  func fillNotes(_ connection: Connection) throws {
    var generator = generator(for: .notes)
    var row = try Insertion(into: .notes, of: organisation, connection)
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
      try row.insert()
    }
  }

  /// Most hang on a deal, some of these on a contact too, some on a contact alone, a few on nothing.
  func subject(
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
