import Foundation
import System
import ZIP

/// Where the files of an import lie. Each can be read any number of times.
protocol ImportPlace {
  /// Names with their folders, as in `export/Deals.csv`, and their bytes; without what systems put beside people's files.
  var files: [(name: String, bytes: Int)] { get }

  /// Hands over a file's bytes, some at a time.
  /// - Throws: what `body` throws; `ZIPError` or `HandoverError` where the file can't be read.
  func read(_ name: String, _ body: (Span<UInt8>) throws -> Void) throws
}

/// Opens a ZIP or a folder.
/// - Throws: `HandoverError` if nothing is there, `ImportRefusal` for a file that is no ZIP, or an unsafe one.
func importPlace(at path: String) throws -> any ImportPlace {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else {
    throw HandoverError("can't open \(path): \(SystemError.reason(errno))")
  }
  if status.st_mode & S_IFMT == S_IFDIR { return try ImportFolder(path: path) }
  do throws(ZIPError) {
    return ImportArchive(try ArchiveReader(path: path))
  } catch {
    if case .system = error.code { throw HandoverError("can't read \(path): \(error.message)") }
    throw ImportRefusal(problems: [FileProblem(file: error.entry ?? path, error.message)])
  }
}

private struct ImportArchive: ImportPlace {
  let files: [(name: String, bytes: Int)]
  private let archive: ArchiveReader

  init(_ archive: ArchiveReader) {
    self.archive = archive
    files = archive.entries.filter { !$0.isFolder && !$0.name.hasPrefix("__MACOSX/") }
      .map { ($0.name, $0.summary.bytes) }
  }

  func read(_ name: String, _ body: (Span<UInt8>) throws -> Void) throws {
    guard let entry = archive.entry(named: name) else { return }
    try archive.read(entry, body)
  }
}

private struct ImportFolder: ImportPlace {
  let files: [(name: String, bytes: Int)]
  private let path: String

  init(path: String) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw HandoverError("can't read the folder \(path): \(error.localizedDescription)")
    }
    files = try names.sorted().filter { !$0.hasPrefix(".") }.map { name in
      var status = stat()
      guard unsafe stat(path + "/" + name, &status) == 0 else {
        throw HandoverError("can't read \(path)/\(name): \(SystemError.reason(errno))")
      }
      return (name, Int(status.st_size))
    }
    self.path = path
  }

  func read(_ name: String, _ body: (Span<UInt8>) throws -> Void) throws {
    try readBlocks(of: path + "/" + name, body)
  }
}
