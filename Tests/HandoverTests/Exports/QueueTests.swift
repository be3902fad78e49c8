import Foundation
import Testing

@testable import Handover

@Suite("The queue") struct QueueTests {
  let fixture: ExportFixture

  init() throws {
    fixture = try ExportFixture()
  }

  @Test("Taking one makes it processing, counts the attempt, and writes it down")
  func taking() throws {
    let id = try fixture.request()
    let job = try fixture.take()
    #expect(job.export.id == id && job.attempt == 1 && job.organisation == fixture.office.organisation)
    let export = try fixture.export(id)
    #expect(export.status == .processing && export.startedAt == fixture.now)
    #expect(try fixture.activity() == ["export.requested", "export.started"])
    #expect(try fixture.exports.takeNext() == nil)
  }

  @Test("An organisation runs one at a time, another one beside it")
  func oneAtATime() throws {
    _ = try fixture.request()
    _ = try fixture.request(.user(fixture.office.user.id))
    let foreign = try fixture.request(by: fixture.other.owner)
    let first = try fixture.take()
    #expect(try fixture.take().export.id == foreign)
    #expect(try fixture.exports.takeNext() == nil)
    try fixture.complete(first)
    #expect(try fixture.take().export.organisation == fixture.office.organisation.id)
  }

  @Test("Organisations take turns, however many one of them has waiting")
  func turns() throws {
    for user in [fixture.office.owner, fixture.office.admin, fixture.office.user] {
      _ = try fixture.request(.user(user.id))
    }
    let order = [try fixture.request(by: fixture.other.owner)]
    try fixture.complete(try fixture.take())
    let second = try fixture.take()
    #expect([second.export.id] == order, "the other organisation waited longest")
    try fixture.complete(second)
    _ = try fixture.exports.request(.user(fixture.other.user.id), by: fixture.other.owner, from: "")
    let third = try fixture.take()
    #expect(third.export.organisation == fixture.office.organisation.id)
    try fixture.complete(third)
    #expect(try fixture.take().export.organisation == fixture.other.organisation.id)
  }

  @Test("The turns do not follow the clock")
  func turnsWithoutClock() throws {
    try fixture.complete(
      try {
        _ = try fixture.request()
        return try fixture.take()
      }())
    fixture.pass(.days(-1))
    _ = try fixture.request(by: fixture.other.owner)
    try fixture.complete(try fixture.take())
    _ = try fixture.request(by: fixture.other.owner)
    _ = try fixture.request()
    #expect(try fixture.take().export.organisation == fixture.office.organisation.id)
  }

  @Test("What goes to a storage costs an organisation's exports no turn, and runs two at a time")
  func lanes() throws {
    try fixture.complete(
      try {
        _ = try fixture.request(by: fixture.other.owner)
        return try fixture.take()
      }())
    let office = fixture.office.organisation.id
    try fixture.exports.database.write { connection in
      try connection.execute(
        """
        INSERT INTO storage_link (id, organisation_id, provider, account_id, account, status, all_deals, linked_at)
          VALUES (printf('%032d', 1), \(office.rawValue), 'dropbox', 'a', 'files@office.example', 'linked', 1, 1);
        WITH RECURSIVE f(id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM f WHERE id < 5)
        INSERT INTO document (organisation_id, id, deal_id, name, bytes, sha256, added_at)
          SELECT \(office.rawValue), id, 1, 'a', 0, zeroblob(32), 1 FROM f;
        INSERT INTO sync (id, organisation_id, link_id, document_id, status, not_before)
          SELECT printf('%032d', id), organisation_id, printf('%032d', 1), id, 'queued', 0 FROM document;
        """)
      for expected in [1, 2, nil] {
        let next = try connection.jobs(.sync).next(
          at: fixture.now, longestPause: .seconds(1), as: SyncID.self)
        #expect(next?.0.rawValue.suffix(1) == expected.map { "\($0)" })
        if let (id, organisation) = next {
          try connection.jobs(.sync).start(id.rawValue, of: organisation, at: fixture.now)
        }
      }
    }
    _ = try fixture.request(by: fixture.other.owner)
    _ = try fixture.request()
    #expect(try fixture.take().export.organisation == office)
  }

  @Test("The position counts those that will be taken before")
  func positions() throws {
    let mine = try [fixture.office.owner, fixture.office.admin, fixture.office.user].map {
      try fixture.request(.user($0.id))
    }
    let theirs = try fixture.request(by: fixture.other.owner)
    #expect(try waitingPositions() == [mine[0]: 1, mine[1]: 3, mine[2]: 4, theirs: 2])
    let taken = try (0..<4).map { _ in
      let job = try fixture.take()
      try fixture.complete(job)
      return job.export.id
    }
    #expect(taken == [mine[0], theirs, mine[1], mine[2]])
  }

  @Test("Positions are the order in which exports are taken", arguments: 1...20)
  func positionsHold(seed: UInt64) throws {
    var random = Generator(seed: seed)
    var offices = [fixture.office, fixture.other]
    for number in 1...3 {
      offices.append(try .make("Office \(number)", "office\(number)", in: fixture.database, at: fixture.now))
    }
    func requestSome() throws {
      for _ in 0..<8 {
        let office = offices[random.below(offices.count)]
        let scopes = [Scope.organisation] + [office.owner, office.admin, office.user].map { .user($0.id) }
        _ = try fixture.exports.request(scopes[random.below(4)], by: office.owner, from: "")
      }
    }
    try requestSome()
    // Some have had a turn, and others have not.
    for _ in 0..<random.below(4) { try fixture.complete(try fixture.take()) }
    try requestSome()
    let positions = try waitingPositions()
    #expect(positions.values.sorted() == Array(1...positions.count))
    for position in 1...positions.count {
      let job = try fixture.take()
      #expect(positions[job.export.id] == position)
      try fixture.complete(job)
    }
  }

  @Test("A later part of a long list goes on counting, also where one runs")
  func positionsOfParts() throws {
    _ = try [fixture.office.owner, fixture.office.admin, fixture.office.user].map {
      try fixture.request(.user($0.id))
    }
    _ = try fixture.request()
    _ = try fixture.take()
    let organisation = fixture.office.organisation.id
    let all = try waitingPositions()
    #expect(all.count == 3)
    for skipped in 1...3 {
      let part = try fixture.database.read { connection in
        try fixture.exports.waiting(
          try connection.exports.open(of: organisation, offset: skipped), after: skipped, in: connection)
      }
      #expect(part.count == 4 - skipped)
      for (id, waiting) in part { #expect(waiting.position == all[id]) }
    }
  }

  @Test(
    "The queue is asked in its index, and so is the last duration",
    arguments: [
      "SELECT organisation_id, count(*), min(number) FROM export WHERE status = 'queued' GROUP BY organisation_id",
      """
      SELECT organisation_id, min(number) FROM export
      WHERE status = 'queued' AND (not_before <= 1 OR not_before > 2) GROUP BY organisation_id
      """,
      """
      SELECT milliseconds FROM export
      WHERE organisation_id = 1 AND scope = 'user' AND subject_id IS 7 AND contact_id IS NULL
        AND milliseconds IS NOT NULL
      ORDER BY number DESC LIMIT 1
      """,
    ])
  func plans(_ sql: String) throws {
    let plan = try fixture.database.read {
      try $0.all("EXPLAIN QUERY PLAN " + sql) { try $0["detail"] as String }
    }
    #expect(plan.allSatisfy { $0.contains("COVERING INDEX export_") }, "\(plan)")
  }

  /// Of all that wait, by the pages of their organisations.
  private func waitingPositions() throws -> [ExportID: Int] {
    try fixture.database.read { connection in
      var positions: [ExportID: Int] = [:]
      for organisation in try connection.organisations.all() {
        let open = try connection.exports.open(of: organisation.id)
        positions.merge(try fixture.exports.waiting(open, in: connection).mapValues(\.position)) { $1 }
      }
      return positions
    }
  }

  @Test("The estimate adds up what one's own exports before it took the last time")
  func estimates() throws {
    let user = Scope.user(fixture.office.user.id)
    let first = try fixture.request()
    func estimate(_ id: ExportID) throws -> Duration? {
      try fixture.database.read { connection in
        let open = try connection.exports.open(of: fixture.office.organisation.id)
        return try fixture.exports.waiting(open, in: connection)[id]?.estimate
      }
    }
    #expect(try estimate(first) == nil, "nothing to go by")
    try fixture.complete(try fixture.take())
    _ = try fixture.completed(user)
    _ = try fixture.request()
    let behind = try fixture.request(user)
    #expect(try estimate(behind) == .seconds(4))
  }

  @Test("What is to be tried again waits for its time, and others pass it")
  func notBefore() throws {
    let first = try fixture.request()
    let second = try fixture.request(.user(fixture.office.user.id))
    try fixture.exports.fail(try fixture.take(), .stalled)
    let job = try fixture.take()
    #expect(job.export.id == second)
    try fixture.complete(job)
    #expect(try fixture.exports.takeNext() == nil)
    fixture.pass(.seconds(1))
    #expect(try fixture.take().export.id == first)
  }

  @Test("A pause that a clock set back has made endless is none")
  func clockSetBack() throws {
    _ = try fixture.request()
    try fixture.exports.fail(try fixture.take(), .stalled)
    fixture.pass(.days(-3650))
    #expect(try fixture.take().attempt == 2)
  }
}
