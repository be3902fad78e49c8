import Testing

@testable import Handover

@Suite("What the operator does with accounts")
struct AdministrationTests {
  let site: TestSite
  let administration: Administration
  let organisation: Organisation
  let owner: User
  let user: User

  init() throws {
    site = try TestSite()
    administration = Administration(accounts: site.accounts)
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  @Test("Appointing an owner makes the former one an admin, tells both, and ends the exports of before")
  func appoint() throws {
    let browser = try site.signedIn(owner)
    browser.post("/settings/export", ["scope": "organisation"])
    let before = try site.letters.count
    let appointed = try administration.changeUser(
      user.email ?? "", of: organisation.id, role: .owner, isActive: nil)
    #expect(appointed.role == .owner)
    #expect(try site.current(owner)?.role == .admin)
    #expect(try site.letters.dropFirst(before).map(\.kind) == ["ownership_received", "ownership_given"])
    #expect(browser.get("/settings/export/new").status == 403)
    let status: String? = try site.database.read { try $0.value("SELECT status FROM export") }
    #expect(status == "cancelled")
  }

  @Test("A role that the operator changes is told to the user")
  func roleTold() throws {
    _ = try administration.changeUser(user.email ?? "", of: organisation.id, role: .admin, isActive: nil)
    let letter = try #require(try site.letters.last)
    #expect(letter.kind == "account_changed" && letter.to.email == user.email)
    #expect(letter.text.contains("The operator gave you another role: you are an admin from now on."))
  }

  @Test("Appointing somebody who is disabled enables them where that is said too, and is refused otherwise")
  func appointDisabled() throws {
    let disabled = try site.addUser("Gone Person", .user, to: organisation, isActive: false)
    let email = disabled.email ?? ""
    #expect(throws: HandoverError.self) {
      try administration.changeUser(email, of: organisation.id, role: .owner, isActive: nil)
    }
    #expect(try site.current(owner)?.role == .owner)
    _ = try administration.changeUser(email, of: organisation.id, role: .owner, isActive: true)
    #expect(try site.current(disabled)?.role == .owner)
  }

  @Test("An owner isn't disabled, unless demoted with it")
  func disableOwner() throws {
    let email = owner.email ?? ""
    #expect(throws: HandoverError.self) {
      try administration.changeUser(email, of: organisation.id, role: nil, isActive: false)
    }
    let browser = try site.signedIn(owner)
    _ = try administration.changeUser(email, of: organisation.id, role: .admin, isActive: false)
    #expect(browser.get("/settings").status == 303)
    #expect(try site.events(of: organisation) == [.signedIn, .userDisabled, .roleChanged])
  }

  @Test(
    "Where an import has brought the largest ids, users are added under the next free one below",
    arguments: [
      ([.max], 3), ([9_007_199_254_740_991], 3), ([9_007_199_254_740_990], 9_007_199_254_740_991),
      ([9_007_199_254_740_992, 9_007_199_254_740_991, 9_007_199_254_740_990, 7], 8),
      ([9_007_199_254_740_993, 3], 4),
    ] as [([Int64], Int64)])
  func largestIDs(taken: [Int64], next: Int64) throws {
    try site.database.write { connection in
      for id in taken {
        _ = try connection.users.add(
          UserID(rawValue: id), of: organisation.id, name: "From \(id)", email: nil, role: .user,
          isActive: false, at: site.clock.now)
      }
    }
    let added = try administration.addUser(
      to: organisation.id, name: "Next", email: "next@example.com", role: .user, password: nil)
    #expect(added.id.rawValue == next)
    let browser = try site.signedIn(owner)
    #expect(browser.get("/settings/organisation/users?page=9223372036854775807").status == 200)
    #expect(
      browser.post(
        "/settings/organisation/users", ["name": "One more", "email": "more@example.com", "role": "user"]
      ).status == 303)
  }

  @Test("A user without a password is invited, with nobody's name")
  func invite() throws {
    let added = try administration.addUser(
      to: organisation.id, name: "Zoe Park", email: "zoe@x.example", role: .admin, password: nil)
    #expect(!added.hasPassword)
    let letter = try #require(try site.letters.first)
    #expect(letter.kind == "invitation" && letter.text.contains("you are invited to Handover"))
    let token = try site.mailedToken()
    #expect(site.browser().get("/password/reset?token=\(token)").status == 200)
  }

  @Test("A second owner, a taken address and an unknown organisation are refused")
  func refused() throws {
    for (organisation, email, role) in [
      (organisation.id, "zoe@x.example", Role.owner), (organisation.id, owner.email ?? "", .user),
      (OrganisationID(rawValue: 99), "zoe@x.example", .user), (organisation.id, "zoe", .user),
    ] {
      #expect(throws: HandoverError.self) {
        try administration.addUser(
          to: organisation, name: "Zoe Park", email: email, role: role, password: nil)
      }
    }
    let other = try site.addOrganisation("Other Office")
    #expect(throws: HandoverError.self) {
      try administration.addUser(
        to: other.id, name: "Maria Rossi", email: owner.email ?? "", role: .user, password: nil)
    }
    #expect(try site.letters.isEmpty)
  }
}
