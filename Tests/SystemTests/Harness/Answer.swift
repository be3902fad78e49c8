import Foundation
import TestSupport

/// What a server answered, as it came.
struct Answer {
  let status: Int
  /// In the order of the answer; a name can stand several times.
  let headers: [(name: String, value: String)]
  let body: [UInt8]

  var text: String { body.pageText }
  var location: String? { self["Location"] }

  /// The only header of that name, in any spelling; nil where it is missing, all joined with `; ` where it stands twice.
  subscript(_ name: String) -> String? {
    let values = all(name)
    return values.isEmpty ? nil : values.joined(separator: "; ")
  }

  func all(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  /// The token of the first form on the page.
  var csrfToken: String? { value(ofField: "csrf_token") }

  /// The value of the first input of that name.
  func value(ofField name: String) -> String? {
    for tag in text.matches(of: /<input\b[^>]*>/).map(\.output)
    where tag.contains("name=\"\(name)\"") {
      return tag.firstMatch(of: /value="([^"]*)"/).map { String($0.1) }
    }
    return nil
  }
}

extension Answer {
  /// Reads an answer of HTTP/1 from all the bytes that a connection gave until its end.
  init(parsing bytes: [UInt8]) throws {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
      throw HarnessError("no answer of HTTP: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
    }
    var lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let first = lines.removeFirst().split(separator: " ")
    guard first.count >= 2, let status = Int(first[1]) else { throw HarnessError("no status line") }
    self.status = status
    headers = lines.map { line in
      let colon = line.firstIndex(of: ":") ?? line.endIndex
      return (String(line[..<colon]), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
    }
    let isChunked = headers.contains { $0.name.lowercased() == "transfer-encoding" && $0.value == "chunked" }
    body = isChunked ? try Self.joiningChunks(bytes[end.upperBound...]) : Array(bytes[end.upperBound...])
  }

  /// The size of the whole answer, as soon as its head has come and if that says so: chromedriver keeps connections
  /// open.
  static func size(of bytes: [UInt8]) -> Int? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
    guard let length = head.firstMatch(of: /\r\ncontent-length: *([0-9]+)/) else { return nil }
    return Int(length.1).map { end.upperBound + $0 }
  }

  private static func joiningChunks(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
    var rest = bytes
    var joined: [UInt8] = []
    while let line = rest.firstRange(of: Array("\r\n".utf8)),
      let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), size > 0
    {
      guard rest.endIndex - line.upperBound >= size else { throw HarnessError("a chunk was cut short") }
      joined += rest[line.upperBound..<(line.upperBound + size)]
      rest = rest[(line.upperBound + size)...].dropFirst(2)
    }
    return joined
  }
}
