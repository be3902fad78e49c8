import Foundation
import TestSupport

/// Waits for `condition`, and fails with `what` when it does not come true in time. The limit is generous: it ends a
/// broken run and measures nothing.
func eventually(
  _ what: @autoclosure () throws -> String, within seconds: Double = 120, _ condition: () throws -> Bool
) throws {
  let end = Date(timeIntervalSinceNow: seconds)
  while try !condition() {
    guard Date() < end else { throw HarnessError("waited \(Int(seconds)) s in vain: \(try what())") }
    Thread.sleep(forTimeInterval: 0.05)
  }
}

/// As `eventually`, for a value: the first that is not nil.
func eventual<Value>(
  _ what: @autoclosure () throws -> String, within seconds: Double = 120, _ value: () throws -> Value?
) throws
  -> Value
{
  var found: Value?
  try eventually(try what(), within: seconds) {
    found = try value()
    return found != nil
  }
  guard let found else { throw HarnessError("no value: \(try what())") }
  return found
}
