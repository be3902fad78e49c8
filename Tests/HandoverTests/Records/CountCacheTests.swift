import SQLite
import Testing

@testable import Handover

@Suite("The counts that are kept for the dialog") struct CountCacheTests {
  @Test("They are what an export of each scope holds, and follow users who come")
  func agreeWithExports() throws {
    let office = try ExportOffice()
    let organisation = try office.makeDemo(rows: 2_000)[0]
    try office.database.write { connection in
      try connection.counts.update(of: organisation.id)
      for user in try connection.users.all(of: organisation.id) {
        let counts = try connection.counts.cached(of: organisation.id, users: [user.id])
          .counts(of: user.id)
        #expect(counts.rows == (try rows(of: organisation.id, in: .user(user.id), connection)))
      }
      let whole = try connection.counts.cached(of: organisation.id).organisation
      #expect(whole.rows == (try rows(of: organisation.id, in: .organisation, connection)))

      let fresh = try connection.users.add(
        of: organisation.id, name: "New", email: "new@example.com", role: .user,
        at: UnixTime(rawValue: 0))
      let kept = try connection.counts.cached(of: organisation.id, users: [fresh.id])
      #expect(kept.counts(of: fresh.id) == RecordCounts(users: 1))
      #expect(kept.organisation.users == whole.users + 1)
    }
  }

  private func rows(of organisation: OrganisationID, in scope: Scope, _ connection: Connection) throws -> Int
  {
    let snapshot = try Snapshot(of: organisation, in: scope, connection)
    return try Table.all.reduce(0) { try $0 + snapshot.count(of: $1) }
  }
}
