import CSV

/// Reads from the files which people their user ids stand for.
struct ImportUsers {
  private let files: ImportFiles
  private let problems: ImportProblems

  /// Users are held in memory.
  private static let most = 100_000

  init(_ files: ImportFiles, _ problems: ImportProblems) {
    self.files = files
    self.problems = problems
  }

  /// The rows of Users.csv.
  /// - Throws: `ImportRefusal` for one with problems.
  func listed() throws -> [ImportedPerson] {
    guard let header = files.headers[.users] else { return [] }
    let row = UserRow(header)
    var people: [ImportedPerson] = []
    var linesOfIDs: [Int64: Int] = [:]
    var linesOfEmails: [String: Int] = [:]
    try files.eachRecord(of: .users, problems) { record in
      let line = record.position(of: 0).line
      guard let person = try row.person(in: record, problems), let id = person.id else { return }
      if let first = linesOfIDs.updateValue(line, forKey: id) {
        try complain("user_id", line, "U-\(id) appears twice, first in line \(first)")
      }
      if let email = person.email,
        let first = linesOfEmails.updateValue(line, forKey: ImportPeople.address(email))
      {
        try complain(
          "email", line, "\(quotation(of: email.utf8.span)) appears twice, first in line \(first)")
      }
      people.append(person)
      try checkCount(people.count, line)
    }
    try problems.refuseIfAny()
    return people
  }

  /// Where Users.csv is missing: everyone whose id stands beside an e-mail address in some file.
  func mentioned() throws -> [ImportedPerson] {
    var people: [Int64: ImportedPerson] = [:]
    var order: [Int64] = []
    for table in Table.Name.allCases {
      guard let header = files.headers[table], let columns = PersonColumns(header), columns.tellsAddresses
      else { continue }
      files.expectAgain(table)
      try files.eachRecord(of: table, problems) { record in
        guard case .id(let id)? = try? columns.person(in: record), let email = columns.address(in: record)
        else { return }
        guard let known = people[id]?.email else {
          people[id] = ImportedPerson(
            id: id, name: columns.personName(in: record), email: email, role: .user, isActive: false)
          order.append(id)
          return try checkCount(order.count, record.position(of: 0).line, in: table)
        }
        guard ImportPeople.address(known) != ImportPeople.address(email) else { return }
        let addresses = "\(quotation(of: email.utf8.span)), elsewhere \(quotation(of: known.utf8.span))"
        try problems.add(columns.problem("U-\(id) has two e-mail addresses: here \(addresses)", in: record))
      }
      try problems.refuseIfAny()
    }
    return order.sorted().compactMap { people[$0] }
  }

  private func complain(_ column: String, _ line: Int, _ message: String) throws(ImportRefusal) {
    try problems.add(FileProblem(file: Table.Name.users.file, line: line, column: column, message))
  }

  private func checkCount(_ count: Int, _ line: Int, in table: Table.Name = .users) throws(ImportRefusal) {
    guard count > Self.most else { return }
    try problems.add(
      FileProblem(file: table.file, line: line, "there are more than \(Self.most) users"))
    try problems.refuseIfAny()
  }
}

/// The columns of Users.csv.
private struct UserRow {
  private let header: ImportHeader

  init(_ header: ImportHeader) {
    self.header = header
  }

  /// - Returns: nil, with the problems added, for a row that isn't right.
  func person(
    in record: borrowing Decoder, _ problems: ImportProblems
  ) throws(ImportRefusal) -> ImportedPerson? {
    var id: Int64?
    var name: String?
    var email: String?
    var role = Role.user
    var isActive = true
    var isSound = true
    for (place, column) in header.columns.enumerated() {
      let cell = record[place]
      var isRight = true
      switch column.name {
      case "user_id":
        id = CellText.identifier(cell, prefix: Table.Name.users.idByte)
        isRight = id != nil
      case "name": name = text(cell)
      case "email": email = text(cell)
      case "role" where !cell.isEmpty:
        let word = Role(rawValue: String(copying: cell))
        isRight = word != nil
        role = word ?? role
      case "active" where !cell.isEmpty:
        let value = CellText.boolean(cell)
        isRight = value != nil
        isActive = value ?? isActive
      default: break
      }
      if isRight { continue }
      isSound = false
      try problems.add(
        FileProblem(
          file: header.table.name.file, line: record.position(of: place).line, column: column.name,
          column.format.problem(with: cell)))
    }
    return isSound ? ImportedPerson(id: id, name: name, email: email, role: role, isActive: isActive) : nil
  }

  private func text(_ cell: Span<UInt8>) -> String? {
    let text = FormulaProtection.undo(cell)
    return text.isEmpty ? nil : String(copying: text)
  }
}
