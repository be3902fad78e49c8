import Glibc

/// Bytes of XML that are appended, looked at together, and cleared.
///
/// `put` doesn't check that there is room: it is sound only after a `reserve` that covers it, which the encoder does once
/// for each cell. `append` reserves by itself.
@safe
struct XMLBuffer: ~Copyable {
  private var storage: UnsafeMutablePointer<UInt8>
  private var capacity = 1 << 16
  private(set) var count = 0

  init() {
    unsafe storage = .allocate(capacity: 1 << 16)
  }

  deinit {
    unsafe storage.deallocate()
  }

  var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      let span = unsafe Span(_unsafeStart: storage, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  mutating func clear() { count = 0 }

  /// Makes sure that so many more bytes fit.
  @inline(__always)
  mutating func reserve(_ more: Int) {
    if more > capacity - count { grow(by: more) }
  }

  @inline(never)
  private mutating func grow(by more: Int) {
    capacity = max(count + more, 2 * capacity)
    let new = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe new.update(from: storage, count: count)
    unsafe storage.deallocate()
    unsafe storage = new
  }

  // MARK: Bytes as they are

  @inline(__always)
  mutating func put(_ byte: UInt8) {
    unsafe storage[count] = byte
    count += 1
  }

  @inline(__always)
  mutating func put(_ literal: StaticString) {
    unsafe memcpy(storage + count, literal.utf8Start, literal.utf8CodeUnitCount)
    count += literal.utf8CodeUnitCount
  }

  @inline(__always)
  mutating func put(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe memcpy(storage + count, start, bytes.count)
    }
    count += bytes.count
  }

  /// The lowest bytes of a word, the lowest one first. There must be room for eight.
  @inline(__always)
  mutating func put(_ word: UInt64, count bytes: Int) {
    unsafe UnsafeMutableRawPointer(storage + count).storeBytes(of: word.littleEndian, as: UInt64.self)
    count += bytes
  }

  /// - Parameters:
  ///   - value: at least 0.
  ///   - width: with zeros in front up to so many digits.
  mutating func put(number value: Int, width: Int = 1) {
    var divisor = 1
    var digits = 1
    while digits < width || value / divisor >= 10 { (divisor, digits) = (divisor * 10, digits + 1) }
    while divisor > 0 {
      put(UInt8(ascii: "0") + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }

  mutating func append(_ xml: String) {
    let bytes = xml.utf8Span.span
    reserve(bytes.count)
    put(bytes)
  }

  // MARK: Text

  /// Text as the content of an element: what is markup is escaped, and what XML can't hold stands as `_x0001_` (22.9.2.19).
  ///
  /// - Parameter text: UTF-8.
  mutating func append(text: Span<UInt8>) {
    unsafe text.withUnsafeBufferPointer { text in
      var start = 0
      while start < text.count {
        let end = unsafe Self.plainEnd(of: text, from: start)
        reserve(end - start + Self.longestEscape)
        if let first = text.baseAddress {
          unsafe memcpy(storage + count, first + start, end - start)
        }
        count += end - start
        if end == text.count { return }
        start = unsafe end + escape(text, at: end)
      }
    }
  }

  private static let longestEscape = 16

  /// Bytes that may have to be written otherwise.
  private static let isSpecial: [Bool] = {
    var isSpecial = [Bool](repeating: false, count: 256)
    for byte in 0..<0x20 { isSpecial[byte] = byte != 0x09 && byte != 0x0A }
    for byte in "&<>_".utf8 { isSpecial[Int(byte)] = true }
    isSpecial[0xEF] = true
    return isSpecial
  }()

  private static func plainEnd(of text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    unsafe isSpecial.withUnsafeBufferPointer { isSpecial in
      var place = start
      while unsafe place < text.count && !isSpecial[Int(text[place])] { place += 1 }
      return place
    }
  }

  /// - Returns: how many bytes of the text were written.
  private mutating func escape(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
    let byte = unsafe text[place]
    switch byte {
    case UInt8(ascii: "&"): put("&amp;")
    case UInt8(ascii: "<"): put("&lt;")
    case UInt8(ascii: ">"): put("&gt;")
    // As it is, it would be read as a line feed (XML 1.0, 2.11).
    case 0x0D: put("&#13;")
    case UInt8(ascii: "_"):
      if unsafe Self.isRead(text, asEscapeAt: place) { put("_x005F_") } else { put(byte) }
    default:
      guard let code = unsafe Self.unheld(text, at: place) else {
        put(byte)
        return 1
      }
      put("_x")
      for shift in [12, 8, 4, 0] { put(Self.hexadecimal[Int(code >> UInt16(shift) & 0xF)]) }
      put("_")
      return code > 0xFF ? 3 : 1
    }
    return 1
  }

  /// UTF-16 code units that the character there takes in the cell, escapes as they stand; none within a character.
  static func units(of text: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
    let byte = unsafe text[place]
    if byte & 0xC0 == 0x80 { return 0 }
    if byte >= 0xF0 { return 2 }
    let isEscaped =
      unsafe byte == UInt8(ascii: "_") ? isRead(text, asEscapeAt: place) : unheld(text, at: place) != nil
    return isEscaped ? escapeUnits : 1
  }

  /// Of `_x0001_`, or of `_x005F_`.
  static let escapeUnits = 7

  private static let hexadecimal = Array("0123456789ABCDEF".utf8)

  /// The character there, if XML can't hold it (XML 1.0, 2.2): a control character, U+FFFE or U+FFFF.
  private static func unheld(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> UInt16? {
    let byte = unsafe text[place]
    if byte < 0x20 { return byte == 0x09 || byte == 0x0A || byte == 0x0D ? nil : UInt16(byte) }
    guard byte == 0xEF, place + 2 < text.count, unsafe text[place + 1] == 0xBF, unsafe text[place + 2] >= 0xBE
    else { return nil }
    return unsafe 0xFF40 | UInt16(text[place + 2])
  }

  /// Whether the underscore there would be read as the beginning of a character: `_x0041_`. What follows the digits may also
  /// be something that is going to stand as `_x…`.
  private static func isRead(_ text: UnsafeBufferPointer<UInt8>, asEscapeAt place: Int) -> Bool {
    guard place + 6 < text.count, unsafe text[place + 1] == UInt8(ascii: "x") else { return false }
    for digit in place + 2..<place + 6 {
      let byte = unsafe text[digit]
      guard byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 6 else { return false }
    }
    return unsafe (text[place + 6] == UInt8(ascii: "_") || unheld(text, at: place + 6) != nil)
  }
}
