import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// An organisation that moves between two cells which are copied elsewhere.
  @Suite struct CellReplicaTests {
    let site: Site
    let demo: Demo

    init() throws {
      site = try Site(["HANDOVER_REPLICATION": "litestream"], behind: .cell)
      demo = try site.startWithDemo()
    }

    /// The organisations in the copy of a cell.
    private func copied(_ cell: String, by replica: CellReplica, as file: String) throws -> [String] {
      let path = site.folder.file(file)
      let restored = try Tool.run(
        Litestream.program,
        [
          "restore", "-config", replica.configuration.path, "-o", path,
          replica.data.path + "/handover.sqlite",
        ],
        environment: ["CELL": cell, "EPOCH": "000001"])
      guard restored.succeeded else { throw HarnessError(restored.error) }
      return try Site.rows("SELECT name FROM organisation ORDER BY id", in: path)
    }

    @Test("It moves only where its new cell's copy has it before the former one's has lost it")
    func move() throws {
      let (cells, log) = (URL(filePath: site.folder.path), site.folder.appending("litestream.log"))
      let replicas = try ["data", "front"].map {
        try CellReplica(of: $0, in: cells, to: site.folder.appending("store"), log: log)
      }
      try replicas[0].start()
      let before = try copied("data", by: replicas[0], as: "before.sqlite")
      let refused = try site.handover("organisation", "move", "1", "--to", "front")
      #expect(
        refused.status == 1
          && refused.error.contains("front/handover.sqlite has not arrived in its copy elsewhere"),
        "\(refused)")
      #expect(try Site.rows("SELECT state FROM move", in: site.data.path + "/handover.sqlite") == [])
      try replicas[1].start()
      let moved = try site.handover("organisation", "move", "1", "--to", "front")
      #expect(moved.succeeded, "\(moved)")
      let there = try copied("front", by: replicas[1], as: "front.sqlite")
      let here = try copied("data", by: replicas[0], as: "data.sqlite")
      #expect(there.count == 1 && before.contains(there[0]) && here.count == before.count, "\(there) \(here)")
      let left = try Site.rows(
        "SELECT count(*) FROM move WHERE state IN ('left', 'gone')", in: site.folder.file("data.sqlite"))
      #expect(left == ["1"])
      _ = try site.client(of: demo.owner)
    }
  }
}
