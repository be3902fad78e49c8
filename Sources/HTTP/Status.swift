/// The status of a response (RFC 9110, section 15). Two are equal when their codes are.
package struct Status: Sendable {
  package let code: Int
  package let reason: String

  /// - Parameter reason: the phrase for people, as in `Not Found`.
  package init(_ code: Int, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  package static let ok = Status(200, "OK")
  package static let noContent = Status(204, "No Content")
  package static let seeOther = Status(303, "See Other")
  package static let notModified = Status(304, "Not Modified")
  package static let badRequest = Status(400, "Bad Request")
  package static let unauthorized = Status(401, "Unauthorized")
  package static let forbidden = Status(403, "Forbidden")
  package static let notFound = Status(404, "Not Found")
  package static let methodNotAllowed = Status(405, "Method Not Allowed")
  package static let conflict = Status(409, "Conflict")
  package static let gone = Status(410, "Gone")
  package static let preconditionFailed = Status(412, "Precondition Failed")
  package static let contentTooLarge = Status(413, "Content Too Large")
  package static let unsupportedMediaType = Status(415, "Unsupported Media Type")
  package static let rangeNotSatisfiable = Status(416, "Range Not Satisfiable")
  package static let misdirectedRequest = Status(421, "Misdirected Request")
  package static let unprocessableContent = Status(422, "Unprocessable Content")
  package static let tooManyRequests = Status(429, "Too Many Requests")
  package static let internalServerError = Status(500, "Internal Server Error")
  package static let serviceUnavailable = Status(503, "Service Unavailable")
}

extension Status: Hashable {
  package static func == (one: Status, other: Status) -> Bool { one.code == other.code }
  package func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
