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

/// Finds or makes the user of the organisation that an id or an e-mail address in the files stands for.
///
/// People are matched by e-mail address. A user is made for everyone else: under the id in the files, or under the
/// next free one where the organisation has a user of that id.
final class ImportPeople {
  private(set) var made = 0
  /// Users that were there before, by their ids.
  private(set) var matched: Set<Int64> = []

  private let connection: Connection
  private let organisation: OrganisationID
  private let now: UnixTime
  private let existing: Set<Int64>
  private var taken: Set<Int64>
  private var hasOwner: Bool
  /// All ids up to here are taken, or wanted by somebody.
  private var last: Int64 = 0
  /// Users by their address, in the form of `address(_:)`.
  private var byEmail: [String: Int64] = [:]
  /// Users by the number of their id in the files.
  private var byID: [Int64: Int64] = [:]

  init(of organisation: OrganisationID, _ connection: Connection, at now: UnixTime) throws {
    self.connection = connection
    self.organisation = organisation
    self.now = now
    let users = try connection.users.all(of: organisation)
    hasOwner = users.contains { $0.role == .owner }
    existing = Set(users.map(\.id.rawValue))
    taken = existing
    for user in users {
      if let email = user.email { byEmail[Self.address(email)] = user.id.rawValue }
    }
    last = taken.max() ?? 0
  }

  /// Matches or makes all of these. No two have the same id or address.
  func add(_ people: [ImportedPerson]) throws {
    last = max(last, people.compactMap(\.id).max() ?? 0)
    for person in people {
      if let email = person.email, let user = match(email) {
        if let id = person.id { byID[id] = user }
      } else {
        try make(person)
      }
    }
  }

  /// The user that an id in the files stands for; nil where no file says whose it is.
  func user(_ id: Int64) -> Int64? { byID[id] }

  /// The user with the address; a disabled one is made where there is none.
  func user(withEmail email: String, name: String?) throws -> Int64 {
    if let user = match(email) { return user }
    return try make(ImportedPerson(id: nil, name: name, email: email, role: .user, isActive: false))
  }

  /// The form in which addresses are compared: capitals of ASCII make no difference, as in the database.
  static func address(_ email: String) -> String {
    String(decoding: email.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  private func match(_ email: String) -> Int64? {
    guard let user = byEmail[Self.address(email)] else { return nil }
    if existing.contains(user) { matched.insert(user) }
    return user
  }

  @discardableResult
  private func make(_ person: ImportedPerson) throws -> Int64 {
    let id = freeID(for: person)
    // An owner can't be disabled, and there is one at most.
    let isOwner = person.role == .owner && person.isActive && !hasOwner
    let role = person.role == .owner && !isOwner ? Role.admin : person.role
    _ = try connection.users.add(
      UserID(rawValue: id), of: organisation, name: person.name, email: person.email, role: role,
      isActive: person.isActive, at: now)
    hasOwner = hasOwner || isOwner
    taken.insert(id)
    made += 1
    if let email = person.email { byEmail[Self.address(email)] = id }
    if let wanted = person.id { byID[wanted] = id }
    return id
  }

  private func freeID(for person: ImportedPerson) -> Int64 {
    if let id = person.id, !taken.contains(id) { return id }
    repeat { last = last == .max ? 1 : last + 1 } while taken.contains(last)
    return last
  }
}
