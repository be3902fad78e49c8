import Foundation

/// base64url without padding (RFC 4648, section 5): bytes as letters that need no escape in an address.
///
/// Bytes have exactly one spelling: `decode` refuses whatever `encode` would not have written.
package enum Base64URL {
  package static func encode(_ bytes: [UInt8]) -> String {
    let base64 = Data(bytes).base64EncodedString()
    return String(
      decoding: base64.utf8.lazy.filter { $0 != UInt8(ascii: "=") }.map {
        switch $0 {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: $0
        }
      }, as: UTF8.self)
  }

  /// The bytes of a text; nil for one with padding, blanks, other letters, an impossible length, or bits left
  /// over at its end that are not zero.
  package static func decode(_ text: String) -> [UInt8]? {
    var base64 = Data(
      text.utf8.map {
        switch $0 {
        case UInt8(ascii: "-"): UInt8(ascii: "+")
        case UInt8(ascii: "_"): UInt8(ascii: "/")
        default: $0
        }
      })
    base64.append(contentsOf: repeatElement(UInt8(ascii: "="), count: -base64.count & 3))
    guard let data = Data(base64Encoded: base64) else { return nil }
    let bytes = [UInt8](data)
    // Foundation is more lenient than this kit.
    return encode(bytes) == text ? bytes : nil
  }
}
