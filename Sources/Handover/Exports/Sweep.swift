import SQLite

extension Exports {
  /// Puts right what time and accidents have changed: expires what is due, warns of what is soon, takes files
  /// away that no export needs, and finds exports whose file is gone. Each step goes on where another fails.
  func sweep() {
    for (name, step) in [
      ("expire", expireWhatIsDue), ("warn", warnOfExpiry), ("files", removeLeftovers),
      ("missing", expireWhatIsMissing),
    ] {
      do { try step() } catch { log.error("sweep.\(name)", ["error": "\(error)"]) }
    }
  }

  /// The links are dead already, by the clock; the rows follow, and with them the files. An expired export
  /// stays so even if the clock is set back.
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

  /// Decided and done in one write transaction: no run can publish between a look at its row and the removal.
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

  /// Somebody has taken the file away: nobody can download it any more, and the row says so.
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

extension Export {
  /// The owner is warned so many seconds before the expiry.
  static let warning = 4 * Int64.hour
}
