import Foundation
import System
import ZIP

/// Where the files of an import lie. Each can be read any number of times.
protocol ImportPlace {
  /// Names with their folders, as in `export/Deals.csv`, in their order; without what systems put beside people's files.
  var files: [ImportPlaceFile] { get }

  /// Hands over a file's bytes, some at a time.
  /// - Throws: what `body` throws; `ZIPError` or `HandoverError` where the file can't be read.
  func read(_ name: String, _ body: (Span<UInt8>) throws -> Void) throws

  /// Opens a file that is a ZIP itself, as a workbook is.
  /// - Throws: `ZIPError` or `HandoverError`.
  func archive(_ name: String) throws -> WorkbookArchive
}

struct ImportPlaceFile {
  let name: String
  let bytes: Int

  /// With its slash; empty at the root.
  var folder: String { String(name[..<start]) }
  var lastName: String { String(name[start...]) }
  /// In small letters, without its point; empty where there is none.
  var ending: String {
    let parts = lastName.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count > 1 ? parts[parts.count - 1].lowercased() : ""
  }

  /// The name without its ending.
  var stem: String { ending.isEmpty ? lastName : String(lastName.dropLast(ending.count + 1)) }

  private var start: String.Index {
    name.utf8.lastIndex(of: UInt8(ascii: "/")).map(name.utf8.index(after:)) ?? name.startIndex
  }

  /// Whether a system or a program put the file there: Finder, Windows, Excel while a workbook is open.
  var isOfSystem: Bool {
    let parts = name.split(separator: "/")
    return parts.contains { $0.hasPrefix(".") || $0 == "__MACOSX" } || lastName.hasPrefix("~$")
      || ["thumbs.db", "desktop.ini"].contains(lastName.lowercased())
  }
}

/// A ZIP in a file of an import.
final class WorkbookArchive {
  let reader: ArchiveReader
  private let copy: TemporaryCopy?

  init(_ reader: ArchiveReader, _ copy: TemporaryCopy? = nil) {
    self.reader = reader
    self.copy = copy
  }
}

/// Opens a ZIP, a folder, or a single CSV or workbook. A folder that has nothing but one ZIP stands for that.
/// - Throws: `HandoverError` if nothing is there, `ImportRefusal` for an unsafe or a damaged ZIP.
func importPlace(at path: String) throws -> any ImportPlace {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else {
    throw HandoverError("can't open \(path): \(SystemError.reason(errno))")
  }
  if status.st_mode & S_IFMT == S_IFDIR {
    let folder = try ImportFolder(path: path)
    let archives = folder.files.filter { $0.ending == "zip" }
    guard archives.count == 1, !folder.files.contains(where: \.isTable) else { return folder }
    return try ImportArchive(path: path + "/" + archives[0].name)
  }
  // What is called a ZIP and is none is damaged, and no CSV.
  guard try isArchive(path) || path.lowercased().hasSuffix(".zip") else {
    return SingleFile(path: path, bytes: Int(status.st_size))
  }
  let archive = try ImportArchive(path: path)
  guard archive.isWorkbook else { return archive }
  return SingleFile(path: path, bytes: Int(status.st_size), isWorkbook: true)
}

extension ImportPlaceFile {
  /// By its name: whether it is a CSV or a workbook.
  var isTable: Bool { isText || isWorkbook }
  var isText: Bool { ["csv", "tsv", "tab"].contains(ending) }
  var isWorkbook: Bool { ["xlsx", "xlsm"].contains(ending) }
}

private func isArchive(_ path: String) throws -> Bool {
  struct Enough: Error {}
  var start: [UInt8] = []
  do {
    try readBlocks(of: path) { bytes in
      start = (0..<min(bytes.count, 4)).map { bytes[$0] }
      throw Enough()
    }
  } catch is Enough {}
  return start.starts(with: "PK".utf8) && start.count == 4 && start[2] < 8
}

private struct ImportArchive: ImportPlace {
  let files: [ImportPlaceFile]
  private let archive: ArchiveReader

  init(path: String) throws {
    do throws(ZIPError) {
      archive = try ArchiveReader(path: path)
    } catch {
      if case .system = error.code { throw HandoverError("can't read \(path): \(error.message)") }
      throw ImportRefusal(problems: [FileProblem(file: error.entry ?? path, error.message)])
    }
    files = archive.entries.filter { !$0.isFolder }
      .map { ImportPlaceFile(name: $0.name, bytes: $0.summary.bytes) }.filter { !$0.isOfSystem }
  }

  /// Whether it is a workbook, whatever its name (ECMA-376, part 2: every package has this part).
  var isWorkbook: Bool { archive.entry(named: "[Content_Types].xml") != nil }

  func read(_ name: String, _ body: (Span<UInt8>) throws -> Void) throws {
    guard let entry = archive.entry(named: name) else { return }
    try archive.read(entry, body)
  }

  func archive(_ name: String) throws -> WorkbookArchive {
    let copy = try TemporaryCopy { write in try read(name) { try write($0) } }
    return WorkbookArchive(try ArchiveReader(descriptor: copy.descriptor), copy)
  }
}

private struct ImportFolder: ImportPlace {
  let files: [ImportPlaceFile]
  private let path: String

  /// Folders within folders.
  private static let depth = 8

  init(path: String) throws {
    var files: [ImportPlaceFile] = []
    try Self.look(in: path, at: "", depth: 0, &files)
    self.files = files
    self.path = path
  }

  private static func look(
    in path: String, at folder: String, depth: Int, _ files: inout [ImportPlaceFile]
  ) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")
    } catch {
      throw HandoverError("can't read the folder \(path)/\(folder): \(error.localizedDescription)")
    }
    for name in names.sorted() {
      var status = stat()
      let file = ImportPlaceFile(name: folder + name, bytes: 0)
      if file.isOfSystem { continue }
      guard unsafe stat("\(path)/\(folder)\(name)", &status) == 0 else {
        throw HandoverError("can't read \(path)/\(folder)\(name): \(SystemError.reason(errno))")
      }
      if status.st_mode & S_IFMT != S_IFDIR {
        files.append(ImportPlaceFile(name: folder + name, bytes: Int(status.st_size)))
      } else if depth < Self.depth {
        try look(in: path, at: "\(folder)\(name)/", depth: depth + 1, &files)
      }
    }
  }

  func read(_ name: String, _ body: (Span<UInt8>) throws -> Void) throws {
    try readBlocks(of: path + "/" + name, body)
  }

  func archive(_ name: String) throws -> WorkbookArchive {
    WorkbookArchive(try ArchiveReader(path: path + "/" + name))
  }
}

/// One CSV or workbook, of any name.
private struct SingleFile: ImportPlace {
  let files: [ImportPlaceFile]
  private let path: String

  init(path: String, bytes: Int, isWorkbook: Bool = false) {
    self.path = path
    let name = ImportPlaceFile(name: path, bytes: bytes).lastName
    let file = ImportPlaceFile(name: name, bytes: bytes)
    let isNamed = isWorkbook ? file.isWorkbook : file.isText
    files = [isNamed ? file : ImportPlaceFile(name: name + (isWorkbook ? ".xlsx" : ".csv"), bytes: bytes)]
  }

  func read(_ name: String, _ body: (Span<UInt8>) throws -> Void) throws { try readBlocks(of: path, body) }

  func archive(_ name: String) throws -> WorkbookArchive { WorkbookArchive(try ArchiveReader(path: path)) }
}

/// A file without a name, which goes with this value.
final class TemporaryCopy {
  let descriptor: Int32

  /// - Parameter body: hands over the bytes.
  /// - Throws: `HandoverError`, as for a full disk; what `body` throws.
  init(_ body: ((Span<UInt8>) throws -> Void) throws -> Void) throws {
    var path = Array((FileManager.default.temporaryDirectory.path + "/handover-XXXXXX").utf8CString)
    descriptor = unsafe mkstemp(&path)
    guard descriptor >= 0 else { throw Self.failure() }
    _ = unsafe unlink(path)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    try body(write)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private func write(_ bytes: Span<UInt8>) throws {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.extracting(done...).withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count >= 0 { done += count } else if errno != EINTR { throw Self.failure() }
    }
  }

  private static func failure() -> HandoverError {
    HandoverError("can't unpack a workbook for reading: \(SystemError.reason(errno))")
  }
}
