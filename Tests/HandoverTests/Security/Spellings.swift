import HTTP

/// Targets that look like the link but are spelled otherwise: each way in which URLs, numbers and base64 have
/// two spellings.
enum Spellings {
  /// - Parameter foreign: another export's link, whose parts are tried.
  static func all(of link: String, foreign: String) -> [String] {
    let parts = Parts(link)
    let others =
      paths(parts) + queries(parts) + numbers(parts) + signatures(parts) + swapped(parts, Parts(foreign))
      + whole(link)
    // As the FastCGI kit passes targets on.
    return (everyByte(of: link) + others).filter { $0 != link }.map { PercentEncoding.target(Array($0.utf8)) }
  }

  /// Whether the answer may be 400: the target can't be parsed, or a parameter appears twice.
  static func isUnreadable(_ spelling: String) -> Bool {
    if !spelling.hasPrefix("/") { return true }
    let query = spelling.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let names = query.count < 2 ? [] : query[1].split(separator: "&").map { $0.prefix { $0 != "=" } }
    return spelling.contains("%") || Set(names).count < names.count
  }

  private struct Parts {
    let id: String
    let expires: String
    let signature: String
    let path: String

    init(_ link: String) {
      path = String(link.prefix { $0 != "?" })
      id = String(path.split(separator: "/")[1])
      let values = link.dropFirst(path.count + 1).split(separator: "&").map {
        $0.drop { $0 != "=" }.dropFirst()
      }
      expires = String(values[0])
      signature = String(values[1])
    }
  }

  private static func everyByte(of link: String) -> [String] {
    let bytes = Array(link.utf8)
    return bytes.indices.flatMap { index -> [String] in
      var changed = bytes
      changed[index] = bytes[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
      var missing = bytes
      missing.remove(at: index)
      var encoded = bytes
      encoded.replaceSubrange(index...index, with: percent(bytes[index]).utf8)
      return [changed, missing, encoded].map { String(decoding: $0, as: UTF8.self) }
    }
  }

  private static func paths(_ parts: Parts) -> [String] {
    let (id, query) = (parts.id, "?expires=\(parts.expires)&signature=\(parts.signature)")
    let paths = [
      "/exports/\(id)/download/", "/exports/\(id)/download//", "/exports/\(id)/download.",
      "/exports/\(id)/download..",
      "/exports/\(id)/download/.", "/exports/\(id)/download/..", "/exports/\(id)/download;",
      "/exports/\(id)/download;x=1",
      "/exports/\(id);x=1/download", "/exports;x=1/\(id)/download", "//exports/\(id)/download",
      "/exports//\(id)/download",
      "/exports/\(id)//download", "/./exports/\(id)/download", "/x/../exports/\(id)/download",
      "/exports/./\(id)/download", "/exports/x/../\(id)/download", "/exports/\(id)/./download",
      "\\exports\\\(id)\\download",
      "/exports\\\(id)\\download", "/exports/\(id)/download%20", "/exports/\(id)/download%09",
      "/exports/\(id)/download%00",
      "/exports/\(id)/download%0a", "/exports/\(id)/download%0d%0aX:y", "/exports%2f\(id)/download",
      "/exports/\(id)%2fdownload", "/exports/\(id)%2Fdownload", "/exports/\(id)/%64ownload",
      "/exports/\(id)/%2564ownload",
      "/Exports/\(id)/download", "/EXPORTS/\(id)/DOWNLOAD", "/exports/\(id)/Download",
      "/exports/\(id.uppercased())/download",
      "/exports/\(id)0/download", "/exports/0\(id)/download", "/exports/\(id.dropLast())/download",
      "/exports/\(id)",
      "/exports/\(id)/", "/exports/\(id).zip", "/exports/\(id)/download.zip", "/-/exports/\(id).zip",
      "/exports/\(id)/x/download",
      "/exports/*/download", "/exports//download", "/exports/%2a/download", "/api/exports/\(id)/download",
      "/exports/\u{FF10}\(id.dropFirst())/download", "/exports/\(id)/dоwnload",
    ]
    return paths.map { $0 + query }
  }

  private static func queries(_ parts: Parts) -> [String] {
    let (expires, signature) = ("expires=\(parts.expires)", "signature=\(parts.signature)")
    let queries = [
      "", "?", "?\(expires)", "?\(signature)", "?\(signature)&\(expires)", "?\(expires)&&\(signature)",
      "?&\(expires)&\(signature)",
      "?\(expires)&\(signature)&", "?\(expires)&\(signature)&x", "?\(expires)&\(signature)&x=",
      "?\(expires)&\(signature)&x=1",
      "?x=1&\(expires)&\(signature)", "?\(expires)&x=1&\(signature)", "?\(expires)&\(expires)&\(signature)",
      "?\(expires)&\(signature)&\(signature)", "?\(expires)&\(signature)&expires=0",
      "?\(expires)&\(signature)&signature=",
      "?expires=&\(signature)", "?expires&\(signature)", "?\(expires)&signature=", "?\(expires)&signature",
      "?=&=",
      "?\(expires);\(signature)", "?\(expires)&amp;\(signature)", "?\(expires)%26\(signature)",
      "?\(expires)&\(signature)#",
      "?\(expires)&\(signature)#x", "#?\(expires)&\(signature)", "??\(expires)&\(signature)",
      "?\(expires)?\(signature)",
      "?\(expires)&\(signature)?", "?\(expires)&\(signature);", "?\(expires)&\(signature).",
      "?\(expires)&\(signature)/",
      "?Expires=\(parts.expires)&\(signature)", "?\(expires)&Signature=\(parts.signature)",
      "?EXPIRES=\(parts.expires)&\(signature)",
      "?expires[]=\(parts.expires)&\(signature)", "?expires[0]=\(parts.expires)&\(signature)",
      "?%65xpires=\(parts.expires)&\(signature)",
      "?expires%3D\(parts.expires)&\(signature)", "? \(expires)&\(signature)", "?+\(expires)&\(signature)",
      "?\(expires)&\(signature)+",
      "?\(expires)&\(signature)%20", "?\(expires)&\(signature)%00", "?\(expires)&\(signature)%0A",
      "?\(expires)&\(signature)&csrf_token=x",
      "?\(expires)&\(signature)&_method=POST", "?\(expires)&\(signature)&organisation=1",
      "?\(expires)&signature==\(parts.signature)",
      "?\(expires)&signature=\"\(parts.signature)\"", "?\(expires)&signature=%22\(parts.signature)%22",
    ]
    return queries.map { parts.path + $0 }
  }

  private static func numbers(_ parts: Parts) -> [String] {
    guard let expires = Int(parts.expires) else { return [] }
    let hexadecimal = String(expires, radix: 16)
    let numbers = [
      "\(expires + 1)", "\(expires - 1)", "\(expires + 86_400)", "\(expires - 86_400)", "0\(expires)",
      "00\(expires)",
      "+\(expires)", "%2B\(expires)", "-\(expires)", " \(expires)", "\(expires) ", "\(expires).0",
      "\(expires).", "\(expires)e0",
      "\(expires)L", "0x\(hexadecimal)", "0X\(hexadecimal.uppercased())", "\(expires)_", "\(expires),0", "0",
      "-1", "",
      "9223372036854775807", "9223372036854775808", "18446744073709551616", "99999999999999999999999",
      "Infinity", "NaN", "null",
      "\(expires)%30", "%3\(expires)",
      String(
        "\(expires)".map { Character(UnicodeScalar($0.asciiValue.map { UInt32($0) + 0xFEE0 } ?? 0) ?? "0") }),
    ]
    return numbers.map { "\(parts.path)?expires=\($0)&signature=\(parts.signature)" }
  }

  private static func signatures(_ parts: Parts) -> [String] {
    let good = parts.signature
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    let standard = good.replacing("-", with: "+").replacing("_", with: "/")
    let others = [
      good + "=", good + "==", good + "%3D", good + "%3d", good + "A", good + good, String(good.dropLast()),
      String(good.dropLast(2)), String(good.dropFirst()), String(good.reversed()), good.uppercased(),
      good.lowercased(),
      standard, standard + "=", "%2B" + good.dropFirst(), String(repeating: "A", count: 43),
      String(repeating: "-", count: 43),
      String(repeating: "A", count: 44), String(repeating: "0", count: 64), "", "null", "none", "*", "%00",
      good + "%00", "\u{1F600}",
    ]
    let lastLetters = alphabet.map { String(good.dropLast()) + String($0) }
    return (others + lastLetters).map { "\(parts.path)?expires=\(parts.expires)&signature=\($0)" }
  }

  /// Parts that are right for another export.
  private static func swapped(_ own: Parts, _ foreign: Parts) -> [String] {
    [
      "\(own.path)?expires=\(foreign.expires)&signature=\(foreign.signature)",
      "\(foreign.path)?expires=\(own.expires)&signature=\(own.signature)",
      "\(foreign.path)?expires=\(foreign.expires)&signature=\(foreign.signature)",
      "\(own.path)?expires=\(own.expires)&signature=\(foreign.signature)",
    ]
  }

  private static func whole(_ link: String) -> [String] {
    [
      "http://localhost:8080\(link)", "https://localhost:8080\(link)", "HTTP://LOCALHOST:8080\(link)",
      "//localhost:8080\(link)",
      "http:\(link)", "localhost:8080\(link)", "http://user@localhost:8080\(link)", "\(link)\(link)",
      "/\(link)", "\(link) ",
      " \(link)", "\(link)\t", "\(link)\n", "\(link)\u{0}", "\(link)\r\n", "\u{FEFF}\(link)",
      "\(link)\u{200B}", String(link.dropFirst()),
      "%2F\(link.dropFirst())", link.uppercased(), "*", "?", "",
    ]
  }

  private static func percent(_ byte: UInt8) -> String {
    "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
