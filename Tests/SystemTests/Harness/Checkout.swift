import Foundation

/// The places of the checkout that the tests start things from.
enum Checkout {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().standardizedFileURL

  /// The release binary, which Scripts/test builds first, or the one with a sanitizer in it.
  static let handover =
    ProcessInfo.processInfo.environment["HANDOVER_TEST_BINARY"]
    ?? folder.appending(path: ".build/release/handover").path
  static let isRelease = ProcessInfo.processInfo.environment["HANDOVER_TEST_BINARY"] == nil
  static let site = folder.appending(path: "Scripts/site").path
  static let run = folder.appending(path: "Scripts/run").path

  /// The Python that holds Frictionless, made by Scripts/test.
  static let python = folder.appending(path: ".build/python/bin/python").path

  /// Where screenshots are left to be looked at.
  static let screenshots = folder.appending(path: ".build/screenshots")

  /// Whether the tests that take long were asked for (Scripts/test --long).
  static var isLong: Bool { ProcessInfo.processInfo.environment["HANDOVER_TEST_LONG"] == "1" }
}
