import Glibc
import HTTP

/// What was read from a connection.
enum ReadResult {
  case request(Request)
  /// Its body is still to be read, by `Request.readBody`.
  case upload(Request, IncomingBody)
  /// To be answered with that status, without the handler.
  case refused(Status, reason: String)
  case broken
}

/// The parameters of a request, as CGI names them (RFC 3875, section 4.1), turned into HTTP.
///
/// The path is taken from REQUEST_URI, which is as the client wrote it. In SCRIPT_NAME the web server has
/// decoded the path and resolved its dots, so that two spellings look alike.
struct RequestReader {
  /// A request with more fields, or more bytes of parameters, is refused with 431. The web server's own
  /// limits are lower.
  static let maximumFields = 200
  static let maximumHeaderSize = 65_536

  private var request = Request(.get, "")
  private var hasMethod = false
  private var contentLength: Int? = 0
  private var fields = 0
  private var size = 0

  /// - Parameters:
  ///   - maximumBody: in bytes; a larger body is skipped, and the request says `isBodyTooLarge`.
  ///   - uploads: which requests have a larger one, that is read while they are answered.
  static func read(
    _ connection: borrowing Connection, maximumBody: Int, uploads: Server.Uploads? = nil
  ) -> ReadResult {
    var reader = RequestReader()
    unsafe connection.forEachParameter { unsafe reader.take($0) }
    guard reader.fields <= maximumFields, reader.size <= maximumHeaderSize else {
      return .refused(Status(431, "Request Header Fields Too Large"), reason: "too many or too large headers")
    }
    guard reader.hasMethod, !reader.request.target.isEmpty else {
      return .refused(
        .internalServerError, reason: "REQUEST_METHOD or REQUEST_URI is missing in fastcgi_param")
    }
    guard let length = reader.contentLength else {
      return .refused(.badRequest, reason: "CONTENT_LENGTH is no number")
    }
    if let uploads, length <= uploads.maximum, uploads.isOne(reader.request) {
      let body = connection.body(of: length)
      reader.request.readBody = body.read
      reader.request.headers.append("Content-Length", "\(length)")
      return .upload(reader.request, body)
    }
    return reader.readBody(connection, length: length, maximum: maximumBody)
  }

  private mutating func take(_ entry: UnsafeRawBufferPointer) {
    guard let equals = unsafe entry.firstIndex(of: UInt8(ascii: "=")) else { return }
    let name = unsafe String(decoding: entry[..<equals], as: UTF8.self)
    let value = unsafe entry[(equals + 1)...]
    size += entry.count
    switch name {
    case "REQUEST_METHOD":
      request.method = Method(unsafe String(decoding: value, as: UTF8.self))
      hasMethod = unsafe !value.isEmpty
    case "REQUEST_URI":
      request.target = PercentEncoding.target(unsafe Array(value))
    case "REMOTE_ADDR":
      request.remoteAddress = unsafe String(decoding: value, as: UTF8.self)
    // A client's header would be HTTP_REQUEST_ID.
    case "REQUEST_ID":
      request.id = unsafe isRequestID(value) ? String(decoding: value, as: UTF8.self) : ""
    case "HANDED_ON":
      request.isHandedOn = unsafe value.elementsEqual("1".utf8)
    case "CONTENT_TYPE":
      if unsafe !value.isEmpty {
        request.headers.append("Content-Type", unsafe String(decoding: value, as: UTF8.self))
      }
    case "CONTENT_LENGTH":
      if unsafe !value.isEmpty { contentLength = number(unsafe Array(value)) }
    case "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH":
      break  // nginx sends them twice; the ones above are CGI's.
    default:
      guard name.utf8.starts(with: "HTTP_".utf8), let name = headerName(name) else { return }
      fields += 1
      request.headers.append(name, unsafe String(decoding: value, as: UTF8.self))
    }
  }

  /// Reads to the end in any case: closing a connection with unread bytes would reset it, and the web server
  /// would answer 502 instead of our response.
  private consuming func readBody(_ connection: borrowing Connection, length: Int, maximum: Int) -> ReadResult
  {
    request.body = connection.read(upTo: min(length, maximum) + 1)
    if request.body.count > maximum {
      request.body = []
      request.isBodyTooLarge = true
      while connection.read(upTo: 65_536).count == 65_536 {}
      return connection.isIntact ? .request(request) : .broken
    }
    guard connection.isIntact, request.body.count == length else { return .broken }
    return .request(request)
  }
}

/// HTTP_ACCEPT_LANGUAGE is accept-language.
private func headerName(_ parameter: String) -> Headers.Name? {
  Headers.Name(
    String(
      decoding: parameter.utf8.dropFirst(5).map {
        switch $0 {
        case UInt8(ascii: "_"): UInt8(ascii: "-")
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): $0 | 0x20
        default: $0
        }
      }, as: UTF8.self))
}

/// As nginx makes them.
private func isRequestID(_ value: Slice<UnsafeRawBufferPointer>) -> Bool {
  unsafe value.count == 32
    && value.allSatisfy {
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
    }
}

private func number(_ digits: [UInt8]) -> Int? {
  guard digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
  return Int(String(decoding: digits, as: UTF8.self))
}
