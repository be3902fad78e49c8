import Foundation
import SQLite
import Secrets
import System

/// Looks at a running installation for all that can be found wrong from outside of the server: `handover doctor`.
///
/// It changes nothing. What follows from one fault is not told as another: without a folder nobody asks for its files,
/// without a server nobody asks nginx for a page.
struct Doctor {
  let configuration: Configuration
  let machine: Machine
  let clock: Clock
  /// The database as this process can read it; what is wrong with it otherwise.
  let open: () throws -> Database
  let checkKeys: () throws -> Void

  var data: DataFolder { configuration.data }
  var now: UnixTime { clock.now() }

  func findings() -> [Finding] {
    let units = unitStates()
    let files = fileFindings(units)
    guard DiskSpace.size(of: data.path) != nil else { return files }
    if configuration.standBy != nil, DiskSpace.size(of: data.standBy) != nil {
      return files + spaceFindings() + keyFindings() + standByFindings()
    }
    var findings = files + spaceFindings() + databaseFindings(units)
    if !files.contains(where: { $0.message.hasPrefix("\(data.keys) ") }) { findings += keyFindings() }
    let operation = operationFindings(units)
    return findings + operation + siteFindings(units) + engineFindings() + programFindings()
      + unitFindings(units, isBackupKnown: operation.contains { $0.check == Finding.Check.backup.rawValue })
  }
}

extension Doctor {
  /// Of a host that stands by for the cell: the other one has the rest.
  private func standByFindings() -> [Finding] {
    var findings: [Finding] = []
    if !data.isStoodBy {
      findings.append(
        Finding(
          .socket, "nobody stands by for the cell, though HANDOVER_STAND_BY says so",
          "start it: systemctl start \(UnitNames(of: configuration.cell).service)"))
    }
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: data.standBy)) ?? []
    if !folders.contains(where: { DiskSpace.size(of: "\(data.standBy)/\($0)/handover.sqlite") != nil }) {
      findings.append(
        Finding(
          .replica, "there is no copy of the cell here yet to stand by with",
          "see whether its log has stand-by.behind, which says why"))
    }
    return findings + directoryFindings(configuration.url.host.name, machine.socket ?? data.socket)
  }
}

/// Disks, database, mail and clock.
extension Doctor {
  /// With less, the next backup or change of the schema may not fit.
  private static let leastSpace = 1_000_000_000
  private static let leastFiles = 1_000
  private static let largestLog = 256 << 20
  /// The database may be ahead of this process's clock by that much.
  private static let clockTolerance = Duration.seconds(60)

  private func spaceFindings() -> [Finding] {
    var seen: Set<UInt64> = []
    let backups = (try? OperationState.read(.backup, in: data)?.file).flatMap(\.self).map(DurableFile.folder)
    var findings = [data.path, data.exports, data.documents, backups].compactMap(\.self).flatMap { folder in
      guard let identity = try? FileIdentity(of: folder), seen.insert(identity.device).inserted else {
        return [Finding]()
      }
      let hasDatabase = folder == data.path || folder == backups
      let needed = max(Self.leastSpace, hasDatabase ? DiskSpace.size(of: data.database) ?? 0 : 0)
      var findings: [Finding] = []
      if let free = machine.free(folder), free < needed {
        findings.append(
          Finding(
            .space, "\(Wording.size(free)) are free on the disk of \(folder)",
            "make room, so that a copy of the database fits: \(Wording.size(needed))"))
      }
      if let free = machine.freeFiles(folder), free < Self.leastFiles {
        findings.append(
          Finding(
            .space, "only \(free) more files can be made on the disk of \(folder)",
            "remove what is not needed: df -i shows how many there are"))
      }
      return findings
    }
    if let unfitness = machine.unfitness(data.path) {
      findings.append(
        Finding(.space, "\(data.path) is \(unfitness)", "move it to a disk of this machine"))
    }
    return findings
  }

  private func databaseFindings(_ units: [String: [String: String]]) -> [Finding] {
    let database: Database
    do { database = try open() } catch {
      let message = words(for: error)
      let parts = message.split(separator: "; ", maxSplits: 1).map(String.init)
      return [
        Finding(
          .database, parts[0], parts.count > 1 ? parts[1] : "put it right, or restore a backup in its place")
      ]
    }
    var findings: [Finding] = []
    do {
      let log = machine.size(data.database + "-wal") ?? 0
      if log > Self.largestLog {
        findings.append(
          Finding(
            .log, "the write-ahead log has \(Wording.size(log))",
            "look who reads for long or keeps it from being copied into the database, and restart the server")
        )
      }
      findings +=
        try clockFindings(database) + mailFindings(database, units) + contentFindings(database)
        + archiveFindings(database) + moveFindings(database) + storeFindings(database)
    } catch {
      findings.append(Finding(.database, words(for: error), "look at the disk and at the log of the server"))
    }
    let strangers = machine.users(data.database).filter {
      !$0.hasPrefix("handover ") && !$0.hasPrefix("litestream ")
    }
    if !strangers.isEmpty {
      findings.append(
        Finding(
          .database,
          "other programs have it open, which do not take turns: \(strangers.joined(separator: ", "))",
          "end them, and look at a copy that handover backup makes"))
    }
    return findings
  }

  private func clockFindings(_ database: Database) throws -> [Finding] {
    var findings: [Finding] = []
    if let newest = try database.read({ try $0.activity.newest() }), newest > now + Self.clockTolerance {
      findings.append(
        Finding(
          .clock, "the clock says \(now.iso8601), and something was recorded at \(newest.iso8601)",
          "set the clock right: links and sessions end by it"))
    }
    // In a container the host sets it.
    if machine.isBooted, machine.run("systemd-detect-virt", ["--container", "--quiet"], "")?.status != 0,
      let (status, output) = machine.run(
        "timedatectl", ["show", "--property", "NTPSynchronized", "--value"], ""),
      status == 0, output.hasPrefix("no")
    {
      findings.append(
        Finding(
          .clock, "nothing sets the clock right", "run timedatectl set-ntp true, or look at the time server"))
    }
    return findings
  }

  /// A move that nobody brings to its end: the servers of both cells would within a minute.
  private func moveFindings(_ database: Database) throws -> [Finding] {
    try database.read { try $0.moves.open() }.filter { now - $0.since > Self.longestMove }.map { move in
      let way = move.state == .arriving ? "from" : "to"
      return Finding(
        .database,
        "organisation \(move.organisation.rawValue) is on its way \(way) the cell \(move.cell) since "
          + move.since.iso8601,
        "start the servers of both cells, or look what they log as move.unsettled; until then it is answered for where it was, "
          + "and nothing of it is worked on")
    }
  }

  /// It waits for what is being worked on, and then copies.
  private static let longestMove = Duration.hours(1)

  /// What documents hold, by size: the drill reads the copies.
  private func contentFindings(_ database: Database) throws -> [Finding] {
    let folder = DocumentFolder(path: data.documents, group: nil)
    let lost = try database.read { try $0.documents.contents() }.filter {
      DiskSpace.size(of: folder.content($0.sha256, of: $0.organisation)) != $0.bytes
    }
    guard let first = lost.first else { return [] }
    let path = folder.content(first.sha256, of: first.organisation)
    return [
      Finding(
        .files,
        "what \(Wording.plural(lost.count, "document")) held is missing or cut, the first \(path)",
        "mount its disk, or put the file back from the documents beside a backup")
    ]
  }

  /// What documents hold, in the store that all hosts reach.
  private func storeFindings(_ database: Database) throws -> [Finding] {
    let contents = try database.read { try $0.documents.contents() }
    let there: [String: CellStore.File]
    do {
      guard let found = try machine.store() else { return [] }
      there = found
    } catch {
      return [
        Finding(
          .store, "\(error)",
          "look at the store, at HANDOVER_STORE, and at what it says of it in HANDOVER_STORE_CONFIG; until then nobody can add "
            + "documents")
      ]
    }
    let folder = DocumentFolder(path: data.documents, group: nil)
    let missing = contents.filter { there[folder.name(of: $0)]?.bytes != $0.bytes }
    if missing.isEmpty { return [] }
    return [
      Finding(
        .store,
        "what \(Wording.plural(missing.count, "document")) held is not in the store that all hosts reach",
        "wait for the server to bring it, within the hour, or look what it logs as store.away")
    ]
  }

  /// What people could download, by size: the server reads it. Another folder than the one that held them says nothing.
  private func archiveFindings(_ database: Database) throws -> [Finding] {
    let (completed, noted) = try database.read {
      (try $0.exports.completed(), try $0.installation.find().exports)
    }
    guard let identity = try? FileIdentity(of: data.exports), noted ?? identity.inode == identity.inode else {
      return []
    }
    let folder = ExportFolder(path: data.exports, group: nil)
    let lost = completed.filter {
      $0.isAvailable(at: now) && DiskSpace.size(of: folder.archive($0.id)) != $0.archive?.size
    }
    guard let first = lost.first else { return [] }
    let owners = Set(lost.map(\.organisation.rawValue)).sorted().map(String.init).joined(separator: ", ")
    return [
      Finding(
        .files,
        "the files of \(Wording.plural(lost.count, "finished export")) are missing or cut, "
          + "of organisation \(owners), the first \(folder.archive(first.id))",
        "put them back; else the server ends these exports, and tells the owners, who make new ones")
    ]
  }

  private func keyFindings() -> [Finding] {
    do {
      try checkKeys()
      return []
    } catch {
      return [
        Finding(
          .keys, words(for: error),
          "put the file back with its owner and mode 0600; without it links that were sent are not found")
      ]
    }
  }
}

extension Doctor {
  /// Whether the copy elsewhere is whole, and one program alone copies the log into the database.
  ///
  /// SQLite up to 3.51.2 can lose the write-ahead log where two programs copy it into the database
  /// (https://sqlite.org/wal.html#walresetbug).
  private func engineFindings() -> [Finding] {
    if configuration.replica != nil { return replicaFindings() }
    let litestream = data.path + "/.handover.sqlite-litestream"
    guard DiskSpace.size(of: litestream) != nil, Self.hasResetBug(Database.engineVersion) else { return [] }
    return [
      Finding(
        .sqlite,
        "Litestream and Handover both copy the log into the database, and SQLite \(Database.engineVersion) can lose it then",
        "stop Litestream, or set HANDOVER_REPLICATION=litestream, so that it alone does")
    ]
  }

  private func replicaFindings() -> [Finding] {
    let version = machine.run("litestream", ["version"], "")?.output
    if let problem = Litestream.problem(withVersion: version) {
      return [Finding(.replica, problem, "\(Litestream.remedy), and restart \(names.litestream)")]
    }
    guard let failure = machine.replica() else { return [] }
    guard machine.isReplicaRunning() else {
      return [
        Finding(
          .replica, "Litestream doesn't run, so nothing is copied elsewhere: \(failure)",
          "run systemctl enable --now \(names.litestream), and look at its journal")
      ]
    }
    return [
      Finding(
        .replica, "the copy elsewhere is behind: \(failure)",
        "look at its unit: systemctl status \(names.litestream)")
    ]
  }

  /// Programs that the server starts.
  private func programFindings() -> [Finding] {
    var wanted = [("qrencode", "the key of two-step sign-in is shown without its QR code")]
    if (try? FileManager.default.contentsOfDirectory(atPath: data.storage))?.isEmpty == false {
      wanted += ["rclone", "curl"].map { ($0, "documents can't be copied to linked storages") }
    }
    return wanted.filter { !machine.has($0.0) }.map { program, loss in
      Finding(
        .programs, "there is no \(program): \(loss)", "run apt install \(program), and restart the server")
    }
  }

  static func hasResetBug(_ version: String) -> Bool {
    let parts = version.split(separator: ".").map { Int($0) ?? 0 } + [0, 0, 0]
    let number = parts[0] * 1_000_000 + parts[1] * 1000 + parts[2]
    return 3_007_000...3_051_002 ~= number
  }
}
