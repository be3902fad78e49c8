import Foundation
import System
import ZIP

/// The files of an import, wherever they are. Each can be read any number of times.
protocol ImportSource {
  /// The files that are there, and their bytes.
  var sizes: [Table.Name: Int] { get }

  /// Hands over the file's bytes, some at a time.
  /// - Throws: what `body` throws; `ZIPError` or `HandoverError` where the file can't be read.
  func read(_ file: Table.Name, _ body: (Span<UInt8>) throws -> Void) throws
}

/// Opens a ZIP or a folder.
/// - Throws: `HandoverError` if nothing is there, `ImportRefusal` if it holds the wrong files.
func importSource(at path: String) throws -> any ImportSource {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else {
    throw HandoverError("can't open \(path): \(SystemError.reason(errno))")
  }
  if status.st_mode & S_IFMT == S_IFDIR { return try ImportFolder(path: path) }
  do {
    return try ImportArchive(path: path)
  } catch let error as ZIPError {
    if case .system = error.code { throw HandoverError("can't read \(path): \(error.message)") }
    throw ImportRefusal(problems: [FileProblem(file: error.entry ?? path, error.message)])
  }
}

/// The files of an import in a ZIP: at its root, or in a folder there, as it is when somebody packs the
/// folder that an export was unpacked to.
private struct ImportArchive: ImportSource {
  let sizes: [Table.Name: Int]
  private let archive: ArchiveReader
  private let entries: [Table.Name: ArchiveEntry]

  /// - Throws: `ZIPError` for a file that is not a ZIP, or an unsafe one; `ImportRefusal` for one with the
  ///   wrong files.
  init(path: String) throws {
    archive = try ArchiveReader(path: path)
    let files = archive.entries.filter { !$0.isFolder && !$0.name.hasPrefix("__MACOSX/") }
    let folder = try Self.folder(of: files, in: path)
    let inFolder = files.filter { Self.parts($0.name).folder.isSame(as: folder) }
    var entries: [Table.Name: ArchiveEntry] = [:]
    for table in try tables(in: inFolder.map { Self.parts($0.name).name }, of: path) {
      entries[table] = archive.entry(named: folder + table.file)
    }
    self.entries = entries
    sizes = entries.mapValues(\.summary.bytes)
  }

  func read(_ file: Table.Name, _ body: (Span<UInt8>) throws -> Void) throws {
    guard let entry = entries[file] else { return }
    try archive.read(entry, body)
  }

  /// The one folder with files of an export in it, with its slash; the root where there is none.
  private static func folder(of files: [ArchiveEntry], in path: String) throws(ImportRefusal) -> String {
    let known = Set(Table.Name.allCases.map(\.file))
    let inFolders = files.map { parts($0.name) }.filter { known.contains($0.name) }.map {
      Array($0.folder.utf8)
    }
    let folders = Set(inFolders).map { String(decoding: $0, as: UTF8.self) }.sorted()
    guard folders.count < 2 else {
      let places = folders.map { $0.isEmpty ? "at its root" : "in \($0)" }.joined(separator: " and ")
      throw ImportRefusal(problems: [
        FileProblem(file: path, "there are files of an export \(places); leave one set of them")
      ])
    }
    return folders.first ?? ""
  }

  private static func parts(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
    return (String(path[...slash]), String(path[path.utf8.index(after: slash)...]))
  }
}

/// The files of an import in a folder.
private struct ImportFolder: ImportSource {
  let sizes: [Table.Name: Int]
  private let path: String

  init(path: String) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw HandoverError("can't read the folder \(path): \(error.localizedDescription)")
    }
    var sizes: [Table.Name: Int] = [:]
    for table in try tables(in: names, of: path) {
      var status = stat()
      guard unsafe stat(path + "/" + table.file, &status) == 0 else {
        throw HandoverError("can't read \(path)/\(table.file): \(SystemError.reason(errno))")
      }
      sizes[table] = Int(status.st_size)
    }
    self.sizes = sizes
    self.path = path
  }

  func read(_ file: Table.Name, _ body: (Span<UInt8>) throws -> Void) throws {
    try readBlocks(of: path + "/" + file.file, body)
  }
}

/// The tables that the names of files stand for. A CSV of any other name is refused as misspelt, since
/// leaving it out would lose records; anything else, such as `datapackage.json`, is ignored.
/// - Throws: `ImportRefusal` that names each unknown CSV, or says that there is no CSV at all.
private func tables(in names: [String], of place: String) throws(ImportRefusal) -> [Table.Name] {
  let known = Table.Name.allCases.map(\.file).joined(separator: ", ")
  let problems = ImportProblems()
  var tables: [Table.Name] = []
  for name in names.sorted() {
    if let table = Table.Name.allCases.first(where: { $0.file == name }) {
      tables.append(table)
    } else if name.lowercased().hasSuffix(".csv"), !name.hasPrefix(".") {
      try problems.add(FileProblem(file: name, "the file is none of \(known)"))
    }
  }
  try problems.refuseIfAny()
  guard !tables.isEmpty else {
    throw ImportRefusal(problems: [FileProblem(file: place, "there is none of the files \(known) in it")])
  }
  return tables
}
