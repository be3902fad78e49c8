import SQLite
import Secrets

/// The demo: three organisations with people who can sign in and records to export. The same numbers give the
/// same rows every time.
///
/// The main organisation has about the number of rows asked for, users with names in many scripts, and a
/// disabled user who has records; the second is small, with an owner of its own; the third has no owner.
package struct DemoData: Sendable {
  /// Somebody to sign in as.
  package struct SignIn: Sendable, Equatable {
    let organisation: String
    package let email: String
    package let password: String
    let role: Role
  }

  package static let defaultRows = 20_000
  /// 2026-07-01T00:00:00Z, the end of the time in which the records were made.
  static let defaultAnchor = UnixTime(rawValue: 1_782_864_000)

  private let rows: Int
  private let anchor: UnixTime

  /// - Parameter rows: about how many the main organisation gets, all tables together.
  init(rows: Int = defaultRows, anchor: UnixTime = defaultAnchor) {
    self.rows = max(0, rows)
    self.anchor = anchor
  }

  /// The users to sign in as, those of the main organisation first; the number of rows doesn't change them.
  package static var signIns: [SignIn] {
    plans.flatMap { plan in
      plan.signIns.map { email, _, role in
        SignIn(organisation: plan.name, email: email, password: password, role: role)
      }
    }
  }

  /// Makes the demo, all of it or nothing. Does nothing if it exists already.
  /// - Returns: whether it was made now.
  func make(in database: Database, _ hasher: PasswordHasher, at now: UnixTime) throws -> Bool {
    if try database.read({ try Self.isThere($0) }) { return false }
    let hash = try hasher.hash(Self.password, for: .local)
    return try database.write { connection in
      if try Self.isThere(connection) { return false }
      for (index, plan) in Self.plans.enumerated() {
        let rows = index == 0 ? self.rows : min(plan.rows, self.rows)
        try make(plan, rows: rows, seed: UInt64(index + 1), hash, connection, at: now)
      }
      return true
    }
  }

  /// Known by whoever signs in: people may have renamed its organisations, or given somebody another address.
  private static func isThere(_ connection: Connection) throws -> Bool {
    try signIns.contains { try connection.users.find(signingInWith: $0.email) != nil }
  }

  private func make(
    _ plan: DemoPlan, rows: Int, seed: UInt64, _ hash: String, _ connection: Connection, at now: UnixTime
  ) throws {
    let organisation = try connection.organisations.add(named: plan.name, timeZone: plan.timeZone, at: now).id
    for (email, name, role) in plan.signIns {
      _ = try connection.users.add(
        of: organisation, name: name, email: email, role: role, passwordHash: hash, at: now)
    }
    // Colleagues who have records but no password; the first of them has left.
    let colleagues = plan.colleagues + rows / 25_000
    var generator = Generator(seed: seed)
    for number in 0..<colleagues {
      let name = DemoPerson(&generator).fullName(middle: nil)
      _ = try connection.users.add(
        of: organisation, name: name, email: "colleague\(number + 1)@\(plan.domain)", role: .user,
        isActive: number > 0, at: now)
    }
    try DemoOffice(
      connection.editions.current(of: organisation), users: plan.signIns.count + colleagues, rows: rows,
      anchor: anchor, seed: seed
    ).fill(connection)
    try connection.counts.update(of: organisation)
    try connection.records.updateSearches(of: organisation)
  }
}

/// What a demo organisation is called and who is in it.
private struct DemoPlan {
  let name: String
  let timeZone: String
  let domain: String
  let signIns: [(email: String, name: String, role: Role)]
  /// Users who can't sign in.
  let colleagues: Int
  /// At most this many; the main organisation has as many as the caller asks for.
  let rows: Int
}

extension DemoData {
  /// The same for everyone, so that nobody has to look it up or takes it for a secret.
  static let password = "demo-password"

  fileprivate static let plans = [
    DemoPlan(
      name: "Harbourside Home Loans", timeZone: "Australia/Sydney", domain: "harbourside.example.com",
      signIns: [
        ("owner@harbourside.example.com", "Olivia Nguyễn", .owner),
        ("admin@harbourside.example.com", "Pádraig O'Brien", .admin),
        ("user@harbourside.example.com", "陳美玲", .user),
      ],
      colleagues: 9, rows: .max),
    DemoPlan(
      name: "Quokka Finance, Perth", timeZone: "Australia/Perth", domain: "quokka.example.com",
      signIns: [
        ("owner@quokka.example.com", "Giorgos \"George\" Papadopoulos", .owner),
        ("user@quokka.example.com", "प्रिया शर्मा", .user),
      ],
      colleagues: 2, rows: 1_500),
    DemoPlan(
      name: "Wattle & Daughters", timeZone: "Australia/Darwin", domain: "wattle.example.com",
      signIns: [
        ("admin@wattle.example.com", "Aroha Te Whānau", .admin),
        ("user@wattle.example.com", "Lachlan King", .user),
      ],
      colleagues: 1, rows: 300),
  ]
}
