import CSV
import Secrets
import System
import ZIP

/// The documents that somebody brings: as Documents.csv lists them, and what they hold, in files below
/// `Documents/` beside it. Which file is whose its SHA-256 says.
final class DocumentFiles {
  let sheet: ImportSheet
  private let place: any ImportPlace
  private let files: [ImportPlaceFile]
  /// The files by the SHA-256 of their bytes, once they have been read.
  private(set) var contents: [[UInt8]: ImportPlaceFile] = [:]

  /// - Parameter folder: that of Documents.csv, with its slash.
  init(_ sheet: ImportSheet, in place: any ImportPlace, at folder: String) {
    self.sheet = sheet
    self.place = place
    let beside = folder + DataPackage.Documents.folder + "/"
    files = place.files.filter { $0.name.utf8.starts(with: beside.utf8) }
  }

  /// To be read, of the list and of all files.
  var bytes: Int { files.map(\.bytes).saturatingSum.adding(saturating: sheet.bytes) }

  /// Reads all files, to know what they are.
  ///
  /// - Parameter counting: gets the bytes read, some at a time; what it throws ends the reading.
  /// - Throws: `ImportRefusal` where a file of a ZIP is damaged; `HandoverError` where the system can't read.
  func readContents(counting: (Int) throws -> Void) throws {
    contents = [:]
    for file in files {
      var hash = SHA256()
      try read(file.name) { bytes in
        hash.update(bytes)
        try counting(bytes.count)
      }
      contents[hash.finish()] = file
    }
  }

  /// Hands over a file's bytes.
  func read(_ name: String, _ body: (Span<UInt8>) throws -> Void) throws {
    do { try place.read(name, body) } catch let error as ZIPError {
      throw ImportRefusal(problems: [try FileProblem(error, in: name)])
    }
  }
}
