import Foundation

/// The folder of the archives. `<id>.zip` is an export's archive; `<id>-<attempt>.zip`, and the same with
/// `.part` behind, is what a run makes and has not published yet.
struct ExportFolder: Sendable {
  let path: String
  /// nginx's group, where nginx runs as somebody else.
  let group: UInt32?

  /// What a file of the folder belongs to.
  enum Entry: Equatable {
    case archive(ExportID)
    case unfinished(ExportID, attempt: Int)
  }

  func name(of id: ExportID) -> String { id.rawValue + ".zip" }

  /// Where a run makes its archive.
  func unfinished(_ job: ExportJob) -> String { "\(path)/\(job.export.id.rawValue)-\(job.attempt).zip" }

  /// Whether the archive is there. A disk that fails to say so counts as yes: a file is given up only when it
  /// is known to be gone.
  func has(_ id: ExportID) -> Bool {
    unsafe access("\(path)/\(name(of: id))", F_OK) == 0 || errno != ENOENT
  }

  /// The ETag that nginx gives it, of its time and size; empty where it isn't there.
  func tag(of id: ExportID) -> String {
    var state = stat()
    guard unsafe stat("\(path)/\(name(of: id))", &state) == 0 else { return "" }
    return "\"\(String(state.st_mtim.tv_sec, radix: 16))-\(String(state.st_size, radix: 16))\""
  }

  /// Gives what a run made, which is on the disk, the name of the archive, and waits until that is on the
  /// disk too.
  func publish(_ job: ExportJob) throws(ArchiveError) {
    let made = unfinished(job)
    if let group, unsafe chown(made, uid_t.max, group) != 0 { throw .system("chown", errno: errno) }
    guard unsafe chmod(made, group == nil ? 0o600 : 0o640) == 0 else { throw .system("chmod", errno: errno) }
    guard unsafe rename(made, "\(path)/\(name(of: job.export.id))") == 0 else {
      throw .system("rename", errno: errno)
    }
    try sync()
  }

  func remove(_ id: ExportID) { remove(name(of: id)) }

  /// Removes what a run has made and not published.
  func removeUnfinished(_ job: ExportJob) { _ = unsafe unlink(unfinished(job)) }

  func remove(_ name: String) { _ = unsafe unlink("\(path)/\(name)") }

  /// The files of exports, by their names; others are nobody's business here.
  func entries() throws -> [(name: String, entry: Entry)] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path).compactMap { name in
        Entry(name).map { (name, $0) }
      }
    } catch {
      throw HandoverError("can't list the folder \(path): \(error)")
    }
  }

  /// Bytes that can still be written to its disk; nil where the system doesn't say.
  func freeBytes() -> Int? {
    var state = statvfs()
    guard unsafe statvfs(path, &state) == 0 else { return nil }
    return Int(
      clamping: UInt64(state.f_bavail).multipliedReportingOverflow(by: UInt64(state.f_frsize)).partialValue)
  }

  private func sync() throws(ArchiveError) {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open the folder", errno: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system("fsync of the folder", errno: errno) }
  }
}

extension ExportFolder.Entry {
  /// Nil for a name that this program does not give.
  init?(_ name: String) {
    let base = name.hasSuffix(".zip.part") ? name.dropLast(5) : name[...]
    guard base.hasSuffix(".zip") else { return nil }
    let parts = base.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    guard let id = parts.first.flatMap({ ExportID(String($0)) }) else { return nil }
    if parts.count == 1, base.count == name.count {
      self = .archive(id)
    } else if parts.count == 2, let attempt = Int(parts[1]) {
      self = .unfinished(id, attempt: attempt)
    } else {
      return nil
    }
  }
}
