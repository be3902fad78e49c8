import Foundation
import Glibc
import SQLite
import Secrets
import System

/// The folder of what is brought: a folder for each import, by its id. In it are the files as they came (`files/`), the
/// difference (`difference.db`), and `lock`, which whoever works on the import holds: an upload that comes in, a run in
/// this process or in another one. What is locked by nobody and needed by no row is left over.
struct ImportsFolder: Sendable {
  let path: String

  /// The folder of one import.
  func folder(of id: ImportID) -> String { "\(path)/\(id.rawValue)" }

  private func filesFolder(of id: ImportID) -> String { folder(of: id) + "/files" }

  /// The file of what would change, or has.
  func difference(of id: ImportID) -> String { folder(of: id) + "/difference.db" }

  /// What was brought: a ZIP, or the folder of other files.
  ///
  /// - Throws: `HandoverError` where it is gone.
  func source(of id: ImportID) throws -> String {
    let folder = filesFolder(of: id)
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder), !names.isEmpty else {
      throw HandoverError("the files of the import are gone from \(folder)")
    }
    return names.count == 1 && names[0].lowercased().hasSuffix(".zip") ? "\(folder)/\(names[0])" : folder
  }

  func hasFiles(_ id: ImportID) -> Bool { (try? source(of: id)) != nil }

  func hasDifference(_ id: ImportID) -> Bool { unsafe access(difference(of: id), R_OK) == 0 }

  /// A problem as whoever has brought the files knows them, without the server's folders.
  func shown(_ problem: FileProblem, of id: ImportID) -> FileProblem {
    let folder = filesFolder(of: id)
    guard let file = problem.file, file.hasPrefix(folder) else { return problem }
    let name = file.dropFirst(folder.count + 1)
    return FileProblem(
      file: name.isEmpty ? nil : String(name), line: problem.line, record: problem.record,
      column: problem.column, problem.message)
  }

  /// Makes the folder of an import, locked.
  ///
  /// - Throws: `HandoverError` where it can't be made.
  func make(_ id: ImportID) throws -> FileLock {
    try makeFolder(path, mode: 0o700, group: nil)
    try makeFolder(folder(of: id), mode: 0o700, group: nil)
    guard let lock = try lock(id) else { throw HandoverError("\(folder(of: id)) is in use") }
    return lock
  }

  /// Takes the lock of an import.
  ///
  /// - Returns: nil while somebody else has it.
  /// - Throws: where there is no folder, or it can't be used.
  func lock(_ id: ImportID) throws -> FileLock? {
    let lock = try FileLock(path: folder(of: id) + "/lock")
    return lock.tryLock() ? lock : nil
  }

  /// Takes the lock of an import whose folder may be gone, which is made again then.
  ///
  /// - Returns: nil while somebody else has it.
  func reopen(_ id: ImportID) throws -> FileLock? {
    try makeFolder(folder(of: id), mode: 0o700, group: nil)
    return try lock(id)
  }

  /// Removes the files, and leaves the difference.
  func removeFiles(of id: ImportID) { try? FileManager.default.removeItem(atPath: filesFolder(of: id)) }

  /// Removes all that there is of an import.
  func remove(_ id: ImportID) { try? FileManager.default.removeItem(atPath: folder(of: id)) }

  /// The imports of which there is a folder.
  func ids() -> [ImportID] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).compactMap(ImportID.init)
  }

  /// Begins to take the files of an import in.
  func upload(_ id: ImportID) throws -> ImportUpload {
    let lock = try make(id)
    try makeFolder(filesFolder(of: id), mode: 0o700, group: nil)
    return ImportUpload(id: id, folder: filesFolder(of: id), lock: lock, owner: self)
  }
}

/// Files that are coming in. What becomes of no import goes with this value; after a crash the sweeper removes it.
final class ImportUpload: Sendable {
  let id: ImportID
  private let folder: String
  private let lock: FileLock
  private let owner: ImportsFolder
  private let state = Locked(State())

  private struct State: Sendable {
    /// As people chose them, in the order in which they came.
    var names: [String] = []
    var isKept = false
  }

  /// How many files somebody may bring at once.
  static let mostFiles = 50

  fileprivate init(id: ImportID, folder: String, lock: FileLock, owner: ImportsFolder) {
    self.id = id
    self.folder = folder
    self.lock = lock
    self.owner = owner
  }

  deinit {
    if !state.withLock({ $0.isKept }) { owner.remove(id) }
  }

  /// As people read them: `Deals.csv, Notes.csv`.
  var names: String { state.withLock { $0.names.joined(separator: ", ") } }

  var count: Int { state.withLock { $0.names.count } }

  /// Of all files, in bytes.
  var size: Int {
    state.withLock { state in
      state.names.reduce(0) { sum, name in
        var status = stat()
        guard unsafe stat("\(folder)/\(name)", &status) == 0 else { return sum }
        return sum.adding(saturating: Int(status.st_size))
      }
    }
  }

  /// The path at which to write the next file (mode 0600): its name is the last part of what the browser calls it, of
  /// which a file system takes all, and no name is given twice.
  ///
  /// - Returns: nil where there are too many files.
  func path(for name: String) -> String? {
    state.withLock { state in
      guard state.names.count < Self.mostFiles else { return nil }
      let wanted = Self.safe(name)
      var free = wanted
      var number = 2
      while state.names.contains(where: { $0.lowercased() == free.lowercased() }) {
        free = "\(number) \(wanted)"
        number += 1
      }
      state.names.append(free)
      return "\(folder)/\(free)"
    }
  }

  /// From now on the files are an import's.
  func keep() { state.withLock { $0.isKept = true } }

  /// The last part of a path of any system, without what turns text or controls a terminal, and no hidden file.
  static func safe(_ name: String) -> String {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    let shown = Wording.unturned(last).unicodeScalars.filter { $0.properties.generalCategory != .control }
    var text = String(String.UnicodeScalarView(shown)).trimmingCharacters(in: .whitespaces)
    while text.hasPrefix(".") { text.removeFirst() }
    // The end tells the kind of file.
    while text.utf8.count > 200 { text.removeFirst() }
    return text.isEmpty ? "file" : text
  }
}
