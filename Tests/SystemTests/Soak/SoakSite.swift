import Foundation
import System
import TestSupport

/// A site for a soak: organisations with marked records, a small disk, a log that goes through a pipe, and a `sendmail`
/// that hangs where a file tells it to.
final class SoakSite {
  let site: Site
  let disk: SmallDisk?
  private(set) var offices: [Office] = []
  private let sendmail: URL
  private var reader: ChildProcess?

  /// Rows to export, from a moment to more than a second of work.
  private static let sizes = [40, 1_500, 15_000]
  private static let peopleOfOffice = 10

  var hanging: URL { site.folder.appending("hanging") }
  var mails: URL { site.folder.appending("mails") }
  private var pipe: URL { site.folder.appending("log") }

  init(_ random: inout SeededGenerator) throws {
    let folder = try TemporaryFolder()
    sendmail = folder.appending("sendmail")
    self.folder = folder
    site = try Site([
      "HANDOVER_MAIL": "sendmail:\(sendmail.path)", "HANDOVER_EXPORTS_PER_DAY": "0",
      "HANDOVER_EXPORTS_AT_ONCE": "2",
    ])
    disk = SmallDisk.isPossible ? try SmallDisk(at: site.data, megabytes: 256) : nil
    try FileManager.default.createDirectory(at: mails, withIntermediateDirectories: true)
    try folder.program("sendmail", script)
    try makePipe()
    for (place, size) in Self.sizes.enumerated() {
      offices.append(try makeOffice(place + 1, deals: size, &random))
    }
  }

  private let folder: TemporaryFolder

  /// The file of each mail says whom it is to; a second delivery of the same mail is a second file.
  private var script: String {
    """
    while [ -e '\(hanging.path)' ]; do sleep 0.1; done
    file=$(mktemp '\(mails.path)/part.XXXXXXXX') && cat >"$file" && mv "$file" "$(echo "$file" | sed s/part/mail/)"

    """
  }

  private func makeOffice(_ number: Int, deals: Int, _ random: inout SeededGenerator) throws -> Office {
    let marker = "zq\(["ald", "bru", "cem"][number - 1])\(String(random.next() % 1_000_000, radix: 36))"
    let added = try site.handover("organisation", "add", "\(marker) office")
    guard added.output.hasPrefix("\(number)\t") else { throw HarnessError("organisation add: \(added)") }
    let people = try (1...Self.peopleOfOffice).map { person in
      let role: Office.Role = person == 1 ? .owner : person < 5 ? .admin : .user
      let member = Member(
        id: "U-\(person)", email: "\(role)-\(person)@\(marker).example",
        password: "tide \(person) and \(random.next())",
        source: UInt8(number * 20 + person), role: role)
      let made = try site.handover(
        "user", "add", "--organisation", "\(number)", "--name", "\(marker) \(role) \(person)", "--email",
        member.email,
        "--role", role.rawValue, input: member.password + "\n")
      guard made.succeeded else { throw HarnessError("user add: \(made.error)") }
      return member
    }
    let records = OfficeRecords(deals: deals)
    let files = try TemporaryFolder()
    for (name, text) in records.files(marker: marker, emails: people.map(\.email)) {
      try Data(text.utf8).write(to: files.appending(name))
    }
    let imported = try site.handover("import", "--organisation", "\(number)", files.path)
    guard imported.succeeded else { throw HarnessError("import: \(imported.error)") }
    return Office(number, marker: marker, records: records, people: people)
  }

  // MARK: - The server and its log

  func start() throws {
    try startServer()
    try site.startNginx()
    try site.waitForHealth()
  }

  func startServer() throws {
    try site.startServer(under: ["sh", "-c", "exec \"$@\" >\"$0\" 2>&1", pipe.path])
  }

  /// The log's reader stops reading for a while; `readOn` ends that.
  func stopReading() { reader?.send(SIGSTOP) }
  func readOn() { reader?.send(SIGCONT) }

  func stop() throws -> Int32? {
    let status = try site.stop().server
    reader?.kill()
    return status
  }

  private func makePipe() throws {
    guard unsafe mkfifo(pipe.path, 0o600) == 0 else { throw HarnessError("no pipe: error \(errno)") }
    // Opened for both, the pipe has a reader before the server comes and after it has gone.
    reader = try ChildProcess(
      "sh", ["-c", "exec cat 0<>\"$0\"", pipe.path], output: site.folder.appending("server.log"),
      error: site.folder.appending("server.log"))
  }

  deinit { reader?.kill() }
}
