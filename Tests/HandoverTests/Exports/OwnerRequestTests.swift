import SQLite
import Testing

@testable import Handover

@Suite("What becomes of a request to the owner") struct OwnerRequestTests {
  let fixture: ExportFixture

  init() throws {
    fixture = try ExportFixture()
  }

  private func ask(_ wish: OwnerRequest.Wish, by user: User) throws {
    #expect(try fixture.exports.ask("Please", for: wish, by: user, from: "") == .done)
  }

  private func last(of user: User) throws -> OwnerRequest {
    try #require(try fixture.database.read { try $0.ownerRequests.last(of: user, limit: 1).first })
  }

  private func letters(to user: User) throws -> [String] {
    try fixture.letters().filter { $0.hasSuffix(user.email ?? "") }
  }

  @Test("An export answers the requests for its scope, and no others")
  func scopes() throws {
    let (user, admin) = (fixture.office.user, fixture.office.admin)
    try ask(.user, by: user)
    try ask(.organisation, by: admin)
    let ofAdmin = try fixture.request(.user(admin.id))
    #expect(try last(of: user).outcome == .waiting && last(of: admin).outcome == .waiting)
    let whole = try fixture.request()
    #expect(try last(of: user).outcome == .waiting && last(of: admin).answer?.export == whole)
    let ofUser = try fixture.request(.user(user.id))
    #expect(try last(of: user).answer?.export == ofUser && ofUser != ofAdmin)
    #expect(try last(of: user).answer?.status == .queued && last(of: user).answer?.isInHand == nil)
  }

  @Test("Another organisation's export answers nothing here")
  func others() throws {
    try ask(.organisation, by: fixture.office.user)
    _ = try fixture.request(by: fixture.other.owner)
    #expect(try last(of: fixture.office.user).outcome == .waiting)
  }

  @Test(
    "Requests wait again where the export is cancelled or the owner changes, and are answered by the next")
  func again() throws {
    let (office, user) = (fixture.office, fixture.office.user)
    try ask(.organisation, by: user)
    let first = try fixture.request()
    #expect(try fixture.exports.cancel(first, by: office.owner, from: "") == .done)
    #expect(try last(of: user).outcome == .waiting && last(of: user).answer == nil)
    let second = try fixture.request()
    #expect(try last(of: user).answer?.export == second)
    try fixture.database.write {
      try fixture.exports.ownerChanged(of: office.organisation.id, by: .server, in: $0)
    }
    #expect(try last(of: user).outcome == .waiting)
  }

  @Test(
    "Requests wait again where the export has failed, and not while it is tried again; a retry answers them")
  func failed() throws {
    let user = fixture.office.user
    try ask(.organisation, by: user)
    let id = try fixture.request()
    for attempt in 1...Export.retries.attempts {
      #expect(try last(of: user).answer?.export == id)
      try fixture.exports.fail(try fixture.take(), .interrupted)
      if attempt < Export.retries.attempts { fixture.pass(.minutes(1)) }
    }
    #expect(try last(of: user).outcome == .waiting)
    #expect(try fixture.exports.retry(id, by: fixture.office.owner, from: "") == .done)
    #expect(try last(of: user).answer?.export == id)
  }

  @Test("Who asked is told once that the export is made, also one who asked while it was being made")
  func told() throws {
    let (user, admin) = (fixture.office.user, fixture.office.admin)
    try ask(.organisation, by: user)
    _ = try fixture.request()
    let job = try fixture.take()
    try ask(.organisation, by: admin)
    #expect(try letters(to: user).isEmpty)
    try fixture.complete(job)
    for asker in [user, admin] {
      #expect(try letters(to: asker) == ["export_made \(asker.email ?? "")"])
      #expect(try last(of: asker).outcome == .exported && last(of: asker).answer?.status == .completed)
    }
  }

  @Test("Nothing is handed to one who is not there, is disabled, invited and not yet here, or the owner")
  func recipients() throws {
    let office = fixture.office
    let (disabled, invited) = try fixture.database.write { connection in
      func add(_ name: String, isActive: Bool, passwordHash: String?) throws -> User {
        try connection.users.add(
          of: office.organisation.id, name: name, email: "\(name)@harbour.example", role: .user,
          isActive: isActive, passwordHash: passwordHash, at: fixture.now)
      }
      return (
        try add("gone", isActive: false, passwordHash: "$y$x"),
        try add("new", isActive: true, passwordHash: nil)
      )
    }
    func request(_ recipient: UserID) throws -> Exports.RequestOutcome {
      try fixture.exports.request(.organisation, handTo: recipient, by: office.owner, from: "")
    }
    #expect(try request(UserID(rawValue: 99)) == .noRecipient)
    for user in [disabled, invited, office.owner] {
      guard case .notEligible(let found) = try request(user.id) else {
        Issue.record("\(user.displayName)")
        continue
      }
      #expect(found.id == user.id)
    }
    #expect(try fixture.activity().isEmpty)
    guard case .done(let id) = try request(office.user.id) else {
      Issue.record("A user can get it.")
      return
    }
    #expect(try fixture.export(id).handTo?.id == office.user.id)
  }
}
