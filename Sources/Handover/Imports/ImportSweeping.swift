import SQLite

extension Imports {
  /// Ends what nobody has gone on with, calls interrupted what a killed command has left, and removes the folders that
  /// no import needs. A step that fails does not keep the others from running.
  func sweep() {
    if exports.isReplaced { return }
    let steps: [(name: String, run: () throws -> Void)] = [
      ("clock", countFromNow), ("recover", recover), ("left", endWhatWasLeft), ("files", removeLeftovers),
      ("editions", removeEditions), ("counts", countRecords),
    ]
    for step in steps {
      do { try step.run() } catch { log.error("import.sweep.\(step.name)", ["error": "\(error)"]) }
    }
  }

  private func countFromNow() throws {
    _ = try database.write { try $0.imports.countFromNow(clock.now()) }
  }

  /// Files that nobody has confirmed go. What has failed stays so, and its files go as what no row needs.
  private func endWhatWasLeft() throws {
    let limit = { clock.now() - Import.lifetime }
    if try database.read({ try $0.imports.left(since: limit()) }).isEmpty { return }
    try database.write { connection in
      let now = clock.now()
      for found in try connection.imports.left(since: limit()) {
        try connection.imports.cancel(
          found.id, because: "Nobody confirmed it for \(Wording.duration(Import.lifetime)).", at: now)
        try record(.importCancelled, found, by: .server, "nobody confirmed it", at: now, in: connection)
      }
    }
  }

  /// Removes the folders that no row needs and nobody works in: of an upload that broke off, of what ended.
  private func removeLeftovers() throws {
    let ids = folder.ids()
    if ids.isEmpty { return }
    let needed = try database.read { try $0.imports.needingFolders(at: clock.now()) }
    for found in needed where found.status == .completed { folder.removeFiles(of: found.id) }
    for id in ids where !needed.contains(where: { $0.id == id }) { removeLeftovers(of: id) }
  }

  /// Removes what a large import has made and nobody sees: where it was interrupted, or the former records.
  private func removeEditions() throws {
    let unseen = try database.read { connection in
      try connection.editions.unseen().filter { try connection.imports.running(of: $0.organisation) == nil }
    }
    for (edition, organisation) in unseen {
      try database.removeEdition(edition, of: organisation)
      log.info("import.edition-removed", ["organisation": "\(organisation.rawValue)"])
    }
  }

  /// Counts records again that have changed since they were counted.
  private func countRecords() throws {
    for organisation in try database.read({ try $0.counts.outdated() }) {
      try database.countRecords(of: organisation)
    }
  }

  /// Removes the import's folder where its row does not need it and nobody works in it.
  func removeLeftovers(of id: ImportID) {
    do {
      guard let lock = try folder.lock(id) else { return }
      try withExtendedLifetime(lock) {
        // An upload became a row meanwhile.
        let isNeeded = try database.read { connection in
          try connection.imports.needingFolders(at: clock.now()).contains { $0.id == id }
        }
        if isNeeded { return }
        folder.remove(id)
        log.info("import.removed", ["id": id.rawValue])
      }
    } catch { log.warning("import.unremoved", ["id": id.rawValue, "error": "\(error)"]) }
  }
}
