import Foundation
import System
import TestSupport
import Testing

@testable import Handover

/// With the real etcd, curl and rclone, and a folder as the store.
@Suite("Who may serve a cell, where hosts take over from each other") struct LeaseTests {
  let folder: TemporaryFolder
  let etcd: EtcdProcess
  private let cell: CellID

  init() throws {
    folder = try TemporaryFolder()
    etcd = try EtcdProcess(in: folder)
    cell = try #require(CellID("a:1"))
    try FileManager.default.createDirectory(
      at: folder.appending("store"), withIntermediateDirectories: true)
  }

  private var store: URL { folder.appending("store") }

  private func hosts(_ own: String, at url: String? = nil) -> CellDirectory.Hosts {
    let identity = WebRequest.Identity(authorities: "", certificate: "", key: "")
    return CellDirectory.Hosts(
      DirectoryPlace(
        addresses: [url ?? etcd.url], host: own, identity: identity,
        store: CellStore.Place(root: store.path, configuration: "")),
      of: cell, ProcessInfo.processInfo.environment)
  }

  /// The cell at a host.
  private func directory(on host: String, noted: Int? = nil) throws -> CellDirectory {
    let own = folder.appending(host)
    try FileManager.default.createDirectory(
      at: own.appending(path: cell.name), withIntermediateDirectories: true)
    return try CellDirectory(cell, in: own.path, .system, hosts: hosts(host), noted: noted)
  }

  private func isHeld(_ directory: CellDirectory) -> Bool {
    (try? directory.requireLease(isWatched: true)) != nil
  }

  /// Looks as the server's thread does, for a time.
  private func look(at directory: CellDirectory, for time: Duration) {
    let end = ContinuousClock.now + time
    while .now < end {
      _ = try? directory.lookAtLease()
      Wakeup().wait(atMost: .milliseconds(500))
    }
  }

  /// The store as if it were not there, and back.
  private func storeAway(_ body: () throws -> Void) throws {
    let elsewhere = folder.appending("elsewhere")
    try FileManager.default.moveItem(at: store, to: elsewhere)
    try body()
    try? FileManager.default.removeItem(at: store)
    try FileManager.default.moveItem(at: elsewhere, to: store)
  }

  @Test("A host serves while etcd or the store says so, and not where it can reach neither")
  func either() throws {
    let a = try directory(on: "a")
    try a.claimEpoch()
    etcd.kill()
    look(at: a, for: .seconds(7))
    #expect(isHeld(a), "the store says so")
    try storeAway {
      look(at: a, for: .seconds(7))
      #expect(!isHeld(a))
      #expect(throws: LeaseLost.self) { try a.confirmLease() }
      // An empty folder in its place says nothing.
      try FileManager.default.createDirectory(at: store, withIntermediateDirectories: false)
      look(at: a, for: .seconds(1))
      #expect(!isHeld(a))
      #expect(throws: StoreAway.self) { _ = try directory(on: "a", noted: 1) }
    }
    #expect((try? a.requireLease(isWatched: false)) != nil, "a command asks by itself")
    try storeAway {
      try etcd.start()
      look(at: a, for: .seconds(7))
      #expect(isHeld(a), "etcd says so")
      try a.confirmLease()
    }
  }

  @Test("A host that hears of a later epoch, from etcd or from the store, serves no longer, for ever")
  func taken() throws {
    for isByStore in [false, true] {
      let (former, next) = isByStore ? ("b", "c") : ("a", "b")
      let epoch = isByStore ? 2 : 1
      let a = try directory(on: former, noted: isByStore ? 2 : nil)
      try a.claimEpoch()
      let taken = try CellDirectory.takeOver(cell, hosts(next), noted: nil)
      #expect(taken.host == former && taken.epoch == epoch + 1)
      try #require(hosts(next).store).claim(taken.epoch)
      if isByStore {
        etcd.kill()
        Wakeup().wait(atMost: .seconds(2))
        #expect(throws: DirectoryAway.self) { try a.lookAtLease() }
      } else {
        Wakeup().wait(atMost: .seconds(2))
        try a.lookAtLease()
      }
      #expect(!isHeld(a) && a.lease?.isLost == true)
      #expect(throws: LeaseLost.self) { try a.confirmLease() }
      if isByStore {
        try etcd.start()
        #expect(throws: HandoverError.self) { try a.requireNoLaterEpoch() }
      }
    }
  }

  @Test(
    "A take-over that was broken off is not served, and can be gone on with; one that is done can't be made again"
  )
  func brokenOff() throws {
    let a = try directory(on: "a")
    try a.claimEpoch()
    #expect(throws: HandoverError.self, "another one was quicker") {
      _ = try CellDirectory.takeOver(cell, hosts("b"), from: "c", noted: nil)
    }
    #expect(try CellDirectory.takeOver(cell, hosts("b"), from: "a", noted: nil).epoch == 2)
    #expect(throws: HandoverError.self) { _ = try directory(on: "b") }
    #expect(try CellDirectory.takeOver(cell, hosts("b"), noted: nil).epoch == 2)
    let b = try directory(on: "b", noted: 2)
    #expect(b.epoch == 2 && isHeld(b))
    #expect(throws: HandoverError.self) { _ = try CellDirectory.takeOver(cell, hosts("b"), noted: 2) }
  }

  @Test(
    "What one process of a host has asked holds for the others, and a host that asks no longer is gone for all"
  )
  func shared() throws {
    let a = try directory(on: "a")
    #expect(try CellDirectory.isGone("a", hosts("b")))
    try a.follow()
    try a.sayThatHostIsThere()
    #expect(try !CellDirectory.isGone("a", hosts("b")))
    let asked = try #require(a.asked?.time)
    let again = try directory(on: "a")
    #expect(again.asked?.time == asked)
    try again.lookAtLease()
    #expect(again.asked?.time == asked, "asked a moment ago")
    try again.sayThatHostIsThere()
    try eventually("etcd forgets it", within: .seconds(20)) { try CellDirectory.isGone("a", hosts("b")) }
    try again.sayThatHostIsThere()
    #expect(try !CellDirectory.isGone("a", hosts("b")))
  }

  @Test(
    "Nothing is written without the lease, and what has not arrived in the copy is told to nobody who can't ask"
  )
  func writing() throws {
    struct Refused: Error {}
    let refusals = Locked((require: 0, isRefused: false))
    let data = DataFolder(path: folder.appending("data").path)
    try FileManager.default.createDirectory(atPath: data.path, withIntermediateDirectories: true)
    let database = try Database(
      data, replica: Replica(of: data))
    let confirmed = Locked(0)
    database.ask(
      WritePermission(
        require: {
          try refusals.withLock { state in
            state.require += 1
            if state.isRefused { throw Refused() }
          }
        },
        confirm: {
          confirmed.withLock { $0 += 1 }
          throw Refused()
        }))
    try database.write { try $0.installation.rewrite() }
    #expect(refusals.withLock { $0.require } == 2, "before the commit and after it")
    #expect(throws: Refused.self) { try database.writeReplicated { try $0.installation.rewrite() } }
    #expect(confirmed.withLock { $0 } == 1)
    refusals.withLock { $0.isRefused = true }
    #expect(throws: Refused.self) { try database.write { try $0.installation.become(cell: "a:1") } }
    #expect(try database.read { try $0.installation.cell() } == nil, "it was rolled back")
  }
}
