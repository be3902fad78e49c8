import Foundation
import Mail
import Secrets
import System

/// What an operator can ask about an installation. Neither makes a folder or a file.
extension Application {
  /// What is wrong with the environment, a sentence each; none where the server would start with it.
  package static func wrongVariables(
    in environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> [String] {
    var problems: [String] = []
    let settings = Settings(environment: environment)
    let litestream = Litestream(environment)
    // What the server may read counts, and not what root may.
    let folder = DataFolder(settings, in: FileManager.default.currentDirectoryPath)
    _ = try ThisProcess.becomeOwner(of: folder.path)
    if let problem = settings.file?.closedness { problems.append(problem) }
    let configuration = try configuration(settings, &problems)
    if configuration.replica != nil, let problem = litestream.problem() {
      problems.append("HANDOVER_REPLICATION is litestream, and \(problem): \(Litestream.remedy)")
    }
    let known = Set(Variable.all.map(\.name))
    problems += environment.keys.filter { $0.hasPrefix("HANDOVER_") && !known.contains($0) }.sorted()
      .map { "\($0) is none of Handover's variables: handover serve --help lists them" }
    do { _ = try Resources() } catch { problems.append("\(error)") }
    return problems
  }

  /// All that can be found wrong with the installation that the environment names.
  ///
  /// - Parameter recipient: of an e-mail that tries whether any goes out; nil: none is sent.
  package static func examine(
    mailing recipient: String? = nil,
    in environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> [Finding] {
    ThisProcess.setUp()
    let settings = Settings(environment: environment)
    var problems: [String] = []
    let configuration = try configuration(settings, &problems)
    guard problems.isEmpty else {
      return problems.map { Finding(.environment, $0, "put it right where the server gets it from") }
    }
    var machine = Machine(settings.values, configuration)
    machine.settings = settings.file?.path
    // Root alone sees who else has the database open, which program runs and all certificates, and needs no bus to ask
    // systemd.
    let (users, units, refusal) = (
      machine.users(configuration.data.database), machine.units(), machine.refusal()
    )
    let (certificates, isReplaced) = (machine.certificates(), machine.isReplaced())
    machine.users = { _ in users }
    machine.units = { units }
    machine.refusal = { refusal }
    machine.certificates = { certificates }
    machine.isReplaced = { isReplaced }
    _ = try ThisProcess.becomeOwner(of: configuration.data.path)
    if let problem = settings.file?.closedness { problems.append(problem) }
    do { _ = try Resources() } catch { problems.append("\(error)") }
    let doctor = Doctor(
      configuration: configuration, machine: machine, clock: .system,
      open: { try Database(configuration.data, for: .reading) },
      checkKeys: {
        let keys = try KeyFile(path: configuration.data.keys, now: 0, randomness: .system, isNeeded: false)
        _ = try keys.current()
      })
    let findings =
      problems.map { Finding(.environment, $0, "mend it before the next start, which would fail") }
      + doctor.findings()
    guard let recipient else { return findings }
    return findings + (doctor.mail(to: recipient).map { [$0] } ?? [])
  }

  private static func configuration(
    _ settings: Settings, _ problems: inout [String]
  ) throws -> Configuration {
    try Configuration(
      settings, workingDirectory: FileManager.default.currentDirectoryPath,
      cores: ProcessInfo.processInfo.activeProcessorCount, problems: &problems)
  }
}

extension Doctor {
  /// Sends an e-mail that says that it is one. What the mail server makes of it later, nobody here can tell.
  fileprivate func mail(to recipient: String) -> Finding? {
    let id = hex(Randomness.system.bytes(16)) + "@" + configuration.url.host.name
    guard let to = Address(recipient), let id = MessageID(id) else {
      return Finding(.mail, "'\(recipient)' is no e-mail address", "give another one")
    }
    let text = "Handover at \(configuration.url.origin) can send e-mail."
    let message = Message(
      from: configuration.mailFrom, to: to, subject: "Handover can send e-mail", date: now.rawValue,
      messageID: id, text: text + "\n", html: "<p>\(text)</p>")
    do {
      try configuration.mail.transport.send(message)
      return nil
    } catch {
      return Finding(
        .mail, "the e-mail to \(recipient) could not be sent: \(error.reason)",
        "look at the log of the program that sends it")
    }
  }
}
