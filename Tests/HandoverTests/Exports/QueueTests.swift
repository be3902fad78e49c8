import Foundation
import Testing

@testable import Handover

@Suite("The queue") struct QueueTests {
  let world: ExportFixture

  init() throws {
    world = try ExportFixture()
  }

  @Test("Taking one makes it processing, counts the attempt, and writes it down")
  func taking() throws {
    let id = try world.request()
    let job = try world.take()
    #expect(job.export.id == id && job.attempt == 1 && job.organisation == world.office.organisation)
    let export = try world.export(id)
    #expect(export.status == .processing && export.startedAt == world.now)
    #expect(try world.activity() == ["export.requested", "export.started"])
    #expect(try world.exports.takeNext() == nil)
  }

  @Test("An organisation runs one at a time, another one beside it")
  func oneAtATime() throws {
    _ = try world.request()
    _ = try world.request(.user(world.office.user.id))
    let foreign = try world.request(by: world.other.owner)
    let first = try world.take()
    #expect(try world.take().export.id == foreign)
    #expect(try world.exports.takeNext() == nil)
    try world.complete(first)
    #expect(try world.take().export.organisation == world.office.organisation.id)
  }

  @Test("Organisations take turns, however many one of them has waiting")
  func turns() throws {
    for user in [world.office.owner, world.office.admin, world.office.user] {
      _ = try world.request(.user(user.id))
    }
    let order = [try world.request(by: world.other.owner)]
    try world.complete(try world.take())
    let second = try world.take()
    #expect([second.export.id] == order, "the other organisation waited longest")
    try world.complete(second)
    _ = try world.exports.request(.user(world.other.user.id), by: world.other.owner, from: "")
    let third = try world.take()
    #expect(third.export.organisation == world.office.organisation.id)
    try world.complete(third)
    #expect(try world.take().export.organisation == world.other.organisation.id)
  }

  @Test("The turns do not follow the clock")
  func turnsWithoutClock() throws {
    try world.complete(
      try {
        _ = try world.request()
        return try world.take()
      }())
    world.pass(.days(-1))
    _ = try world.request(by: world.other.owner)
    try world.complete(try world.take())
    _ = try world.request(by: world.other.owner)
    _ = try world.request()
    #expect(try world.take().export.organisation == world.office.organisation.id)
  }

  @Test("The position counts those that will be taken before")
  func positions() throws {
    let mine = try [world.office.owner, world.office.admin, world.office.user].map {
      try world.request(.user($0.id))
    }
    let theirs = try world.request(by: world.other.owner)
    let positions = try world.database.read { connection in
      try (mine + [theirs]).map { id in
        try #require(try world.exports.waiting(try world.export(id), in: connection)).position
      }
    }
    #expect(positions == [1, 3, 4, 2])
    let taken = try (0..<4).map { _ in
      let job = try world.take()
      try world.complete(job)
      return job.export.id
    }
    #expect(taken == [mine[0], theirs, mine[1], mine[2]])
  }

  @Test("The estimate adds up what one's own exports before it took the last time")
  func estimates() throws {
    let user = Scope.user(world.office.user.id)
    let first = try world.request()
    func estimate(_ id: ExportID) throws -> Duration? {
      try world.database.read { try world.exports.waiting(try world.export(id), in: $0)?.estimate }
    }
    #expect(try estimate(first) == nil, "nothing to go by")
    try world.complete(try world.take())
    _ = try world.completed(user)
    _ = try world.request()
    let behind = try world.request(user)
    #expect(try estimate(behind) == .seconds(4))
  }

  @Test("What is to be tried again waits for its time, and others pass it")
  func notBefore() throws {
    let first = try world.request()
    let second = try world.request(.user(world.office.user.id))
    try world.exports.fail(try world.take(), .stalled)
    let job = try world.take()
    #expect(job.export.id == second)
    try world.complete(job)
    #expect(try world.exports.takeNext() == nil)
    world.pass(.seconds(1))
    #expect(try world.take().export.id == first)
  }

  @Test("A pause that a clock set back has made endless is none")
  func clockSetBack() throws {
    _ = try world.request()
    try world.exports.fail(try world.take(), .stalled)
    world.pass(.days(-3650))
    #expect(try world.take().attempt == 2)
  }
}
