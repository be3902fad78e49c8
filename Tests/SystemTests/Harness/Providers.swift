import Foundation
import TestSupport

/// Dropbox and Google Drive on loopback (Tests/Providers), with folders, tokens and ways to fail of their own. A site that
/// gets `environment` takes them for the true ones.
final class Providers {
  enum Provider: String, Decodable, CaseIterable { case dropbox, google }

  /// What lies there.
  struct File: Decodable {
    let provider: Provider
    let account: String
    let id: String
    /// From the account's root, or that of the app's folder.
    let path: String
    let folder: Bool
    let size: Int?
    /// 64 hexadecimal digits.
    let sha256: String?
    let trashed: Bool
    /// Whether the app made it, and no person.
    let app: Bool
    /// How often it was written.
    let revisions: Int
  }

  struct Request: Decodable {
    let host: String
    let method: String
    let path: String
    /// Nil for one that broke off.
    let status: Int?
    /// The mode that decided it.
    let mode: String?
  }

  static let account = "files@harbour.example"
  static let otherAccount = "other@harbour.example"
  let port: Int
  private let folder: TemporaryFolder
  private var process: ChildProcess?

  init() throws {
    folder = try TemporaryFolder()
    port = try Port.free()
    for (name, lines) in [
      ("dropbox-app", "dropbox-key\ndropbox-secret\n"),
      ("google-app", "google-id.apps.googleusercontent.com\ngoogle-secret\n"),
    ] {
      try Data(lines.utf8).write(to: folder.appending(name))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file(name))
    }
    try start()
  }

  deinit { process?.kill() }

  /// Starts them, as at first or after `kill`, with what was there.
  func start() throws {
    let log = folder.appending("log")
    process = try ChildProcess(
      "/usr/bin/python3",
      [Repository.appending("Tests/Providers/serve.py").path, folder.file("cloud"), "--port", String(port)],
      output: log, error: log)
    try eventually("the providers answer; \(process?.log ?? "")") {
      guard process?.isRunning == true else {
        throw HarnessError("the providers ended: \(process?.log ?? "")")
      }
      return (try? client.get("/modes").status) == 200
    }
  }

  /// As where their machines, or the way to them, are gone.
  func kill() { process?.kill() }

  /// For the server, for rclone and for curl: where they are, and whom to believe.
  var environment: [String: String] {
    roadTo(authority: folder.file("cloud/ca.pem")).merging([
      "HANDOVER_DROPBOX_APP": folder.file("dropbox-app"), "HANDOVER_GOOGLE_APP": folder.file("google-app"),
    ]) { $1 }
  }

  private func roadTo(authority: String) -> [String: String] {
    [
      "HTTPS_PROXY": "http://127.0.0.1:\(port)", "https_proxy": "http://127.0.0.1:\(port)",
      "NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1",
      "RCLONE_CA_CERT": authority, "CURL_CA_BUNDLE": authority, "SSL_CERT_FILE": authority,
    ]
  }

  // MARK: what goes wrong, and what people do

  /// From now on, beside the modes that are on already. `serve.py` lists them, and what `more` can hold.
  func set(_ mode: String, of provider: Provider? = nil, _ more: [String: String] = [:]) throws {
    try ask("mode", of: provider, more.merging(["mode": mode]) { $1 })
  }

  /// Whether a request has met a mode that is on.
  func isMet(_ mode: String) throws -> Bool {
    struct Rule: Decodable {
      let mode: String
      let met: Int
    }
    let rules: [Rule] = try read("/modes")
    return rules.contains { $0.mode == mode && $0.met > 0 }
  }

  /// Ends all modes.
  func recover() throws { try set("ok") }

  /// What `GET /` of the fake lists: `rename`, `trash`, `revoke`, `space`, `account`, …
  @discardableResult
  func ask(_ verb: String, of provider: Provider? = nil, _ fields: [String: String] = [:]) throws -> Answer {
    var fields = fields
    if let provider { fields["provider"] = provider.rawValue }
    let answer = try client.post("/" + verb, fields.map { ($0.key, $0.value) })
    guard answer.status == 200 else {
      throw HarnessError("\(verb) \(fields): \(answer.status) \(answer.text)")
    }
    return answer
  }

  /// Somebody presses Allow or Cancel on the page that a link leads to.
  /// - Returns: where the provider leads back to.
  func answer(_ link: String, _ answer: String = "allow", as account: String = account) throws -> String {
    let result = try curl(
      [
        "--data", "answer=\(answer)", "--data-urlencode", "account=\(account)", "--write-out",
        "%{redirect_url}", link,
      ])
    guard result.succeeded, result.output.hasPrefix("http") else {
      throw HarnessError("\(link): \(result.output) \(result.error)")
    }
    return result.output
  }

  func curl(_ arguments: [String]) throws -> Tool.Result {
    try Tool.run("curl", ["--silent", "--show-error"] + arguments, environment: environment)
  }

  /// Tokens as if somebody had pressed Allow: the TOKEN setting of rclone, and all of the answer.
  func grant(_ provider: Provider) throws -> (rclone: String, all: [String: Any]) {
    let answer = try ask("grant", of: provider)
    let all = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
    return (all["rclone"] as? String ?? "", all)
  }

  // MARK: what is there

  /// The files that people would see there, the folders not.
  func files(of provider: Provider? = nil, account: String? = nil) throws -> [File] {
    try all(of: provider).filter { !$0.folder && !$0.trashed && (account == nil || $0.account == account) }
  }

  /// Files and folders, those in the trash too.
  func all(of provider: Provider? = nil) throws -> [File] {
    let all: [File] = try read("/files")
    return all.filter { provider == nil || $0.provider == provider }
  }

  /// Every request since the start.
  func requests() throws -> [Request] {
    let lines = try client.get("/log").text.split(separator: "\n")
    return try lines.map { line -> Request in
      try JSONDecoder().decode(Request.self, from: Data(line.utf8))
    }
  }

  /// Each token, code, verifier and app's secret that was given out or came in.
  func secrets() throws -> [String] { try read("/secrets") }

  private func read<Value: Decodable>(_ path: String) throws -> Value {
    let answer = try client.get(path)
    guard answer.status == 200 else { throw HarnessError("\(path) answered \(answer.status)") }
    return try JSONDecoder().decode(Value.self, from: Data(answer.body))
  }

  private var client: Client { Client(port: port) }
}
