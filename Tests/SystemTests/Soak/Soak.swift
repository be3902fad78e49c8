import System
import TestSupport

/// What all that take part in a soak share.
final class Soak: Sendable {
  let offices: [Office]
  let judge = Judge()
  let archives: ArchiveJudge
  let port: Int
  let data: String
  private let isEnding = Locked(false)

  init(_ offices: [Office], port: Int, data: String, archives: ArchiveJudge) {
    self.offices = offices
    self.port = port
    self.data = data
    self.archives = archives
  }

  var isOver: Bool { isEnding.withLock { $0 } || judge.hasSeenEnough }

  func end() { isEnding.withLock { $0 = true } }

  func office(of id: String) -> Office? { offices.first { $0.story(id) != nil } }

  /// Looks at what came of something, once the server is well again.
  func look(_ query: String) throws -> [String] {
    try eventually("the server is well again", within: .seconds(180)) {
      (try? Client(port: port).get("/health").status) == 200
    }
    return try Site.rows(query, in: data + "/handover.sqlite")
  }

  /// The same, for one number.
  func lookForNumber(_ query: String) throws -> Int {
    guard let number = try look(query).first.flatMap({ Int($0) }) else {
      throw HarnessError("\(query): no number")
    }
    return number
  }
}
