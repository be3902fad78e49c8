import ZIP

/// The files of an import in a ZIP: at its root, or in a folder there, as it is when somebody packs the
/// folder that an export was unpacked to.
struct ImportArchive: ImportSource {
  let sizes: [Table.Name: Int]
  private let archive: ArchiveReader
  private let entries: [Table.Name: ArchiveEntry]

  /// - Throws: `ZIPError` for a file that is not a ZIP, or an unsafe one; `ImportRefusal` for one with the wrong files.
  init(path: String) throws {
    archive = try ArchiveReader(path: path)
    let files = archive.entries.filter { !$0.isFolder && !$0.name.hasPrefix("__MACOSX/") }
    let folder = try Self.folder(of: files, in: path)
    let inFolder = files.filter { Self.parts($0.name).folder == folder }
    var entries: [Table.Name: ArchiveEntry] = [:]
    for table in try ImportNames.tables(in: inFolder.map { Self.parts($0.name).name }, of: path) {
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
    let folders = Set(files.map { parts($0.name) }.filter { known.contains($0.name) }.map(\.folder)).sorted()
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
