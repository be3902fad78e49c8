import Secrets
import System

// What flows is what was hashed
//
// The row of a completed export has the SHA-256 of its archive, as it was read back when it was made. A file can
// be damaged later: by a disk, a half-done restore, a hand. So no byte of it flows unless this process has
// hashed the file, found it right, and its state (size, times, inode, device) is the same as then. What the
// builder has hashed counts. After a restart nothing does.
//
// All archives are hashed again in the background: after the start, and once an hour, since a disk can change
// bytes without a trace. A download whose file has not been hashed yet, or has changed since, waits for it: a
// small file is hashed at once, a large one by a thread of its own, ahead of the others. If that takes longer
// than a few seconds, the download is told to come back. One that is on its way already goes on.
//
// A file that is not what was made ends its export, with the reason, a mail and 'Export again'. One that can't
// be read, or changes while it is read, proves nothing, and is looked at again.

enum ArchiveVerdict: Sendable, Equatable {
  /// It is what was made, in this state.
  case sound(FileState)
  case damaged
  /// The folder or the file can't be reached at the moment.
  case away
  /// It is being hashed, or changes while it is read.
  case unchecked
}

/// Which archives were found sound, and which downloads wait for that.
final class ArchiveChecks: Sendable {
  private let state = Locked(State())
  /// Wakes the thread that hashes for those who wait.
  fileprivate let wanted = Wakeup()
  /// Ends the thread in the background.
  fileprivate let stopping = Wakeup()

  private struct State: Sendable {
    var sound: [ExportID: Sound] = [:]
    var queue: [Export] = []
    var waiting: [Wakeup] = []
  }

  private struct Sound: Sendable {
    let state: FileState
    let at: ContinuousClock.Instant
  }

  /// How often a file is hashed.
  static let interval = Duration.hours(1)
  /// A file of up to this many bytes is hashed by the request: some hundredths of a second.
  static let small = 16_000_000
  /// How long a download waits for the hash of a larger one.
  static let patience = Duration.seconds(3)
  /// How many may wait at the same time: each holds a thread for requests.
  static let mostWaiting = 3
  static let blockLength = 1 << 20

  /// The file was found right in that state.
  func note(_ id: ExportID, _ file: FileState, at moment: ContinuousClock.Instant = .now) {
    state.withLock { $0.sound[id] = Sound(state: file, at: moment) }
  }

  func isSound(_ id: ExportID, _ file: FileState) -> Bool { state.withLock { $0.sound[id]?.state == file } }

  /// Those that are to be hashed: never before, or too long ago. Forgets all that are not among these exports.
  func due(of exports: [Export], at moment: ContinuousClock.Instant) -> [Export] {
    state.withLock { state in
      let ids = Set(exports.map(\.id))
      state.sound = state.sound.filter { ids.contains($0.key) }
      return exports.filter { export in
        state.sound[export.id].map { moment - $0.at >= Self.interval } ?? true
      }
    }
  }

  /// Has the export's file hashed next, and waits for that; at once where too many others wait.
  fileprivate func wait(for export: Export, until isDone: () -> Bool) {
    let done = Wakeup()
    let waits = state.withLock { state in
      if !state.queue.contains(where: { $0.id == export.id }) { state.queue.append(export) }
      guard state.waiting.count < Self.mostWaiting else { return false }
      state.waiting.append(done)
      return true
    }
    wanted.raise()
    guard waits else { return }
    defer { state.withLock { $0.waiting.removeAll { $0 === done } } }
    let deadline = ContinuousClock.now + Self.patience
    while !isDone(), !stopping.isStopped, .now < deadline { done.wait(atMost: deadline - .now) }
  }

  fileprivate func next() -> Export? { state.withLock { $0.queue.first } }

  /// It was looked at, whatever came of it.
  fileprivate func finish(_ export: Export) {
    state.withLock { state in
      state.queue.removeAll { $0.id == export.id }
      for waiter in state.waiting { waiter.raise() }
    }
  }
}

/// The threads that hash: one for downloads that wait, one for all archives in turn.
final class ArchiveChecker: Sendable {
  private let exports: Exports
  private let threads = Locked<[Thread]>([])

  private static let interval = Duration.seconds(30)

  init(_ exports: Exports) {
    self.exports = exports
  }

  func start() throws {
    let checks = exports.checks
    let urgent = try Thread(name: "archive-check", niceness: 5) { [exports] in
      while !checks.wanted.isStopped {
        guard let export = checks.next() else {
          checks.wanted.wait(atMost: Self.interval)
          continue
        }
        _ = exports.check(export)
        checks.finish(export)
      }
    }
    threads.withLock { $0.append(urgent) }
    let background = try Thread(name: "archive-round", niceness: 19) { [exports] in
      while !checks.stopping.isStopped {
        exports.checkWhatIsDue()
        checks.stopping.wait(atMost: Self.interval)
      }
    }
    threads.withLock { $0.append(background) }
  }

  /// Waits for the threads for a moment only: they may hang with a disk.
  func stop() {
    exports.checks.stopping.stop()
    exports.checks.wanted.stop()
    for thread in threads.withLock({ $0 }) { _ = thread.join(atMost: .seconds(1)) }
  }
}

extension Exports {
  /// Whether the archive may be sent now.
  func verdict(on export: Export) -> ArchiveVerdict {
    guard !storage.hangs else { return .away }
    guard let archive = export.archive else { return .unchecked }
    do throws(StorageAway) {
      guard let file = try state(of: export) else { return .away }
      if checks.isSound(export.id, file) { return .sound(file) }
      if !file.isFile || file.size != archive.size || file.size <= ArchiveChecks.small {
        return check(export)
      }
    } catch {
      log.warning("download.away", ["id": export.id.rawValue, "error": error.reason])
      return .away
    }
    var verdict = ArchiveVerdict.unchecked
    checks.wait(for: export) {
      guard let file = try? state(of: export) else { return true }
      if checks.isSound(export.id, file) { verdict = .sound(file) }
      return verdict != .unchecked
    }
    return verdict
  }

  /// Hashes the file. Where it is not what was made, the export ends.
  func check(_ export: Export) -> ArchiveVerdict {
    guard let archive = export.archive else { return .unchecked }
    let name = folder.name(of: export.id)
    do {
      let opened = try reachFolder()
      guard let file = try opened.state(of: name) else { return .away }
      if file.isFile, file.size == archive.size {
        let (hash, after) = try opened.withFile(name) {
          (try sha256(of: $0, size: file.size), try $0.state())
        }
        // Somebody wrote it meanwhile, or the server stops.
        guard let hash, after == file else { return .unchecked }
        if hash == archive.sha256 {
          checks.note(export.id, file)
          return .sound(file)
        }
      } else if missing.has(export.id) {
        // It is being put back.
        return .away
      }
    } catch {
      log.warning("archive.unread", ["id": export.id.rawValue, "error": "\(error)"])
      return .away
    }
    log.error("export.damaged", ["id": export.id.rawValue])
    // On a full disk the row has to wait; the file is not sent in any case.
    do { try end(export, because: .damaged) } catch {
      log.error("export.unended", ["id": export.id.rawValue, "error": "\(error)"])
    }
    return .damaged
  }

  /// Hashes all archives that are due, one after the other.
  func checkWhatIsDue(at moment: ContinuousClock.Instant = .now) {
    do {
      let now = clock.now()
      let available = try database.read { try $0.exports.completed() }.filter { $0.isAvailable(at: now) }
      for export in checks.due(of: available, at: moment) {
        if checks.stopping.isStopped || !canReachFolder { return }
        _ = check(export)
      }
    } catch {
      log.error("archive.check", ["error": "\(error)"])
    }
  }

  private func state(of export: Export) throws(StorageAway) -> FileState? {
    do { return try reachFolder().state(of: folder.name(of: export.id)) } catch {
      throw error as? StorageAway ?? StorageAway(reason: "\(error)")
    }
  }

  /// Nil where the server stops meanwhile.
  private func sha256(of file: FileDescriptor, size: Int) throws(SystemError) -> [UInt8]? {
    var hash = SHA256()
    var offset = 0
    while offset < size {
      if checks.stopping.isStopped { return nil }
      let block = try file.bytes(min(ArchiveChecks.blockLength, size - offset), at: offset)
      if block.isEmpty { break }
      hash.update(block)
      offset += block.count
    }
    return hash.finish()
  }
}
