import Glibc

// What systemd and a service have to say to each other
//
// A service that systemd listens for gets the socket as descriptor 3, and `LISTEN_FDS=1`, `LISTEN_PID` and
// `LISTEN_FDNAMES` (sd_listen_fds(3)). The socket is systemd's: it is there before the service starts, and between two
// of its lives, and keeps whoever connects meanwhile.
//
// The other way goes a datagram to `NOTIFY_SOCKET`, with a line for each thing that the service says (sd_notify(3)):
// that it is ready, that it stops, that its start takes longer. Where `WATCHDOG_USEC` says so (sd_watchdog_enabled(3)),
// systemd kills it when it hasn't said `WATCHDOG=1` for that long.

/// systemd, if it has started this process; else nothing is taken over, and nothing is said.
package struct ServiceManager: Sendable {
  /// The descriptor of the socket that it listens on for this process.
  package let socket: Int32?
  /// It kills this process where that hasn't said for this long that it is alive.
  package let watchdog: Duration?
  private let address: String?

  /// What it has set is for this process, and not for what that starts.
  package static let variables: Set<String> = [
    "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
  ]

  private static let firstDescriptor: Int32 = 3

  /// - Parameters:
  ///   - process: the variables that name another one are not for this one.
  ///   - problem: hears of each variable that is wrong.
  package init(_ environment: [String: String], process: pid_t = getpid(), problem: (String) -> Void) {
    func isForThisProcess(_ variable: String) -> Bool { environment[variable] == String(process) }

    var socket: Int32?
    if isForThisProcess("LISTEN_PID"), let count = environment["LISTEN_FDS"], count != "0" {
      if count == "1" {
        socket = Self.firstDescriptor
      } else {
        let names = environment["LISTEN_FDNAMES"].map { " (\($0))" } ?? ""
        problem("LISTEN_FDS is '\(count)'\(names), but must be 1: one socket unit with one ListenStream=")
      }
    }
    self.socket = socket

    var watchdog: Duration?
    if environment["WATCHDOG_PID"] == nil || isForThisProcess("WATCHDOG_PID"),
      let text = environment["WATCHDOG_USEC"]
    {
      if let time = Int64(text), time > 0 {
        watchdog = .microseconds(time)
      } else {
        problem("WATCHDOG_USEC is '\(text)', but must be a number of microseconds")
      }
    }
    self.watchdog = watchdog

    var address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    if let text = address,
      !text.hasPrefix("/") && !text.hasPrefix("@") || text.utf8.count > UnixAddress.longest
    {
      problem(
        "NOTIFY_SOCKET is '\(text)', but must be a path or @name of at most \(UnixAddress.longest) bytes")
      address = nil
    }
    self.address = address
  }

  /// Whether it wants to hear anything.
  package var isListening: Bool { address != nil }

  /// Says it, a line each. What it doesn't hear it notices by its own limits.
  package func notify(_ lines: String...) {
    guard let address else { return }
    let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let socket = Glibc.socket(AF_UNIX, type, 0)
    guard socket >= 0 else { return }
    defer { close(socket) }
    let bytes = Array(lines.joined(separator: "\n").utf8)
    _ = unsafe UnixAddress.with(address) { address, size in
      unsafe bytes.withUnsafeBytes {
        Int32(unsafe sendto(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL), address, size))
      }
    }
  }

  /// Runs the body, for which the start may take as long as it does.
  package func whileStarting<Result>(_ body: () throws -> Result) throws -> Result {
    guard isListening else { return try body() }
    let ended = Wakeup()
    let thread = try Thread(name: "service start") {
      while !ended.isStopped {
        notify("EXTEND_TIMEOUT_USEC=\(Int(Self.patience.milliseconds) * 1_000)")
        ended.wait(atMost: Self.patience / 3)
      }
    }
    defer {
      ended.stop()
      thread.join()
    }
    return try body()
  }

  /// How long it is asked to wait, again and again.
  private static let patience = Duration.seconds(30)
}
