import Foundation
import TestSupport
import Testing

@testable import ZIP

/// An open file that is closed with the test.
final class OpenFile {
  let path: String
  let descriptor: Int32

  init(_ path: String, _ flags: Int32 = O_RDWR | O_CREAT) throws {
    self.path = path
    descriptor = unsafe open(path, flags, 0o600)
    try #require(descriptor >= 0)
  }

  deinit { close(descriptor) }

  var bytes: [UInt8] { [UInt8](FileManager.default.contents(atPath: path) ?? Data()) }
}

/// Content for entries that is the same in every run.
enum Content {
  /// Lines that look like a CSV and compress about five times.
  static func text(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 100)
    var random = SeededGenerator(seed: 7)
    while bytes.count < count {
      let number = random.next()
      bytes +=
        "D-\(bytes.count),Purchase of \(number % 997) High Street,\(number % 100_000).00,AUD,true\r\n".utf8
    }
    return Array(bytes.prefix(count))
  }

  /// Bytes that do not compress.
  static func noise(_ count: Int) -> [UInt8] {
    var random = SeededGenerator(seed: 11)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 24) }
  }
}

/// 2026-05-02T09:30:00Z
let modified = Duration.seconds(1_777_714_200)

/// Writes an archive of these entries.
@discardableResult
func write(
  _ entries: [(String, [UInt8])], to file: OpenFile, compressors: Compressors, level: Int = 4,
  limits: ArchiveLimits = .standard, isStored: Bool = false
) throws -> ArchiveSummary {
  let writer = try ArchiveWriter(
    descriptor: file.descriptor, compressors: compressors, level: level, modified: modified, limits: limits)
  for (name, bytes) in entries {
    try writer.begin(name, isStored: isStored)
    try writer.write(bytes.span)
    try writer.endEntry()
  }
  return try writer.finish()
}

/// The content of an entry, all at once.
func content(of name: String, in reader: ArchiveReader) throws -> [UInt8] {
  let entry = try #require(reader.entry(named: name))
  var bytes: [UInt8] = []
  try reader.read(entry) { piece in
    for index in piece.indices { bytes.append(piece[index]) }
  }
  return bytes
}

/// Reads every entry to its end.
func readAll(_ reader: ArchiveReader) throws {
  for entry in reader.entries { try reader.read(entry) { _ in } }
}

/// The bytes as a file that is open for reading.
func opened(_ bytes: [UInt8], in folder: TemporaryFolder) throws -> OpenFile {
  let path = folder.file(UUID().uuidString)
  try Data(bytes).write(to: URL(fileURLWithPath: path))
  return try OpenFile(path, O_RDONLY)
}

extension ZIPError {
  /// What `body` throws, if it is an error of this kit.
  static func code(_ body: () throws -> Void) -> Code? {
    do { try body() } catch { return (error as? ZIPError)?.code }
    return nil
  }
}
