import SQLite
import System

/// The thread that sweeps: at its start, when it is woken, and at intervals.
final class Sweeper: Sendable {
  private let exports: Exports
  private let sweepOthers: @Sendable () -> Void
  private let tidyOthers: @Sendable (Bool) -> Void
  private let thread = Locked<Thread?>(nil)

  private static let interval = Duration.seconds(30)

  /// - Parameters:
  ///   - sweepOthers: sweeps what is not the exports'.
  ///   - tidyOthers: removes what has been kept for long enough and is not the exports'; gets whether to remove what could
  ///     be missed, too.
  init(
    _ exports: Exports, sweepOthers: @escaping @Sendable () -> Void = {},
    tidyOthers: @escaping @Sendable (_ isClockTrusted: Bool) -> Void = { _ in }
  ) {
    self.exports = exports
    self.sweepOthers = sweepOthers
    self.tidyOthers = tidyOthers
  }

  func start() throws {
    let thread = try Thread(name: "export-sweeper") { [exports, sweepOthers, tidyOthers] in
      let started = ContinuousClock.now
      var watch = ClockWatch(exports.clock.now(), .zero)
      var tidied: ContinuousClock.Instant?
      while !exports.ended.isStopped {
        exports.sweep()
        sweepOthers()
        let isTrusted = watch.trusts(exports.clock.now(), ContinuousClock.now - started)
        if tidied.map({ .now - $0 >= Retention.interval }) ?? true {
          exports.removeWhatIsOld(isClockTrusted: isTrusted)
          tidyOthers(isTrusted)
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
  /// Expires what is due, warns of what is about to expire, removes files that no export needs, and ends
  /// exports whose file is gone. A step that fails does not keep the others from running. While the folder of
  /// the archives is away nothing is removed or ended, and `Storage` has it in the log.
  func sweep(at moment: ContinuousClock.Instant = .now) {
    // Another data folder lies here by now: it is not ours to change.
    if let guardian, case .another = guardian.look() { return }
    let steps: [(name: String, run: () throws -> Void)] = [
      ("clock", countFromNow), ("expire", expireWhatIsDue), ("warn", warnOfExpiry),
      ("files", removeLeftovers),
      ("missing", { try endWhatIsMissing(at: moment) }),
    ]
    for step in steps {
      do { try step.run() } catch is StorageAway {} catch {
        log.error("sweep.\(step.name)", ["error": "\(error)"])
      }
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
        guard try connection.downloads.receipts(of: export).count == 0, let archive = export.archive,
          let link = try address(of: export)
        else { continue }
        try outbox.tellOwner(of: export.organisation, at: now, in: connection) {
          ExportExpiring(to: $0, export: export, archive: archive, download: link)
        }
      }
    }
  }

  /// One write transaction, so that no run can publish between the look at its row and the removal.
  private func removeLeftovers() throws {
    _ = try reachFolder()
    if try folder.names().isEmpty { return }
    try database.write { connection in
      // One that has expired by the clock needs no file, even where a full disk keeps its row from saying so.
      let now = clock.now()
      let archives = try connection.exports.completed().filter { $0.isAvailable(at: now) }
        .map { folder.name(of: $0.id) }
      let unfinished = try connection.jobs(.export).attempts().map { key, attempt in
        folder.temporaryName(of: ExportID(rawValue: key), attempt: attempt)
      }
      let needed = Set(archives + unfinished)
      // Names may come from another folder that has just taken this one's place; removed is what this one has.
      let opened = try reachFolder()
      for name in try folder.names() where !needed.contains(name) {
        opened.remove(name)
        log.info("sweep.removed", ["file": name])
      }
    }
  }

  /// Ends the exports whose file somebody has removed: nobody can download them.
  ///
  /// A file may be away for a moment, while somebody moves it and puts it back. So it counts as gone only once
  /// it was missing for several looks over some minutes, in a folder that was there each time.
  private func endWhatIsMissing(at moment: ContinuousClock.Instant) throws {
    let opened = try reachFolder()
    let now = clock.now()
    let available = try database.read { try $0.exports.completed() }.filter { $0.isAvailable(at: now) }
    let absent = try available.filter { export in
      try opened.state(of: folder.name(of: export.id)) == nil
    }
    for export in missing.gone(of: absent, at: moment) {
      try end(export, because: .gone)
      log.error("export.file-missing", ["id": export.id.rawValue])
    }
  }

  /// Ends a completed export before its time, and tells the owner; nothing where it has ended meanwhile.
  func end(_ export: Export, because loss: ExportLoss) throws {
    try database.write { connection in
      let now = clock.now()
      guard let export = try connection.exports.find(export.id, of: export.organisation),
        export.isAvailable(at: now)
      else { return }
      try connection.exports.expire(export, because: loss.reason, at: now)
      try record(.exportExpired, export, by: .server, loss.reason, at: now, in: connection)
      try outbox.tellOwner(of: export.organisation, at: now, in: connection) {
        ExportLost(to: $0, export: export, reason: loss.reason)
      }
    }
  }
}

/// Why a completed export has ended before its time: a sentence for the owner.
enum ExportLoss: Sendable {
  case gone
  case damaged

  var reason: String {
    switch self {
    case .gone: "The file is gone from the server."
    case .damaged: "The file was damaged on the server, so it can’t be downloaded any more."
    }
  }
}

/// The archives that were looked for in vain, and since when.
final class Missing: Sendable {
  private let entries = Locked<[ExportID: (since: ContinuousClock.Instant, looks: Int)]>([:])

  /// A file counts as gone after this long,
  static let patience = Duration.minutes(3)
  /// and as many looks.
  static let looks = 4

  func has(_ id: ExportID) -> Bool { entries.withLock { $0[id] != nil } }

  /// Takes what this look has not found, and returns what is gone.
  func gone(of absent: [Export], at moment: ContinuousClock.Instant) -> [Export] {
    entries.withLock { entries in
      var now: [ExportID: (since: ContinuousClock.Instant, looks: Int)] = [:]
      for export in absent {
        let before = entries[export.id] ?? (moment, 0)
        now[export.id] = (before.since, before.looks + 1)
      }
      entries = now
      return absent.filter { export in
        now[export.id].map { $0.looks >= Self.looks && moment - $0.since >= Self.patience } ?? false
      }
    }
  }
}
