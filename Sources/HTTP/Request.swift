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
  /// Empty when `isBodyTooLarge`, and where there is `readBody`.
  package var body: [UInt8]
  /// Reads the body in place of `body`, piece by piece, for one that is too long for memory. Good until the request is
  /// answered, on the thread that answers it.
  package var readBody: BodyReader?
  /// Whether the body was larger than the server reads, and so was not read.
  package var isBodyTooLarge: Bool
  /// The address of the client's end of the connection, without port: `192.0.2.1` or `2001:db8::1`.
  package var remoteAddress: String
  /// Under which the web server logs the request: 32 hexadecimal digits that it made itself; empty where it gave none.
  package var id = ""
  /// Whether the web server has got it back from another process of ours, which answers for others.
  package var isHandedOn = false

  /// Reads up to so many bytes, none at the end; throws `bodyIncomplete`.
  package typealias BodyReader = @Sendable (_ upTo: Int) throws(HTTPError) -> [UInt8]

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
  /// Only HTML's default type is accepted: a form with files is read by `multipart`, and text/plain is how foreign
  /// pages smuggle bytes past a check of the type.
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

  /// The posted form with files, where the server reads one of this request (`readBody`). It begins anew at each call.
  /// - Throws: `bodyTooLarge`; what `Multipart(_:from:)` throws.
  package var multipart: Multipart? {
    get throws(HTTPError) {
      guard !isBodyTooLarge else { throw HTTPError(.bodyTooLarge, "the body is too large") }
      guard let readBody else { return nil }
      return try Multipart(headers["Content-Type"] ?? "", from: readBody)
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
