import Foundation
import TestSupport

extension Site {
  /// One number of the database, read from outside by the `sqlite3` shell, which cannot write here.
  func count(_ query: String) throws -> Int {
    let result = try rows(query)
    guard result.count == 1, let number = Int(result[0]) else {
      throw HarnessError("\(query) is no number: \(result)")
    }
    return number
  }

  /// The rows that a query gives, columns joined with `|`.
  func rows(_ query: String) throws -> [String] {
    try Self.rows(query, in: data.appending(path: "handover.sqlite").path)
  }

  /// The same for threads that share no site.
  static func rows(_ query: String, in file: String) throws -> [String] {
    let result = try Tool.run("sqlite3", ["-readonly", "-batch", "-cmd", ".timeout 5000", file, query])
    guard result.succeeded else { throw HarnessError("\(query): \(result.error)") }
    return result.output.split(separator: "\n").map(String.init)
  }

  /// Changes the database from outside.
  func change(_ sql: String) throws {
    let file = data.appending(path: "handover.sqlite").path
    let result = try Tool.run("sqlite3", ["-bail", "-cmd", ".timeout 5000", file, sql])
    guard result.succeeded else { throw HarnessError("sqlite3: \(result.error)") }
  }
}
