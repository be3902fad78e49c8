/// FastCGI records as a web server writes them (FastCGI 1.0, section 3.3), with all the freedom to write them
/// wrongly.
enum Records {
  static let beginning = record(1, [0, 1, 0, 0, 0, 0, 0, 0])

  static func record(_ type: UInt8, _ content: [UInt8], version: UInt8 = 1, id: UInt8 = 1) -> [UInt8] {
    [version, type, 0, id, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
  }

  static func parameters(_ pairs: [(String, String)]) -> [UInt8] {
    stream(4, pairs.flatMap { length($0.utf8.count) + length($1.utf8.count) + $0.utf8 + $1.utf8 })
  }

  static func body(_ bytes: [UInt8]) -> [UInt8] {
    stream(5, bytes)
  }

  static func request(
    _ method: String = "GET", _ target: String = "/", _ more: [(String, String)] = [], body: [UInt8] = []
  ) -> [UInt8] {
    let length = body.isEmpty ? "" : "\(body.count)"
    let pairs = [("REQUEST_METHOD", method), ("REQUEST_URI", target), ("CONTENT_LENGTH", length)]
    return beginning + parameters(pairs + more) + self.body(body)
  }

  /// What the records of an answer hold.
  struct Answer: Equatable {
    var output: [UInt8] = []
    var hasEnded = false

    var text: String { String(decoding: output, as: UTF8.self) }

    init(_ bytes: [UInt8]) {
      var rest = bytes[...]
      while rest.count >= 8 {
        let start = rest.startIndex
        let length = Int(rest[start + 4]) << 8 | Int(rest[start + 5])
        let content = rest.dropFirst(8).prefix(length)
        if rest[start + 1] == 6 { output += content }
        if rest[start + 1] == 3 { hasEnded = true }
        rest = rest.dropFirst(8 + length + Int(rest[start + 6]))
      }
    }
  }

  private static func stream(_ type: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var records: [UInt8] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      records += record(type, Array(rest.prefix(60_000)))
      rest = rest.dropFirst(60_000)
    }
    return records + record(type, [])
  }

  private static func length(_ count: Int) -> [UInt8] {
    count < 128
      ? [UInt8(count)]
      : [0x80 | UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
  }
}
