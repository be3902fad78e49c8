import Foundation
import TestSupport
import Testing

@testable import ZIP

/// What goes in comes out.
@Suite struct ContentTests {
  static let sizes = [
    0, 1, 32 << 10, (32 << 10) + 1, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 512 << 10, 3_000_001,
  ]

  @Test("Text and noise of sizes around the borders of chunks come out as they went in", arguments: sizes)
  func borders(size: Int) throws {
    let folder = try TemporaryFolder()
    let compressors = try Compressors(threads: 2)
    defer { compressors.stop() }
    for content in [Content.text(size), Content.noise(size), [UInt8](repeating: 0, count: size)] {
      let file = try OpenFile(folder.file("\(size)"), O_RDWR | O_CREAT | O_TRUNC)
      let summary = try write([("a", content)], to: file, compressors: compressors)
      #expect(summary.entries.map(\.bytes) == [size])
      let reader = try ArchiveReader(
        descriptor: file.descriptor, rules: ArchiveRules(form: .canonical(.standard)))
      #expect(reader.entries.map(\.summary) == summary.entries)
      #expect(try ZIPTests.content(of: "a", in: reader) == content)
    }
  }

  @Test("A run that ends just behind a piece of the reader's comes out whole")
  func pendingOutput() throws {
    let folder = try TemporaryFolder()
    let file = try OpenFile(folder.file("a.zip"))
    let sizes = (65_530..<65_830).map { ("\($0)", [UInt8](repeating: 0, count: $0)) }
    try write(sizes, to: file, compressors: Compressors(threads: 0))
    try readAll(ArchiveReader(path: file.path))
  }

  @Test("All levels give the same content", arguments: 1...9)
  func levels(level: Int) throws {
    let folder = try TemporaryFolder()
    let file = try OpenFile(folder.file("a.zip"))
    let content = Content.text(1_500_000)
    let compressors = try Compressors(threads: 1)
    defer { compressors.stop() }
    let summary = try write([("a", content)], to: file, compressors: compressors, level: level)
    #expect(summary.entries[0].compressedBytes < content.count / 3)
    #expect(try ZIPTests.content(of: "a", in: ArchiveReader(path: file.path)) == content)
  }

  @Test("Levels take turns in the same threads")
  func mixedLevels() throws {
    let folder = try TemporaryFolder()
    let compressors = try Compressors(threads: 1)
    defer { compressors.stop() }
    let content = Content.text(900_000)
    var sizes: [Int: Set<Int>] = [:]
    for level in [1, 9, 4, 1, 9, 4] {
      let file = try OpenFile(folder.file("a.zip"), O_RDWR | O_CREAT | O_TRUNC)
      sizes[level, default: []].insert(
        try write([("a", content)], to: file, compressors: compressors, level: level).size)
      #expect(try ZIPTests.content(of: "a", in: ArchiveReader(path: file.path)) == content)
    }
    #expect(sizes.values.allSatisfy { $0.count == 1 })
    #expect(sizes.count == 3)
  }

  @Test("Chunks compress as well as one stream, to half a percent")
  func dictionary() throws {
    let folder = try TemporaryFolder()
    let file = try OpenFile(folder.file("a.zip"))
    let content = Content.text(4_000_000)
    try Data(content).write(to: URL(fileURLWithPath: folder.file("a")))
    let summary = try write([("a", content)], to: file, compressors: Compressors(threads: 0), level: 6)
    try #require(Tool.run("zip", ["-6", "-q", "peer.zip", "a"], folder: folder.url).succeeded)
    let peer = try ArchiveReader(path: folder.file("peer.zip")).entries[0].summary
    #expect(Double(summary.entries[0].compressedBytes) < Double(peer.compressedBytes) * 1.005)
    #expect(summary.entries[0].crc32 == peer.crc32)
  }

  @Test("Pieces of any length make the same archive as one write")
  func pieces() throws {
    let folder = try TemporaryFolder()
    let compressors = try Compressors(threads: 1)
    defer { compressors.stop() }
    let content = Content.text(1_000_000)
    let whole = try OpenFile(folder.file("whole.zip"))
    try write([("a", content)], to: whole, compressors: compressors)

    let parts = try OpenFile(folder.file("parts.zip"))
    let writer = try ArchiveWriter(
      descriptor: parts.descriptor, compressors: compressors, modified: modified)
    try writer.begin("a")
    var random = SeededGenerator(seed: 3)
    var start = 0
    while start < content.count {
      let end = min(content.count, start + Int(random.next() % 70_000))
      try writer.write(content.span.extracting(start..<end))
      start = end
    }
    try writer.endEntry()
    _ = try writer.finish()
    #expect(parts.bytes == whole.bytes)
  }

  @Test("The entries' summaries can be had before the archive is finished, to be written into it")
  func summaries() throws {
    let folder = try TemporaryFolder()
    let file = try OpenFile(folder.file("a.zip"))
    let compressors = try Compressors(threads: 2)
    defer { compressors.stop() }
    let writer = try ArchiveWriter(
      descriptor: file.descriptor, compressors: compressors, modified: modified)
    for (name, content) in [("a", Content.text(600_000)), ("b", Array("hello".utf8))] {
      try writer.begin(name)
      try writer.write(content.span)
      try writer.endEntry()
    }
    let summaries = try writer.entries()
    #expect(summaries.map(\.bytes) == [600_000, 5])
    #expect(summaries[1].crc32 == 0x3610_A686)
    try writer.begin("c")
    try writer.endEntry()
    #expect(try writer.finish().entries.map(\.name) == ["a", "b", "c"])
  }
}
