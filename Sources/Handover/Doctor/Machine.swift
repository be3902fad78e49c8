import FastCGI
import Foundation
import System

/// What the doctor asks of the machine: the real one, or a test's.
struct Machine: Sendable {
  /// What a program printed, and its exit status; nil where it isn't installed or did not end.
  typealias Run =
    @Sendable (_ program: String, _ arguments: [String], _ input: String) -> (
      status: Int32, output: String
    )?

  /// Whether systemd runs it.
  var isBooted: Bool
  /// The socket that systemd holds for the server, where there is one.
  var socket: String?
  /// The folder whose e-mail a unit hands to the mail server.
  var spool = "/var/spool/handover"
  /// The file that the server reads its settings from, where it has one.
  var settings: String?
  /// Bytes that can still be written to the disk of a path.
  var free: @Sendable (String) -> Int?
  /// Files that can still be made there; nil where the disk has no limit.
  var freeFiles: @Sendable (String) -> Int? = DiskSpace.freeFiles
  /// What keeps SQLite or the data from being safe on that kind of disk.
  var unfitness: @Sendable (String) -> String? = { _ in nil }
  /// Of a file, in bytes; nil where it isn't there.
  var size: @Sendable (String) -> Int? = DiskSpace.size
  var run: Run
  /// Whether the server finds a program.
  var has: @Sendable (_ program: String) -> Bool = { _ in true }
  /// What the server says to a GET at its socket.
  var page: @Sendable (_ target: String, _ host: String, _ socket: String) throws -> String
  /// What the web server at a port of 127.0.0.1 says.
  var answer: @Sendable (_ request: String, _ port: UInt16) throws -> String
  /// What nginx has against its own configuration, which it would stumble over at its next start; nil where it has nothing,
  /// or nobody can ask.
  var refusal: @Sendable () -> String? = { nil }
  /// The files of certificates that the site in nginx names, with what they hold; none where not all can be read.
  var certificates: @Sendable () -> [String: String] = { [:] }
  /// Whether the program that serves is another one than lies there by now.
  var isReplaced: @Sendable () -> Bool = { false }
  /// Why not all of the database is in the copy elsewhere.
  var replica: @Sendable () -> String? = { nil }
  /// Why members of etcd can't be asked, by their addresses.
  var unreachableMembers: @Sendable () -> [String: String] = { [:] }
  /// What is in the store that all hosts reach, into which a file was written for a moment; nil where there is none.
  var store: @Sendable () throws -> [String: CellStore.File]? = { nil }
  /// Whether Litestream answers at all.
  var isReplicaRunning: @Sendable () -> Bool = { true }
  /// What `systemctl show` says of the units; nil where nobody can be asked.
  var units: @Sendable () -> String?
  /// The names of programs that have a file open, with their numbers.
  var users: @Sendable (_ path: String) -> [String]
}

extension Machine {
  /// Where the units of the package have the socket.
  private static func unitSocket(of cell: CellID?) -> String {
    "/run/handover/\(cell?.name ?? "handover").sock"
  }

  /// - Parameter environment: of this process.
  init(_ environment: [String: String], _ configuration: Configuration) {
    let path = environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"
    isBooted = unsafe access("/run/systemd/system", F_OK) == 0
    // Its folder stays where the socket was removed or its unit is off.
    let unitSocket = Self.unitSocket(of: configuration.cell)
    let hasSocket = unsafe access(DurableFile.folder(of: unitSocket), F_OK) == 0
    socket = isBooted && hasSocket ? unitSocket : nil
    let names = UnitNames(of: configuration.cell)
    free = DiskSpace.free
    has = { Program.path(of: $0, in: path) != nil }
    if isBooted { unfitness = unfitnessOfDisk }
    run = { name, arguments, input in
      guard let program = Program.path(of: name, in: path) else { return nil }
      let ending = try? Program(
        path: program, arguments: arguments, environment: ["PATH": path, "LC_ALL": "C", "TZ": "UTC"]
      ).output(of: Array(input.utf8), atMost: 1 << 20, timeout: .seconds(20))
      guard case (.exited(let status, _), let output)? = ending else { return nil }
      return (status, String(decoding: output, as: UTF8.self))
    }
    page = { try Probe.get($0, host: $1, at: $2) }
    answer = { request, port in
      String(
        decoding: try LocalSocket.ask(Array(request.utf8), port: port, within: .seconds(10)), as: UTF8.self)
    }
    units = { [run] in
      guard let (status, output) = run("systemctl", ["show"] + names.all, ""), status == 0 else {
        return nil
      }
      return output
    }
    refusal = { [socket] in
      guard geteuid() == 0, socket != nil, let nginx = Program.path(of: "nginx", in: path) else { return nil }
      let program = Program(path: nginx, arguments: ["-t", "-q"], environment: ["PATH": path])
      let ending = try? program.run(input: [], timeout: .seconds(20), isStopping: { false })
      guard case .exited(let status, let errors)? = ending, status != 0 else { return nil }
      return errors
    }
    certificates = {
      let files = Setup.linkedCertificates
      let found = files.compactMap { file in
        (try? String(contentsOfFile: file, encoding: .utf8)).map { (file, $0) }
      }
      return found.count == files.count ? Dictionary(found) { first, _ in first } : [:]
    }
    isReplaced = { [isBooted, run] in
      let question = ["show", "--property=MainPID", "--value", names.service]
      guard isBooted, case (0, let output)? = run("systemctl", question, ""),
        let process = Int(output.dropLast()),
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")
      else { return false }
      return program.hasSuffix(" (deleted)")
    }
    replica = { configuration.replica?.look() }
    isReplicaRunning = { configuration.replica?.isRunning ?? true }
    unreachableMembers = {
      guard let place = configuration.directory else { return [:] }
      let failures = place.addresses.map { address -> (String, String)? in
        let etcd = Etcd([address], as: place.identity, Curl(environment))
        do throws(DirectoryAway) { _ = try etcd.moment() } catch { return (address, error.reason) }
        return nil
      }
      return Dictionary(failures.compactMap(\.self)) { $1 }
    }
    store = {
      guard let store = configuration.store(environment) else { return nil }
      try store.check()
      return try store.documents()
    }
    users = usersOfFile
  }
}

/// As far as this process may see: root sees all.
private func usersOfFile(_ path: String) -> [String] {
  let files = FileManager.default
  let processes = (try? files.contentsOfDirectory(atPath: "/proc"))?.filter { Int($0) != nil } ?? []
  return processes.compactMap { process in
    let open = (try? files.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? []
    let isOpen = open.contains {
      (try? files.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)")) == path
    }
    guard isOpen, let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8) else {
      return nil
    }
    return "\(name.prefix { !$0.isNewline }) (\(process))"
  }
}

/// tmpfs and ramfs; NFS, SMB and CIFS.
private func unfitnessOfDisk(_ path: String) -> String? {
  switch kindOfFileSystem(of: path) {
  case 0x0102_1994, 0x8584_58F6: "in memory, and gone with the next start of the machine"
  case 0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42: "on another machine's disk, where SQLite's log does not work"
  default: nil
  }
}
