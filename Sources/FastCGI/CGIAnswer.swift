import HTTP

/// An answer as CGI has it (RFC 3875, section 6). The body is not copied to stand behind the head: it may be long.
struct CGIAnswer {
  /// Status, fields, an empty line.
  let head: [UInt8]
  let body: [UInt8]

  /// The one place that knows Content-Length and HEAD: HEAD gets the length that GET would have, and no body.
  /// An answer of its own length (a file that the web server sends for X-Accel-Redirect) has none of ours.
  init(_ response: Response, to method: Method) {
    let hasBody = response.status.code >= 200 && response.status.code != 204 && response.status.code != 304
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    append("Status: \(response.status.code) \(response.status.reason)", to: &bytes)
    for field in response.headers.fields {
      bytes += field.name.text.utf8
      bytes += ": ".utf8
      append(field.value, to: &bytes)
    }
    if hasBody, response.headers["Content-Length"] == nil, response.headers["X-Accel-Redirect"] == nil {
      append("Content-Length: \(response.body.count)", to: &bytes)
    }
    append("", to: &bytes)
    head = bytes
    body = hasBody && method != .head ? response.body : []
  }
}

private func append(_ line: String, to bytes: inout [UInt8]) {
  bytes += line.utf8
  bytes += "\r\n".utf8
}
