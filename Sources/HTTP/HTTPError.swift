/// What a client sent that HTTP, or this server, doesn't accept, and what the server's own code declared
/// wrongly.
package struct HTTPError: Error, Equatable, Sendable {
  package enum Code: Sendable {
    /// Bytes that are no UTF-8: overlong forms, surrogates and stray bytes included.
    case invalidUTF8
    case nul
    case duplicateParameter
    case tooManyParameters
    /// A path that doesn't begin with a slash, or whose `%` isn't followed by two hex digits.
    case malformedPath
    case bodyTooLarge
    /// A body in another media type than that of HTML forms.
    case unsupportedMediaType
    /// A cookie that RFC 6265bis has no spelling for.
    case invalidCookie
    /// A template or route that can't be read, or that another one hides.
    case invalidRoute
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The answer that the error deserves when a request caused it.
  package var status: Status {
    switch code {
    case .invalidUTF8, .nul, .duplicateParameter, .tooManyParameters, .malformedPath: .badRequest
    case .bodyTooLarge: .contentTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .invalidCookie, .invalidRoute: .internalServerError
    }
  }
}
