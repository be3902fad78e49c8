import SQLite

extension DemoOffice {
  func fillTasks(_ connection: Connection) throws {
    var generator = generator(for: .tasks)
    var row = try Insertion(into: .tasks, of: organisation, connection)
    var text = DemoText()
    for number in 0..<tasks {
      let subject = subject(number, of: tasks, &generator)
      let creation = creation(number, of: tasks, &generator)
      let due = creation + Int64(generator.within(1...30)) * .day
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
      try row.add(generator.maybe(85) { _ in due.date })
      try row.add(isCompleted ? "completed" : "open")
      try row.add(isCompleted ? min(anchor, due + Int64(generator.below(86_400))).iso8601 : nil)
      try row.add(generator.maybe(80) { $0.pick(DemoSentences.priorities) })
      try row.add(generator.chance(4))
      try row.add(creation.iso8601)
      try row.add(change(after: creation, &generator))
      try row.insert()
    }
  }
}
