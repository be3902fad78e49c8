import Foundation
import TestSupport
import Testing

@testable import ZIP

/// What the readers that people have make of our archives.
@Suite struct ReadersTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let limits: ArchiveLimits
    let entries: [(String, [UInt8])]
    var isStored = false
  }

  static let entries: [(String, [UInt8])] = [
    ("Deals.csv", Content.text(700_000)),
    ("Empty.csv", []),
    ("noise.bin", Content.noise(300_000)),
    ("Folder/Größe 😀 ملف.csv", Content.text(10)),
  ]

  static let shapes = [
    Shape(testDescription: "plain", limits: .standard, entries: entries),
    Shape(testDescription: "stored", limits: .standard, entries: entries, isStored: true),
    Shape(
      testDescription: "stored, ZIP64 for all", limits: ArchiveLimits(bytes: 0, entries: 0), entries: entries,
      isStored: true),
    Shape(testDescription: "no entries", limits: .standard, entries: []),
    Shape(
      testDescription: "ZIP64 for the large entries and what follows",
      limits: ArchiveLimits(bytes: 400_000, entries: 65_535), entries: entries),
    Shape(testDescription: "ZIP64 for all", limits: ArchiveLimits(bytes: 0, entries: 0), entries: entries),
    Shape(
      testDescription: "ZIP64 for the number of entries",
      limits: ArchiveLimits(bytes: 0xFFFF_FFFF, entries: 4), entries: entries),
  ]

  @Test("Every reader accepts the archive and unpacks the same bytes", arguments: shapes)
  func readers(shape: Shape) throws {
    let folder = try TemporaryFolder()
    let file = try OpenFile(folder.file("a.zip"))
    let compressors = try Compressors(threads: 2)
    try write(
      shape.entries, to: file, compressors: compressors, limits: shape.limits,
      isStored: shape.isStored)
    compressors.stop()

    if !shape.entries.isEmpty {
      try accepts("unzip", "-tq", file.path)
      try accepts("zip", "-T", file.path)
    }
    let listing = try accepts("7z", "t", file.path)
    #expect(!listing.contains("arning"), "\(listing)")
    try accepts("python3", "-c", Self.pythonCheck, file.path)
    try accepts("jar", "tf", file.path)

    try unpacks(shape, "bsdtar", "-xf", file.path, in: folder)
    if !shape.entries.isEmpty { try unpacks(shape, "unzip", "-q", file.path, in: folder) }
    try unpacks(shape, "7z", "x", file.path, in: folder)
    try unpacks(shape, "python3", "-m", "zipfile", "-e", file.path, ".", in: folder)
    try unpacks(shape, "jar", "xf", file.path, in: folder)
    try unpacks(shape, "sh", "-c", "jar x < \(file.path)", in: folder)
  }

  @Test("Info-ZIP restores the time of modification to the second")
  func timestamp() throws {
    let folder = try TemporaryFolder()
    let file = try OpenFile(folder.file("a.zip"))
    try write([("a", [1])], to: file, compressors: try Compressors(threads: 0))
    try accepts("unzip", "-q", file.path, "-d", folder.path)
    let time = try FileManager.default.attributesOfItem(atPath: folder.file("a"))[.modificationDate] as? Date
    #expect(time?.timeIntervalSince1970 == Double(modified.components.seconds))
  }

  @Test("The MS-DOS time is the same time in UTC")
  func dosTime() throws {
    let stamp = Timestamp(modified)
    #expect(stamp.dosDate == 46 << 9 | 5 << 5 | 2)
    #expect(stamp.dosTime == 9 << 11 | 30 << 5)
    #expect(Timestamp(.zero).dosDate == 1 << 5 | 1)
    #expect(Timestamp(.seconds(Int64.max)).dosDate >> 9 == 126)
  }

  private static let pythonCheck = """
    import sys, zipfile
    archive = zipfile.ZipFile(sys.argv[1])
    assert archive.testzip() is None
    for entry in archive.infolist():
      assert entry.flag_bits == 0x800 and entry.date_time == (2026, 5, 2, 9, 30, 0), entry
    """

  @discardableResult
  private func accepts(_ program: String, _ arguments: String...) throws -> String {
    let result = try Tool.run(program, arguments)
    #expect(result.succeeded, "\(program): \(result.output)\(result.error)")
    return result.output
  }

  private func unpacks(
    _ shape: Shape, _ program: String, _ arguments: String..., in folder: TemporaryFolder
  ) throws {
    let target = folder.file(UUID().uuidString)
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
    let result = try Tool.run(program, arguments, folder: URL(filePath: target))
    #expect(result.succeeded, "\(program) \(arguments): \(result.output)\(result.error)")
    for (name, bytes) in shape.entries {
      let unpacked = FileManager.default.contents(atPath: target + "/" + name).map { [UInt8]($0) }
      #expect(unpacked == bytes, "\(program) unpacked \(name) differently")
    }
  }
}
