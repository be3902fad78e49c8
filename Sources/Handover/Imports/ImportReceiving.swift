import Foundation
import System

extension ImportUpload {
  /// Takes in one file, as it comes, and puts it on the disk.
  ///
  /// - Parameter next: gives its pieces; nil at its end.
  /// - Returns: false where there are too many files.
  /// - Throws: what `next` throws; `SystemError`.
  func take(_ name: String, _ next: () throws -> [UInt8]?) throws -> Bool {
    guard let path = path(for: name) else { return false }
    var file = try DurableFile(at: path + ".part")
    while let piece = try next() { try file.write(piece) }
    try file.publish(as: path)
    return true
  }
}

extension Imports {
  /// What the files of an import seem to be.
  ///
  /// - Parameter mappings: among which to choose.
  /// - Throws: `ImportRefusal` for files that can't be read as tables; `HandoverError` where they are gone.
  func guess(_ found: Import, among mappings: [ImportMapping]) throws -> ImportGuess {
    let sheets = try importSheets(at: folder.source(of: found.id))
    return try ImportGuess(sheets, among: mappings)
  }

  /// A problem as its owner reads it: the files have the names that they came with, not the server's paths.
  func text(_ problem: FileProblem, of id: ImportID) -> String {
    problem.description.replacing(folder.folder(of: id) + "/files/", with: "")
  }
}
