import Foundation
import TestSupport
import Testing

@testable import Handover

/// With the real rclone, and a folder as the store.
@Suite("The store that all hosts reach") struct CellStoreTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func store(
    _ cell: String = "a", from host: String = "10.0.0.1:8443", at root: String? = nil,
    by environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> CellStore {
    CellStore(
      CellStore.Place(root: root ?? folder.file("store"), configuration: "/dev/null"), of: cell, from: host,
      environment)
  }

  private func content(_ path: String) throws -> String {
    try String(contentsOfFile: folder.file("store/" + path), encoding: .utf8)
  }

  @Test("An epoch that has begun is there for all hosts, with who began it, and the last one is found")
  func epochs() throws {
    #expect(try store().latestEpoch() == nil)
    try store().claim(1)
    try store(from: "10.0.0.2:8443").claim(2)
    try store("b").claim(7)
    #expect(try store().latestEpoch() == 2 && store("b").latestEpoch() == 7)
    #expect(try content("cells/a/epoch/000001") == "10.0.0.1:8443")
    #expect(try content("cells/a/epoch/000002") == "10.0.0.2:8443")
    try store().claim(1_000_000)
    #expect(try store().latestEpoch() == 1_000_000)
  }

  @Test("Where it can't be reached, or doesn't answer, the call says so, in time")
  func away() throws {
    let unknown = #expect(throws: StoreAway.self) { try store(at: "nowhere:handover").claim(1) }
    #expect(unknown?.description.contains("didn't find section in config file") == true, "\(unknown as Any)")
    #expect(throws: StoreAway.self) { try store(by: ["PATH": folder.path]).claim(1) }
    try folder.program("rclone", "exec /bin/sleep 60")
    let begun = ContinuousClock.now
    let hung = #expect(throws: StoreAway.self) { _ = try store(by: ["PATH": folder.path]).latestEpoch() }
    #expect(hung?.description.contains("no answer in time") == true)
    #expect(.now - begun < .seconds(5))
  }

  @Test("Documents go there and come back, many at once, and are listed with size and time")
  func documents() throws {
    let here = folder.appending("here")
    for name in ["7/ab/one", "7/cd/two"] {
      try FileManager.default.createDirectory(
        at: here.appending(path: name).deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(name.utf8).write(to: here.appending(path: name))
    }
    #expect(try store().documents().isEmpty)
    try store().put(here.path + "/7/ab/one", bytes: 8, as: "7/ab/one")
    try store().put(["7/ab/one", "7/cd/two", "7/ef/none"], of: here.path, bytes: 16)
    let time = Date(timeIntervalSince1970: 1_777_714_200)
    try FileManager.default.setAttributes(
      [.modificationDate: time], ofItemAtPath: folder.file("store/cells/a/documents/7/ab/one"))
    let all = try store().documents()
    #expect(all.keys.sorted() == ["7/ab/one", "7/cd/two"])
    #expect(all["7/ab/one"] == CellStore.File(bytes: 8, changedAt: UnixTime(rawValue: 1_777_714_200)))
    #expect(try store("b").documents().isEmpty)
    try store().fetch(["7/cd/two", "7/ef/none"], into: folder.file("there"), bytes: 8)
    #expect(try String(contentsOfFile: folder.file("there/7/cd/two"), encoding: .utf8) == "7/cd/two")
    try store().remove(["7/cd/two", "7/ef/none"])
    #expect(try store().documents().keys.sorted() == ["7/ab/one"])
    try store().check()
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("store/cells/a")) == ["documents"])
  }

  @Test(
    "A place is a storage of rclone's configuration, or an absolute folder",
    arguments: [
      ("store:handover", true), ("store:", true), ("s3-eu.1:bucket/a b", true), ("/mnt/store", true),
      ("handover", false), (":s3,env_auth:bucket", false), ("-x:handover", false), ("./store", false),
      ("store:a\nb", false), ("", false),
    ])
  func places(text: String, isRight: Bool) { #expect(CellStore.Place.isRoot(text) == isRight) }
}
