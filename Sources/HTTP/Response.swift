/// A response. The server that writes it adds Content-Length, and leaves out the body for HEAD.
package struct Response: Sendable {
  package var status: Status
  package var headers: Headers
  package var body: [UInt8]
  /// Writes the body in place of `body`, piece by piece, while it is sent: for one that is too long for memory.
  /// Its length isn't known before. An error breaks the response off, so that nobody takes it for a whole one.
  package var writeBody: BodyWriter?

  /// Calls `write` with each piece; that returns when the server has taken it, and throws when nobody does.
  package typealias BodyWriter = @Sendable (_ write: ([UInt8]) throws -> Void) throws -> Void

  package init(_ status: Status, headers: Headers = Headers(), body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A page.
  /// - Parameter body: HTML in UTF-8.
  package static func html(_ body: [UInt8], _ status: Status = .ok) -> Response {
    content(body, type: "text/html; charset=utf-8", status)
  }

  /// Plain text in UTF-8.
  package static func text(_ text: String, _ status: Status = .ok) -> Response {
    content(Array(text.utf8), type: "text/plain; charset=utf-8", status)
  }

  /// - Parameter type: the value of Content-Type.
  package static func content(_ body: [UInt8], type: String, _ status: Status = .ok) -> Response {
    var response = Response(status, body: body)
    response.headers.append("Content-Type", type)
    return response
  }

  /// - Parameter type: the value of Content-Type.
  package static func streaming(type: String, _ writeBody: @escaping BodyWriter) -> Response {
    var response = Response(.ok).with("Content-Type", type)
    response.writeBody = writeBody
    return response
  }

  /// Sends the browser to another page, with GET even after a POST.
  /// - Parameter location: a path with its query, or a whole URL.
  package static func seeOther(_ location: String) -> Response {
    Response(.seeOther).with("Location", location)
  }

  /// This response with all fields of that name replaced by this one.
  package consuming func with(_ name: Headers.Name, _ value: String) -> Response {
    headers.set(name, value)
    return self
  }

  /// This response with one more cookie.
  package consuming func setting(_ cookie: Cookie) -> Response {
    headers.append("Set-Cookie", cookie.header)
    return self
  }
}
