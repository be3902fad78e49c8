import Foundation
import System
import TestSupport
import Testing

@testable import Handover

/// With the real etcd, and its JSON gateway by the real curl.
@Suite("etcd, the directory of several hosts") struct EtcdTests {
  let folder: TemporaryFolder
  let etcd: EtcdProcess

  init() throws {
    folder = try TemporaryFolder()
    etcd = try EtcdProcess(in: folder)
  }

  private func hosts(_ own: String, at urls: [String]? = nil) -> CellDirectory.Hosts {
    CellDirectory.Hosts(
      etcd: Etcd(urls ?? [etcd.url], as: nil, Curl(ProcessInfo.processInfo.environment)), own: own,
      store: nil)
  }

  /// A cell, on a host of its own: that of its name.
  private func directory(_ cell: String, on host: String? = nil, noted: Int? = nil) throws -> CellDirectory {
    let id = try #require(CellID(cell))
    let own = folder.appending(host ?? id.name)
    try FileManager.default.createDirectory(
      at: own.appending(path: id.name), withIntermediateDirectories: true)
    return try CellDirectory(id, in: own.path, .system, hosts: hosts(host ?? id.name), noted: noted)
  }

  private func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "it was taken"
    } catch { return words(for: error) }
  }

  @Test("An address is one cell's on all hosts, until that cell lets it go, and each host's copy says so")
  func once() async throws {
    let (a, b) = (try directory("a:1"), try directory("b:2"))
    try a.follow()
    #expect(try a.cells().map(\.name) == ["a", "b"] && a.cellsHere().map(\.name) == ["a"])
    #expect(try a.take("maria@harbour.example") && a.take("Maria@harbour.example"))
    #expect(try !b.take("maria@harbour.example"))
    #expect(try b.cell(signingIn: "MARIA@harbour.example") == "a")
    #expect(try b.other("a")?.host == "a" && b.other("b") == nil && b.other("c") == nil)
    try a.settle(addresses: [], organisations: [])
    #expect(try b.take("maria@harbour.example"))
    try a.follow()
    #expect(try a.cell(signingIn: "maria@harbour.example") == "b")
    // Asked for at one moment, each is somebody's.
    let won = try await withThrowingTaskGroup(of: [String].self) { group in
      for directory in [a, b] {
        group.addTask { try (1...10).filter { try directory.take("p\($0)@x.example") }.map { "p\($0)" } }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(won.sorted() == (1...10).map { "p\($0)" }.sorted())
  }

  @Test("What a cell has is entered in one go, however much it is, and read page by page")
  func many() throws {
    let a = try directory("a:1")
    let addresses = (1...2_500).map { "p\($0)@x.example" }
    let organisations = (1...300).map { OrganisationID(rawValue: 1 << 32 + $0) }
    try a.settle(addresses: addresses, organisations: organisations)
    let b = try directory("b:2")
    #expect(try b.cell(of: organisations[299]) == "a")
    for email in [addresses[0], addresses[1_234], addresses[2_499]] {
      #expect(try b.cell(signingIn: email) == "a" && !b.take(email))
    }
    #expect(try b.read { try $0.counts()["a"]?.addresses } == 2_500)
    #expect(
      refusal { try b.settle(addresses: [], organisations: [organisations[7]]) }.contains(
        "one of the two is a copy"))
    try b.turn(organisations[7], signingIn: [addresses[7]], to: "b")
    try a.follow()
    #expect(try a.cell(of: organisations[7]) == "b" && a.cell(signingIn: addresses[7]) == "b")
  }

  @Test("Two cells with one name or one number, and one cell of two hosts, are refused")
  func names() throws {
    _ = try directory("a:1")
    #expect(refusal { _ = try directory("b:1") }.contains("the cell a has the number 1"))
    #expect(refusal { _ = try directory("a:2", on: "other") }.contains("the cell a has the number 1"))
    #expect(refusal { _ = try directory("a:1", on: "other") }.contains("handover cell take-over a"))
    let cell = try #require(CellID("a:1"))
    #expect(try CellDirectory.place(of: cell, hosts("other"))?.epoch == 1)
    let taken = try CellDirectory.takeOver(cell, hosts("other"), noted: nil)
    #expect(taken.host == "a" && taken.epoch == 2)
    #expect(try directory("a:1", on: "other", noted: 2).epoch == 2)
    #expect(
      refusal { _ = try CellDirectory.takeOver(cell, hosts("other"), noted: 2) }
        == "the cell a is this host's already")
    #expect(refusal { _ = try directory("a:1") }.contains("is that of the host other"))
    let unknown = try #require(CellID("c:3"))
    #expect(try CellDirectory.place(of: unknown, hosts("c")) == nil)
    #expect(
      refusal { _ = try CellDirectory.takeOver(unknown, hosts("c"), noted: nil) }
        == "etcd knows no cell c: a new one is entered by its start")
  }

  @Test("While it is away nothing is taken, nobody waits for it twice, and what is known is read")
  func away() throws {
    let a = try directory("a:1")
    #expect(try a.take("maria@harbour.example"))
    etcd.kill()
    #expect(throws: DirectoryAway.self) { _ = try a.take("ben@harbour.example") }
    #expect(try a.cell(signingIn: "maria@harbour.example") == "a")
    let again = try directory("a:1")
    #expect(try again.cell(signingIn: "maria@harbour.example") == "a" && again.epoch == 1)
    try again.settle(addresses: ["maria@harbour.example"], organisations: [])
    #expect(throws: DirectoryAway.self) {
      try again.settle(addresses: ["ben@harbour.example"], organisations: [])
    }
    #expect(throws: DirectoryAway.self) { _ = try directory("b:2") }
    try etcd.start()
    try again.follow()
    #expect(try again.take("ben@harbour.example"))
    // One that doesn't answer is asked after one that does.
    let two = hosts("b", at: ["http://127.0.0.1:1", etcd.url])
    #expect(try two.etcd.take([("/handover/x", "1")]).isEmpty)
  }

  @Test("One that has lost all that it knew is told by who starts anew; until then the copy stays as it is")
  func anew() throws {
    let a = try directory("a:1")
    #expect(try a.take("maria@harbour.example"))
    etcd.kill()
    try etcd.forget()
    try etcd.start()
    #expect(refusal { try a.follow() }.contains("start all cells anew"))
    #expect(try a.cell(signingIn: "maria@harbour.example") == "a")
    let again = try directory("a:1")
    try again.settle(addresses: ["maria@harbour.example"], organisations: [])
    #expect(try !directory("b:2").take("maria@harbour.example"), "by the same key")
    // A machine whose cells had a directory of their own takes the key of the others.
    let c = try #require(CellID("c:3"))
    let own = folder.appending("c")
    try FileManager.default.createDirectory(at: own.appending(path: "c"), withIntermediateDirectories: true)
    #expect(try CellDirectory(c, in: own.path, .system).take("maria@harbour.example"))
    #expect(try !directory("c:3").take("maria@harbour.example"))
    #expect(
      refusal { _ = try CellDirectory(c, in: own.path, .system) }.contains("HANDOVER_DIRECTORY is not set"))
  }
}
