import CSV
import SQLite

/// A person as the files describe one.
struct ImportedPerson {
  /// The number of the id in the files; nil for a person whom the files name by an e-mail address only.
  let id: Int64?
  let name: String?
  let email: String?
  let role: Role
  let isActive: Bool
}

/// Finds the user of the organisation that an id, an e-mail address or a name in the files stands for, or plans one.
///
/// People are matched by e-mail address; who has none, by id and name. A user is planned for everyone else: under the id
/// in the files, or under the next free one where the organisation has a user of that id.
final class ImportPeople {
  private(set) var made = 0
  /// Users that existed before the import, by id.
  private(set) var matched: Set<Int64> = []

  /// Those of the organisation.
  let users: [User]
  private let existing: Set<Int64>
  /// Who will be made.
  private(set) var planned: [(id: Int64, person: ImportedPerson, role: Role)] = []
  private var taken: Set<Int64>
  private var hasOwner: Bool
  /// The ids up to this one are taken or reserved, or were passed by; after the largest the search goes on at 1.
  private var last: Int64 = 0
  /// Users by their address, in the form of `address(_:)`.
  private var byEmail: [[UInt8]: Int64] = [:]
  /// Users by the number of their id in the files.
  private var byID: [Int64: Int64] = [:]
  /// Users by their name, folded.
  private var byName: [String: RecordReferences.Found] = [:]

  init(of organisation: OrganisationID, _ connection: Connection) throws {
    users = try connection.users.all(of: organisation)
    hasOwner = users.contains { $0.role == .owner }
    existing = Set(users.map(\.id.rawValue))
    taken = existing
    for user in users {
      if let email = user.email { byEmail[Self.address(EmailAddress.sought(email))] = user.id.rawValue }
    }
    for user in users { note(user.name, user.id.rawValue) }
    last = taken.filter { $0 <= Identifier.largest }.max() ?? 0
  }

  /// Matches or makes all of these. No two have the same id or address.
  func add(_ people: [ImportedPerson]) {
    last = max(last, people.compactMap(\.id).max() ?? 0)
    for person in people {
      if let user = person.email.map(match) ?? same(person) {
        if let id = person.id { byID[id] = user }
      } else {
        plan(person)
      }
    }
  }

  /// The only user of the name, whatever its case and accents.
  func find(_ name: String) -> RecordReferences.Found { byName[name.folded] ?? .none }

  private func note(_ name: String?, _ id: Int64) {
    guard let name = name?.folded, !name.isEmpty else { return }
    byName[name] = byName[name] == nil ? .one(id) : .several
  }

  /// Who has no address is the user of the same id and name who has none either.
  private func same(_ person: ImportedPerson) -> Int64? {
    guard person.email == nil, let id = person.id else { return nil }
    let user = users.first { $0.id.rawValue == id && $0.email == nil && $0.name == person.name }
    guard user != nil else { return nil }
    matched.insert(id)
    return id
  }

  /// The user that an id in the files stands for; nil if no file tells whose id it is.
  func user(_ id: Int64) -> Int64? { byID[id] }

  /// The user with the address; a disabled user is made if there is none.
  func user(withEmail email: String, name: String?) -> Int64 {
    if let user = match(email) { return user }
    return plan(ImportedPerson(id: nil, name: name, email: email, role: .user, isActive: false))
  }

  /// The form in which addresses are compared, as in the database: by bytes, but for the case of ASCII.
  static func address(_ email: String) -> [UInt8] {
    email.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }

  private func match(_ email: String) -> Int64? {
    guard let user = byEmail[Self.address(email)] else { return nil }
    if existing.contains(user) { matched.insert(user) }
    return user
  }

  @discardableResult
  private func plan(_ person: ImportedPerson) -> Int64 {
    let id = freeID(for: person)
    // An owner can't be disabled, and there is one at most.
    let isOwner = person.role == .owner && person.isActive && !hasOwner
    let role = person.role == .owner && !isOwner ? Role.admin : person.role
    planned.append((id, person, role))
    note(person.name, id)
    hasOwner = hasOwner || isOwner
    taken.insert(id)
    made += 1
    if let email = person.email { byEmail[Self.address(email)] = id }
    if let wanted = person.id { byID[wanted] = id }
    return id
  }

  private func freeID(for person: ImportedPerson) -> Int64 {
    if let id = person.id, !taken.contains(id) { return id }
    repeat { last = last == Identifier.largest ? 1 : last + 1 } while taken.contains(last)
    return last
  }
}

/// Finds out from the files which person each user id stands for.
struct ImportUsers {
  let files: ImportFiles
  let problems: ImportProblems

  /// Users are held in memory.
  private static let most = 100_000

  /// The rows of Users.csv.
  /// - Throws: `ImportRefusal` for one with problems.
  func listed() throws -> [ImportedPerson] {
    guard let header = files.headers[.users] else { return [] }
    var people: [ImportedPerson] = []
    var linesOfIDs: [Int64: Int] = [:]
    var linesOfEmails: [[UInt8]: Int] = [:]
    try files.eachRecord(of: .users, problems) { record in
      let line = record.position(of: 0).line
      guard let person = try header.person(in: record, files, problems), let id = person.id else { return }
      if let first = linesOfIDs.updateValue(line, forKey: id) {
        try complain("user_id", record, "U-\(id) appears twice, first in line \(first)")
      }
      if let email = person.email,
        let first = linesOfEmails.updateValue(line, forKey: ImportPeople.address(email))
      {
        try complain(
          "email", record, "\(quotation(of: email.utf8.span)) appears twice, first in line \(first)")
      }
      people.append(person)
      try checkCount(people.count, line)
    }
    try problems.refuseIfAny()
    return people
  }

  /// If Users.csv is missing: everyone whose id has an e-mail address beside it in some file.
  func mentioned() throws -> [ImportedPerson] {
    var people: [Int64: ImportedPerson] = [:]
    var order: [Int64] = []
    for table in Table.Name.ofAll {
      guard let header = files.headers[table], let columns = PersonColumns(header, files),
        columns.tellsAddresses
      else { continue }
      files.expectAgain(table)
      try files.eachRecord(of: table, problems) { record in
        guard case .id(let id)? = try? columns.person(in: record), let email = columns.address(in: record)
        else { return }
        let name = columns.personName(in: record)
        if let excess = columns.excess(email, name, in: record) { return try problems.add(excess) }
        guard let known = people[id]?.email else {
          people[id] = ImportedPerson(
            id: id, name: name, email: email, role: .user, isActive: false)
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

  private func complain(
    _ column: String, _ record: borrowing Decoder, _ message: String
  ) throws(ImportRefusal) {
    let place = files.headers[.users]?.place(of: column) ?? 0
    try problems.add(files.problem(at: place, of: record, in: .users, message))
  }

  private func checkCount(_ count: Int, _ line: Int, in table: Table.Name = .users) throws(ImportRefusal) {
    guard count > Self.most else { return }
    try problems.add(
      FileProblem(file: table.file, line: line, "there are more than \(Self.most) users"))
    try problems.refuseIfAny()
  }
}

extension ImportHeader {
  /// The person in a row of Users.csv.
  /// - Returns: nil, with the problems added, for a row that isn't right.
  fileprivate func person(
    in record: borrowing Decoder, _ files: ImportFiles, _ problems: ImportProblems
  ) throws(ImportRefusal) -> ImportedPerson? {
    var id: Int64?
    var name: String?
    var email: String?
    var role = Role.user
    var isActive = true
    var isSound = true
    for (place, column) in columns.enumerated() {
      let cell = record[place]
      var isRight = true
      var excess: String?
      switch column.column.name {
      case "user_id":
        id = CellText.identifier(cell, prefix: Table.Name.users.idByte)
        isRight = id != nil
      case "name":
        name = unprotected(cell)
        excess = nameProblem(name)
      case "email":
        email = address(cell)
        excess = emailProblem(email)
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
      if isRight, excess == nil { continue }
      isSound = false
      try problems.add(
        files.problem(
          at: place, of: record, in: table.name, excess ?? column.column.format.problem(with: cell)))
    }
    return isSound ? ImportedPerson(id: id, name: name, email: email, role: role, isActive: isActive) : nil
  }
}

/// Where a file names the person of its records: who owns a deal or contact, wrote a note, is assigned a
/// task.
struct PersonColumns {
  /// The name of the column with the id, which is also that of the stored one.
  let name: String
  private let table: Table.Name
  private let id: Int?
  private let email: Int?
  private let personName: Int?
  private let files: ImportFiles

  /// - Returns: nil for a file that names no person.
  init?(_ header: ImportHeader, _ files: ImportFiles) {
    let columns = header.table.columns
    guard header.table.name != .users, let column = columns.first(where: { $0.format == .id(.users) }) else {
      return nil
    }
    name = column.name
    table = header.table.name
    self.files = files
    id = header.place(of: name)
    email = header.place(of: name, by: .email)
    personName = header.place(of: name, by: .name)
    if id == nil, email == nil, personName == nil { return nil }
  }

  /// Whether records have both an id and the e-mail address of the user with that id.
  var tellsAddresses: Bool { id != nil && email != nil }

  /// The person that a record names: by id where it has one, else by e-mail address, else by name.
  /// - Throws: `FileProblem` where the cell is not an id.
  func person(in record: borrowing Decoder) throws(FileProblem) -> NamedPerson {
    if let id, !record[id].isEmpty {
      guard let number = CellText.identifier(record[id], prefix: Table.Name.users.idByte) else {
        throw problem(Column.Format.id(.users).problem(with: record[id]), in: record)
      }
      return .id(number)
    }
    guard let address = address(in: record) else {
      return personName(in: record).map(NamedPerson.name) ?? .nobody
    }
    if let excess = excess(address, personName(in: record), in: record) { throw excess }
    return .email(address)
  }

  /// What is wrong with the texts; nil where nothing is.
  func excess(_ address: String, _ name: String?, in record: borrowing Decoder) -> FileProblem? {
    if let message = emailProblem(address) {
      return files.problem(at: email ?? 0, of: record, in: table, message)
    }
    return nameProblem(name).map { files.problem(at: personName ?? 0, of: record, in: table, $0) }
  }

  func address(in record: borrowing Decoder) -> String? { email.flatMap { Handover.address(record[$0]) } }
  func personName(in record: borrowing Decoder) -> String? { personName.flatMap { unprotected(record[$0]) } }

  func problem(_ message: String, in record: borrowing Decoder) -> FileProblem {
    let told = [id, email, personName].compactMap { $0 }
    return files.problem(
      at: told.first { !record[$0].isEmpty } ?? told.first ?? 0, of: record, in: table, message)
  }

}

extension TextLimit {
  /// What is wrong with a text of a file; nil where nothing is.
  fileprivate func problem(with text: String?) -> String? {
    guard let text, !allows(text) else { return nil }
    return "\(quotation(of: text.utf8.span)) is too long: at most \(characters) characters in \(bytes) bytes"
  }
}

/// What is wrong with the e-mail address of a person in a file; nil where nothing is, or the cell is empty.
private func emailProblem(_ email: String?) -> String? {
  if let problem = TextLimit.email.problem(with: email) { return problem }
  guard let email, EmailAddress.valid(email) == nil else { return nil }
  return
    "\(quotation(of: email.utf8.span)) is not an e-mail address; write it as maria@example.com, or leave the cell empty"
}

/// What is wrong with the name of a person in a file; nil where nothing is, or the cell is empty.
private func nameProblem(_ name: String?) -> String? {
  if let problem = TextLimit.name.problem(with: name) { return problem }
  guard let name, !Name.isSeen(name) else { return nil }
  return "the name shows nothing; write one that people can see, or leave the cell empty"
}

/// How a record names a person.
enum NamedPerson {
  case nobody
  /// The number of an id of the files.
  case id(Int64)
  case email(String)
  case name(String)
}

/// The e-mail address in a cell, as it is stored where it is one; nil for an empty cell.
private func address(_ cell: Span<UInt8>) -> String? {
  unprotected(cell).map(EmailAddress.sought).flatMap { $0.isEmpty ? nil : $0 }
}

/// The text of a cell; nil for an empty one.
private func unprotected(_ cell: Span<UInt8>) -> String? {
  let text = FormulaProtection.undo(cell)
  return text.isEmpty ? nil : String(copying: text)
}
