import SQLite
import System

/// The thread that sweeps: at its start, when it is woken, and at intervals.
final class Sweeper: Sendable {
  private let exports: Exports
  private let thread = Locked<Thread?>(nil)

  private static let interval = Duration.seconds(30)

  init(_ exports: Exports) {
    self.exports = exports
  }

  func start() throws {
    let thread = try Thread(name: "export-sweeper") { [exports] in
      let started = ContinuousClock.now
      var watch = ClockWatch(exports.clock.now(), .zero)
      var tidied: ContinuousClock.Instant?
      while !exports.ended.isStopped {
        exports.sweep()
        let isTrusted = watch.trusts(exports.clock.now(), ContinuousClock.now - started)
        if tidied.map({ .now - $0 >= Retention.interval }) ?? true {
          exports.removeWhatIsOld(isClockTrusted: isTrusted)
          tidied = .now
        }
        exports.ended.wait(atMost: Self.interval)
      }
    }
    self.thread.withLock { $0 = thread }
  }

  func stop() {
    exports.ended.stop()
    thread.withLock { $0?.join() }
  }
}

extension Exports {
  /// Expires what is due, warns of what is about to expire, removes files that no export needs, and expires
  /// exports whose file is gone. A step that fails does not keep the others from running.
  func sweep() {
    for (name, step) in [
      ("expire", expireWhatIsDue), ("warn", warnOfExpiry), ("files", removeLeftovers),
      ("missing", expireWhatIsMissing),
    ] {
      do { try step() } catch { log.error("sweep.\(name)", ["error": "\(error)"]) }
    }
  }

  /// The links have already stopped working, by the clock; the rows follow, and with them the files. An
  /// expired export stays expired even if the clock is set back.
  private func expireWhatIsDue() throws {
    try database.write { connection in
      let now = clock.now()
      for export in try connection.exports.completed(expiringBy: now) {
        try connection.exports.expire(export, because: nil, at: now)
        try record(.exportExpired, export, by: .server, at: now, in: connection)
      }
    }
  }

  private func warnOfExpiry() throws {
    try database.write { connection in
      let now = clock.now()
      for export in try connection.exports.unwarned(expiringBy: now + Export.warning)
      where export.isAvailable(at: now) {
        try connection.exports.markWarned(export, at: now)
        guard try connection.exports.downloads(of: export).isEmpty, let archive = export.archive,
          let link = try address(of: export)
        else { continue }
        try tellOwner(of: export, at: now, in: connection) {
          ExportExpiring(to: $0, export: export, archive: archive, download: link)
        }
      }
    }
  }

  /// One write transaction, so that no run can publish between the look at its row and the removal.
  private func removeLeftovers() throws {
    let names = try folder.names()
    if names.isEmpty { return }
    try database.write { connection in
      let archives = try connection.exports.completed().map { folder.name(of: $0.id) }
      let unfinished = try connection.exports.processingAttempts().map(folder.temporaryName)
      let needed = Set(archives + unfinished)
      for name in names where !needed.contains(name) {
        folder.remove(name)
        log.info("sweep.removed", ["file": name])
      }
    }
  }

  /// Expires the exports whose file somebody has removed: nobody can download them.
  private func expireWhatIsMissing() throws {
    try database.write { connection in
      let now = clock.now()
      for export in try connection.exports.completed() where !folder.has(export.id) {
        let reason = "The file is gone from the server."
        try connection.exports.expire(export, because: reason, at: now)
        try record(.exportExpired, export, by: .server, reason, at: now, in: connection)
        log.error("export.file-missing", ["id": export.id.rawValue])
      }
    }
  }
}
