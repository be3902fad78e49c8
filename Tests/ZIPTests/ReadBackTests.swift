import Foundation
import TestSupport
import Testing

@testable import ZIP

/// The reading back of what was just written.
@Suite struct ReadBackTests {
  let folder: TemporaryFolder
  let file: OpenFile
  let summary: ArchiveSummary
  static let limits = ArchiveLimits(bytes: 100_000, entries: 65_535)

  init() throws {
    folder = try TemporaryFolder()
    file = try OpenFile(folder.file("a.zip"))
    summary = try write(
      [("a", Content.text(800_000)), ("b", []), ("c", Content.noise(70_000))], to: file,
      compressors: Compressors(threads: 0), limits: Self.limits)
  }

  @Test("What was written is confirmed, and every byte is handed over in order")
  func confirmed() throws {
    var bytes: [UInt8] = []
    try summary.verify(descriptor: file.descriptor, limits: Self.limits) { block in
      for index in block.indices { bytes.append(block[index]) }
    }
    #expect(bytes == file.bytes)
    #expect(bytes.count == summary.size)
  }

  @Test("Names may be as long as the format allows")
  func longNames() throws {
    let file = try OpenFile(folder.file("long.zip"))
    let names = ["a", "b"].map { String(repeating: $0, count: 65_535) }
    let summary = try write(names.map { ($0, [1]) }, to: file, compressors: Compressors(threads: 0))
    try summary.verify(descriptor: file.descriptor) { _ in }
    #expect(try ArchiveReader(path: file.path).entries.map(\.name) == names)
  }

  @Test("A flipped bit anywhere is found")
  func flipped() throws {
    let bytes = file.bytes
    for place in Array(stride(from: 0, to: bytes.count, by: 997)) + [bytes.count - 1] {
      var flipped = bytes
      flipped[place] ^= 0x10
      #expect(try failure(flipped) == .damaged, "byte \(place)")
    }
  }

  @Test("A file that is shorter or longer is found")
  func size() throws {
    for bytes in [file.bytes + [0], Array(file.bytes.dropLast()), []] {
      #expect(try failure(bytes) == .damaged)
    }
  }

  @Test("A directory that holds other entries than were written is found")
  func entries() throws {
    var entries = summary.entries
    entries[1] = EntrySummary(name: "b", bytes: 1, compressedBytes: 2, crc32: 0)
    let other = ArchiveSummary(size: summary.size, crc32: summary.crc32, entries: entries)
    let error = ZIPError.code {
      try other.verify(descriptor: file.descriptor, limits: Self.limits) { _ in }
    }
    #expect(error == .damaged)
  }

  @Test("What the closure throws comes out")
  func closure() throws {
    struct Stop: Error {}
    #expect(throws: Stop.self) { try summary.verify(descriptor: file.descriptor) { _ in throw Stop() } }
  }

  private func failure(_ bytes: [UInt8]) throws -> ZIPError.Code? {
    let file = try opened(bytes, in: folder)
    return withExtendedLifetime(file) {
      ZIPError.code { try summary.verify(descriptor: file.descriptor, limits: Self.limits) { _ in } }
    }
  }
}
