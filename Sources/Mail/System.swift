import Glibc

/// What an errno means, in words.
func reason(_ code: CInt) -> String {
  unsafe String(cString: strerror(code))
}

/// Writes all bytes, in as many calls as it takes; false, with errno set, where that fails.
func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
  var written = 0
  while written < bytes.count {
    let count = unsafe bytes.withUnsafeBytes {
      unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + written }, $0.count - written)
    }
    if count > 0 {
      written += count
    } else if count == 0 || errno != EINTR {
      return false
    }
  }
  return true
}
