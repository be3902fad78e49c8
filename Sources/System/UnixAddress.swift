import Glibc

/// The address of a Unix socket, as the system's calls take it.
package enum UnixAddress {
  /// In bytes: what `sockaddr_un` holds beside the closing NUL.
  package static let longest = 107

  /// - Parameter path: of at most `longest` bytes; one that begins with `@` is a name in the kernel instead of a file.
  package static func with(_ path: String, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isAbstract = path.hasPrefix("@")
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      unsafe bytes.copyBytes(from: path.utf8.prefix(longest))
      if isAbstract { unsafe bytes[0] = 0 }
    }
    // A name ends where the address does; a path ends with a NUL.
    let head = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    let size = isAbstract ? head + path.utf8.count : MemoryLayout<sockaddr_un>.size
    return unsafe withUnsafeBytes(of: &address) { bytes in
      unsafe use(
        bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr.self), socklen_t(size))
    }
  }
}
