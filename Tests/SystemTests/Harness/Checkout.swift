import Foundation
import TestSupport

/// The programs of the checkout that the tests start, and where they leave files.
enum Checkout {
  /// The release binary, which Scripts/test builds first, or the one with a sanitizer in it.
  static let handover =
    ProcessInfo.processInfo.environment["HANDOVER_TEST_BINARY"]
    ?? Repository.appending(".build/release/handover").path
  static let isRelease = ProcessInfo.processInfo.environment["HANDOVER_TEST_BINARY"] == nil
  static let site = Repository.appending("Scripts/site").path
  static let run = Repository.appending("Scripts/run").path

  /// The Python with Frictionless, which Scripts/test installs.
  static let python = Repository.appending(".build/python/bin/python").path

  /// Where tests leave screenshots.
  static let screenshots = Repository.appending(".build/screenshots")

  /// Whether to run the long tests too (Scripts/test --long).
  static var isLong: Bool { ProcessInfo.processInfo.environment["HANDOVER_TEST_LONG"] == "1" }
}
