import Glibc
import SQLite
import Secrets
import System

/// Knows the data folder that this server has opened, and tells where another one lies in its place.
///
/// A server holds the files that it has opened, whatever becomes of their names. So where the folder, the
/// database or a lock was replaced, it would go on with what nobody sees any more, and do to the new files what
/// its own database says. It compares device and inode of each with what it has opened. A database whose file
/// stayed and whose content was replaced, or which a second server has taken, has another `started`.
final class DataGuard: Sendable {
  enum Finding: Sendable, Equatable {
    case same
    /// Not there at the moment, or the disk can't say.
    case away(String)
    /// Another one lies there: a sentence for the operator.
    case another(String)
  }

  private let database: Database
  let folder: DataFolder
  private let known: [(path: String, identity: FileIdentity)]
  /// Nil where the disk was too full to write it down.
  private let token: String?
  private let state = Locked(State())

  /// Whether the database is another file than the last server used: put back from a backup, or copied.
  let isCopied: Bool
  /// The inode of the archives' folder, as the last server knew it.
  let exportsInode: UInt64?

  private struct State: Sendable {
    /// How many looks in a row have missed a file that must be there.
    var misses = 0
    var verdict: String?
  }

  /// A file may be missing for that many looks in a row.
  private static let patience = 3

  /// Notes what is there. Called at the start of the server, once it has the folder to itself.
  ///
  /// - Throws: where something is missing already.
  init(_ folder: DataFolder, _ database: Database, _ randomness: Randomness) throws {
    self.folder = folder
    self.database = database
    known = try [folder.path, folder.database, folder.serverLock, folder.writeLock].map { path in
      (path, try FileIdentity(of: path))
    }
    let inode = known[1].identity.inode
    let before = try database.read { try $0.installation.find() }
    isCopied = before.database.map { $0 != inode } ?? true
    exportsInode = before.exports
    let token = hex(randomness.bytes(16))
    do {
      try database.write { try $0.installation.start(token, database: inode) }
      self.token = token
    } catch {
      // A full disk is no reason not to start.
      self.token = nil
    }
  }

  /// Why this server must end; nil as long as it needn't.
  var verdict: String? { state.withLock { $0.verdict } }

  /// The server must end, for another reason than the guard itself can see.
  func end(because reason: String) {
    state.withLock { $0.verdict = reason }
    database.refuseWrites(because: reason)
  }

  /// Called often, and before anything is published or removed.
  func look() -> Finding {
    if let verdict { return .another(verdict) }
    var finding = lookAtFiles()
    if finding == .same { finding = lookInside() }
    if case .another(let what) = finding { end(because: what) }
    return finding
  }

  /// Called at intervals: what is missing for several looks in a row is gone.
  func lookAgain() -> Finding {
    let finding = look()
    guard case .away(let what) = finding, isGone else {
      state.withLock { $0.misses = 0 }
      return finding
    }
    let misses = state.withLock { state in
      state.misses += 1
      return state.misses
    }
    if misses < Self.patience { return finding }
    let reason = "\(what): somebody has removed it under the running server"
    end(because: reason)
    return .another(reason)
  }

  /// Whether the folder is there, and a file that must be in it is not.
  private var isGone: Bool {
    guard (try? FileIdentity(of: folder.path)) == known[0].identity else { return false }
    return known.contains { path, _ in
      do throws(SystemError) {
        _ = try FileIdentity(of: path)
        return false
      } catch { return error.code == ENOENT }
    }
  }

  private func lookAtFiles() -> Finding {
    for (path, identity) in known {
      do throws(SystemError) {
        if try FileIdentity(of: path) != identity {
          return .another("\(path) is another one than this server has opened: it was replaced")
        }
      } catch { return .away(error.description) }
    }
    return .same
  }

  private func lookInside() -> Finding {
    guard let token, let now = try? database.read({ try $0.installation.find() }) else { return .same }
    return now.started == token
      ? .same
      : .another(
        "the database \(folder.database) was replaced under this server, or another server has taken it")
  }
}
