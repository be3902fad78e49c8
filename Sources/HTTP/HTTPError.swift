/// What a client sent that HTTP or this server doesn't accept, or what the server's own code declares
/// wrongly.
package struct HTTPError: Error, Equatable, Sendable {
  package enum Code: Sendable {
    /// Bytes that are not UTF-8: overlong forms, surrogates and stray bytes included.
    case invalidUTF8
    case nul
    case duplicateParameter
    case tooManyParameters
    /// A path that doesn't begin with a slash, or whose `%` isn't followed by two hex digits.
    case malformedPath
    case bodyTooLarge
    /// A body that ends before its end.
    case bodyIncomplete
    /// A multipart/form-data that isn't as RFC 7578 has it.
    case malformedMultipart
    /// A body in a media type other than that of HTML forms.
    case unsupportedMediaType
    /// A cookie that can't be written under RFC 6265bis.
    case invalidCookie
    /// A template or route that can't be parsed, or that repeats another one.
    case invalidRoute
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The status of the response to a request that caused this error.
  package var status: Status {
    switch code {
    case .invalidUTF8, .nul, .duplicateParameter, .tooManyParameters, .malformedPath, .bodyIncomplete,
      .malformedMultipart:
      .badRequest
    case .bodyTooLarge: .contentTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .invalidCookie, .invalidRoute: .internalServerError
    }
  }
}
