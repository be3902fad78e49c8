import Foundation
import TestSupport

/// The real Litestream, for one cell, in the part of a store that its server has put down.
final class CellReplica {
  private let cells: URL
  private let cell: String
  let configuration: URL
  private let log: URL
  private var process: ChildProcess?

  init(of cell: String, in cells: URL, to store: URL, log: URL) throws {
    (self.cells, self.cell, self.log) = (cells, cell, log)
    configuration = cells.appending(path: "litestream-\(cell).yml")
    try Data(
      """
      socket: {enabled: true, path: \(cells.path)/${CELL}/litestream.sock}
      dbs:
        - path: \(cells.path)/${CELL}/handover.sqlite
          busy-timeout: 5s
          replica:
            type: file
            path: \(store.path)/cells/${CELL}/${EPOCH}
            sync-interval: 1s
      """.utf8
    ).write(to: configuration)
  }

  deinit { process?.kill() }

  var data: URL { cells.appending(path: cell) }

  /// As its unit does: in the part of the store that was put down. Returns once it has copied all.
  func start() throws {
    let noted = try String(contentsOf: data.appending(path: "replica.env"), encoding: .utf8)
    let pairs = noted.split(separator: "\n").map { $0.split(separator: "=").map(String.init) }
    process = try ChildProcess(
      Litestream.program, ["replicate", "-config", configuration.path],
      environment: Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) }), output: log, error: log
    )
    try eventually("Litestream has copied all") { try Litestream.hasAll(of: data) }
  }

  func send(_ signal: Int32) { process?.send(signal) }
  func kill() { process?.kill() }
  var environment: [String: String] {
    [
      "LITESTREAM_CONFIG": configuration.path,
      "PATH":
        "\(URL(filePath: Litestream.program).deletingLastPathComponent().path):/usr/sbin:/usr/bin:/bin",
    ]
  }
}
