/// A request to another server.
package struct WebRequest: Sendable {
  package let method: String
  package let url: String
  package let headers: [(name: String, value: String)]
  /// Text: JSON, or a form.
  package let body: String?
  /// As who it comes, and whom it believes; nil for a server that any browser believes.
  package let identity: Identity?
  /// How long an answer may take, in whole seconds.
  package let deadline: Int64

  package init(
    method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: String? = nil,
    identity: Identity? = nil, deadline: Int64 = 30
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.identity = identity
    self.deadline = deadline
  }

  /// Whom two servers of one operator believe: paths of PEM files.
  package struct Identity: Sendable {
    /// Certificates by which the other one's is checked, instead of those of the system.
    package let authorities: String
    package let certificate: String
    package let key: String

    package init(authorities: String, certificate: String, key: String) {
      self.authorities = authorities
      self.certificate = certificate
      self.key = key
    }
  }
}

/// What another server answered.
package struct WebAnswer: Sendable {
  package let status: Int
  /// For how long it wants no more requests.
  package let retryAfter: Duration?
  package let body: [UInt8]

  package var isGood: Bool { 200..<300 ~= status }
}

/// Why there is no answer.
package enum CurlFailure: Error, Sendable {
  /// curl is not installed.
  case missing
  /// curl could not be run.
  case unstartable(SystemError)
  /// - reason: curl's own, for the log.
  case unreachable(reason: String)
}

/// curl, the program, for what Handover asks of other servers by itself. The whole request stands on its standard input,
/// so that no list of processes shows a token; of the server's environment it gets the names of proxies and authorities
/// alone.
package struct Curl: Sendable {
  /// Nil where it is not installed.
  private let program: String?
  private let environment: [String: String]

  /// - Parameter environment: the server's.
  package init(_ environment: [String: String]) {
    program = Program.path(of: "curl", in: environment["PATH"])
    self.environment = environment.filter { Self.passedOn.contains($0.key) }
  }

  /// What tells curl, and rclone, the way out of the operator's network.
  package static let passedOn: Set = [
    "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
    "RCLONE_CA_CERT",
  ]

  /// Asks, without following where an answer leads.
  ///
  /// - Parameter isStopping: asked every few milliseconds; from the first yes on the request has two seconds.
  /// - Throws: where there is no answer; one of any status is one.
  package func answer(
    to request: WebRequest, isStopping: () -> Bool = { false }
  ) throws(CurlFailure) -> WebAnswer {
    guard let program else { throw .missing }
    let curl = Program(path: program, arguments: ["--disable", "--config", "-"], environment: environment)
    let (ending, output): (Program.Ending, [UInt8])
    do {
      (ending, output) = try curl.output(
        of: Array(Self.configuration(for: request).utf8), atMost: Self.largest,
        timeout: .seconds(request.deadline + 5), isStopping: isStopping)
    } catch { throw .unstartable(error) }
    guard case .exited(status: 0, _) = ending, let answer = Self.answer(in: output) else {
      if case .exited(_, let errors) = ending, !errors.isEmpty { throw .unreachable(reason: errors) }
      throw .unreachable(reason: "curl: \(ending)")
    }
    return answer
  }

  /// What is read of an answer.
  private static let largest = 1 << 22

  /// The request as curl reads it from its standard input. What goes to one's own servers goes there directly.
  package static func configuration(for request: WebRequest) -> String {
    var lines = [
      ("url", request.url), ("request", request.method),
      ("proto", request.url.hasPrefix("http://") ? "=http" : "=https"),
      ("max-time", "\(request.deadline)"), ("connect-timeout", "\(min(request.deadline, 10))"),
      ("user-agent", "Handover"), ("write-out", "\n%{http_code} %header{retry-after}"),
    ]
    if let identity = request.identity {
      lines += [
        ("cacert", identity.authorities), ("cert", identity.certificate), ("key", identity.key),
        ("noproxy", "*"),
      ]
    }
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
  package static func answer(in output: [UInt8]) -> WebAnswer? {
    guard let end = output.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
    let words = String(decoding: output[(end + 1)...], as: UTF8.self).split(separator: " ")
    guard let status = words.first.flatMap({ Int($0) }), status >= 100 else { return nil }
    let wait = words.count > 1 ? Int(words[1]) : nil
    return WebAnswer(
      status: status, retryAfter: wait.map { .seconds(min(max($0, 0), 3_600)) }, body: Array(output[..<end]))
  }
}
