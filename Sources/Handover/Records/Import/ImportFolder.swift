import Foundation
import System

/// The files of an import in a folder.
struct ImportFolder: ImportSource {
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
    for table in try ImportNames.tables(in: names, of: path) {
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
