/// Base32 without padding (RFC 4648, section 6): bytes as capital letters and digits, which people can type. It
/// is how authenticator apps take a key.
package enum Base32 {
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var waiting: UInt16 = 0
    var count = 0
    for byte in bytes {
      waiting = waiting << 8 | UInt16(byte)
      count += 8
      while count >= 5 {
        count -= 5
        text.append(letters[Int(waiting >> UInt16(count) & 31)])
      }
    }
    if count > 0 { text.append(letters[Int(waiting << UInt16(5 - count) & 31)]) }
    return String(decoding: text, as: UTF8.self)
  }
}

private let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
