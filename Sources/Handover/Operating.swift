import Foundation
import Mail
import Secrets
import System

// The wiring of what the operator's timers start, backups and drills.

extension Application {
  /// Copies the database as of one moment, while it is in use, and what belongs to it, and checks the copy.
  ///
  /// - Parameters:
  ///   - path: of a new file, or of a folder, in which the file gets a name with the time.
  ///   - count: how many of a folder stay; nil: all.
  ///   - progress: pages copied, and pages in all.
  /// - Returns: the file, and lines about it for the operator.
  /// - Throws: `HandoverError`, after the operator was told.
  package static func backup(
    to path: String, withKeys: Bool, keeping count: Int?,
    environment: [String: String] = ProcessInfo.processInfo.environment, progress: (Int, Int) -> Void
  ) throws -> (file: String, notes: [String]) {
    try Operating(.backup, environment).run {
      let application = try Application(for: .copying, environment: environment)
      let clock = application.clock
      let folder = BackupFolder.isMeant(by: path) ? try BackupFolder(path) : nil
      // From the root, so that it means the same to the next command.
      let file = absolute(
        folder.map { free(in: $0, clock) } ?? path, in: FileManager.default.currentDirectoryPath)
      let data = application.configuration.data
      let manifest = try Backup(data: data, documents: application.documents().folder, clock: clock)
        .take(from: application.database, to: file, withKeys: withKeys, progress: progress)
      if let count { folder?.keep(newest: count, of: data, with: file) }
      let lost =
        manifest.missing == 0
        ? nil : "\(Wording.plural(manifest.missing, "document")) could not be found in \(data.documents)"
      let notes = [
        "\(Wording.size(manifest.bytes)), schema \(manifest.schema), SHA-256 \(manifest.sha256)",
        manifest.documents == 0
          ? nil
          : "\(Wording.plural(manifest.documents - manifest.missing, "document")) beside it, in documents/",
        manifest.secrets == nil
          ? nil : "keys beside it, in \((BackupSecrets.path(of: file) as NSString).lastPathComponent)",
        lost,
      ]
      return (file, lost ?? "", (file, notes.compactMap(\.self)))
    }
  }

  /// Restores the last backup into a folder of its own, then the copy elsewhere, where there is one, and proves that they
  /// are whole.
  ///
  /// - Returns: lines for the operator.
  /// - Throws: `HandoverError`, after the operator was told.
  package static func drill(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> String {
    var litestream = Litestream(environment)
    return try Operating(.drill, environment).run {
      let application = try Application(for: .reading, environment: environment)
      litestream.variables =
        SettingsFile(path: application.configuration.data.replicaVariables)?.values ?? [:]
      let reports = try Drill(
        data: application.configuration.data, replica: application.configuration.replica,
        litestream: litestream, clock: application.clock, randomness: application.randomness,
        threads: application.configuration.threads, check: application.requireKnownZones
      ).run()
      let lines = reports.map { report in
        "\(report.name), of \(report.taken.iso8601), was restored: "
          + "\(Wording.plural(report.organisations, "organisation")), \(Wording.plural(report.rows, "row")) exported"
          + (report.documents.map { ", \(Wording.plural($0, "document"))" } ?? "")
      }
      return (reports[0].name, "", lines.joined(separator: "\n"))
    }
  }

  /// A name of now, or of the next second.
  private static func free(in folder: BackupFolder, _ clock: Clock) -> String {
    while true {
      let file = folder.backup(at: clock.now())
      if unsafe access(file, F_OK) != 0 { return file }
      usleep(50_000)
    }
  }
}

/// Runs one of them: what comes of it is in its state file and, where it failed, in an e-mail to the operator.
private struct Operating {
  let kind: OperationState.Kind
  let configuration: Configuration
  let log: Log

  /// - Throws: `HandoverError`, with all that is wrong with the environment.
  init(_ kind: OperationState.Kind, _ environment: [String: String]) throws {
    self.kind = kind
    let values: [String: String]
    (configuration, values) = try Configuration.ofThisProcess(environment)
    log = Log(level: configuration.logLevel, form: LogForm(of: values))
  }

  /// - Parameter body: gives the file that it is about, a line about it for the state, and its result.
  func run<Result>(_ body: () throws -> (file: String, note: String, result: Result)) throws -> Result {
    let begun = ContinuousClock.now
    let before = (try? OperationState.read(kind, in: configuration.data)).flatMap(\.self)
    func end(_ isOK: Bool, _ reason: String, _ file: String?) {
      // A data folder that is not there is not made, and one that can only be read can be backed up.
      guard unsafe access(configuration.data.path, W_OK) == 0 else { return }
      let seconds = Double((ContinuousClock.now - begun) / .milliseconds(100)).rounded() / 10
      let now = Clock.system.now()
      let state = OperationState(
        ended: now, seconds: seconds, isOK: isOK, reason: reason, file: file ?? before?.file,
        succeeded: isOK ? now : before?.succeeded)
      do { try state.write(kind, in: configuration.data) } catch {
        log.warning("\(kind).unnoted", ["error": "\(error)"])
      }
    }
    do {
      let (file, note, result) = try body()
      end(true, note, file)
      return result
    } catch {
      let reason = words(for: error)
      end(false, reason, nil)
      tell(reason)
      throw HandoverError("the \(kind) failed: \(reason)")
    }
  }

  /// At once, and not by the outbox: the database may be what is broken.
  private func tell(_ reason: String) {
    guard let to = configuration.operatorAddress else { return }
    let host = MailAddresses(configuration).host
    guard let id = MessageID("\(Randomness.system.token(bits: 128))@\(host)") else { return }
    let message = OperatorMail(kind: kind, reason: reason, data: configuration.data.path)
      .message(from: configuration.mailFrom, to: to, id: id, at: Clock.system.now())
    let deadline = ContinuousClock.now + .seconds(30)
    do throws(MailError) {
      try configuration.mail.transport.send(message) { ContinuousClock.now > deadline }
    } catch {
      log.error("mail.unsent", ["reason": error.reason])
    }
  }
}

extension Configuration.MailDelivery {
  var transport: any Transport {
    switch self {
    case .maildir(let path): Maildir(path: path)
    case .sendmail(let path): Sendmail(path: path)
    }
  }
}
