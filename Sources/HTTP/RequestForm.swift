extension Request {
  /// The posted form. Empty where nothing was sent, and for GET and HEAD, whose content means nothing (RFC
  /// 9110, section 9.3.1).
  ///
  /// Content in another type than HTML's default one is refused, since no form of ours sends it: multipart
  /// would need a parser of its own, and text/plain is how foreign pages smuggle bytes past a check of the
  /// type.
  ///
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
}

/// Whether the media type is that of forms, whatever its case and parameters; a charset changes nothing,
/// since the WHATWG standard decodes as UTF-8 always.
private func isForm(_ contentType: String) -> Bool {
  var type = contentType.utf8.prefix { $0 != UInt8(ascii: ";") }
  while let last = type.last, isBlank(last) { type.removeLast() }
  return type.map(lowercased) == Array("application/x-www-form-urlencoded".utf8)
}
