import Foundation
import TestSupport

/// Linked storages over HTTP, and what the database says of them.
extension Site {
  static let storagePage = "/settings/storage"

  /// Links an account as an owner does: the button, the provider's page, Allow, and back.
  /// - Returns: the page that says so.
  @discardableResult
  func link(
    _ provider: Providers.Provider, of providers: Providers, by owner: Client, _ person: Person,
    as account: String = Providers.account
  ) throws -> Answer {
    let answer = try callback(provider, of: providers, by: owner, person, as: account)
    let linked = try owner.get(answer)
    guard linked.status == 303, let location = linked.location else {
      throw HarnessError("the callback answered \(linked.status): \(linked.text.prefix(2_000))")
    }
    return try owner.get(location.replacing(url, with: ""))
  }

  /// Where the provider leads back to once the owner has pressed Allow: path and query.
  func callback(
    _ provider: Providers.Provider, of providers: Providers, by owner: Client, _ person: Person,
    as account: String = Providers.account
  ) throws -> String {
    let there = try providers.answer(leadingTo(provider, by: owner, person), as: account)
    guard there.hasPrefix(url + Self.storagePage) else {
      throw HarnessError("the provider leads to \(there)")
    }
    return String(there.dropFirst(url.count))
  }

  /// The address at the provider that the page of the button leads to.
  func leadingTo(_ provider: Providers.Provider, by owner: Client, _ person: Person) throws -> String {
    let path = "\(Self.storagePage)/\(provider.rawValue)/link"
    var answer = try owner.submit([("password", person.password)], to: path, from: Self.storagePage)
    // The password again, where the proof is too old.
    while answer.status == 303, let location = answer.location?.replacing(url, with: "") {
      answer = try owner.get(location)
      if location.hasPrefix("/confirm"), answer.status == 200 {
        answer = try owner.submit([("password", person.password)], to: location, from: location)
      }
    }
    guard
      let link = answer.text.firstMatch(of: /href="(https:\/\/(www\.dropbox|accounts\.google)\.com\/[^"]*)"/)
    else {
      throw HarnessError(
        "no link to \(provider) in the answer \(answer.status): \(answer.text.prefix(3_000))")
    }
    return String(link.1).replacing("&amp;", with: "&")
  }

  /// The states of the main organisation's documents, counted.
  func documentStates() throws -> [String: Int] {
    let rows = try rows(
      "SELECT state, count(*) FROM document_with_sync WHERE organisation_id = 1 GROUP BY state")
    return Dictionary(
      uniqueKeysWithValues: rows.map {
        let parts = $0.split(separator: "|")
        return (String(parts[0]), Int(parts[1]) ?? 0)
      })
  }

  /// Waits until the states of the documents are these, in any number.
  func waitForDocuments(
    toBe states: Set<String> = ["synced", "name changed"], within limit: Duration = .seconds(120)
  ) throws {
    try eventually(
      "documents are \(states): \(try documentStates()); \(syncs()); \(logs.suffix(3_000))", within: limit
    ) {
      let now = try documentStates()
      return !now.isEmpty && Set(now.keys).isSubset(of: states)
    }
  }

  /// For messages.
  func syncs() throws -> [String] {
    try rows("SELECT document_id, status, attempt, failures, reason, path FROM sync").suffix(5)
  }

  /// No pause between tries: those that wait may be tried now.
  func hurry() throws {
    let sql =
      "UPDATE sync SET not_before = 0 WHERE status = 'queued'; UPDATE storage_link SET not_before = 0;"
    let result = try Tool.run(
      "sqlite3", ["-bail", "-cmd", ".timeout 5000", data.appending(path: "handover.sqlite").path, sql])
    guard result.succeeded else { throw HarnessError("sqlite3: \(result.error)") }
  }

  /// What Documents.csv of a new export says: the row's cells by their column, the values joined.
  func documentsFile(by owner: Client) throws -> [[String: String]] {
    let before = try count("SELECT count(*) FROM export WHERE status = 'completed'")
    let answer = try owner.submit(
      [("scope", "organisation")], to: Self.exportPage, from: Self.exportPage)
    guard answer.status == 303 else { throw HarnessError("the export was answered with \(answer.status)") }
    try eventually("a completed export; \(logs.suffix(3_000))") {
      try count("SELECT count(*) FROM export WHERE status = 'completed'") > before
    }
    let id = try rows("SELECT id FROM export WHERE status = 'completed' ORDER BY number DESC LIMIT 1")[0]
    let script = """
      import csv, io, json, sys, zipfile
      text = zipfile.ZipFile(sys.argv[1]).read("Documents.csv").decode("utf-8-sig")
      print(json.dumps(list(csv.DictReader(io.StringIO(text, newline="")))))
      """
    let read = try Tool.run(
      "/usr/bin/python3", ["-c", script, data.appending(path: "exports/\(id).zip").path])
    guard read.succeeded else { throw HarnessError("Documents.csv: \(read.error)") }
    return try JSONDecoder().decode([[String: String]].self, from: Data(read.output.utf8))
  }
}
