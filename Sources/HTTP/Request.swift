/// A request as the web server hands it over. Only its size has been checked.
///
/// `path`, `query`, `form` and `cookies` are parsed from the raw parts at each call: ask once and keep the
/// value.
package struct Request: Sendable {
  package var method: Method
  /// The target as the client wrote it, with its query, neither decoded nor normalised: signed links are
  /// compared with it. Bytes that a URL can't hold are written as `%XX`, see `PercentEncoding.target`.
  package var target: String
  package var headers: Headers
  /// Empty when `isBodyTooLarge`.
  package var body: [UInt8]
  /// Whether the body was larger than the server reads, and so was not read.
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
  var rawQuery: Substring {
    target[endOfPath...].dropFirst()
  }

  /// - Throws: what `Form(parsing:)` throws.
  package var query: Form {
    get throws(HTTPError) { try Form(parsing: rawQuery.utf8) }
  }

  /// The posted form. Empty where nothing was sent, and for GET and HEAD, whose content means nothing (RFC
  /// 9110, section 9.3.1).
  ///
  /// Only HTML's default type is accepted, since our forms send no other: multipart would need a parser of
  /// its own, and text/plain is how foreign pages smuggle bytes past a check of the type.
  /// - Throws: `bodyTooLarge`, whatever the method is; `unsupportedMediaType`; what `Form(parsing:)` throws.
  package var form: Form {
    get throws(HTTPError) {
      guard !isBodyTooLarge else { throw HTTPError(.bodyTooLarge, "the body is too large") }
      guard method != .get, method != .head, !body.isEmpty else { return Form() }
      guard let type = headers["Content-Type"], isForm(type) else {
        throw HTTPError(.unsupportedMediaType, "only application/x-www-form-urlencoded is read")
      }
      return try Form(parsing: body)
    }
  }

  /// Those of all Cookie fields.
  package var cookies: Cookies {
    Cookies(headers.values(of: "Cookie"))
  }

  private var endOfPath: String.Index {
    target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
  }
}

/// Whether the media type is that of forms, in any case and with any parameters: a charset changes nothing,
/// since the WHATWG standard always decodes as UTF-8.
private func isForm(_ contentType: String) -> Bool {
  var type = contentType.utf8.prefix { $0 != UInt8(ascii: ";") }
  while let last = type.last, isBlank(last) { type.removeLast() }
  return type.map(lowercased) == Array("application/x-www-form-urlencoded".utf8)
}
