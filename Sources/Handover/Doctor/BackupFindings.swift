import Foundation
import System

/// Backup and drill.
extension Doctor {
  /// Once a day, and some hours more.
  static let longestPause = Drill.oldest

  func operationFindings(_ units: [String: [String: String]]) -> [Finding] {
    var findings: [Finding] = []
    /// As the operator runs it: a unit knows where the backups are.
    func command(_ kind: OperationState.Kind) -> String {
      units[names.service(kind)] == nil ? "handover \(kind)" : "systemctl start \(names.service(kind))"
    }
    var backups: String?
    do {
      if let backup = try OperationState.read(.backup, in: data) {
        findings += self.findings(
          on: backup, .backup, "the last backup",
          "run \(command(.backup)), and look why the nightly one did not")
        if let file = backup.file, !file.isEmpty {
          backups = DurableFile.folder(of: file)
          findings += fileFindings(of: file, "run \(command(.backup))")
        }
      } else if !waitsForFirstNight(units) {
        findings.append(
          Finding(
            .backup, "no backup has ever been made",
            "run \(command(.backup)), and see that it is done every night: \(names.timer(.backup))"))
      }
    } catch { findings.append(Finding(.backup, "\(error)", "make a backup, which writes it anew")) }
    do {
      if let drill = try OperationState.read(.drill, in: data) {
        findings += self.findings(
          on: drill, .drill, "the last drill", "run \(command(.drill)), and look what it says"
        )
      } else if let backups, let oldest = BackupFolder.oldest(in: backups, of: data),
        now - oldest > Self.longestPause
      {
        findings.append(
          Finding(
            .drill, "no drill has ever proven that the backups restore",
            "run \(command(.drill)), and see that it is done every night: \(names.timer(.drill))"))
      }
    } catch { findings.append(Finding(.drill, "\(error)", "run handover drill, which writes it anew")) }
    return findings
  }

  /// Whether nothing is recorded that the first backup of the timer could have.
  private func waitsForFirstNight(_ units: [String: [String: String]]) -> Bool {
    guard units[names.timer(.backup)]?["ActiveState"] == "active",
      let oldest = try? open().read({ try $0.organisations.oldest() ?? now })
    else { return false }
    return now - oldest <= Self.longestPause
  }

  private func findings(
    on last: OperationState, _ check: Finding.Check, _ name: String, _ advice: String
  ) -> [Finding] {
    guard last.isOK else { return [Finding(check, "\(name) failed: \(last.reason)", advice)] }
    let age = now - last.ended
    if age <= Self.longestPause { return [] }
    return [Finding(check, "\(name) was \(Wording.duration(age)) ago", advice)]
  }

  /// Of the last backup that is whole, without reading it: the drill does.
  private func fileFindings(of backup: String, _ advice: String) -> [Finding] {
    var status = stat()
    guard unsafe access(backup, R_OK) == 0, unsafe stat(backup, &status) == 0 else {
      let reason = SystemError.reason(errno)
      return [
        Finding(
          .backup, "the last backup, \(backup), can't be read: \(reason)",
          "mount its disk, give it back to the data folder's owner, or \(advice)")
      ]
    }
    do {
      guard let manifest = try BackupManifest.read(of: backup) else {
        return [Finding(.backup, "\(BackupManifest.path(of: backup)) is missing", advice)]
      }
      guard manifest.bytes == Int(status.st_size) else {
        return [
          Finding(
            .backup, "\(backup) has \(status.st_size) bytes, and had \(manifest.bytes) when it was made",
            "look at its disk, and \(advice)")
        ]
      }
      let documents = Backup.documents(of: backup).path
      if manifest.documents > manifest.missing, unsafe access(documents, X_OK) != 0 {
        return [
          Finding(
            .backup, "\(documents) can't be used: \(SystemError.reason(errno))", "put it back, or \(advice)")
        ]
      }
    } catch { return [Finding(.backup, "\(error)", advice)] }
    return [backup, BackupSecrets.path(of: backup)].compactMap { path in
      var status = stat()
      guard unsafe lstat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return nil }
      return Finding(.files, "\(path) is open to other users", "run chmod 600 \(path)")
    }
  }
}
