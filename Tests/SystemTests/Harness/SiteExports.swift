import Foundation
import TestSupport

/// Exports over HTTP, and what the database says of them.
extension Site {
  static let exportPage = "/settings/export"

  /// Asks for an export of the entire organisation as its owner, and waits until it is completed.
  /// - Returns: its link, path and query, as the page has it.
  func completedExport(by owner: Client) throws -> String {
    let answer = try owner.submit([("scope", "organisation")], to: Self.exportPage, from: Self.exportPage)
    guard answer.status == 303 else { throw HarnessError("the export was answered with \(answer.status)") }
    return try eventual("a completed export; \(logs)") {
      try owner.get(Self.exportPage).downloadLinks.first
    }
  }

  /// Waits until the latest export is in this state.
  func waitForExport(_ status: String, within limit: Duration = .seconds(120)) throws {
    try eventually("the export is \(status); \(try rows("SELECT * FROM export")); \(logs)", within: limit) {
      try rows("SELECT status FROM export ORDER BY number DESC LIMIT 1") == [status]
    }
  }

  /// The ZIPs and whatever else lies in the folder of exports.
  func exportFiles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: data.appending(path: "exports").path).sorted()
  }

  /// What is other than it was.
  func changes(since before: [String]) throws -> [String] {
    let now = try state()
    return now.filter { !before.contains($0) } + before.filter { !now.contains($0) }.map { "no more: \($0)" }
  }

  /// All that a request may not change unless it is meant to: accounts, exports, mails. Waits for mails to be sent.
  func state() throws -> [String] {
    try eventually("the outbox is empty") {
      try count("SELECT count(*) FROM letter WHERE sent_at IS NULL") == 0
    }
    return try ["organisation", "user", "export", "export_file", "owner_request", "letter"].flatMap { table in
      // Signing in, and any use of a session, may write when the user was last seen.
      let columns = try rows("SELECT name FROM pragma_table_info('\(table)') WHERE name <> 'last_seen_at'")
      return ["-- \(table)"]
        + (try rows("SELECT \(columns.joined(separator: ", ")) FROM \(table) ORDER BY 1, 2"))
    } + exportFiles()
  }
}

extension Answer {
  /// The links of the page's download icons, the first one first: path and query.
  var downloadLinks: [String] {
    text.matches(of: /<a class="download" href="([^"]*)"/).map { link in
      String(link.output.1).replacing("&amp;", with: "&")
    }
  }
}
