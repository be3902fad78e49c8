import Foundation
import TestSupport
import Testing

@testable import ZIP

/// Archives that somebody has tampered with.
@Suite struct HostileArchivesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "Names that leave their folder are refused",
    arguments: ["../a", "a/../", "/abcd", "\\abcd", "a\\..\\", "C:/ab", "a//b\0", "./abc", "a/./b", "\nabcd"])
  func names(name: String) throws {
    let harmless = String(repeating: "x", count: name.utf8.count)
    let bytes = try archive([(harmless, Content.text(100))])
    let tampered = replace(Array(harmless.utf8), by: Array(name.utf8), in: bytes)
    #expect(ZIPError.code { _ = try reader(tampered) } == .name)
  }

  @Test("Names that are not UTF-8 are refused")
  func encoding() throws {
    let bytes = try archive([("xxxx", [1])])
    let tampered = replace(Array("xxxx".utf8), by: [0x66, 0xFC, 0x72, 0x20], in: bytes)
    #expect(ZIPError.code { _ = try reader(tampered) } == .name)
  }

  @Test("A name that appears twice is refused, unless the rules allow it")
  func duplicates() throws {
    let bytes = try archive([("a1", [1]), ("a2", [2])])
    let tampered = replace(Array("a2".utf8), by: Array("a1".utf8), in: bytes)
    #expect(ZIPError.code { _ = try reader(tampered) } == .duplicate)
    #expect(try reader(tampered, rules: ArchiveRules(allowsDuplicates: true)).entries.count == 2)
  }

  @Test("An entry larger than its directory says is stopped before the first byte too many")
  func bomb() throws {
    let content = [UInt8](repeating: 0x41, count: 3_000_000)
    let bytes = try archive([("a", content)])
    let tampered = replace(littleEndian(3_000_000), by: littleEndian(100_000), in: bytes)
    let reader = try reader(tampered)
    var count = 0
    #expect(ZIPError.code { try reader.read(reader.entries[0]) { count += $0.count } } == .damaged)
    #expect(count <= 100_000)
  }

  @Test("An entry smaller than its directory says is damaged")
  func smaller() throws {
    let bytes = try archive([("a", Content.text(100_000))])
    let tampered = replace(littleEndian(100_000), by: littleEndian(100_001), in: bytes)
    #expect(ZIPError.code { try readAll(try reader(tampered)) } == .damaged)
  }

  @Test("Entries that share their bytes are refused")
  func overlap() throws {
    // Two records of the directory that lead to the same local header.
    let entry = EntryHeaders(
      summary: EntrySummary(name: "a", bytes: 0, compressedBytes: 2, crc32: 0), offset: 0,
      modified: Timestamp(modified), limits: .standard)
    let directory = entry.directoryRecord + entry.directoryRecord
    let end = EndRecords(
      entryCount: 2, directoryOffset: entry.end, directorySize: directory.count, limits: .standard)
    let bytes = entry.local + [3, 0] + directory + end.encoded
    let error = #expect(throws: ZIPError.self) {
      _ = try reader(bytes, rules: ArchiveRules(allowsDuplicates: true))
    }
    #expect(error?.message == "The entry overlaps another one")
  }

  @Test("More entries than the rules allow are refused")
  func limit() throws {
    let bytes = try archive((0..<11).map { ("\($0)", []) })
    #expect(ZIPError.code { _ = try reader(bytes, rules: ArchiveRules(maximumEntries: 10)) } == .limit)
    #expect(try reader(bytes, rules: ArchiveRules(maximumEntries: 11)).entries.count == 11)
  }

  @Test("Bytes before, between or behind the parts are not our canonical form")
  func gaps() throws {
    let bytes = try archive([("a", Content.text(1000)), ("b", [])])
    let canonical = ArchiveRules(form: .canonical(.standard))
    _ = try reader(bytes, rules: canonical)
    for tampered in [[0] + bytes, bytes + [0], Array(bytes.dropFirst()), Array(bytes.dropLast())] {
      #expect(ZIPError.code { _ = try reader(tampered, rules: canonical) } == .malformed)
    }
  }

  @Test("An archive that is cut off anywhere is refused")
  func truncated() throws {
    let bytes = try archive([("a", Content.text(1000)), ("b", Content.noise(50))])
    for count in 0..<bytes.count {
      #expect(ZIPError.code { _ = try reader(Array(bytes.prefix(count))) } == .malformed)
    }
  }

  @Test(
    "Every flipped bit is noticed, also one that changes nothing in what is read",
    arguments: [ArchiveLimits.standard, ArchiveLimits(bytes: 0, entries: 0)])
  func flips(limits: ArchiveLimits) throws {
    let entries = [("Deals.csv", Content.text(300)), ("Empty.csv", []), ("b", Content.noise(40))]
    let bytes = try archive(entries, limits: limits)
    for place in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[place] ^= 1 << bit
        #expect(throws: ZIPError.self, "byte \(place), bit \(bit)") {
          try readAll(reader(flipped, rules: ArchiveRules(form: .canonical(limits))))
        }
      }
    }
  }

  @Test("Random damage never ends in anything but an error or content of the right CRC", arguments: 0..<8)
  func fuzz(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let limits = seed % 2 == 0 ? ArchiveLimits.standard : ArchiveLimits(bytes: 200, entries: 2)
    let whole = try archive(
      [("Deals.csv", Content.text(3000)), ("a/b", Content.noise(100)), ("c", [])], limits: limits)
    for _ in 0..<1500 {
      var bytes = whole
      for _ in 0...random.next() % 4 {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 5 {
        case 0: bytes[place] = 0xFF
        case 1: bytes[place] = 0
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        default: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        }
      }
      do { try readAll(try reader(bytes)) } catch { #expect(error is ZIPError) }
    }
  }

  private func archive(
    _ entries: [(String, [UInt8])], limits: ArchiveLimits = .standard
  ) throws -> [UInt8] {
    let file = try OpenFile(folder.file(UUID().uuidString))
    try write(entries, to: file, compressors: Compressors(threads: 0), limits: limits)
    return file.bytes
  }

  private func reader(_ bytes: [UInt8], rules: ArchiveRules = ArchiveRules()) throws -> ArchiveReader {
    let path = folder.file("tampered.zip")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try ArchiveReader(path: path, rules: rules)
  }

  private func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private func replace(_ old: [UInt8], by new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    precondition(old.count == new.count)
    var bytes = bytes
    for start in 0...(bytes.count - old.count) where bytes[start..<start + old.count].elementsEqual(old) {
      bytes.replaceSubrange(start..<start + old.count, with: new)
    }
    return bytes
  }
}
