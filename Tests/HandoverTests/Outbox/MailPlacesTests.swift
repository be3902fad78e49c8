import System
import TestSupport
import Testing

@testable import Handover

@Suite("Who may be sent now") struct MailPlacesTests {
  private let start = ContinuousClock.now
  private var places = MailPlaces()
  private var rows: Int64 = 0

  private func due(
    _ row: Int64, of organisation: Int64 = 0, to domain: String = "", _ lane: MailLane = .report
  ) -> DueLetter {
    DueLetter(
      row: row, organisation: OrganisationID(rawValue: organisation == 0 ? 1_000 + row : organisation),
      domain: domain.isEmpty ? "\(row).example" : domain, failures: 0,
      letter: StoredLetter(
        kind: "x", messageID: "x", to: Recipient(name: "", email: "x"), subject: "", text: "", html: "",
        writtenAt: UnixTime(rawValue: 0), lane: lane))
  }

  /// Begins one more mail, of an organisation and to a domain of its own where none is given.
  private mutating func begin(
    at seconds: Int = 0, of organisation: Int64 = 0, to domain: String = "", _ lane: MailLane = .report
  ) -> Sending {
    rows += 1
    let sending = Sending(due(rows, of: organisation, to: domain, lane), at: start + .seconds(seconds))
    places.add(sending)
    return sending
  }

  private func search(at seconds: Int, _ lane: MailLane = .report) -> MailPlaces.Search? {
    places.search(in: lane, at: start + .seconds(seconds))
  }

  @Test("Four of a lane begin at a time; one that takes longer than a moment makes way for another")
  mutating func moment() {
    for _ in 1...4 {
      #expect(search(at: 0) != nil)
      _ = begin()
    }
    #expect(search(at: 0) == nil)
    #expect(search(at: 0, .link) != nil, "other lanes are not held up")
    #expect(search(at: 1)?.besides == [1, 2, 3, 4])
  }

  @Test("An organisation and a domain have half of the places")
  mutating func share() {
    for number in 1...8 {
      _ = begin(at: -number, of: 1)
      #expect(search(at: 1)?.organisationsOf.isEmpty == (number < 8))
    }
    #expect(search(at: 1)?.domainsOf == [])
    for number in 1...7 { _ = begin(at: -number, to: "slow.example") }
    #expect(search(at: 1)?.domainsOf == [])
    _ = begin(to: "slow.example")
    #expect(search(at: 1) == nil, "all places are taken")
  }

  @Test(
    "Who finds no place pushes the oldest aside, once that has had its time, and none that is not in the way")
  mutating func room() {
    let foreign = begin(at: -1_000)
    let oldest = begin(at: -19, of: 1)
    for number in 1...7 { _ = begin(at: -number, of: 1) }
    let waiting = due(100, of: 1)
    places.makeRoom(for: waiting, at: start)
    #expect(!oldest.isPushedAside)
    places.makeRoom(for: due(100, of: 2), at: start + .seconds(1))
    #expect(!oldest.isPushedAside, "another organisation's mail has places of its own")
    places.makeRoom(for: waiting, at: start + .seconds(1))
    #expect(oldest.isPushedAside && !foreign.isPushedAside)
    #expect(search(at: 1)?.organisationsOf == [])
    #expect(search(at: 1)?.besides.contains(2) == true, "it is in work until it has ended")
    // With all places taken everybody is in the way.
    for number in 1...8 { _ = begin(at: -number) }
    #expect(search(at: 1) == nil)
    places.makeRoom(for: due(100, of: 2), at: start + .seconds(1))
    #expect(foreign.isPushedAside && search(at: 1) != nil)
  }

  @Test("Mails that never end fill their lane at last, and no other")
  mutating func stuck() {
    for _ in 1...2 * MailPlaces.most {
      #expect(search(at: 1_000) != nil)
      begin().pushAside()
    }
    #expect(search(at: 1_000) == nil)
    #expect(search(at: 1_000, .account) != nil)
  }

  @Test("What has ended is taken out, once")
  mutating func ended() {
    let sendings = [begin(), begin(), begin()]
    sendings[1].end(.done)
    #expect(places.takeEnded().map(\.due.row) == [2])
    #expect(places.takeEnded().isEmpty && places.inWork.map(\.due.row) == [1, 3])
  }
}
