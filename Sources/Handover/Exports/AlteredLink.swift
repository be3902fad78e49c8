/// The address of a download that something on its way has changed: an e-mail program, a chat, a wrapping that other
/// servers put around links.
///
/// It never opens anything. It only names the export whose owner is to be told, and given the true link.
enum AlteredLink {
  /// In bytes. What is longer is no link of ours, whatever was added to it.
  private static let longest = 8_000
  /// How often an address is percent-encoded once more on its way, at most.
  private static let layers = 3
  private static let digits = 32

  /// The export that the target of a request names, whatever became of its spelling; nil where there is none.
  ///
  /// Line breaks, blanks and what isn't ASCII are left out, as are the signs that quoted-printable text puts at the
  /// ends of lines; capitals and percent-encoding are taken back.
  static func export(in target: String) -> ExportID? {
    guard target.utf8.count <= longest else { return nil }
    var bytes = Array(target.utf8)
    for _ in 0..<layers {
      let plain = decoded(bytes)
      if plain == bytes { break }
      bytes = plain
    }
    return id(in: withoutBreaks(bytes))
  }

  /// The id after the first `exports/`, where it ends with its last digit.
  private static func id(in bytes: [UInt8]) -> ExportID? {
    let name = Array("exports/".utf8)
    guard bytes.count >= name.count + digits else { return nil }
    for start in 0...(bytes.count - name.count - digits) where bytes[start...].starts(with: name) {
      let rest = bytes[(start + name.count)...].drop { $0 == UInt8(ascii: "/") }
      let id = rest.prefix { hexadecimal($0) != nil }
      if id.count == digits { return ExportID(String(decoding: id, as: UTF8.self)) }
    }
    return nil
  }

  private static func withoutBreaks(_ bytes: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count)
    for (place, byte) in bytes.enumerated() {
      switch byte {
      case ...0x20, 0x7F..., UInt8(ascii: "+"): continue
      case UInt8(ascii: "=")
      where place + 1 < bytes.count && (bytes[place + 1] == 0x0A || bytes[place + 1] == 0x0D):
        continue
      case UInt8(ascii: "\\"): kept.append(UInt8(ascii: "/"))
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): kept.append(byte | 0x20)
      default: kept.append(byte)
      }
    }
    return kept
  }

  /// With each `%XX` as its byte; any other `%` stands for itself.
  private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var place = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count, let high = hexadecimal(bytes[place + 1]),
        let low = hexadecimal(bytes[place + 2])
      {
        decoded.append(high << 4 | low)
        place += 3
      } else {
        decoded.append(bytes[place])
        place += 1
      }
    }
    return decoded
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
