import Testing

@testable import Handover

@Suite("Handing an export over") struct HandTests {
  let fixture: ExportFixture
  let export: Export

  init() throws {
    fixture = try ExportFixture()
    export = try fixture.completed()
  }

  private var office: ExportFixture.Office { fixture.office }

  private func hand(_ recipient: User? = nil, by owner: User? = nil) throws -> Exports.HandOutcome {
    try fixture.exports.hand(
      export.id, to: recipient?.id ?? office.user.id, by: owner ?? office.owner, from: "203.0.113.7")
  }

  private func handed(to recipient: User? = nil) throws -> Hand {
    guard case .done(let hand) = try hand(recipient) else { throw Unexpected("it was not handed over") }
    return hand
  }

  private func takeBack(from recipient: User? = nil) throws -> Exports.TakeBackOutcome {
    try fixture.exports.takeBack(
      export.id, from: recipient?.id ?? office.user.id, by: office.owner, from: "203.0.113.7")
  }

  private func target(of hand: Hand) throws -> String {
    try #require(try fixture.exports.links().link(of: export, for: hand)?.target)
  }

  private func follow(_ target: String, by user: User) throws -> DownloadOutcome {
    try fixture.exports.follow(target, to: export.id, by: user)
  }

  private func isFile(_ outcome: DownloadOutcome) -> Bool {
    if case .file = outcome { true } else { false }
  }

  private func letters(_ kind: String) throws -> [String] {
    try fixture.database.read {
      try $0.all("SELECT recipient_email FROM letter WHERE kind = ? ORDER BY id", kind) {
        try $0["recipient_email"] as String
      }
    }
  }

  @Test("Who gets it has a link of their own, and an e-mail with it")
  func link() throws {
    let hand = try handed()
    let target = try target(of: hand)
    let pattern = /\/exports\/[0-9a-f]{32}\/download\?for=U-3&expires=1777800600&signature=[A-Za-z0-9_-]{43}/
    #expect(target.wholeMatch(of: pattern) != nil, "\(target)")
    #expect(isFile(try follow(target, by: office.user)))
    #expect(try letters("export_handed") == ["user@harbour.example"])
    let mail = try fixture.database.read {
      try $0.value("SELECT text FROM letter WHERE kind = 'export_handed'") as String?
    }
    #expect(mail?.contains("https://handover.example" + target) == true)
    #expect(mail?.contains("was handed to you.") == true && mail?.contains("you are the owner") == false)
  }

  @Test("The recipient's link is nobody else's, the owner's included, and the owner's is not the recipient's")
  func foreign() throws {
    let target = try target(of: try handed())
    #expect(try follow(target, by: office.owner) == .notRecipient)
    #expect(try follow(target, by: office.admin) == .notRecipient)
    #expect(try follow(target, by: fixture.other.owner) == .notFound)
    let owners = try #require(try fixture.exports.links().link(of: export)?.target)
    #expect(try follow(owners, by: office.user) == .notOwner)
    #expect(isFile(try follow(owners, by: office.owner)))
  }

  @Test("A change of any byte of the recipient's link makes it no link")
  func everyByte() throws {
    let bytes = Array(try target(of: try handed()).utf8)
    for index in bytes.indices {
      for change in [bytes[index] ^ 1, bytes[index] ^ 0x20] where change != bytes[index] {
        var tampered = bytes
        tampered[index] = change
        let other = String(decoding: tampered, as: UTF8.self)
        #expect(try follow(other, by: office.user) == .altered(export), "byte \(index)")
        #expect(try follow(other, by: office.admin) == .notFound, "byte \(index)")
      }
    }
  }

  @Test("It is in the same hands once, however often it is handed over; several may have it")
  func once() throws {
    let first = try handed()
    for _ in 1...19 { #expect(try hand() == .already(first)) }
    _ = try handed(to: office.admin)
    #expect(try letters("export_handed") == ["user@harbour.example", "admin@harbour.example"])
    let hands = try fixture.database.read { try $0.hands.all(of: export) }
    #expect(hands.map(\.user.id) == [office.admin.id, office.user.id])
  }

  @Test("Taken back, the link is gone at once and for ever; another hand has another link")
  func takenBack() throws {
    let first = try handed()
    let target = try target(of: first)
    #expect(try takeBack() == .done(first))
    #expect(try follow(target, by: office.user) == .takenBack)
    #expect(try takeBack() == .asBefore)
    let second = try handed()
    #expect(try self.target(of: second) != target)
    #expect(try follow(target, by: office.user) == .takenBack)
    #expect(isFile(try follow(self.target(of: second), by: office.user)))
  }

  @Test(
    "Handed over, an export that was there before answers what its recipient has asked for, and nobody else's"
  )
  func answers() throws {
    for user in [office.user, office.admin] {
      #expect(try fixture.exports.ask("All of it", for: .organisation, by: user, from: "") == .done)
    }
    _ = try handed()
    let outcomes = try [office.user, office.admin].map { user in
      try fixture.database.read { try $0.ownerRequests.last(of: user, limit: 1) }.map(\.outcome)
    }
    #expect(outcomes == [[.exported], [.waiting]])
  }

  @Test("Disabling ends it, and enabling doesn't bring it back", arguments: [true, false])
  func disabled(byOperator: Bool) throws {
    let site = try TestSite()
    let organisation = try site.addOrganisation()
    let owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    let user = try site.addUser("Ben Cole", .user, to: organisation)
    let id = try site.completedExport(by: owner)
    guard case .done(let hand) = try site.exports.hand(id, to: user.id, by: owner, from: "") else {
      throw Unexpected("it was not handed over")
    }
    func set(_ isActive: Bool) throws {
      if byOperator {
        _ = try Administration(accounts: site.accounts).changeUser(
          user.email ?? "", of: organisation.id, role: nil, isActive: isActive)
      } else {
        _ = try site.accounts.setActive(isActive, of: user.id, by: owner, from: "")
      }
    }
    try set(false)
    try set(true)
    let now = try site.database.read { try $0.hands.find(hand.id, of: organisation.id) }
    #expect(now?.endedAt != nil)
  }

  @Test("Nobody gets it who can't use it")
  func notEligible() throws {
    #expect(try hand(office.owner) == .own)
    #expect(try hand(office.user, by: office.admin) == .notOwner)
    #expect(try hand(fixture.other.user, by: fixture.other.owner) == .notFound)
    let nobody = UserID(rawValue: 99)
    #expect(try fixture.exports.hand(export.id, to: nobody, by: office.owner, from: "") == .noSuchUser)
    #expect(try fixture.exports.hand(export.id, to: nil, by: office.owner, from: "") == .noSuchUser)
    var disabled = office.user
    disabled.isActive = false
    try fixture.database.write { [disabled] in try $0.users.update(disabled, at: fixture.now) }
    #expect(try hand() == .notEligible(disabled))
    let invited = try fixture.database.write { connection in
      try connection.users.setPasswordHash(nil, of: office.admin)
      return try connection.users.find(office.admin.id, of: office.organisation.id)
    }
    #expect(try hand(office.admin) == .notEligible(try #require(invited)))
    #expect(try letters("export_handed").isEmpty)
  }

  @Test("What isn't there can't be handed over, and what was handed ends with it")
  func ended() throws {
    let target = try target(of: try handed())
    let waiting = try fixture.request(.user(office.user.id))
    #expect(
      try fixture.exports.hand(waiting, to: office.user.id, by: office.owner, from: "") == .refused(.queued))
    fixture.pass(.hours(24))
    #expect(try follow(target, by: office.user) == .gone(export))
    #expect(try hand(office.admin) == .refused(.expired))
    #expect(try takeBack() == .asBefore)
  }

  @Test("Handed over as asked, in the moment of its completion")
  func atCompletion() throws {
    let outcome = try fixture.exports.request(
      .user(office.user.id), handTo: office.user.id, by: office.owner, from: "")
    guard case .done(let id) = outcome else { throw Unexpected("\(outcome)") }
    #expect(try fixture.database.read { try $0.hands.of([id], in: office.organisation.id) }.isEmpty)
    try fixture.complete(try fixture.take())
    let hands = try fixture.database.read { try $0.hands.of([id], in: office.organisation.id)[id] }
    #expect(hands?.map(\.user.id) == [office.user.id])
    #expect(try letters("export_handed") == ["user@harbour.example"])
  }

  @Test("Not handed over to somebody disabled meanwhile, and the owner's e-mail says so")
  func disabledMeanwhile() throws {
    _ = try fixture.exports.request(.user(office.user.id), handTo: office.user.id, by: office.owner, from: "")
    var disabled = office.user
    disabled.isActive = false
    try fixture.database.write { [disabled] in try $0.users.update(disabled, at: fixture.now) }
    try fixture.complete(try fixture.take())
    #expect(try letters("export_handed").isEmpty)
    let mail = try fixture.database.read {
      try $0.value("SELECT text FROM letter WHERE kind = 'export_completed' ORDER BY id DESC LIMIT 1")
        as String?
    }
    #expect(mail?.contains("It was NOT handed to") == true)
  }

  @Test("A new owner who tries a failed one again hands it to nobody")
  func forgotten() throws {
    let outcome = try fixture.exports.request(
      .user(office.user.id), handTo: office.user.id, by: office.owner, from: "")
    guard case .done(let id) = outcome else { throw Unexpected("\(outcome)") }
    _ = try fixture.database.write { connection in
      try connection.run(
        "UPDATE export SET status = 'failed', ended_at = requested_at, reason = 'Full.' WHERE id = ?", id)
      try connection.users.setRole(.admin, of: office.owner)
      try connection.users.setRole(.owner, of: office.admin)
      try fixture.exports.ownerChanged(of: office.organisation.id, by: .operator, in: connection)
    }
    let owner = try fixture.database.read { try $0.users.owner(of: office.organisation.id) }
    #expect(try fixture.exports.retry(id, by: #require(owner), from: "") == .done)
    try fixture.complete(try fixture.take())
    #expect(try fixture.export(id).status == .completed && fixture.export(id).handTo == nil)
    #expect(try letters("export_handed").isEmpty)
  }

  @Test("Disabling ends it also while the clock is ahead")
  func disabledAhead() throws {
    let target = try target(of: try handed())
    fixture.pass(.hours(25))
    try fixture.database.write { connection in
      try fixture.exports.userDisabled(office.user, by: .operator, in: connection)
    }
    fixture.pass(.hours(-25))
    #expect(try follow(target, by: office.user) == .takenBack)
  }

  @Test("The owner hears of each user's first download, and of no second one")
  func receipts() throws {
    let hand = try handed()
    let session = try fixture.session("s", of: office.user)
    for _ in 1...2 {
      try fixture.exports.recordDownload(of: export, by: session, from: "203.0.113.9", .whole)
    }
    #expect(try letters("export_downloaded") == ["owner@harbour.example"])
    let mail = try fixture.database.read {
      try $0.value("SELECT text FROM letter WHERE kind = 'export_downloaded'") as String?
    }
    let plain = try #require(mail).replacing(/[\u{2066}-\u{2069}]/, with: "").replacing(/\s+/, with: " ")
    #expect(
      plain.contains("for the first time by Mei-Lin Chua, to whom you handed it. There is nothing to do."))
    #expect(plain.contains("Press Take back") && !plain.contains("change your password"))
    let now = try fixture.database.read { try $0.hands.find(hand.id, of: office.organisation.id) }
    #expect(now?.downloadedAt == fixture.now)
    let own = try fixture.session("o", of: office.owner)
    try fixture.exports.recordDownload(of: export, by: own, from: "203.0.113.9", .whole)
    #expect(try letters("export_downloaded").count == 2)
  }
}
