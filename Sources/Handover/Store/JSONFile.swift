import Foundation
import System

/// A small file of one JSON object, which is replaced as a whole.
enum JSONFile {
  /// - Returns: nil where there is no file.
  /// - Throws: `HandoverError` where it can't be read, or holds something else.
  static func read<Value: Decodable>(_ type: Value.Type, at path: String) throws(HandoverError) -> Value? {
    var status = stat()
    if unsafe stat(path, &status) != 0, errno == ENOENT { return nil }
    guard status.st_size <= largest, let data = FileManager.default.contents(atPath: path) else {
      throw HandoverError("can't read \(path)")
    }
    guard let value = try? JSONDecoder().decode(type, from: data) else {
      throw HandoverError("\(path) does not hold what it should")
    }
    return value
  }

  /// Puts it on the disk, in the place of the one before, for its owner alone.
  ///
  /// - Throws: `SystemError`; the one before stays then.
  static func write(_ value: some Encodable, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var file = try DurableFile(at: path + ".part")
    try file.write(Array(encoder.encode(value)) + [UInt8(ascii: "\n")])
    try file.publish(as: path)
  }

  private static let largest = 64 << 20
}

extension UnixTime: Codable {
  /// As it is written: `2026-05-02T09:30:00Z`.
  init(from decoder: any Decoder) throws {
    try self.init(iso8601: decoder.singleValueContainer().decode(String.self))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(iso8601)
  }
}

extension UnixTime {
  /// - Throws: where it is none.
  init(iso8601 text: String) throws {
    self.init(rawValue: Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970))
  }
}
