import Foundation
import SQLite
import System

/// A backup that is to be put in the place of the data, while no server uses it: looked at first, then restored.
package struct Restoring {
  private let configuration: Configuration
  private let source: RestoreSource
  /// Nil where there is no data folder yet, and it is only looked.
  private let claim: FileLock?
  /// What the operator has to know before: what the backup is, and what will be lost.
  package let lines: [String]

  private var data: DataFolder { configuration.data }

  /// Checks the backup, all of it, and compares it with what is there.
  ///
  /// - Parameter isDryRun: whether nothing is to be changed: no folder is made.
  /// - Throws: `HandoverError`, beside a running server, or where the backup can't be restored.
  package init(
    _ file: String, isDryRun: Bool, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    (configuration, _) = try Configuration.ofThisProcess(environment)
    let data = configuration.data
    if !isDryRun {
      try makeFolder(
        data.path, mode: configuration.readers == nil ? 0o700 : 0o710, group: configuration.readers)
    }
    try Restoration(folder: data).recover()
    claim = unsafe access(data.path, F_OK) == 0 ? try data.claim() : nil
    source = try RestoreSource(file)
    try source.requireSound()
    lines = try Self.lines(source, data)
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
      try requireRoom()
      try restoration.stage { try source.copy(into: $0, progress: progress) }
      // Files that no document has yet: nothing is lost where it ends here.
      let contents = try source.read { try $0.documents.contentsOfAnyVersion() }
      let missing = try ContentCopy(
        source: Backup.documents(of: source.path),
        target: DocumentFolder(path: data.documents, group: configuration.readers)
      ).bring(contents)
      let aside = try restoration.commit(at: Clock.system.now())
      return [
        "\(source.path) is in place. What was there lies in \(aside).",
        missing.isEmpty
          ? nil
          : "\(Wording.plural(missing.count, "document")) lie neither in \(data.documents) nor beside the backup: put them "
            + "into documents/.",
      ].compactMap(\.self)
    }
  }

  private func requireRoom() throws {
    let needed = try source.size() + DiskSpace.reserve
    guard let free = DiskSpace.free(at: data.path), free < needed else { return }
    throw HandoverError(
      "there is no room for the backup in \(data.path): it takes \(Wording.size(needed)), and there are "
        + "\(Wording.size(free)); nothing was changed")
  }

  private static func lines(_ source: RestoreSource, _ data: DataFolder) throws -> [String] {
    let size = Wording.size(try source.size())
    let first =
      source.manifest.map {
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
      return ["The backup has an older schema, so its rows are not compared with those that are there now."]
    }
    var lines = ["Now, and after it:"]
    for id in Set((live + kept).map(\.id)).sorted(by: { $0.rawValue < $1.rawValue }) {
      let (now, then) = (live.first { $0.id == id }, kept.first { $0.id == id })
      let name = (now ?? then)?.name ?? ""
      guard let then else {
        lines.append("  \(id.rawValue) \(onOneLine(name)): is lost; it is not in the backup")
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
