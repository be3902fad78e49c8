/// How a file's bytes are text.
package enum Encoding: Sendable, Equatable {
  case utf8
  /// UTF-8; or Windows-1252, where the first bytes that are not ASCII are not UTF-8 either.
  case utf8OrWindows1252
  case windows1252
  case utf16LittleEndian
  case utf16BigEndian
}

/// What stands between two cells.
package enum Separator: UInt8, Sendable, CaseIterable {
  case comma = 0x2C
  case semicolon = 0x3B
  case tab = 0x09
  case bar = 0x7C
}

/// Makes UTF-8 of another encoding, as the bytes come in.
struct Transcoder {
  private let encoding: Encoding
  /// The first byte of a unit, and the first unit of a pair (UTF-16).
  private var half: UInt8?
  private var high: UInt32?

  init(_ encoding: Encoding) { self.encoding = encoding }

  /// Whether the last character lacks bytes.
  var isWithin: Bool { half != nil || high != nil }

  /// Appends the text of these bytes to `output`.
  /// - Returns: false at the first bytes that are no text in the encoding; those before are appended.
  mutating func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
    output.reserveCapacity(output.count + 3 * bytes.count)
    for place in bytes.indices {
      let isText =
        encoding == .windows1252
        ? Self.appendWindows1252(bytes[place], to: &output) : appendUTF16(bytes[place], to: &output)
      guard isText else { return false }
    }
    return true
  }

  private mutating func appendUTF16(_ byte: UInt8, to output: inout [UInt8]) -> Bool {
    guard let first = half else {
      half = byte
      return true
    }
    half = nil
    let (low, top) = encoding == .utf16LittleEndian ? (first, byte) : (byte, first)
    let unit = UInt32(top) << 8 | UInt32(low)
    switch unit {
    case 0xD800...0xDBFF:
      guard high == nil else { return false }
      high = unit
    case 0xDC00...0xDFFF:
      guard let first = high else { return false }
      high = nil
      Self.append(0x10000 + (first - 0xD800) << 10 + (unit - 0xDC00), to: &output)
    default:
      guard high == nil else { return false }
      Self.append(unit, to: &output)
    }
    return true
  }

  private static func appendWindows1252(_ byte: UInt8, to output: inout [UInt8]) -> Bool {
    if byte < 0x80 {
      output.append(byte)
      return true
    }
    let scalar = byte < 0xA0 ? windows1252[Int(byte - 0x80)] : UInt32(byte)
    guard scalar != 0 else { return false }
    append(scalar, to: &output)
    return true
  }

  /// - Parameter scalar: no surrogate, and not beyond U+10FFFF.
  private static func append(_ scalar: UInt32, to output: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
    switch scalar {
    case ..<0x80: output.append(UInt8(scalar))
    case ..<0x800:
      output.append(UInt8(0xC0 | scalar >> 6))
      output.append(tail(0))
    case ..<0x10000:
      output.append(UInt8(0xE0 | scalar >> 12))
      output.append(tail(6))
      output.append(tail(0))
    default:
      output.append(UInt8(0xF0 | scalar >> 18))
      output.append(tail(12))
      output.append(tail(6))
      output.append(tail(0))
    }
  }

  /// 0x80 to 0x9F, by the Unicode Consortium's CP1252.TXT; 0 for a byte that is none.
  private static let windows1252: [UInt32] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
    0x0153, 0, 0x017E, 0x0178,
  ]
}
