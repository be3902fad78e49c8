import Foundation
import System

@testable import Handover

/// Requests one after the other on three threads, until it is stopped.
final class Load: Sendable {
  private let statuses = Locked<[Int]>([])
  private let isStopped = Locked(false)
  private let running = DispatchGroup()

  init(on site: Site, as person: Person) throws {
    let owner = try site.client(of: person)
    let cookies = owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    let port = site.port
    for path in [Site.exportPage, "/settings/activity", "/settings/export/status"] {
      running.enter()
      Thread.detachNewThread { [self] in
        while !isStopped.withLock({ $0 }) {
          let status = try? Client(port: port).get(path, ["Cookie": cookies]).status
          statuses.withLock { $0.append(status ?? 0) }
        }
        running.leave()
      }
    }
  }

  /// - Returns: the status of each answer; 0 where none came.
  func stop() -> [Int] {
    isStopped.withLock { $0 = true }
    running.wait()
    return statuses.withLock { $0 }
  }
}
