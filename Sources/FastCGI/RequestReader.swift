import Glibc
import HTTP

/// What came in on a connection.
enum Reception {
  case request(Request)
  /// Answered with that status, without the handler.
  case refused(Status, reason: String)
  case broken
}

/// The parameters of a request, as CGI names them (RFC 3875, section 4.1), turned into HTTP.
///
/// The path is taken from REQUEST_URI, which is as the client wrote it: SCRIPT_NAME has been decoded and its
/// dots resolved by the web server, so that two spellings would look alike.
struct RequestReader {
  /// Beyond those a request is refused with 431; the web server's own limits are below.
  static let maximumFields = 200
  static let maximumHeaderSize = 65_536

  private var request = Request(.get, "")
  private var hasMethod = false
  private var contentLength: Int? = 0
  private var fields = 0
  private var size = 0

  /// - Parameter maximumBody: in bytes; a larger body is read over, and the request says `isBodyTooLarge`.
  static func read(_ exchange: borrowing Exchange, maximumBody: Int) -> Reception {
    var reader = RequestReader()
    unsafe exchange.forEachParameter { unsafe reader.take($0) }
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
    return reader.readBody(exchange, length: length, maximum: maximumBody)
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
  /// would answer 502 instead of what we say.
  private consuming func readBody(_ exchange: borrowing Exchange, length: Int, maximum: Int) -> Reception {
    request.body = exchange.read(upTo: min(length, maximum) + 1)
    if request.body.count > maximum {
      request.body = []
      request.isBodyTooLarge = true
      while exchange.read(upTo: 65_536).count == 65_536 {}
      return exchange.isIntact ? .request(request) : .broken
    }
    guard exchange.isIntact, request.body.count == length else { return .broken }
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

private func number(_ digits: [UInt8]) -> Int? {
  guard digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
  return Int(String(decoding: digits, as: UTF8.self))
}
