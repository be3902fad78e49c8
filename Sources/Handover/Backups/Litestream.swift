import Foundation
import System

/// Litestream's program, which brings the copy elsewhere (`Replica`) back.
struct Litestream: Sendable {
  /// Nil where it isn't installed.
  private let program: String?
  /// Its configuration, which names the store.
  let configuration: String
  private let environment: [String: String]
  /// Of ours, those that its configuration may name.
  var variables: [String: String] = [:]
  /// How long nothing may arrive. It asks a store that doesn't answer for ever.
  var patience = Duration.minutes(2)

  /// The first one that has lost nothing, as far as is known, and whose SQLite may checkpoint.
  static let least = "0.5.17"
  static let installed = "/etc/handover/litestream.yml"

  /// Reads what the store is opened with, too, from the file beside the configuration that the unit gives to Litestream. Root
  /// alone may read that one: before it becomes the owner of the data folder.
  ///
  /// - Parameter environment: of this process.
  init(_ environment: [String: String]) {
    let values = Settings(environment: environment).passedOn
    configuration = values["LITESTREAM_CONFIG"].flatMap { $0.isEmpty ? nil : $0 } ?? Self.installed
    let secrets =
      SettingsFile(path: (configuration as NSString).deletingPathExtension + ".env")?.values ?? [:]
    program = Program.path(
      of: "litestream", in: values["PATH"] ?? "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    self.environment = secrets.merging(values) { $1 }.filter { !$0.key.hasPrefix("HANDOVER_") }
  }

  /// Why it can't be relied on, by what `litestream version` printed; nil where it can.
  static func problem(withVersion output: String?) -> String? {
    guard let output else { return "Litestream is not installed: there is no program litestream" }
    let version = output.trimmingCharacters(in: .whitespacesAndNewlines).drop { $0 == "v" }
    // `0.5.17-rc.1` is before 0.5.17; nobody knows what a build of one's own is.
    if version.allSatisfy({ $0.isNumber || $0 == "." }), version.contains("."),
      version.compare(least, options: .numeric) != .orderedAscending
    {
      return nil
    }
    return "Litestream \(version.prefix(40)) may lose data, and damage the database"
  }

  /// What to do about it.
  static let remedy = "install \(least) or later, from https://litestream.io"

  /// - Returns: nil where it can be relied on.
  func problem() -> String? {
    guard let program else { return Self.problem(withVersion: nil) }
    let run = Program(path: program, arguments: ["version"], environment: environment)
    do throws(SystemError) {
      let (ending, output) = try run.output(of: [], atMost: 200, timeout: .seconds(20))
      if case .exited(0, _) = ending {
        return Self.problem(withVersion: String(decoding: output, as: UTF8.self))
      }
      return "\(program) does not say which version it is"
    } catch {
      return "\(program) does not say which version it is: \(error)"
    }
  }

  /// Gets a database out of the store, into a file that isn't there yet.
  ///
  /// - Parameters:
  ///   - database: as the configuration names it.
  ///   - time: as it was then; nil: the newest.
  /// - Throws: `HandoverError`.
  func restore(_ database: String, asOf time: UnixTime?, to file: String) throws {
    if let problem = problem() { throw HandoverError("\(problem); \(Self.remedy)") }
    guard let program else { return }
    guard unsafe access(configuration, R_OK) == 0 else {
      throw HandoverError(
        "can't read \(configuration), which says where the copy elsewhere is: \(SystemError.reason(errno))")
    }
    let moment = time.map { ["-timestamp", $0.iso8601] } ?? []
    let run = run(program, ["restore", "-config", configuration] + moment + ["-o", file, database])
    var (size, since) = (0, ContinuousClock.now)
    let ending = try run.run(input: [], timeout: .hours(24)) {
      let now = (DiskSpace.size(of: file + ".tmp") ?? 0) + (DiskSpace.size(of: file) ?? 0)
      if now != size { (size, since) = (now, .now) }
      return .now - since > patience
    }
    switch ending {
    case .exited(0, _):
      guard unsafe access(file, F_OK) == 0 else { throw HandoverError("Litestream has restored nothing") }
    case .exited(_, let errors): throw failure(errors, database, time)
    case .killed(let signal): throw HandoverError("Litestream was killed by signal \(signal)")
    case .timedOut:
      throw HandoverError(
        "nothing has come from the store of the copy elsewhere for \(patience.wholeSeconds) seconds: see whether this "
          + "machine reaches it, and whether \(configuration) names it")
    }
  }

  /// Keeps a copy up to what arrives in the store, within half a second of it, until it is to stop. A copy that is there
  /// already goes on.
  ///
  /// - Parameters:
  ///   - file: which nobody may write meanwhile. `FILE-txid` beside it says how far it is.
  ///   - isDone: asked ten times a second or so.
  /// - Throws: `NothingElsewhere` where there is nothing yet; `HandoverError`.
  func follow(_ database: String, in file: String, until isDone: () -> Bool) throws {
    if let problem = problem() { throw HandoverError("\(problem); \(Self.remedy)") }
    guard let program else { return }
    let run = run(
      program, ["restore", "-config", configuration, "-f", "-follow-interval", "500ms", "-o", file, database])
    var wasDone = false
    // It finishes what it has begun to apply.
    let ending = try run.run(input: [], timeout: .hours(100_000), endingWith: SIGTERM) {
      wasDone = isDone()
      return wasDone
    }
    if wasDone { return }
    if case .exited(_, let errors) = ending { throw failure(errors, database, nil) }
    throw HandoverError("Litestream has ended: \(ending)")
  }

  /// Brings such a copy up to all that is in the store.
  ///
  /// - Throws: as `follow`, and where nothing comes for `patience`.
  func finish(_ database: String, in file: String) throws {
    let last = try lastTransaction(of: database)
    let begun = ContinuousClock.now
    func isWhole() -> Bool {
      let text = try? String(contentsOfFile: file + "-txid", encoding: .utf8)
      return (text?.trimmingCharacters(in: .whitespacesAndNewlines)).map { $0 >= last } ?? false
    }
    if isWhole() { return }
    try follow(database, in: file) { isWhole() || .now - begun > patience }
    if !isWhole() {
      throw HandoverError("the copy in \(file) does not get up to the store's transaction \(last)")
    }
  }

  /// Of what is in the store, as Litestream counts them: 16 hexadecimal digits.
  private func lastTransaction(of database: String) throws -> String {
    struct File: Decodable {
      let last: String

      enum CodingKeys: String, CodingKey { case last = "max_txid" }
    }
    guard let program else { throw HandoverError("Litestream is not installed") }
    let run = run(program, ["ltx", "-config", configuration, "-level", "all", "-json", database])
    let (ending, output) = try run.output(of: [], atMost: 16 << 20, timeout: patience)
    guard case .exited(0, _) = ending, let files = try? JSONDecoder().decode([File].self, from: Data(output))
    else {
      throw HandoverError("Litestream can't list what is in the store: \(ending)")
    }
    guard let last = files.map(\.last).max() else { throw NothingElsewhere(before: nil) }
    return last
  }

  /// Its own words, where there are no clearer ones.
  private func failure(_ errors: String, _ database: String, _ time: UnixTime?) -> any Error {
    if errors.contains("no matching backup files available") { return NothingElsewhere(before: time) }
    if errors.contains("database not found in config") {
      return HandoverError("\(configuration) names no database \(database): it has to, letter by letter")
    }
    let words = errors.hasPrefix("Error: ") ? String(errors.dropFirst(7)) : errors
    return HandoverError("Litestream can't restore the copy elsewhere: \(words)")
  }

  /// With what opens the store, and what its configuration may name.
  private func run(_ program: String, _ arguments: [String]) -> Program {
    Program(
      path: program, arguments: arguments,
      environment: environment.merging(home) { $1 }.merging(variables) { $1 })
  }

  /// Of whoever this process has become: root's files are not for it.
  private var home: [String: String] {
    guard let entry = unsafe getpwuid(geteuid()) else { return [:] }
    return ["HOME": unsafe String(cString: entry.pointee.pw_dir)]
  }
}

/// The store of the copy elsewhere has nothing of a database.
struct NothingElsewhere: Error, CustomStringConvertible {
  let before: UnixTime?

  var description: String {
    "the store of the copy elsewhere has nothing\(before.map { " of before \($0.iso8601)" } ?? "")"
  }
}
