/// A request as the web server hands it over. Nothing in it has been checked but its size.
///
/// `path`, `query`, `form` and `cookies` are read from the raw parts at each call: ask once and keep the
/// value.
package struct Request: Sendable {
  package var method: Method
  /// The target as the client wrote it, query included, not decoded and not normalised: signed links are
  /// compared with it. Bytes that no URL holds stand as `%XX`, see `PercentEncoding.target`.
  package var target: String
  package var headers: Headers
  /// Empty when `isBodyTooLarge`.
  package var body: [UInt8]
  /// The body was larger than the server reads, and was not read.
  package var isBodyTooLarge: Bool
  /// The address of the client's end of the connection, without port: `192.0.2.1` or `2001:db8::1`.
  package var remoteAddress: String

  package init(
    _ method: Method, _ target: String, headers: Headers = Headers(), body: [UInt8] = [],
    isBodyTooLarge: Bool = false, remoteAddress: String = ""
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
    self.isBodyTooLarge = isBodyTooLarge
    self.remoteAddress = remoteAddress
  }

  /// - Throws: `malformedPath`, `invalidUTF8` or `nul`.
  package var path: Path {
    get throws(HTTPError) { try Path(target.prefix(upTo: endOfPath)) }
  }

  /// What follows the first `?`, as it came; empty without one.
  package var rawQuery: Substring {
    target[endOfPath...].dropFirst()
  }

  /// - Throws: what `Form(parsing:)` throws.
  package var query: Form {
    get throws(HTTPError) { try Form(parsing: rawQuery.utf8) }
  }

  package var cookies: Cookies {
    Cookies(headers.values(of: "Cookie"))
  }

  private var endOfPath: String.Index {
    target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
  }
}
