import Foundation
import SQLite
import System

/// A backup, or the copy elsewhere, that is to be put in the place of the data, while no server uses it: looked at first,
/// then restored.
package struct Restoring {
  package enum Origin: Sendable {
    /// The file of a backup.
    case backup(String)
    /// What Litestream has, the newest or as it was at a time.
    case replica(asOf: Date?)
    /// The newest of what it has of a former epoch of the cell.
    case formerReplica(epoch: Int)
  }

  private let configuration: Configuration
  /// What all hosts reach, which has the documents; nil where there is none.
  private let store: CellStore?
  /// Whether the server brings documents that are missing: nobody waits for all of them to be served again.
  private let leavesDocuments: Bool
  private let source: RestoreSource
  /// Nil where there is no data folder yet, and it is only looked.
  private let claim: FileLock?
  /// What the operator has to know before: what the backup is, and what will be lost.
  package let lines: [String]

  private var data: DataFolder { configuration.data }

  /// Checks the backup, all of it, and compares it with what is there. The copy elsewhere is brought into the data folder for
  /// that, and stays there until `run`, `giveUp` or the next command.
  ///
  /// - Parameter isDryRun: whether nothing is to be changed: no folder is made.
  /// - Throws: `HandoverError`, beside a running server, or where the backup can't be restored.
  package init(
    _ origin: Origin, isDryRun: Bool, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    // What root alone may read, before it is another user.
    let litestream = Litestream(environment)
    let (configuration, environment) = try Configuration.ofThisProcess(environment)
    try self.init(origin, isDryRun: isDryRun, configuration, environment, litestream)
  }

  init(
    _ origin: Origin, isDryRun: Bool, _ configuration: Configuration, _ environment: [String: String],
    _ litestream: Litestream
  ) throws {
    self.configuration = configuration
    store = configuration.store(environment)
    leavesDocuments = if case .formerReplica = origin { true } else { false }
    let data = configuration.data
    var litestream = litestream
    switch origin {
    case .backup: break
    case .replica: litestream.variables = try data.replicaVariables(of: configuration, environment)
    case .formerReplica(let epoch):
      litestream.variables = configuration.cell.map { DataFolder.variables(of: $0, epoch: epoch) } ?? [:]
    }
    if !isDryRun {
      try configuration.makeDataFolder()
    }
    try Restoration(folder: data).recover()
    claim = unsafe access(data.path, F_OK) == 0 ? try data.claim() : nil
    guard !Replica(of: data).isRunning else {
      throw HandoverError(
        "Litestream copies the database of \(data.path) elsewhere; stop that first: systemctl stop \(UnitNames(of: configuration.cell).litestream)"
      )
    }
    switch origin {
    case .backup(let file):
      source = try RestoreSource(file)
      try source.requireSound()
      lines = try Self.lines(source, nil, data, hasStore: store != nil)
    case .formerReplica(let epoch):
      (source, lines) = try Self.bring(
        litestream, data, hasStore: store != nil, asOf: nil, to: Restoration(folder: data),
        from: data.standBy(epoch))
    case .replica(let time):
      let time = time.map { UnixTime(rawValue: Int64($0.timeIntervalSince1970)) }
      if claim != nil {
        let restoration = Restoration(folder: data)
        (source, lines) = try Self.bring(
          litestream, data, hasStore: store != nil, asOf: time, to: restoration)
        if isDryRun { try restoration.clear() }
      } else {
        let place = DataFolder(path: NSTemporaryDirectory() + "handover-restore-\(getpid())")
        try makeFolder(place.path, mode: 0o700, group: nil)
        defer { try? FileManager.default.removeItem(atPath: place.path) }
        (source, lines) = try Self.bring(
          litestream, data, hasStore: store != nil, asOf: time, to: Restoration(folder: place))
      }
    }
  }

  private static func bring(
    _ litestream: Litestream, _ data: DataFolder, hasStore: Bool, asOf time: UnixTime?,
    to restoration: Restoration, from copy: String? = nil
  ) throws -> (RestoreSource, [String]) {
    try requireRoom(
      DiskSpace.size(of: data.database) ?? 0, in: restoration.folder, for: RestoreSource.elsewhere)
    return try restoration.stage { staging in
      let source = try RestoreSource(litestream, of: data.database, asOf: time, in: staging, from: copy)
      return (source, try lines(source, time, data, hasStore: hasStore))
    }
  }

  /// Removes what was brought here.
  package func giveUp() throws {
    if claim != nil { try Restoration(folder: data).clear() }
  }

  /// Puts the backup in place.
  ///
  /// - Parameter progress: pages copied, and pages in all.
  /// - Returns: lines for the operator.
  /// - Throws: where nothing was changed, and where the next command will finish it.
  package func run(progress: (Int, Int) -> Void) throws -> [String] {
    guard let claim else { throw HandoverError("there is no data folder \(data.path)") }
    return try withExtendedLifetime(claim) {
      let restoration = Restoration(folder: data)
      let contents = try source.read { try $0.documents.contentsOfAnyVersion() }
      if source.isElsewhere {
        try source.copy(into: DurableFile.folder(of: source.path))
      } else {
        try Self.requireRoom(try source.size(), in: data, for: source.noun)
        try restoration.stage { try source.copy(into: $0, progress: progress) }
      }
      // Files that no document has yet: nothing is lost where it ends here.
      let documents = DocumentFolder(path: data.documents, group: configuration.readers)
      var missing = try ContentCopy(source: Backup.documents(of: source.path), target: documents)
        .bring(contents)
      var (fetched, left) = (0, 0)
      if let store, !missing.isEmpty {
        let wanted = leavesDocuments ? try leastOfNewest(missing) : missing
        try Self.requireRoom(wanted.map(\.bytes).saturatingSum, in: data, for: "what documents hold")
        let lost = try documents.fetch(wanted, from: store)
        (fetched, left) = (wanted.count - lost.count, missing.count - wanted.count)
        missing = lost
      }
      let aside = try restoration.commit(at: Clock.system.now())
      return [
        "\(source.name) is in place." + (aside.map { " What was there lies in \($0)." } ?? ""),
        fetched == 0 ? nil : "\(Wording.plural(fetched, "document")) came from the store.",
        left == 0 ? nil : "\(Wording.plural(left, "document")) are still there: the server brings them.",
        missing.isEmpty
          ? nil
          : source.isElsewhere
            ? "\(Wording.plural(missing.count, "document")) can't be found in \(data.documents)"
              + "\(store == nil ? "" : ", nor in the store"): put them there from a backup. The first is "
              + "\(documents.name(of: missing[0]))."
            : "\(Wording.plural(missing.count, "document")) lie neither in \(data.documents) nor beside the backup: put them "
              + "into documents/.",
        configuration.replica.map { _ in
          "Litestream takes it for the newest state once it runs: systemctl start "
            + UnitNames(of: configuration.cell).litestream
        },
      ].compactMap(\.self)
    }
  }

  /// One of the newest, by which the server knows the folder for that of its documents.
  private func leastOfNewest(_ missing: [DocumentTable.Content]) throws -> [DocumentTable.Content] {
    let newest = try source.read { try $0.documents.newestContents(100) }.filter(missing.contains)
    return newest.min { $0.bytes < $1.bytes }.map { [$0] } ?? []
  }

  private static func requireRoom(_ size: Int, in folder: DataFolder, for name: String) throws {
    guard let (needed, free) = DiskSpace.shortage(of: size, at: folder.path) else { return }
    throw HandoverError(
      "there is no room for \(name) in \(folder.path): it takes \(Wording.size(needed)), and there are "
        + "\(Wording.size(free)); nothing was changed")
  }

  private static func lines(
    _ source: RestoreSource, _ time: UnixTime?, _ data: DataFolder, hasStore: Bool
  ) throws -> [String] {
    let size = Wording.size(try source.size())
    let first =
      source.isElsewhere
      ? "The copy elsewhere, \(time.map { "as it was at \($0.iso8601)" } ?? "the newest"), \(size), is sound in itself. It has "
        + "neither documents nor keys: those that are there stay"
        + (hasStore ? ", and documents that are not come from the store." : ".")
      : source.manifest.map {
        "The backup is of \($0.taken.iso8601), by handover \($0.program), schema \($0.schema), \(size): unchanged and sound."
      }
        ?? "The backup has no manifest, so it can't be said whether it is as it was; \(size), sound in itself."
    let keys =
      source.manifest?.secrets == nil
      ? nil : "Its keys and storage secrets take the place of those that are there."
    guard unsafe access(data.database, F_OK) == 0 else {
      return [first, keys, "There is no database in \(data.path) yet: nothing is lost."].compactMap(\.self)
    }
    return [first, keys].compactMap(\.self) + (losses(source, data))
  }

  /// What is there now and in the backup, an organisation a line.
  private static func losses(_ source: RestoreSource, _ data: DataFolder) -> [String] {
    let live: [Holdings]
    do {
      let connection = try Connection(path: data.database, mode: .reader)
      live = try connection.transaction(.deferred) { try connection.holdings.all() }
    } catch {
      return [
        "What is in \(data.database) now can't be counted (\(words(for: error))); it is kept aside as it is."
      ]
    }
    guard let kept = try? source.read({ try $0.holdings.all() }) else {
      return ["It has an older schema, so its rows are not compared with those that are there now."]
    }
    var lines = ["Now, and after it:"]
    for id in Set((live + kept).map(\.id)).sorted(by: { $0.rawValue < $1.rawValue }) {
      let (now, then) = (live.first { $0.id == id }, kept.first { $0.id == id })
      let name = (now ?? then)?.name ?? ""
      guard let then else {
        lines.append("  \(id.rawValue) \(onOneLine(name)): is lost; it is not in \(source.noun)")
        continue
      }
      let counts = then.counts.map { name, count in
        let before = now?.counts.first { $0.name == name }?.count ?? 0
        return "\(name) \(Wording.grouped(before)) → \(Wording.grouped(count))"
      }
      let newest = [now?.newest, then.newest].map { $0?.iso8601 ?? "none" }.joined(separator: " → ")
      lines.append(
        "  \(id.rawValue) \(onOneLine(name)): \(counts.joined(separator: ", ")); last activity \(newest)")
    }
    return lines
  }
}
