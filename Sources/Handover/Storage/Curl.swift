import Foundation
import System

/// A request to a provider.
struct WebRequest: Sendable {
  var method = "GET"
  let url: String
  var headers: [(name: String, value: String)] = []
  /// Text: JSON, or a form.
  var body: String?

  /// How long an answer may take.
  static let deadline = Duration.seconds(30)
}

/// What a provider answered.
struct WebAnswer: Sendable {
  let status: Int
  /// For how long it wants no more requests.
  let retryAfter: Duration?
  let body: [UInt8]

  var isGood: Bool { 200..<300 ~= status }
}

/// curl, the program, for what Handover asks of providers by itself. The whole request stands on its standard input, so
/// that no list of processes shows a token; of the server's environment it gets the names of proxies and authorities alone.
struct Curl: Sendable {
  /// Nil where it is not installed.
  private let program: String?
  private let environment: [String: String]

  /// - Parameter environment: the server's.
  init(_ environment: [String: String]) {
    program = Program.path(of: "curl", in: environment["PATH"])
    self.environment = environment.filter { Self.passedOn.contains($0.key) }
  }

  /// What tells curl, and rclone, the way out of the operator's network.
  static let passedOn: Set = [
    "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
    "RCLONE_CA_CERT",
  ]

  /// Asks, without following where an answer leads.
  ///
  /// - Parameter isStopping: asked every few milliseconds; from the first yes on the request has two seconds.
  /// - Throws: `StorageProblem` where there is no answer.
  func answer(
    to request: WebRequest, of provider: StorageProvider, isStopping: () -> Bool = { false }
  ) throws(StorageProblem) -> WebAnswer {
    guard let program else {
      throw StorageProblem(
        .server, "The server lacks a program: whoever runs it has to install curl.", detail: "no curl in PATH"
      )
    }
    let curl = Program(path: program, arguments: ["--disable", "--config", "-"], environment: environment)
    let unreachable = "\(provider.name) couldn’t be reached."
    do {
      let (ending, output) = try curl.output(
        of: Array(Self.configuration(for: request).utf8), atMost: Self.largest,
        timeout: WebRequest.deadline + .seconds(5), isStopping: isStopping)
      guard case .exited(status: 0, _) = ending, let answer = Self.answer(in: output) else {
        throw StorageProblem(.unreachable, unreachable, detail: "curl: \(ending)")
      }
      return answer
    } catch let problem as StorageProblem { throw problem } catch {
      throw StorageProblem(.server, "The server couldn’t run curl.", detail: "\(error)")
    }
  }

  /// What is read of an answer.
  private static let largest = 1 << 20

  /// The request as curl reads it from its standard input.
  static func configuration(for request: WebRequest) -> String {
    var lines = [
      ("url", request.url), ("request", request.method), ("proto", "=https"),
      ("max-time", "\(WebRequest.deadline.wholeSeconds)"), ("connect-timeout", "10"),
      ("user-agent", "Handover"), ("write-out", "\n%{http_code} %header{retry-after}"),
    ]
    lines += request.headers.map { ("header", "\($0.name): \($0.value)") }
    if let body = request.body { lines.append(("data-raw", body)) }
    return "silent\nshow-error\ngloboff\n" + lines.map { "\($0) = \(quoted($1))\n" }.joined()
  }

  private static func quoted(_ text: String) -> String {
    "\""
      + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
      .replacing("\r", with: "\\r").replacing("\t", with: "\\t") + "\""
  }

  /// What curl printed: the body, then a line with the status.
  static func answer(in output: [UInt8]) -> WebAnswer? {
    guard let end = output.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
    let words = String(decoding: output[(end + 1)...], as: UTF8.self).split(separator: " ")
    guard let status = words.first.flatMap({ Int($0) }), status >= 100 else { return nil }
    let wait = words.count > 1 ? Int(words[1]) : nil
    return WebAnswer(
      status: status, retryAfter: wait.map { .seconds(min(max($0, 0), 3_600)) }, body: Array(output[..<end]))
  }
}
