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

  @Test("Names that differ in their bytes alone are two, for writer and reader")
  func equivalentNames() throws {
    let names = ["caf\u{E9}", "cafe\u{301}", "\u{212A}", "K"]
    let reader = try reader(try archive(names.enumerated().map { ($1, [UInt8($0)]) }))
    for (number, name) in names.enumerated() {
      let entry = try #require(reader.entry(named: name))
      try reader.read(entry) { #expect($0[0] == UInt8(number)) }
    }
  }

  @Test("An entry larger than its directory says is stopped before the first byte too many")
  func bomb() throws {
    let content = [UInt8](repeating: 0x41, count: 3_000_000)
    let bytes = try archive([("a", content)])
    let tampered = replace(littleEndian(UInt32(3_000_000)), by: littleEndian(UInt32(100_000)), in: bytes)
    let reader = try reader(tampered)
    var count = 0
    #expect(ZIPError.code { try reader.read(reader.entries[0]) { count += $0.count } } == .damaged)
    #expect(count <= 100_000)
  }

  @Test("An entry smaller than its directory says is damaged")
  func smaller() throws {
    let bytes = try archive([("a", Content.text(100_000))])
    let tampered = replace(littleEndian(UInt32(100_000)), by: littleEndian(UInt32(100_001)), in: bytes)
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

  @Test(
    "An entry that claims more than deflate can make of its bytes is refused, whatever the sum of all",
    arguments: [Int.max, Int.max - 1, Int.max / 2, 1 << 53, 1 << 32, 3 * 1_032 + 1_032])
  func impossibleSizes(claimed: Int) throws {
    for limits in [ArchiveLimits.standard, ArchiveLimits(bytes: 0, entries: 0)] {
      guard claimed < limits.bytes || limits == .standard else { continue }
      let bytes = archive(claiming: [claimed, claimed], of: [3, 0, 0], limits: limits)
      #expect(ZIPError.code { _ = try reader(bytes) } == .malformed)
    }
    _ = try reader(archive(claiming: [3 * 1_032 + 1_031, 0], of: [3, 0, 0], limits: .standard))
  }

  @Test(
    "Sizes, offsets and counts near the ends of 64 bits are refused, in every field that has such numbers")
  func extremes() throws {
    let whole = archive(
      claiming: [0, 0], of: [3, 0], limits: ArchiveLimits(bytes: 0, entries: 0))
    #expect(try reader(whole).entries.count == 2)
    let extremes: [UInt64] = [
      .max, .max - 1, 1 << 63, 1 << 63 - 1, 1 << 63 - 22, 1 << 63 - 30, 1 << 62, 1 << 53, 1 << 32,
      UInt64(whole.count), UInt64(whole.count) - 1,
    ]
    // At each place, whether there is such a number or not: no result but an error or an archive that can be read.
    for place in 0...whole.count - 8 {
      for extreme in extremes {
        var bytes = whole
        bytes.replaceSubrange(place..<place + 8, with: littleEndian(extreme))
        do { try readAll(try reader(bytes)) } catch { #expect(error is ZIPError) }
      }
    }
  }

  @Test("A ZIP64 field of any other length than that of its numbers hides none", arguments: 0...30)
  func zip64Lengths(length: Int) throws {
    // Both sizes and the offset stand in the field, so it has to have 24 bytes.
    let entry = EntryHeaders(
      summary: EntrySummary(name: "a", bytes: 0, compressedBytes: 2, crc32: 0), offset: 0,
      modified: Timestamp(modified), limits: ArchiveLimits(bytes: 0, entries: 9))
    var record = entry.directoryRecord
    let extra = 46 + 1
    record.replaceSubrange(extra + 2..<extra + 4, with: littleEndian(UInt32(length)).prefix(2))
    let end = EndRecords(
      entryCount: 1, directoryOffset: entry.end, directorySize: record.count, limits: .standard)
    let bytes = entry.local + [3, 0] + record + end.encoded
    let code = ZIPError.code { _ = try reader(bytes) }
    #expect(length < 24 ? code == .malformed : code == nil)
  }

  @Test("Counts of entries that disagree with the directory are refused", arguments: [0, 1, 3, 0xFFFE])
  func counts(count: Int) throws {
    let bytes = archive(claiming: [0, 0], of: [3, 0], limits: .standard, count: count)
    #expect(ZIPError.code { _ = try reader(bytes) } != nil)
  }

  @Test("An entry with a second name for other programs is refused; the same name again is not")
  func secondNames() throws {
    func field(_ name: String) -> [UInt8] {
      [0x75, 0x70] + littleEndian(UInt16(5 + name.utf8.count)) + [1, 0, 0, 0, 0] + name.utf8
    }
    let cut: [UInt8] = [0x75, 0x70, 0xFF, 0, 1]
    for extra in [[], field("a.csv"), cut, [1, 2, 0, 0] + field("a.csv")] {
      #expect(try reader(archive("a.csv", local: extra, directory: extra)).entries[0].name == "a.csv")
    }
    for extra in [field("b.csv"), field(""), [0x75, 0x70, 0, 0], field("a.csv") + field("A.csv")] {
      #expect(ZIPError.code { _ = try reader(archive("a.csv", local: extra)) } == .name)
      #expect(ZIPError.code { _ = try reader(archive("a.csv", directory: extra)) } == .name)
    }
  }

  @Test(
    "What is neither a file nor a folder is refused, by its attributes and by the field that unzip makes links of",
    arguments: [0o120777, 0o060660, 0o020660, 0o010644, 0o140755] as [UInt32])
  func types(mode: UInt32) throws {
    #expect(ZIPError.code { _ = try reader(archive("a", attributes: mode << 16)) } == .unsupported)
    let field =
      [0x6E, 0x75, 14, 0, 0, 0, 0, 0] + littleEndian(UInt16(mode)) + [UInt8](repeating: 0, count: 8)
    #expect(ZIPError.code { _ = try reader(archive("a", local: field)) } == .unsupported)
    #expect(ZIPError.code { _ = try reader(archive("a", directory: field)) } == .unsupported)
    for mode: UInt32 in [0, 0o644, 0o100600, 0o040755] {
      #expect(try reader(archive("a", attributes: mode << 16 | 0x20)).entries.count == 1)
    }
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

  /// An archive of one empty entry with more extra fields, and these external attributes.
  private func archive(
    _ name: String, local: [UInt8] = [], directory: [UInt8] = [], attributes: UInt32 = 0
  ) -> [UInt8] {
    let entry = EntryHeaders(
      summary: EntrySummary(name: name, bytes: 0, compressedBytes: 2, crc32: 0), offset: 0,
      modified: Timestamp(modified), limits: .standard)
    func extended(_ header: [UInt8], _ place: Int, by extra: [UInt8]) -> [UInt8] {
      var header = header + extra
      header[place] += UInt8(extra.count)
      return header
    }
    let header = extended(entry.local, 28, by: local)
    var record = extended(entry.directoryRecord, 30, by: directory)
    record.replaceSubrange(38..<42, with: littleEndian(attributes))
    let end = EndRecords(
      entryCount: 1, directoryOffset: header.count + 2, directorySize: record.count, limits: .standard)
    return header + [3, 0] + record + end.encoded
  }

  /// An archive of one deflated entry for each size that is claimed, all with the same content.
  private func archive(
    claiming sizes: [Int], of content: [UInt8], limits: ArchiveLimits, count: Int? = nil
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for (number, size) in sizes.enumerated() {
      let entry = EntryHeaders(
        summary: EntrySummary(name: "a\(number)", bytes: size, compressedBytes: content.count, crc32: 0),
        offset: bytes.count, modified: Timestamp(modified), limits: limits)
      bytes += entry.local + content
      directory += entry.directoryRecord
    }
    let end = EndRecords(
      entryCount: count ?? sizes.count, directoryOffset: bytes.count, directorySize: directory.count,
      limits: limits)
    return bytes + directory + end.encoded
  }

  private func reader(_ bytes: [UInt8], rules: ArchiveRules = ArchiveRules()) throws -> ArchiveReader {
    let path = folder.file("tampered.zip")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try ArchiveReader(path: path, rules: rules)
  }

  private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<type(of: value).bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
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
