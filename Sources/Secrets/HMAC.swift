/// HMAC with SHA-256 (RFC 2104): proves to holders of the key that another holder wrote a text.
package struct HMAC: Sendable {
  private var inner = SHA256()
  private var outer = SHA256()

  /// A key of any length; one of more than 64 bytes is replaced by its hash.
  package init(key: [UInt8]) {
    var block = key.count > 64 ? SHA256.hash(key) : key
    block += Array(repeating: 0, count: 64 - block.count)
    inner.update(block.map { $0 ^ 0x36 })
    outer.update(block.map { $0 ^ 0x5c })
  }

  /// The code of a text: 32 bytes. One value computes any number of codes.
  package func code(of bytes: [UInt8]) -> [UInt8] {
    var inner = inner
    var outer = outer
    inner.update(bytes)
    outer.update(inner.finish())
    return outer.finish()
  }
}

/// HMAC with SHA-1, as RFC 4226 has it: 20 bytes. A key of more than 64 bytes is replaced by its hash.
func hmacSHA1(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
  var block = key.count > 64 ? SHA1.hash(key) : key
  block += Array(repeating: 0, count: 64 - block.count)
  return SHA1.hash(block.map { $0 ^ 0x5c } + SHA1.hash(block.map { $0 ^ 0x36 } + bytes))
}
