import Foundation
import SQLite
import System

/// The folder of the archives. `<id>.zip` is an export's archive; `<id>-<attempt>.zip.part` is what a run
/// makes and has not published yet.
///
/// It may be a disk of its own, which can be away for a while. So everything that is done in it asks first
/// whether it is there and the one that this server knows (`Storage` decides which that is).
struct ExportFolder: Sendable {
  let path: String
  /// nginx's group, where nginx runs as somebody else.
  let group: gid_t?
  private let known = Locked(Known.any)

  /// Which folder of that path is the one.
  private enum Known: Sendable, Equatable {
    /// The first that is found: outside of a server, and in tests.
    case any
    /// None that has been there so far.
    case none
    case one(FileIdentity)
  }

  init(path: String, group: gid_t?) {
    self.path = path
    self.group = group
  }

  /// Bytes of the ZIP per record: somewhat more than the records of real offices take.
  static let bytesPerRecord = 120

  func name(of id: ExportID) -> String { id.rawValue + ".zip" }

  /// The path of an export's archive.
  func archive(_ id: ExportID) -> String { "\(path)/\(name(of: id))" }

  /// The name of a run's archive until it is published. Each run has its own, so that a late one can't get in
  /// the way of another.
  func temporaryName(of id: ExportID, attempt: Int) -> String { "\(id.rawValue)-\(attempt).zip.part" }

  /// The path of a run's archive until it is published.
  func temporary(_ job: ExportJob) -> String {
    "\(path)/\(temporaryName(of: job.export.id, attempt: job.attempt))"
  }

  /// Opens the folder.
  ///
  /// - Throws: `StorageAway` where it isn't there, or is another one.
  func open() throws(StorageAway) -> OpenFolder {
    let folder: OpenFolder
    do { folder = try OpenFolder(path) } catch { throw StorageAway(reason: error.description) }
    let identity = folder.identity
    let isKnown = known.withLock { known in
      if known == .any { known = .one(identity) }
      return known == .one(identity)
    }
    if !isKnown { throw StorageAway(reason: "\(path) is not the folder that held the archives") }
    return folder
  }

  /// From now on the folder with this identity is the one; with nil, none that has been there so far.
  func know(_ identity: FileIdentity?) { known.withLock { $0 = identity.map { .one($0) } ?? .none } }

  /// Makes the folder where there is none.
  func make() throws { try makeFolder(path, mode: group == nil ? 0o700 : 0o750, group: group) }

  /// Removes the archive, if the folder is there; else the sweeper does when it is back.
  func remove(_ id: ExportID) { remove(name(of: id)) }

  func remove(_ name: String) {
    guard let folder = try? open() else { return }
    folder.remove(name)
  }

  /// The names of the files that belong to exports.
  func names() throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path).filter(Self.isOfExport)
    } catch {
      throw HandoverError("can't list the folder \(path): \(error)")
    }
  }

  /// Whether this program gives a file such a name: `<id>.zip`, `<id>-<attempt>.zip.part`, or
  /// `<id>-<attempt>.zip`, as versions before 1.1 called what was finished and not published.
  static func isOfExport(_ name: String) -> Bool {
    let base = name.hasSuffix(".zip.part") ? name.dropLast(5) : name[...]
    guard base.hasSuffix(".zip") else { return false }
    let parts = base.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    guard ExportID(String(parts[0])) != nil else { return false }
    return switch parts.count {
    case 1: base.count == name.count
    case 2: Int(parts[1]) != nil
    default: false
    }
  }
}

/// The archives can't be reached at the moment, and it can't be said what became of them.
struct StorageAway: Error, Equatable {
  /// For the log.
  let reason: String
}

extension Exports {
  /// Refuses a run that the disk has no room for, before it fills the disk for everybody else.
  func checkSpace(for job: ExportJob) throws {
    let size = try database.read { try $0.exports.expectedSize(of: job.export) }
    if let shortage = DiskSpace.shortage(of: size, at: folder.path) { throw JobFailure.noSpace(shortage) }
  }

  /// Says how little space is left if that is less than the rest of the server needs; nil if it is enough.
  func lackOfSpace() -> String? {
    guard let shortage = DiskSpace.shortage(of: 0, at: folder.path) else { return nil }
    return "\(Wording.size(shortage.free)) free while it was written"
  }
}
