import HTTP

/// The bytes of an answer as CGI has them (RFC 3875, section 6): Status, fields, an empty line, the body.
///
/// The one place that knows Content-Length and HEAD: HEAD gets the length that GET would have, and no body.
/// An answer of its own length (a file that the web server sends for X-Accel-Redirect) has none of ours.
func cgiBytes(of response: Response, to method: Method) -> [UInt8] {
  let hasBody = response.status.code >= 200 && response.status.code != 204 && response.status.code != 304
  var bytes: [UInt8] = []
  bytes.reserveCapacity(1024 + response.body.count)
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
  if hasBody, method != .head { bytes += response.body }
  return bytes
}

private func append(_ line: String, to bytes: inout [UInt8]) {
  bytes += line.utf8
  bytes += "\r\n".utf8
}
