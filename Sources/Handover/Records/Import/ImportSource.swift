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
/// - Throws: `HandoverError` where there is none, `ImportRefusal` for one with the wrong files in it.
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

/// What a list of file names means to an import. A CSV of any other name is refused as misspelt, since leaving it out
/// would lose records; anything else, such as `datapackage.json`, is ignored.
enum ImportNames {
  /// - Throws: `ImportRefusal` that names each strange CSV, or says that there is none at all.
  static func tables(in names: some Sequence<String>, of place: String) throws(ImportRefusal) -> [Table.Name]
  {
    let problems = ImportProblems()
    var tables: [Table.Name] = []
    for name in names.sorted() {
      if let table = Table.Name.allCases.first(where: { $0.file == name }) {
        tables.append(table)
      } else if name.lowercased().hasSuffix(".csv"), !name.hasPrefix(".") {
        try problems.add(FileProblem(file: name, "the file is none of \(all)"))
      }
    }
    try problems.refuseIfAny()
    guard !tables.isEmpty else {
      throw ImportRefusal(problems: [FileProblem(file: place, "there is none of the files \(all) in it")])
    }
    return tables
  }

  private static let all = Table.Name.allCases.map(\.file).joined(separator: ", ")
}
