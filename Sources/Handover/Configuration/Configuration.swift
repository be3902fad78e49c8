import FastCGI
import Foundation
import Mail
import Secrets
import System

/// What the operator has set in the environment, read once at the start (Documentation/Operations.md).
struct Configuration: Sendable {
  var data: DataFolder
  /// Which of the cells of a machine the data folder is; nil where it is no cell.
  var cell: CellID?
  /// Where cells of other hosts are found; nil where all are on this machine.
  var directory: DirectoryPlace?
  /// Whether this host stands by for the cell where another one has it.
  var standBy: StandBy?
  var group: UInt32?
  var url: SiteURL
  var mail: MailDelivery
  var mailFrom: Address
  var operatorAddress: Address?
  var exportsAtOnce: Int
  var exportsPerDay: Int
  var threads: Int
  var requestThreads: Int
  var compression: Int
  var documentsGiB: Int
  var dropboxApp: OAuthApp?
  var googleApp: OAuthApp?
  var aggregator: String?
  var supportURL: String?
  var breached: BreachedPasswords?
  var logLevel: LogLevel
  /// Of the database, by Litestream.
  var replica: Replica?
  /// systemd, where it has started this process.
  var manager: ServiceManager

  /// What takes the cell over from a host that is gone.
  enum StandBy: String {
    case byHand = "by-hand"
    case automatic
  }

  /// Where mail goes.
  enum MailDelivery: Sendable, Equatable {
    case maildir(String)
    case sendmail(String)
  }
}

extension Configuration {
  /// Reads the variables.
  ///
  /// - Throws: `HandoverError` that names every variable that is wrong, in one line.
  init(environment: [String: String], workingDirectory: String, cores: Int) throws {
    try self.init(Settings(environment: environment), workingDirectory: workingDirectory, cores: cores)
  }

  init(_ settings: Settings, workingDirectory: String, cores: Int) throws {
    var problems: [String] = []
    try self.init(settings, workingDirectory: workingDirectory, cores: cores, problems: &problems)
    if !problems.isEmpty { throw HandoverError(problems.joined(separator: "; "), needsOperator: true) }
  }

  /// Reads the variables, with the default of each that is wrong.
  ///
  /// - Parameter problems: gets a sentence for each, without what is secret.
  init(_ settings: Settings, workingDirectory: String, cores: Int, problems: inout [String]) throws {
    var reader = EnvironmentReader(settings)
    let data = DataFolder(settings, in: workingDirectory)
    self.data = data
    if data.socket.utf8.count > Listener.maximumPathLength {
      reader.problem(
        "HANDOVER_DATA is too long: the path of the socket in it would have \(data.socket.utf8.count) bytes, "
          + "and at most \(Listener.maximumPathLength) work")
    }
    cell = reader.optional(
      .cell,
      "NAME:NUMBER, a name such as a or north-2 (small letters, digits and -, not 'handover') and a number from 0 to "
        + "\(CellID.numbers.upperBound)"
    ) { CellID($0) }
    if let cell, (data.path as NSString).lastPathComponent != cell.name {
      reader.problem(
        "HANDOVER_DATA is '\(data.path)', but the folder of the cell \(cell.name) must have its name: "
          + "\(DurableFile.folder(of: data.path))/\(cell.name)", .data)
    }
    directory = reader.directory(in: workingDirectory)
    if directory != nil, cell == nil {
      reader.problem(
        "HANDOVER_DIRECTORY is set and HANDOVER_CELL is not: it is cells that are on several hosts",
        .directory)
    }
    standBy = reader.optional(.standBy, "by-hand or automatic") { StandBy(rawValue: $0) }
    group = reader.optional(.group, "the name of a group of this machine") { groupID(named: $0) }
    let port = try reader.integer(.port, 1...65535)
    url = try reader.value(
      .url, default: Variable.url.standard.replacing("$PORT", with: "\(port)"),
      "an address such as https://export.example.com, without a path"
    ) { SiteURL($0) }
    mail = try reader.value(
      .mail, default: Variable.mail.standard.replacing("$HANDOVER_DATA", with: data.path),
      "maildir:FOLDER, or sendmail:PROGRAM with an absolute path to a program that can be run"
    ) { MailDelivery($0, in: workingDirectory) }
    mailFrom = try reader.value(.mailFrom, "an address such as Handover <handover@example.com>") {
      Address($0)
    }
    operatorAddress = reader.optional(.operatorAddress, "an address such as maria@example.com") {
      Address($0)
    }
    exportsAtOnce = try reader.integer(.exportsAtOnce, 1...64)
    exportsPerDay = try reader.integer(.exportsPerDay, 0...1_000_000)
    threads = try reader.integer(.threads, default: "\(min(cores, 256))", 1...256)
    requestThreads = try reader.integer(.requestThreads, 1...256)
    compression = try reader.integer(.compression, 1...9)
    documentsGiB = try reader.integer(.documentsGiB, 0...1_000_000)
    dropboxApp = reader.app(.dropboxApp, in: workingDirectory)
    googleApp = reader.app(.googleApp, in: workingDirectory)
    aggregator = reader.text(.aggregator)
    supportURL = reader.optional(.supportURL, "an http or https address") { webAddress($0) }
    // Scripts/site gives it to nginx.
    reader.check(.proxies, "networks such as 192.0.2.0/24 2001:db8::/32", areNetworks)
    breached = reader.breached(in: workingDirectory)
    let replication = reader.optional(.replication, "litestream, or empty") { $0 == "litestream" ? $0 : nil }
    replica = replication.map { _ in Replica(of: data) }
    logLevel = try reader.value(.log, "debug, info, warning or error") { LogLevel(name: $0) }
    // `LogForm` reads it by itself, also where other variables are wrong.
    reader.check(.logFormat, "logfmt or json") { LogForm.Format(rawValue: $0) != nil }
    manager = ServiceManager(settings.values) { reader.problem($0) }
    if let socket = manager.socket, let problem = Listener.problem(with: socket) {
      reader.problem("LISTEN_FDS promises a socket that nginx can connect to, but \(problem)")
    }
    problems = reader.problems
  }
}

extension Configuration {
  /// The group that nginx reads files with, where it runs as somebody else.
  var readers: UInt32? { group ?? data.groupHandedOn }

  /// Makes the folder that a database is to come into, where there is none.
  func makeDataFolder() throws {
    try makeFolder(data.path, mode: readers == nil ? 0o700 : 0o710, group: readers)
  }
}

extension DataFolder {
  init(_ settings: Settings, in workingDirectory: String) {
    let path = settings.values[Variable.data.name].flatMap { $0.isEmpty ? nil : $0 }
    self.init(path: absolute(path ?? Variable.data.standard, in: workingDirectory))
    if settings.values[Variable.cell.name].map({ !$0.isEmpty }) == true {
      cells = DurableFile.folder(of: self.path)
    }
  }
}

extension Configuration.MailDelivery {
  /// Reads `maildir:FOLDER` or `sendmail:PROGRAM`; nil for anything else, or a program that can't be run.
  init?(_ text: String, in workingDirectory: String) {
    if text.hasPrefix("maildir:"), text.utf8.count > 8 {
      self = .maildir(absolute(String(text.dropFirst(8)), in: workingDirectory))
    } else if text.hasPrefix("sendmail:/"), unsafe access(String(text.dropFirst(9)), X_OK) == 0 {
      self = .sendmail(String(text.dropFirst(9)))
    } else {
      return nil
    }
  }
}

/// Reads variables one by one, and gathers what is wrong with them to report all of it together.
struct EnvironmentReader {
  private let settings: Settings
  private(set) var problems: [String]

  init(_ settings: Settings) {
    self.settings = settings
    problems = settings.problems
  }

  /// Nil where the variable is missing or empty.
  func text(_ variable: Variable) -> String? {
    settings.values[variable.name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The value; nil if the variable is missing or wrong. A wrong one is added to the problems.
  mutating func optional<Value>(
    _ variable: Variable, _ expected: String, parse: (String) -> Value?
  ) -> Value? {
    guard let text = text(variable) else { return nil }
    if let value = parse(text) { return value }
    problem("\(variable.name) is '\(withoutPassword(text))', but must be \(expected)", variable)
    return nil
  }

  /// Looks whether a variable is right that others use.
  mutating func check(_ variable: Variable, _ expected: String, _ isRight: (String) -> Bool) {
    _ = optional(variable, expected) { isRight($0) ? $0 : nil }
  }

  /// The value, or the default where there is none.
  ///
  /// - Parameter standard: a default to use instead of the declared one.
  mutating func value<Value>(
    _ variable: Variable, default standard: String? = nil, _ expected: String, parse: (String) -> Value?
  ) throws -> Value {
    let standard = standard ?? variable.standard
    guard let missing = parse(standard) else {
      throw HandoverError("the default of \(variable.name), '\(standard)', can't be read")
    }
    return optional(variable, expected, parse: parse) ?? missing
  }

  mutating func integer(
    _ variable: Variable, default standard: String? = nil, _ range: ClosedRange<Int>
  ) throws -> Int {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return try value(variable, default: standard, expected) { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// The list of breached passwords, opened; nil where there is none, or a wrong one.
  mutating func breached(in workingDirectory: String) -> BreachedPasswords? {
    guard let path = text(.breached) else { return nil }
    do {
      return try BreachedPasswords(path: absolute(path, in: workingDirectory))
    } catch {
      problem("\(Variable.breached.name) is '\(path)', but \(error.message)", .breached)
      return nil
    }
  }

  /// The operator's app at a provider; nil where there is none, or its file is wrong.
  mutating func app(_ variable: Variable, in workingDirectory: String) -> OAuthApp? {
    guard let path = text(variable) else { return nil }
    do throws(HandoverError) {
      return try OAuthApp(path: absolute(path, in: workingDirectory))
    } catch {
      // It may be the secret itself.
      let isPath = path.hasPrefix("/") || path.hasPrefix("./")
      problem(
        isPath
          ? "\(variable.name) is '\(path)', but \(error)"
          : "\(variable.name) names no file that can be used: it must be the path of one, from the root; the file \(error)",
        variable)
      return nil
    }
  }

  mutating func problem(_ text: String, _ variable: Variable? = nil) {
    problems.append(text + (variable.map { settings.place(of: $0) } ?? ""))
  }
}

/// The text, without the name and the password that an address may begin with.
private func withoutPassword(_ text: String) -> String {
  guard let start = text.range(of: "://"), let end = text.lastIndex(of: "@"), start.upperBound <= end else {
    return text
  }
  return text[..<start.upperBound] + "…" + text[end...]
}

/// The path, which may be relative to the working directory, from the root.
func absolute(_ path: String, in workingDirectory: String) -> String {
  if path.hasPrefix("/") { return path }
  return workingDirectory + "/" + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
}

/// Whether the text is networks or addresses with commas or blanks between them, as Scripts/site takes them.
private func areNetworks(_ text: String) -> Bool {
  text.utf8.split { ", \t\n".utf8.contains($0) }.allSatisfy { isNetwork(String(decoding: $0, as: UTF8.self)) }
}

/// One that says more bits than its length has is a slip, and one of length 0 would let anybody choose an address.
private func isNetwork(_ text: String) -> Bool {
  let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    .map { String(decoding: $0, as: UTF8.self) }
  guard let bytes = addressBytes(parts[0]) else { return false }
  if parts.count == 1 { return true }
  guard parts.count == 2, let length = Int(parts[1]), String(length) == parts[1],
    (1...8 * bytes.count).contains(length)
  else { return false }
  return (length..<8 * bytes.count).allSatisfy { bytes[$0 / 8] & 0x80 >> ($0 % 8) == 0 }
}

/// The four or sixteen bytes of a network address; nil for anything else.
private func addressBytes(_ text: String) -> [UInt8]? {
  let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
  if isIPv6, text.utf8.contains(UInt8(ascii: ".")) { return nil }
  var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
  let isAddress = unsafe bytes.withUnsafeMutableBytes {
    unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, $0.baseAddress) == 1
  }
  return isAddress ? bytes : nil
}

/// The id of this machine's group of that name.
private func groupID(named name: String) -> UInt32? {
  unsafe getgrnam(name).map { unsafe $0.pointee.gr_gid }
}

/// An http or https address with a host, as it was written.
private func webAddress(_ text: String) -> String? {
  let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E }
  let rest = ["https://", "http://"].first(where: text.hasPrefix).map { text.dropFirst($0.count) }
  guard isPlain, let rest, let first = rest.first, first != "/" else { return nil }
  return text
}
