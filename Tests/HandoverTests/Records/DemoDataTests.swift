import SQLite
import Secrets
import Testing

@testable import Handover

@Suite struct DemoDataTests {
  @Test("The same number gives the same rows")
  func reproducible() throws {
    let archives = try (0..<2).map { _ in
      let office = try ExportOffice()
      return try office.makeDemo(rows: 2_000).map { try office.export($0).report.files }
    }
    #expect(archives[0] == archives[1])
  }

  @Test("The main organisation has about the wanted number of rows", arguments: [0, 1, 100, 2_000, 20_000])
  func rowCount(_ rows: Int) throws {
    let office = try ExportOffice()
    let organisations = try office.makeDemo(rows: rows)
    #expect(organisations.count == 3)
    let report = try office.export(organisations[0]).report
    let made = report.files.reduce(0) { $0 + $1.rows }
    #expect(abs(made - rows) <= max(20, rows / 50))
  }

  @Test("A second call changes nothing")
  func secondCall() throws {
    let office = try ExportOffice()
    _ = try office.makeDemo(rows: 100)
    let hasher = PasswordHasher(cost: 1, randomness: .system)
    #expect(try !DemoData(rows: 500).make(in: office.database, hasher, at: ExportOffice.now))
    #expect(try office.database.read { try $0.organisations.all().count } == 3)
  }

  @Test("A demo whose organisation and owner have other names and addresses now is still the demo")
  func renamed() throws {
    let office = try ExportOffice()
    _ = try office.makeDemo(rows: 100)
    try office.execute("UPDATE organisation SET name = 'Ωμέγα' WHERE name LIKE 'Harbourside%'")
    try office.execute("UPDATE user SET email = 'o@x.example' WHERE email LIKE 'owner@harbourside%'")
    let hasher = PasswordHasher(cost: 1, randomness: .system)
    #expect(try !DemoData(rows: 100).make(in: office.database, hasher, at: ExportOffice.now))
    #expect(try office.database.read { try $0.organisations.all().count } == 3)
  }

  @Test("The sign-ins work, the main organisation's first")
  func signIns() throws {
    let office = try ExportOffice()
    let organisations = try office.makeDemo(rows: 100)
    let hasher = PasswordHasher(cost: 1, randomness: .system)
    for signIn in DemoData.signIns {
      let (role, hash) = try office.database.read { connection in
        let user = try #require(try connection.users.find(signingInWith: signIn.email))
        return (user.role, try #require(try connection.users.passwordHash(of: user)))
      }
      #expect(role == signIn.role)
      guard case .right = hasher.verify(signIn.password, against: hash, for: .local) else {
        Issue.record("\(signIn.email) can't sign in")
        continue
      }
    }
    #expect(DemoData.signIns.prefix(3).map(\.role) == [.owner, .admin, .user])
    for signIn in DemoData.signIns { #expect(signIn.email.contains(signIn.role.rawValue)) }
    #expect(Set(DemoData.signIns.prefix(3).map(\.organisation)) == [organisations[0].name])
  }

  @Test("One organisation has no owner")
  func noOwner() throws {
    let office = try ExportOffice()
    let owners = try office.makeDemo(rows: 100).map { organisation in
      try office.database.read { try $0.users.owner(of: organisation.id) != nil }
    }
    #expect(owners == [true, true, false])
  }

  /// Each is a query that finds a row of a kind that exports have gone wrong on.
  private static let kinds = [
    "SELECT 1 FROM deal JOIN user ON user.organisation_id = deal.edition_id AND user.id = owner_id AND active = 0",
    "SELECT 1 FROM deal WHERE deal_id NOT IN (SELECT deal_id FROM deal_contact WHERE edition_id = 1)",
    "SELECT 1 FROM deal_contact GROUP BY edition_id, contact_id HAVING count(*) > 5",
    "SELECT 1 FROM deal WHERE deal_value < 0",
    "SELECT 1 FROM deal WHERE archived = 1",
    "SELECT 1 FROM contact WHERE postcode = '0800'",
    "SELECT 1 FROM contact WHERE mobile LIKE '+61 4%'",
    "SELECT 1 FROM note WHERE note_content LIKE '=%'",
    "SELECT 1 FROM note WHERE note_content LIKE '%' || char(13, 10) || '%'",
    "SELECT 1 FROM note WHERE note_content LIKE '%\"%,%🎉%'",
    "SELECT 1 FROM note WHERE deal_id IS NULL AND contact_id IS NOT NULL",
    "SELECT 1 FROM note WHERE deal_id IS NULL AND contact_id IS NULL",
    "SELECT 1 FROM task WHERE deal_id IS NOT NULL AND contact_id IS NOT NULL",
    "SELECT 1 FROM task WHERE status = 'open'",
  ]

  @Test("There are rows of all kinds")
  func allKinds() throws {
    let office = try ExportOffice()
    _ = try office.makeDemo(rows: 10_000)
    for kind in Self.kinds { #expect(try office.database.read { try $0.exists(kind) }) }
  }

  @Test("Notes have 50 to 2,000 characters, and nothing dangles")
  func notes() throws {
    let office = try ExportOffice()
    _ = try office.makeDemo(rows: 20_000)
    let shortest: Int? = try office.database.read {
      try $0.value("SELECT min(length(note_content)) FROM note")
    }
    let longest: Int? = try office.database.read {
      try $0.value("SELECT max(length(note_content)) FROM note")
    }
    #expect(shortest ?? 0 >= 50)
    #expect(longest ?? .max <= 2_000)
    #expect(try office.database.read { try $0.foreignKeyCheck() } == [])
  }
}
