/// A cookie to be set (RFC 6265bis, section 4.1). It belongs to the host alone: there is no Domain.
package struct Cookie: Sendable, Equatable {
  package enum SameSite: String, Sendable {
    case strict = "Strict"
    case lax = "Lax"
  }

  /// The value of the Set-Cookie field.
  package let header: String

  /// - Parameters:
  ///   - maxAge: in seconds; 0 removes the cookie, nil keeps it until the browser is closed.
  ///   - path: the cookie goes to this path and those below it.
  /// - Throws: `invalidCookie` for characters that the RFC doesn't allow, and for a name with the prefix
  ///   `__Host-` or `__Secure-` that doesn't keep the prefix's promise, which browsers refuse silently.
  package init(
    name: String, value: String, path: String = "/", maxAge: Int? = nil, secure: Bool, httpOnly: Bool = true,
    sameSite: SameSite = .lax
  ) throws(HTTPError) {
    guard !name.isEmpty, name.utf8.allSatisfy(ByteSet.token.contains) else {
      throw HTTPError(.invalidCookie, "a cookie's name is a token")
    }
    guard value.utf8.allSatisfy(ByteSet.cookie.contains) else {
      throw HTTPError(.invalidCookie, "a character that a cookie's value can't hold")
    }
    guard path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy(isPathByte) else {
      throw HTTPError(.invalidCookie, "not a cookie's path")
    }
    guard keepsPromise(of: name.lowercased(), path: path, secure: secure) else {
      throw HTTPError(.invalidCookie, "__Host- wants Secure and the path /, __Secure- wants Secure")
    }
    var header = "\(name)=\(value); Path=\(path)"
    if let maxAge { header += "; Max-Age=\(maxAge)" }
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
