/// A request method (RFC 9110, section 9). Names are case-sensitive: `get` is not GET.
package enum Method: Hashable, Sendable {
  case get
  case head
  case post
  case other(String)

  /// - Parameter name: as in the request line.
  package init(_ name: String) {
    switch name {
    case "GET": self = .get
    case "HEAD": self = .head
    case "POST": self = .post
    default: self = .other(name)
    }
  }

  package var name: String {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .other(let name): name
    }
  }
}
