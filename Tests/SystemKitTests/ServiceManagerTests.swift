import Glibc
import TestSupport
import Testing

@testable import System

@Suite("The service manager")
struct ServiceManagerTests {
  private func manager(_ environment: [String: String]) -> (ServiceManager, problems: [String]) {
    var problems: [String] = []
    let manager = ServiceManager(environment, process: 77) { problems.append($0) }
    return (manager, problems)
  }

  @Test("gives nothing where it has not started this process")
  func none() {
    for environment in [
      [:], ["LISTEN_PID": "78", "LISTEN_FDS": "x", "WATCHDOG_PID": "78", "WATCHDOG_USEC": "x"],
    ] {
      let (manager, problems) = manager(environment)
      #expect(manager.socket == nil && manager.watchdog == nil && !manager.isListening && problems == [])
      manager.notify("READY=1")
    }
  }

  @Test("gives its socket, and says how long it waits for a sign of life")
  func taken() {
    let (manager, problems) = manager([
      "LISTEN_PID": "77", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "handover.socket", "WATCHDOG_PID": "77",
      "WATCHDOG_USEC": "30000000", "NOTIFY_SOCKET": "/run/systemd/notify",
    ])
    #expect(manager.socket == 3 && manager.watchdog == .seconds(30) && manager.isListening && problems == [])
  }

  @Test("Each of its variables that is wrong is named")
  func wrong() {
    let (manager, problems) = manager([
      "LISTEN_PID": "77", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b", "WATCHDOG_USEC": "soon",
      "NOTIFY_SOCKET": "vsock:2:1234",
    ])
    #expect(manager.socket == nil && manager.watchdog == nil && !manager.isListening)
    #expect(problems.count == 3 && problems[0].contains("'2' (a:b)"))
  }

  @Test("hears each line in one datagram, at a path and at a name in the kernel", arguments: [true, false])
  func notifies(isAbstract: Bool) throws {
    let folder = try TemporaryFolder()
    let address = isAbstract ? "@handover-\(UInt64.random(in: 0 ... .max))" : folder.file("notify")
    let socket = try listener(at: address)
    defer { close(socket) }
    let (manager, _) = manager(["NOTIFY_SOCKET": address])
    manager.notify("READY=1", "STATUS=Serving")
    #expect(received(socket) == "READY=1\nSTATUS=Serving")
    #expect(try manager.whileStarting { received(socket) } == "EXTEND_TIMEOUT_USEC=30000000")
  }

  private func listener(at address: String) throws -> Int32 {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    let bound = unsafe UnixAddress.with(address) { unsafe bind(socket, $0, $1) }
    try #require(bound == 0)
    return socket
  }

  private func received(_ socket: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = unsafe recv(socket, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
