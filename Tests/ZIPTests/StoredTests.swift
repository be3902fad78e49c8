import Foundation
import TestSupport
import Testing

@testable import ZIP

/// Entries whose content stands in the archive as it is.
@Suite struct StoredTests {
  /// Writes `text` deflated, then the contents stored, and reads all of it back in the strictest form.
  /// - Returns: the archive.
  @discardableResult
  private func check(
    _ contents: [[UInt8]], threads: Int = 2, limits: ArchiveLimits = .standard
  ) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let compressors = try Compressors(threads: threads)
    defer { compressors.stop() }
    let file = try OpenFile(folder.file("a.zip"))
    let writer = try ArchiveWriter(
      descriptor: file.descriptor, compressors: compressors, modified: modified, limits: limits)
    let text = Content.text(700_000)
    try writer.begin("text")
    try writer.write(text.span)
    try writer.endEntry()
    for (number, content) in contents.enumerated() {
      try writer.begin("Documents/\(number)", isStored: true)
      try writer.write(content.span)
      try writer.endEntry()
    }
    let summary = try writer.finish()
    try summary.verify(descriptor: file.descriptor, limits: limits) { _ in }
    let reader = try ArchiveReader(
      descriptor: file.descriptor, rules: ArchiveRules(form: .canonical(limits)))
    #expect(reader.entries.map(\.summary) == summary.entries)
    #expect(try content(of: "text", in: reader) == text)
    for (number, content) in contents.enumerated() {
      let entry = try #require(reader.entry(named: "Documents/\(number)"))
      #expect(entry.summary.isStored && entry.summary.compressedBytes == content.count)
      #expect(try ZIPTests.content(of: entry.name, in: reader) == content)
    }
    return file.bytes
  }

  @Test(
    "Contents of sizes around the borders of chunks come out as they went in", arguments: ContentTests.sizes)
  func borders(size: Int) throws {
    try check([Content.noise(size), Content.text(size), []])
  }

  @Test("Where sizes and places don't fit 32 bits, ZIP64 has them")
  func wide() throws {
    let limits = ArchiveLimits(bytes: 100_000, entries: 4)
    let bytes = try check((0..<5).map { Content.noise(60_000 + $0 * 20_000) }, limits: limits)
    let folder = try TemporaryFolder()
    let file = try opened(bytes, in: folder)
    // The same without these limits is another form.
    #expect(
      ZIPError.code {
        _ = try ArchiveReader(descriptor: file.descriptor, rules: ArchiveRules(form: .canonical(.standard)))
      } == .malformed)
  }

  @Test(
    "An entry that is taken back leaves nothing, however much of it was written",
    arguments: [0, 1, 5_000_000])
  func dropped(size: Int) throws {
    let folder = try TemporaryFolder()
    let compressors = try Compressors(threads: 2)
    defer { compressors.stop() }
    func write(dropping: Bool) throws -> [UInt8] {
      let file = try OpenFile(folder.file("a.zip"), O_RDWR | O_CREAT | O_TRUNC)
      let writer = try ArchiveWriter(
        descriptor: file.descriptor, compressors: compressors, modified: modified)
      try writer.begin("a", isStored: true)
      try writer.write(Content.noise(700_000).span)
      try writer.endEntry()
      if dropping {
        try writer.begin("b", isStored: true)
        try writer.write(Content.noise(size).span)
        try writer.dropEntry()
        // The last one, too: nothing behind it would cover it.
      }
      try writer.begin("b", isStored: true)
      try writer.write(Content.text(3).span)
      try writer.endEntry()
      if dropping {
        try writer.begin("c", isStored: true)
        try writer.write(Content.noise(size).span)
        try writer.dropEntry()
      }
      let summary = try writer.finish()
      try summary.verify(descriptor: file.descriptor) { _ in }
      return file.bytes
    }
    #expect(try write(dropping: true) == write(dropping: false))
  }

  @Test("Without an open entry there is nothing to take back")
  func nothingToDrop() throws {
    let folder = try TemporaryFolder()
    let file = try OpenFile(folder.file("a.zip"))
    let writer = try ArchiveWriter(
      descriptor: file.descriptor, compressors: Compressors(threads: 0), modified: modified)
    #expect(ZIPError.code { try writer.dropEntry() } == .misuse)
  }

  @Test("A flipped bit of a stored content is found when it is read back")
  func flipped() throws {
    let content = Content.noise(100_000)
    var bytes = try check([content])
    // The directory is shorter than that.
    bytes[bytes.count - 50_000] ^= 1
    let folder = try TemporaryFolder()
    let damaged = try opened(bytes, in: folder)
    let reader = try ArchiveReader(descriptor: damaged.descriptor)
    let entry = try #require(reader.entry(named: "Documents/0"))
    #expect(ZIPError.code { try reader.read(entry) { _ in } } == .damaged)
  }
}
