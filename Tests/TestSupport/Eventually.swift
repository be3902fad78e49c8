import Foundation

/// Waits until `condition` holds, and throws `HarnessError` with `what` where it doesn't in time. The limit is generous:
/// it ends a broken run and measures nothing.
public func eventually(
  _ what: @autoclosure () throws -> String, within limit: Duration = .seconds(120),
  _ condition: () throws -> Bool
) throws {
  let end = ContinuousClock.now + limit
  // Most of what other threads do takes milliseconds; other processes are asked less often.
  var pause: UInt32 = 1_000
  while try !condition() {
    guard ContinuousClock.now < end else { throw HarnessError("waited \(limit) in vain: \(try what())") }
    usleep(pause)
    pause = min(pause * 2, 50_000)
  }
}

/// The same for a value: returns the first that is not nil.
public func eventual<Value>(
  _ what: @autoclosure () throws -> String, within limit: Duration = .seconds(120),
  _ value: () throws -> Value?
) throws -> Value {
  var found: Value?
  try eventually(try what(), within: limit) {
    found = try value()
    return found != nil
  }
  guard let found else { throw HarnessError("no value: \(try what())") }
  return found
}
