import Foundation
import TestSupport

/// Three booted machines with one network, 10.0.0.1 to 10.0.0.3, that nobody else is in.
final class BootedHosts {
  let machines: [BootedMachine]
  private let network: Network

  /// A bridge in a namespace of its own, and one namespace a host.
  final class Network {
    private let name = "hand\(UInt16.random(in: .min ... .max))"

    init() throws {
      try ip("netns", "add", bridge)
      try ip("-n", bridge, "link", "add", "br0", "type", "bridge")
      try ip("-n", bridge, "link", "set", "br0", "up")
      for host in 1...3 {
        let own = namespace(host)
        try ip("netns", "add", own)
        try ip("-n", bridge, "link", "add", "v\(host)", "type", "veth", "peer", "name", "eth0", "netns", own)
        try ip("-n", bridge, "link", "set", "v\(host)", "master", "br0", "up")
        try ip("-n", own, "address", "add", "10.0.0.\(host)/24", "dev", "eth0")
        try ip("-n", own, "link", "set", "eth0", "up")
        try ip("-n", own, "link", "set", "lo", "up")
      }
    }

    deinit { for one in [bridge] + (1...3).map(namespace) { _ = try? ip("netns", "delete", one) } }

    private var bridge: String { name }
    func namespace(_ host: Int) -> String { "\(name)-\(host)" }

    /// Keeps a host from the others, or no longer.
    func cut(_ host: Int, _ isCut: Bool = true) throws {
      try ip("-n", bridge, "link", "set", "v\(host)", isCut ? "down" : "up")
    }

    /// Runs a program beside the hosts, at 10.0.0.9.
    func start(_ program: String, _ arguments: [String], log: URL) throws -> ChildProcess {
      try ip("-n", bridge, "address", "add", "10.0.0.9/24", "dev", "br0")
      try ip("-n", bridge, "link", "set", "lo", "up")
      return try ChildProcess(
        "ip", ["netns", "exec", bridge, program] + arguments, output: log, error: log)
    }

    private func ip(_ arguments: String...) throws {
      let done = try Tool.run("ip", arguments)
      guard done.succeeded else { throw HarnessError("ip \(arguments): \(done.error)") }
    }
  }

  init(showing binds: [String]) throws {
    let network = try Network()
    self.network = network
    machines = try (1...3).map {
      try BootedMachine(showing: binds, network: "/run/netns/\(network.namespace($0))")
    }
  }

  func cut(_ host: Int, _ isCut: Bool = true) throws { try network.cut(host, isCut) }

  /// An S3 store at 10.0.0.9:9000 with a bucket `handover`, which all hosts reach; it ends with the value.
  func startStore() throws -> ChildProcess {
    let store = try network.start(
      Repository.appending(".build/python/bin/moto_server").path, ["-H", "10.0.0.9", "-p", "9000"],
      log: machines[0].folder.appending("store.log"))
    try eventually("the store answers; \(store.log)") {
      try machines[0].run("curl -sf -X PUT http://10.0.0.9:9000/handover").succeeded
    }
    return store
  }

  subscript(_ host: Int) -> BootedMachine { machines[host - 1] }
}
