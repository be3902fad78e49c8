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
    let files = fileFindings()
    guard DiskSpace.size(of: data.path) != nil else { return files }
    var findings = files + spaceFindings() + databaseFindings()
    if !files.contains(where: { $0.message.hasPrefix("\(data.keys) ") }) { findings += keyFindings() }
    let operation = operationFindings()
    return findings + operation + siteFindings() + engineFindings()
      + unitFindings(isBackupKnown: operation.contains { $0.check == Finding.Check.backup.rawValue })
  }
}

/// Disks, database, mail and clock.
extension Doctor {
  /// With less, the next backup or change of the schema may not fit.
  private static let leastSpace = 1_000_000_000
  private static let largestLog = 256 << 20
  private static let longestWait = Duration.hours(1)
  /// The database may be ahead of this process's clock by that much.
  private static let clockTolerance = Duration.seconds(60)

  private func spaceFindings() -> [Finding] {
    var seen: Set<UInt64> = []
    return [data.path, data.exports, data.documents].compactMap { folder in
      guard let identity = try? FileIdentity(of: folder), seen.insert(identity.device).inserted,
        let free = machine.free(folder)
      else { return nil }
      let needed = max(Self.leastSpace, folder == data.path ? DiskSpace.size(of: data.database) ?? 0 : 0)
      if free >= needed { return nil }
      return Finding(
        .space, "\(Wording.size(free)) are free on the disk of \(folder)",
        "make room, so that a copy of the database fits: \(Wording.size(needed))")
    }
  }

  private func databaseFindings() -> [Finding] {
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
      findings += try clockFindings(database) + mailFindings(database)
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

  private func mailFindings(_ database: Database) throws -> [Finding] {
    let (waiting, givenUp) = try database.read {
      (try $0.letters.waiting(at: now), try $0.letters.givenUp(since: now - .days(1)))
    }
    var findings: [Finding] = []
    if let since = waiting.since, now - since > Self.longestWait {
      let what = Wording.plural(waiting.mails, "e-mail")
      findings.append(
        Finding(
          .mail, "\(what) can't be sent, the oldest for \(Wording.duration(now - since))",
          "look at the log, which says why, and try handover doctor --mail ADDRESS"))
    }
    if givenUp > 0 {
      let what = Wording.plural(givenUp, "e-mail")
      findings.append(
        Finding(
          .mail, "\(what) of the last 24 hours could not be sent and will not be",
          "look at the log, which says why"))
    }
    return findings + spoolFindings(isTold: givenUp > 0)
  }

  /// Where the server writes into a spool that a unit empties.
  /// - Parameter isTold: whether it was said that e-mails were given up; the server reads that in the spool.
  private func spoolFindings(isTold: Bool) -> [Finding] {
    guard machine.isBooted, case .maildir(let path) = configuration.mail,
      machine.run("systemctl", ["is-enabled", "handover-mail.path"], "")?.status == 0
    else { return [] }
    var findings: [Finding] = []
    let waiting = times(of: ["\(path)/new", "\(path)/cur"])
    if let oldest = waiting.min(), now - oldest > .minutes(15) {
      findings.append(
        Finding(
          .mail, "\(Wording.plural(waiting.count, "e-mail")) in \(path) that nobody sends",
          "look at the journal of its unit: journalctl --unit=handover-mail"))
    }
    let failed = times(of: ["\(path)/failed"]).filter { now - $0 < .days(1) }
    if !failed.isEmpty, !isTold {
      findings.append(
        Finding(
          .mail, "\(Wording.plural(failed.count, "e-mail")) in \(path)/failed since yesterday",
          "look at the journal of its unit: journalctl --unit=handover-mail"))
    }
    return findings
  }

  /// When the files of the folders were written.
  private func times(of folders: [String]) -> [UnixTime] {
    folders.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap { name in
        var status = stat()
        guard unsafe lstat("\(folder)/\(name)", &status) == 0 else { return nil }
        return UnixTime(rawValue: Int64(status.st_mtim.tv_sec))
      }
    }
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

/// Backup and drill.
extension Doctor {
  /// Once a day, and some hours more.
  private static let longestPause = Duration.hours(36)

  private func operationFindings() -> [Finding] {
    var findings: [Finding] = []
    do {
      if let backup = try OperationState.read(.backup, in: data) {
        findings += self.findings(
          on: backup, .backup, "the last backup", "run handover backup, and look why the nightly one did not")
      } else {
        findings.append(
          Finding(
            .backup, "no backup has ever been made",
            "run handover backup FILE every night: systemctl enable --now handover-backup.timer"))
      }
    } catch { findings.append(Finding(.backup, "\(error)", "make a backup, which writes it anew")) }
    do {
      if let drill = try OperationState.read(.drill, in: data) {
        findings += self.findings(on: drill, .drill, "the last drill", "run handover drill, which says why")
      }
    } catch { findings.append(Finding(.drill, "\(error)", "run handover drill, which writes it anew")) }
    return findings
  }

  private func findings(
    on last: OperationState, _ check: Finding.Check, _ name: String, _ advice: String
  ) -> [Finding] {
    guard last.isOK else { return [Finding(check, "\(name) failed: \(last.reason)", advice)] }
    let age = now - last.ended
    if age <= Self.longestPause { return [] }
    return [Finding(check, "\(name) was \(Wording.duration(age)) ago", advice)]
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
      return [Finding(.replica, problem, "\(Litestream.remedy), and restart handover-litestream")]
    }
    guard let failure = machine.replica() else { return [] }
    guard machine.isReplicaRunning() else {
      return [
        Finding(
          .replica, "Litestream doesn't run, so nothing is copied elsewhere: \(failure)",
          "run systemctl enable --now handover-litestream, and look at its journal")
      ]
    }
    return [
      Finding(
        .replica, "the copy elsewhere is behind: \(failure)",
        "look at its unit: systemctl status handover-litestream")
    ]
  }

  static func hasResetBug(_ version: String) -> Bool {
    let parts = version.split(separator: ".").map { Int($0) ?? 0 } + [0, 0, 0]
    let number = parts[0] * 1_000_000 + parts[1] * 1000 + parts[2]
    return 3_007_000...3_051_002 ~= number
  }
}
