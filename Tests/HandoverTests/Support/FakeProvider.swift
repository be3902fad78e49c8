import Foundation
import HTTP
import Secrets
import TestSupport

@testable import Handover

/// Both providers, as `curl` would tell of them: a script in its place gives the answers that a test has laid ready, and
/// keeps what it was asked.
final class FakeProvider: Sendable {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    let script = """
      config=$(cat)
      printf '%s\\n\\n' "$* $config" >> '\(folder.path)/asked'
      case "$config" in
      *grant_type=authorization_code*) exec cat '\(folder.path)/exchange' ;;
      *grant_type=refresh_token*) exec cat '\(folder.path)/refresh' ;;
      *revoke*) exec cat '\(folder.path)/revoke' ;;
      *) exec cat '\(folder.path)/account' ;;
      esac
      """
    try folder.program("curl", script)
    for name in ["dropbox", "google"] {
      try Data("\(name)-key\n\(name)-secret\n".utf8).write(to: folder.appending(name))
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o600], ofItemAtPath: folder.file(name))
    }
    try answer(
      .exchange, #"{"access_token":"access-1","refresh_token":"refresh-1","expires_in":3600}"#)
    try answer(.refresh, #"{"access_token":"access-2","expires_in":3600}"#)
    try answer(.revoke, "null")
    try sign(in: "files@harbour.example")
  }

  /// With both apps, and the script in the place of curl.
  var environment: [String: String] {
    [
      "PATH": folder.path, "HANDOVER_DROPBOX_APP": folder.file("dropbox"),
      "HANDOVER_GOOGLE_APP": folder.file("google"),
    ]
  }

  enum Question: String {
    case exchange
    case refresh
    case revoke
    case account
  }

  func answer(_ question: Question, _ body: String, status: Int = 200, retryAfter: String = "") throws {
    try Data("\(body)\n\(status) \(retryAfter)".utf8).write(to: folder.appending(question.rawValue))
  }

  /// The account that is chosen at the provider.
  func sign(in email: String) throws {
    try answer(
      .account,
      """
      {"account_id":"id of \(email)","email":"\(email)",
       "user":{"permissionId":"id of \(email)","emailAddress":"\(email)","displayName":"Files"}}
      """)
  }

  /// What was asked: arguments and configuration, one after the other.
  var asked: [String] {
    let text = (try? String(contentsOfFile: folder.file("asked"), encoding: .utf8)) ?? ""
    return text.components(separatedBy: "\n\n").filter { !$0.isEmpty }
  }
}

extension TestBrowser {
  /// Presses Link, and goes as far as the provider's page.
  ///
  /// - Returns: the query of its address; nil where there is none.
  func leave(to provider: String) throws -> Form? {
    let page = post("/settings/storage/\(provider)/link")
    guard let address = page.text.firstMatch(of: /href="(https:[^"]*)"/)?.1 else { return nil }
    let query = address.replacing("&amp;", with: "&").split(separator: "?", maxSplits: 1)[1]
    return try Form(parsing: Array(query.utf8))
  }

  /// Comes back from a provider.
  func comeBack(from provider: String, _ fields: KeyValuePairs<String, String>) -> Page {
    get("/settings/storage/\(provider)/callback?\(Form(fields).encoded)")
  }

  /// Links what is chosen at the provider.
  func link(_ provider: String) throws -> Page {
    let query = try leave(to: provider)
    return comeBack(from: provider, ["state": query?["state"] ?? "", "code": "the-code"])
  }
}
