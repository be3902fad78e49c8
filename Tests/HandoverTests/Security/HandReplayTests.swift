import HTTP
import Testing

@testable import Handover

/// Both links of an export that was handed over, and both forms of handing, replayed by everybody of two organisations,
/// before and after whatever ends a hand.
@Suite("Handing over, replayed by everybody")
struct HandReplayTests {
  let offices: MarkedOffices
  let hand: Hand
  /// The recipient's.
  let link: String
  var site: TestSite { offices.site }
  var first: MarkedOffices.Office { offices.first }

  init() throws {
    offices = try MarkedOffices()
    let first = offices.first
    hand = try Self.hand(first.export, to: first.user, by: first.owner, on: offices.site)
    link = try Self.link(of: hand, by: first.owner, on: offices.site)
  }

  private static func hand(_ id: ExportID, to user: User, by owner: User, on site: TestSite) throws -> Hand {
    guard case .done(let hand) = try site.exports.hand(id, to: user.id, by: owner, from: "") else {
      throw Unexpected("it was not handed over")
    }
    return hand
  }

  private static func link(of hand: Hand, by owner: User, on site: TestSite) throws -> String {
    let export = try #require(
      try site.database.read { try $0.exports.find(hand.export, of: owner.organisation) })
    return try #require(try site.exports.links().link(of: export, for: hand)?.target)
  }

  /// What each of them gets, in this order: the first organisation's owner, admin, user (the recipient); the second's
  /// owner, admin, user; nobody. HEAD gets the same, and the file flows with 200 alone.
  private func answers(_ link: String) throws -> [Int] {
    let second = offices.second
    let people = [first.owner, first.admin, first.user, second.owner, second.admin, second.user, nil]
    return try people.map { person in
      let pages = try [Method.get, .head].map { method in
        try (person.map(site.open) ?? site.browser()).send(method, link)
      }
      for page in pages { #expect((page["X-Accel-Redirect"] != nil) == (page.status == 200)) }
      #expect(pages[0].status == pages[1].status)
      return pages[0].status
    }
  }

  private let owners = [200, 403, 403, 404, 404, 404, 303]
  private let recipients = [403, 403, 200, 404, 404, 404, 303]
  private let ended = [403, 403, 410, 404, 404, 404, 303]

  @Test("Each link opens the file for the one for whom it is, and for nobody else")
  func inHand() throws {
    #expect(try answers(first.link) == owners)
    #expect(try answers(link) == recipients)
  }

  @Test("Taken back it opens nothing for anybody; handed over once more, another link does")
  func takenBack() throws {
    let owner = try site.open(first.owner)
    let path = "/settings/export/\(first.export)"
    #expect(owner.post(path + "/take-back", ["user_id": "\(first.user.id)"]).status == 303)
    #expect(try answers(link) == ended)
    #expect(try answers(first.link) == owners)
    let page = try site.open(first.user).get(link)
    #expect(page.contains("This export was taken back") && !page.contains("signature="))
    for _ in 1...20 {
      #expect(owner.post(path + "/hand", ["user_id": "\(first.user.id)"]).status == 303)
    }
    let hands = try site.database.read { try $0.hands.of([first.export], in: first.organisation.id) }
    let again = try #require(hands[first.export])
    #expect(again.count == 2 && again[0].endedAt != nil && again[1].endedAt == nil)
    #expect(try answers(link) == ended)
    #expect(try answers(Self.link(of: again[1], by: first.owner, on: site)) == recipients)
  }

  @Test("Disabling the recipient ends it, at once and for good")
  func disabled() throws {
    let (owner, recipient) = (try site.open(first.owner), try site.open(first.user))
    #expect(recipient.get(link).status == 200)
    let path = "/settings/organisation/users/\(first.user.id)"
    #expect(owner.post(path + "/disable").status == 303)
    #expect(recipient.get(link).status == 303)
    #expect(owner.post(path + "/enable").status == 303)
    #expect(try answers(link) == ended)
    #expect(try answers(first.link) == owners)
  }

  @Test("A change of owner ends it, whoever becomes the owner, and what was to be handed is handed to nobody")
  func ownerChanged() throws {
    for successor in [first.admin, first.user] {
      let test = try HandReplayTests()
      try test.changeOwner(to: successor)
      // The former owner is an admin now. Of the recipient's own it says that it is gone, to the others nothing.
      #expect(try test.answers(test.link) == ended)
      let isRecipient = successor == first.user
      #expect(
        try test.answers(test.first.link) == [403, isRecipient ? 403 : 410, isRecipient ? 410 : 403]
          + [404, 404, 404, 303])
    }
  }

  private func changeOwner(to user: User) throws {
    let owner = try site.open(first.owner)
    #expect(owner.post("/settings/organisation/ownership", ["user_id": "\(user.id)"]).status == 303)
  }

  @Test("Revoked, or at its expiry, both links are gone", arguments: [true, false])
  func over(isRevoked: Bool) throws {
    if isRevoked {
      #expect(try site.open(first.owner).post("/settings/export/\(first.export)/revoke").status == 303)
    } else {
      site.clock.move(by: .hours(24))
    }
    #expect(try answers(link) == ended)
    #expect(try answers(first.link) == [410, 403, 403, 404, 404, 404, 303])
  }

  @Test("No other spelling is a link, and none of another export's parts makes one")
  func spellings() throws {
    let second = offices.second
    let foreign = try Self.link(
      of: Self.hand(second.export, to: second.user, by: second.owner, on: site), by: second.owner, on: site)
    let others = Spellings.all(of: first.link, foreign: link) + Spellings.all(of: foreign, foreign: link)
    // Of one's own organisation's other exports, and for somebody else.
    let later = try site.completedExport(by: first.owner)
    let moved = [
      link.replacing(first.export.rawValue, with: later.rawValue),
      link.replacing("for=\(first.user.id)", with: "for=\(first.admin.id)"),
      link.replacing("for=\(first.user.id)&", with: ""), first.link.replacing("?", with: "?for=U-3&"),
      link + "&for=\(first.admin.id)", link.replacing("for=U-", with: "for=U-0"),
      link.replacing("?for", with: "?&for"),
    ]
    let recipient = try site.open(first.user)
    for spelling in others + moved
    where ![link, foreign, first.link].contains(spelling) {
      let page = recipient.get(spelling)
      #expect([400, 403, 404].contains(page.status) && page["X-Accel-Redirect"] == nil, "\(spelling)")
    }
    let admin = try site.open(first.admin)
    for spelling in moved { #expect([400, 404].contains(admin.get(spelling).status), "\(spelling)") }
    #expect(recipient.get(link).status == 200)
  }

  @Test("Nobody but the owner hands over or takes back, and the owner only to the own people")
  func forms() throws {
    let second = offices.second
    let path = "/settings/export/\(first.export)"
    func kept() throws -> [String] {
      try site.database.read {
        try $0.all(
          "SELECT id || '|' || user_id || '|' || coalesce(ended_at, '') AS hand FROM export_hand ORDER BY id"
        ) { try $0["hand"] as String }
      }
    }
    let (before, mails) = (try kept(), try site.letters.count)
    let people: [(User?, Int)] = [
      (first.admin, 403), (first.user, 403), (second.owner, 404), (second.admin, 403), (second.user, 403),
      (nil, 303),
    ]
    for (person, status) in people {
      let browser = try person.map(site.open) ?? site.browser()
      for recipient in [first.admin.id, first.user.id] {
        for form in ["/hand", "/take-back"] {
          let page = browser.post(path + form, ["user_id": "\(recipient)"])
          #expect(page.status == status, "\(person?.displayName ?? "nobody") \(form)")
          #expect(!page.shows("CANARY-A") || person?.organisation == first.organisation.id)
        }
      }
      let question = browser.get(path + "/hand")
      #expect(question.status == status, "\(person?.displayName ?? "nobody")")
    }
    // U-6 is of the first alone, and the second's owner has no such user.
    let own = "/settings/export/\(second.export)"
    let stranger = try site.open(second.owner)
    #expect(stranger.post(own + "/hand", ["user_id": "U-6"]).status == 404)
    #expect(stranger.post(own + "/take-back", ["user_id": "U-6"]).status == 404)
    #expect(stranger.post(own + "/hand", ["user_id": "\(second.leaver.id)"]).status == 422)
    #expect(stranger.post("/settings/export/\(second.queued)/hand", ["user_id": "U-3"]).status == 409)
    #expect(try kept() == before)
    #expect(try site.letters.count == mails)
  }

  @Test("What was refused is in the activity, with why")
  func refusals() throws {
    try site.open(first.admin).get(link)
    try site.open(first.owner).get(link)
    try site.open(first.user).get(first.link)
    _ = try site.exports.takeBack(first.export, from: first.user.id, by: first.owner, from: "")
    try site.open(first.user).get(link)
    let events = try site.database.read {
      try $0.activity.events(
        of: first.organisation.id, about: first.export.rawValue, .downloadRefused, limit: 9)
    }
    #expect(
      events.reversed().map { String($0.detail.split(separator: ", ").last ?? "") } == [
        "not the one to whom it was handed", "not the one to whom it was handed", "not the owner",
        "it was taken back",
      ])
  }

  @Test("Whoever signs in on the way gets the file, where it is in hand, and else learns why not")
  func signingIn() throws {
    func arrive(_ user: User) throws -> Page {
      let browser = site.browser()
      let next = try #require(try browser.signIn(user, next: link).location)
      #expect(next == "/settings/export?download=\(first.export)")
      return browser.get(next)
    }
    let page = try arrive(first.user)
    #expect(page.contains("Your download starts now") && page.contains(link.replacing("&", with: "&amp;")))
    #expect(try arrive(first.admin).contains("Only the owner can download exports."))
    _ = try site.exports.takeBack(first.export, from: first.user.id, by: first.owner, from: "")
    let back = try arrive(first.user)
    #expect(back.contains("The owner has taken this export back.") && !back.contains("signature="))
    _ = try Self.hand(first.export, to: first.user, by: first.owner, on: site)
    #expect(try arrive(first.user).contains("Your download starts now"))
    _ = try site.exports.revoke(first.export, by: first.owner, from: "")
    let gone = try arrive(first.user)
    #expect(gone.contains("This download is no longer there") && gone.contains("was revoked"))
    #expect(!gone.contains("Export again") && !gone.contains("signature="))
  }
}
