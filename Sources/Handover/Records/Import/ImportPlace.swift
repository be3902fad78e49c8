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

/// A ZIP in a file of an import, or in an entry of another ZIP.
final class WorkbookArchive {
  let reader: ArchiveReader
  private let copy: UnnamedFile?

  init(_ reader: ArchiveReader) {
    self.reader = reader
    copy = nil
  }

  /// - Throws: `ZIPError`; `HandoverError`, as for a full disk.
  init(_ entry: ArchiveEntry, of outer: ArchiveReader) throws {
    if let reader = try ArchiveReader(entry, of: outer) {
      (self.reader, copy) = (reader, nil)
      return
    }
    do {
      let copy = try UnnamedFile(in: FileManager.default.temporaryDirectory.path)
      try outer.read(entry) { try copy.write($0) }
      (self.reader, self.copy) = (try ArchiveReader(descriptor: copy.descriptor), copy)
    } catch let error as SystemError {
      throw HandoverError("can't unpack a workbook for reading: \(error.reason)")
    }
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
  /// A CSV with the name of a table.
  var isTableOfExport: Bool { !isWorkbook && Table.Name(subject: stem) != nil }
  /// Whether it lies in the documents of an export: whatever it is called, it is none of its files.
  var isDocument: Bool {
    folder.split(separator: "/").contains { $0.isSame(as: DataPackage.Documents.folder) }
  }
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
    guard let entry = archive.entry(named: name) else {
      throw HandoverError("there is no \(name) in the ZIP")
    }
    return try WorkbookArchive(entry, of: archive)
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
