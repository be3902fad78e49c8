import CCrypt
import Glibc

/// libxcrypt's yescrypt (crypt(5)), as two functions over texts.
enum Crypt {
  /// A setting for `hash`: method, cost (1 to 11) and salt; nil where libxcrypt refuses the cost.
  static func setting(cost: Int, salt: [UInt8]) -> String? {
    let bytes = salt.map { CChar(bitPattern: $0) }
    guard
      let setting = unsafe crypt_gensalt_ra("$y$", UInt(clamping: cost), bytes, CInt(bytes.count))
    else { return nil }
    defer { unsafe free(setting) }
    return unsafe String(cString: setting)
  }

  /// Whether the text is a whole hash of yescrypt. libxcrypt has made it, and can make it again if there is memory:
  /// its error for a hash that is broken and for want of memory is the same.
  static func isHash(_ text: String) -> Bool {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0].isEmpty, parts[1] == "y", parts[4].utf8.count == 43 else { return false }
    return unsafe crypt_checksalt(text) != CRYPT_SALT_INVALID
  }

  /// The hash of a password under a setting, or under an earlier hash, which begins with its setting. Nil
  /// where libxcrypt can't: a broken setting, a password of 512 bytes or more, no memory. The password must
  /// hold no NUL.
  static func hash(_ password: [UInt8], setting: String) -> String? {
    var data: UnsafeMutableRawPointer?
    var size: CInt = 0
    defer { unsafe free(data) }
    let phrase = password.map { CChar(bitPattern: $0) } + [0]
    guard let hash = unsafe crypt_ra(phrase, setting, &data, &size) else { return nil }
    let text = unsafe String(cString: hash)
    return text.hasPrefix("*") ? nil : text
  }
}
