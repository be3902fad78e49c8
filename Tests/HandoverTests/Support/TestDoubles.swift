import Foundation
import Mustache
import Secrets
import System
import TestSupport

@testable import Handover

/// A clock that stands still until a test moves it.
final class MovableClock: Sendable {
  private let time = Locked(UnixTime(rawValue: 1_777_714_200))  // 2026-05-02T09:30:00Z

  var now: UnixTime { time.withLock { $0 } }

  func move(by duration: Duration) { time.withLock { $0 = $0 + duration } }

  var clock: Clock { Clock { self.now } }
}

extension Randomness {
  /// Different bytes at each call, and the same in each run.
  static func counting(from start: Int = 0) -> Randomness {
    let counter = Locked(start)
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

extension Repository {
  /// Parsed once for all tests.
  static let templates: Templates = {
    do {
      return try Templates(folder: path + "/Templates")
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}

/// A phone's authenticator app with one account.
struct Authenticator {
  let codes: OneTimeCodes
  let clock: MovableClock

  /// What it shows now, or so many steps before or after.
  func code(steps: Int64 = 0) -> String {
    codes.code(at: clock.now.rawValue + steps * OneTimeCodes.stepLength)
  }
}
