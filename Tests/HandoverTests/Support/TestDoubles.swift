import Foundation
import Mustache
import Secrets
import System

@testable import Handover

/// A folder that goes with its last user; in memory where the system has such a place, since tests write a lot.
final class MemoryFolder: Sendable {
  let path: String

  init() {
    let files = FileManager.default
    let base = files.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : files.temporaryDirectory.path
    path = "\(base)/handover-\(UUID().uuidString)"
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A clock that stands still until it is moved.
final class MovableClock: Sendable {
  private let time = Locked(UnixTime(rawValue: 1_777_714_200))  // 2026-05-02T09:30:00Z

  var now: UnixTime { time.withLock { $0 } }

  func move(by duration: Duration) { time.withLock { $0 = $0 + duration } }

  var clock: Clock { Clock { self.now } }
}

/// What was logged.
final class LogLines: Sendable {
  private let lines = Locked<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  @Sendable
  func add(_ line: String) { lines.withLock { $0.append(line) } }
}

extension Randomness {
  /// Bytes that are other ones each time, and the same in each run.
  static func counting() -> Randomness {
    let counter = Locked(0)
    return Randomness { count in
      let number = counter.withLock { value in
        value += 1
        return value
      }
      var bytes: [UInt8] = []
      while bytes.count < count { bytes += SHA256.hash(Array("\(number) \(bytes.count)".utf8)) }
      return Array(bytes.prefix(count))
    }
  }
}

/// The checkout that the tests are of.
enum Repository {
  static let path: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// Parsed once for all tests.
  static let templates: Templates = {
    do {
      return try Templates(folder: path + "/Templates")
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}
