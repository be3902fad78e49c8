/// A cookie to set (RFC 6265bis, section 4.1). It has no Domain, so it belongs to this host alone.
package struct Cookie: Sendable, Equatable {
  package enum SameSite: String, Sendable {
    case strict = "Strict"
    case lax = "Lax"
  }

  /// The value of the Set-Cookie field.
  package let header: String

  /// - Parameters:
  ///   - path: browsers send the cookie for this path and those below it.
  ///   - maxAge: in whole seconds; zero removes the cookie, nil keeps it until the browser is closed.
  /// - Throws: `invalidCookie` for characters that the RFC doesn't allow, and for a name with the prefix
  ///   `__Host-` or `__Secure-` that breaks the prefix's promise: browsers ignore such a cookie silently.
  package init(
    name: String, value: String, path: String = "/", maxAge: Duration? = nil, secure: Bool,
    httpOnly: Bool = true, sameSite: SameSite = .lax
  ) throws(HTTPError) {
    guard !name.isEmpty, name.utf8.allSatisfy(ByteSet.token.contains) else {
      throw HTTPError(.invalidCookie, "a cookie's name is a token")
    }
    guard value.utf8.allSatisfy(ByteSet.cookie.contains) else {
      throw HTTPError(.invalidCookie, "a cookie's value can't hold this character")
    }
    guard path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy(isPathByte) else {
      throw HTTPError(.invalidCookie, "not a cookie's path")
    }
    guard keepsPromise(of: name.lowercased(), path: path, secure: secure) else {
      throw HTTPError(.invalidCookie, "__Host- needs Secure and the path /, __Secure- needs Secure")
    }
    var header = "\(name)=\(value); Path=\(path)"
    if let maxAge { header += "; Max-Age=\(maxAge.components.seconds)" }
    if secure { header += "; Secure" }
    if httpOnly { header += "; HttpOnly" }
    self.header = header + "; SameSite=\(sameSite.rawValue)"
  }
}

private func isPathByte(_ byte: UInt8) -> Bool {
  0x20..<0x7F ~= byte && byte != UInt8(ascii: ";")
}

private func keepsPromise(of name: String, path: String, secure: Bool) -> Bool {
  if name.hasPrefix("__host-") { return secure && path == "/" }
  return secure || !name.hasPrefix("__secure-")
}
