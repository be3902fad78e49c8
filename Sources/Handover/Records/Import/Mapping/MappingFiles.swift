import Foundation
import System

// Which file of a mapping a file of somebody's is, and where mappings lie.

extension ImportMapping {
  /// For each file that is there, the file of the mapping that it is; nil for one that is none.
  ///
  /// Names decide. By their columns files are told only where none has a name that the mapping knows: a CRM's export has
  /// many a file with columns like those of its deals.
  func files(of sheets: [(name: String, titles: [String])]) -> [File?] {
    let known = sheets.map { sheet in
      files.map { (file: $0, count: MappedColumns.count(of: $0, titles: sheet.titles)) }.filter {
        $0.count > 0
      }
    }
    let named = zip(sheets, known).map { sheet, known in known.filter { $0.file.fits(sheet.name) } }
    let areNamed = !named.allSatisfy(\.isEmpty)
    return zip(named, known).map { named, known in
      if let best = named.max(by: { $0.count < $1.count }) { return best.file }
      let unnamed = areNamed ? known.filter { $0.file.names.isEmpty } : known
      guard let best = unnamed.max(by: { $0.count < $1.count }), best.count > 1,
        unnamed.count(where: { $0.count == best.count }) == 1
      else { return nil }
      return best.file
    }
  }
}

extension ImportMapping.File {
  /// Whether a file's name is one of its names.
  fileprivate func fits(_ name: String) -> Bool {
    let name = Self.stem(name)
    return names.contains { pattern in
      let parts = Self.stem(pattern).split(separator: "*", omittingEmptySubsequences: false).map(String.init)
      guard parts.count > 1 else { return name.isSame(as: parts[0]) }
      guard name.hasPrefix(parts[0]), name.dropFirst(parts[0].count).hasSuffix(parts[parts.count - 1]) else {
        return false
      }
      var rest = name.dropFirst(parts[0].count).dropLast(parts[parts.count - 1].count)
      for part in parts[1..<(parts.count - 1)] where !part.isEmpty {
        guard let found = rest.range(of: part) else { return false }
        rest = rest[found.upperBound...]
      }
      return true
    }
  }

  /// The name without its folders and its ending, in lower case: `Data/Deals_001.csv` is `deals_001`.
  private static func stem(_ name: String) -> String {
    // A sheet of a workbook has its own name.
    if let sheet = name.range(of: ".xlsx, sheet ") { return name[sheet.upperBound...].lowercased() }
    let file = name.split(separator: "/").last.map(String.init) ?? name
    guard let dot = file.lastIndex(of: "."), file.distance(from: dot, to: file.endIndex) <= 5 else {
      return file.lowercased()
    }
    return file[..<dot].lowercased()
  }

  /// For messages: `deals*, or a file with its columns`.
  var description: String {
    (names + ["a file with its columns"]).joined(separator: ", or ")
  }

  /// All columns of files that it names.
  var titles: [String] {
    var titles: [String] = conditions.map(\.column)
    for column in columns {
      for source in column.sources { source.gather(&titles) }
    }
    var seen: Set<String> = []
    return titles.filter { seen.insert($0).inserted }
  }
}

extension ImportMapping.Source {
  fileprivate func gather(_ titles: inout [String]) {
    titles += conditions.map(\.column)
    switch origin {
    case .column(let title): titles.append(title)
    case .join(let parts, _): for part in parts { part.gather(&titles) }
    case .constant: break
    }
  }
}

extension ImportMapping {
  /// Those that come with Handover, the one of its own exports first.
  /// - Parameter folder: of the templates.
  /// - Throws: `ImportRefusal` for a wrong one; `HandoverError` where they can't be read.
  static func builtIn(in folder: String) throws -> [ImportMapping] {
    try names(in: folder).map { try ImportMapping(at: "\(folder)/mappings/\($0).json", name: $0) }
  }

  /// A mapping by its name or, where there is a slash or an ending in it, by its file.
  /// - Throws: `ImportRefusal` for a wrong one; `HandoverError` where it can't be read, or none has that name.
  static func named(_ name: String, in folder: String) throws -> ImportMapping {
    let names = try names(in: folder)
    if names.contains(name) { return try ImportMapping(at: "\(folder)/mappings/\(name).json", name: name) }
    guard FileManager.default.fileExists(atPath: name) else {
      throw HandoverError(
        "there is no mapping \(name), and no such file: write one of \(names.joined(separator: ", ")), or the path of a "
          + "file")
    }
    return try ImportMapping(
      at: name, name: URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent)
  }

  private static func names(in folder: String) throws -> [String] {
    let files: [String]
    do {
      files = try FileManager.default.contentsOfDirectory(atPath: folder + "/mappings")
    } catch {
      throw HandoverError("can't read the folder \(folder)/mappings: \(error.localizedDescription)")
    }
    let names = files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    return names.filter { $0 == own } + names.filter { $0 != own }
  }

  /// The mapping of exports.
  static let own = "handover"

  /// Bytes that a mapping may have.
  static let largest = 1 << 20

  private init(at path: String, name: String) throws {
    var bytes: [UInt8] = []
    try readBlocks(of: path) { block in
      bytes.append(copying: block)
      guard bytes.count <= Self.largest else {
        throw ImportRefusal(problems: [
          FileProblem(file: path, "the file is larger than \(Self.largest) bytes, so it is no mapping")
        ])
      }
    }
    try self.init(bytes, name: name, file: URL(fileURLWithPath: path).lastPathComponent)
  }
}

/// For readings that are no part of a progress.
func uncounted(_ bytes: Int) {}

/// The tables of cells in what somebody brought: a ZIP, a folder or one file.
/// - Parameter mapping: says how they are written, where it is known.
/// - Throws: `ImportRefusal` for files that can't be read as tables; `HandoverError` where the system can't read.
func importSheets(at path: String, as mapping: ImportMapping? = nil) throws -> [ImportSheet] {
  let place = try importPlace(at: path)
  let problems = ImportProblems()
  let dialect = mapping.map(ImportDialect.init(of:)) ?? ImportDialect()
  let tables = place.files.filter(\.isTable)
  let others = tables.filter { !$0.isDocument }
  let files = others.isEmpty ? tables : others
  let sheets = try files.flatMap { try ImportSheet.open($0, in: place, beside: files, as: dialect, problems) }
  try problems.refuseIfAny()
  let filled = sheets.filter { !$0.titles.isEmpty }
  guard !filled.isEmpty else {
    throw ImportRefusal(problems: [
      FileProblem(file: path, "there is no CSV and no workbook with records in it")
    ])
  }
  return filled
}
