import Foundation
import TestSupport
import Testing

@testable import ZIP

/// Archives that other programs make.
@Suite struct ForeignArchivesTests {
  static let makers = [
    ["zip", "-q", "-r", "out.zip", "Deals.csv", "Folder"],
    ["zip", "-q", "-0", "-r", "out.zip", "Deals.csv", "Folder"],
    ["sh", "-c", "zip -q -r - Deals.csv Folder | cat > out.zip"],
    ["sh", "-c", "zip -q -r out.zip Deals.csv Folder && echo 'A comment PK.' | zip -q -z out.zip"],
    ["7z", "a", "out.zip", "Deals.csv", "Folder"],
    ["7z", "a", "-mcu=on", "-mtc=on", "out.zip", "Deals.csv", "Folder"],
    ["bsdtar", "-a", "-cf", "out.zip", "Deals.csv", "Folder"],
    ["jar", "cfM", "out.zip", "Deals.csv", "Folder"],
    ["python3", "-m", "zipfile", "-c", "out.zip", "Deals.csv", "Folder"],
    ["python3", "-c", pythonStream],
    ["python3", "-c", pythonZIP64],
  ]

  private static let pythonStream = """
    import sys, zipfile
    class Stream:
      def __init__(self): self.file = open('out.zip', 'wb')
      def write(self, bytes): return self.file.write(bytes)
      def flush(self): self.file.flush()
    with zipfile.ZipFile(Stream(), 'w', zipfile.ZIP_DEFLATED) as archive:
      archive.write('Deals.csv')
      archive.write('Folder/Größe.csv')
    """

  private static let pythonZIP64 = """
    import zipfile
    with zipfile.ZipFile('out.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
      for name in ('Deals.csv', 'Folder/Größe.csv'):
        with archive.open(name, 'w', force_zip64=True) as entry: entry.write(open(name, 'rb').read())
    """

  @Test("Archives of other programs are read", arguments: makers)
  func made(command: [String]) throws {
    let folder = try TemporaryFolder()
    let deals = Content.text(400_000)
    try FileManager.default.createDirectory(
      atPath: folder.file("Folder"), withIntermediateDirectories: false)
    try Data(deals).write(to: URL(fileURLWithPath: folder.file("Deals.csv")))
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder.file("Folder/Größe.csv")))
    let result = try Tool.run(command[0], Array(command.dropFirst()), folder: folder.url)
    try #require(result.succeeded, "\(result.output)\(result.error)")

    let reader = try ArchiveReader(path: folder.file("out.zip"))
    #expect(try content(of: "Deals.csv", in: reader) == deals)
    #expect(try content(of: "Folder/Größe.csv", in: reader) == [1, 2, 3])
    #expect(reader.entries.filter { !$0.isFolder }.count == 2)
    try readAll(reader)
    #expect(
      ZIPError.code {
        _ = try ArchiveReader(path: folder.file("out.zip"), rules: ArchiveRules(form: .canonical(.standard)))
      } == .malformed, "It is not taken for one of our own")
  }

  @Test(
    "What cannot be read is refused with the reason",
    arguments: [
      (["zip", "-q", "-P", "secret", "out.zip", "a"], "The entry is encrypted"),
      (["7z", "a", "-mm=BZip2", "out.zip", "a"], "(method 12)"),
      (["7z", "a", "-mm=LZMA", "out.zip", "a"], "(method 14)"),
    ])
  func unsupported(command: [String], message: String) throws {
    let folder = try TemporaryFolder()
    try Data(Content.text(100_000)).write(to: URL(fileURLWithPath: folder.file("a")))
    let result = try Tool.run(command[0], Array(command.dropFirst()), folder: folder.url)
    try #require(result.succeeded, "\(result.output)\(result.error)")
    let error = #expect(throws: ZIPError.self) { _ = try ArchiveReader(path: folder.file("out.zip")) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.hasSuffix(message) == true)
    #expect(error?.entry == "a")
  }

  @Test("What is not a ZIP is refused", arguments: [[], Array("PK".utf8), Content.noise(100_000)])
  func noArchive(bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let file = try opened(bytes, in: folder)
    #expect(ZIPError.code { _ = try ArchiveReader(path: file.path) } == .malformed)
  }

  @Test("A file that is not there, and a folder, are errors of the system")
  func noFile() throws {
    let folder = try TemporaryFolder()
    #expect(ZIPError.code { _ = try ArchiveReader(path: folder.file("x")) } == .system(errno: ENOENT))
    #expect(ZIPError.code { _ = try ArchiveReader(path: folder.path) } == .system(errno: EISDIR))
  }
}
