import Foundation
import TestSupport

/// A Debian 12 of its own with a systemd that runs, as a container (systemd-nspawn): units, users, sandbox, timers and
/// kills are those of a real machine. It has no network but its own loopback, or one with others of its kind, and what is written in it goes with it.
///
/// What all of them stand on is made once, from the mirror that apt uses, and lies in `.build/booted`.
final class BootedMachine {
  /// The upper layer, with what was written.
  let folder: TemporaryFolder
  private var container: ChildProcess?
  private var leader: pid_t = 0
  private let binds: [String]
  /// The path of the network's namespace; nil: it has nothing but its own loopback.
  private let network: String?

  /// What a machine has beside Debian's smallest system.
  private static let packages = [
    "systemd", "systemd-sysv", "dbus", "nginx", "libfcgi0ldbl", "libsqlite3-0", "sqlite3", "curl",
    "ca-certificates", "procps", "iproute2", "openssl", "qrencode", "rclone", "wrk", "postfix",
    "etcd-server", "etcd-client",
  ]

  /// Whether one can be booted here.
  static let isPossible: Bool = {
    let tools = ["systemd-nspawn", "mmdebstrap", "nsenter"].allSatisfy { tool in
      ["/usr/bin", "/usr/sbin", "/bin"].contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
      }
    }
    return geteuid() == 0 && tools
  }()

  /// Boots one, and returns when systemd has started what it starts.
  ///
  /// - Parameters:
  ///   - binds: paths of this machine, and of the booted one after a colon, that are shown in it, read-only.
  ///   - network: the path of a namespace that it is in.
  init(showing binds: [String] = [], network: String? = nil) throws {
    folder = try TemporaryFolder()
    self.binds = binds
    self.network = network
    for name in ["upper", "work", "root"] {
      try FileManager.default.createDirectory(at: folder.appending(name), withIntermediateDirectories: false)
    }
    // systemd's own users have to reach what is in it.
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
    for name in ["upper", "root"] {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.file(name))
    }
    let layers =
      "lowerdir=\(try Self.base().path),upperdir=\(folder.file("upper")),workdir=\(folder.file("work"))"
    try must("mount", "-t", "overlay", "overlay", "-o", layers, root)
    try boot()
  }

  deinit {
    kill()
    _ = try? Tool.run("umount", ["--lazy", root])
  }

  /// The path of the machine's root here.
  var root: String { folder.file("root") }

  /// Starts it, anew after `powerOff` or `kill`, with what was written before.
  func boot() throws {
    var arguments = [
      "-D", root, "--boot", "--register=no", "--keep-unit", "--console=pipe",
      network.map { "--network-namespace-path=\($0)" } ?? "--private-network",
    ]
    arguments += ["--machine=handover\(UInt32.random(in: .min ... .max))", "--kill-signal=SIGKILL"]
    arguments += binds.map { "--bind-ro=\($0)" }
    let log = folder.appending("console.log")
    let container = try ChildProcess(
      "systemd-nspawn", arguments, environment: ["SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"], output: log,
      error: log)
    self.container = container
    try eventually("the machine boots; \(container.log)") {
      guard container.isRunning else { throw HarnessError("the machine did not boot: \(container.log)") }
      leader = firstProcess(in: container.pid) ?? 0
      return leader > 0
    }
    try eventually("systemd is there; \(container.log)") {
      try run("systemctl is-system-running --wait").output.contains(/running|degraded/)
    }
  }

  /// Ends it as its own shutdown does, and returns when it is off.
  func powerOff() throws {
    guard leader > 0 else { return }
    Glibc.kill(leader, __libc_current_sigrtmin() + 4)
    guard container?.waitForEnd(.seconds(60)) != nil else { throw HarnessError("the machine did not go off") }
    leader = 0
  }

  /// Ends it as a power cut does.
  func kill() {
    guard leader > 0 else { return }
    Glibc.kill(leader, SIGKILL)
    _ = container?.waitForEnd(.seconds(20))
    leader = 0
  }

  /// Runs a script of the shell in it, as root.
  func run(_ script: String, input: String = "", timeout: Duration = .seconds(120)) throws -> Tool.Result {
    // Of the machine's own environment, and none of this one's.
    let inside = [
      "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "/bin/sh", "-c", script,
    ]
    return try Tool.run(
      "nsenter", ["-t", String(leader), "-m", "-u", "-i", "-n", "-p", "-C", "--"] + inside, input: input,
      timeout: timeout)
  }

  /// Runs it, and returns what it printed.
  /// - Throws: where it fails.
  @discardableResult
  func must(_ script: String, input: String = "", timeout: Duration = .seconds(120)) throws -> String {
    let result = try run(script, input: input, timeout: timeout)
    guard result.succeeded else {
      throw HarnessError("\(script): \(result.status) \(result.error)\(result.output)")
    }
    return result.output
  }

  /// Writes a file of the machine, with the folders above it.
  func write(_ text: String, to path: String, mode: Int = 0o644) throws {
    try must(
      "mkdir -p \"$(dirname \(path))\" && cat > \(path) && chmod \(String(mode, radix: 8)) \(path)",
      input: text)
  }

  /// What a unit has said, the newest last.
  func journal(of unit: String) throws -> String {
    try must("journalctl --sync; journalctl --no-pager -o cat -u \(unit)")
  }

  /// The value of a unit's property, as `systemctl show` has it.
  func property(_ name: String, of unit: String) throws -> String {
    try must("systemctl show --property \(name) --value \(unit)").trimmingCharacters(
      in: .whitespacesAndNewlines)
  }

  private func must(_ program: String, _ arguments: String...) throws {
    let result = try Tool.run(program, arguments)
    guard result.succeeded else { throw HarnessError("\(program) \(arguments): \(result.error)") }
  }
}

/// What all machines stand on.
extension BootedMachine {
  private static func base() throws -> URL {
    let folder = Repository.appending(".build/booted")
    let (root, mark) = (folder.appending(path: "root"), folder.appending(path: "packages"))
    let wanted = packages.joined(separator: ",")
    if (try? String(contentsOf: mark, encoding: .utf8)) == wanted { return root }
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // What would start by itself starts where a test wants it.
    let disable = "chroot \"$1\" systemctl disable nginx postfix etcd apt-daily.timer apt-daily-upgrade.timer"
    let made = try Tool.run(
      "mmdebstrap",
      [
        "--quiet", "--variant=minbase", "--include=\(wanted)", "--customize-hook=\(disable)", "bookworm",
        root.path,
      ],
      timeout: .seconds(900))
    guard made.succeeded else { throw HarnessError("no Debian was made: \(made.error)") }
    try Data(wanted.utf8).write(to: mark)
    return root
  }
}

/// The first process of a container, by the process that has started it: of those below that one the one whose number in
/// a namespace of its own is 1. (By its name another one could be taken.)
private func firstProcess(in container: pid_t) -> pid_t? {
  var parents: [pid_t: pid_t] = [:]
  var first: [pid_t] = []
  for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
    guard let process = pid_t(name),
      let text = try? String(contentsOfFile: "/proc/\(name)/status", encoding: .utf8)
    else { continue }
    for line in text.split(separator: "\n") {
      let fields = line.split(whereSeparator: \.isWhitespace)
      if fields.first == "PPid:" { parents[process] = fields.last.flatMap { pid_t($0) } }
      if fields.first == "NSpid:", fields.count > 2, fields.last == "1" { first.append(process) }
    }
  }
  return first.first { process in
    let parent = parents[process] ?? 0
    return parent == container || parents[parent] == container
  }
}
