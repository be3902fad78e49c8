import Foundation
import TestSupport

/// A whole site of its own: data folder, port, the release binary and nginx with the project's nginx.conf, filled in by
/// the script that Scripts/run uses too. Call `stop` at the end of the test.
final class Site {
  let folder: TemporaryFolder
  let port: Int
  let url: String
  let environment: [String: String]
  private(set) var server: ChildProcess?
  private(set) var nginx: ChildProcess?
  /// The cell that nginx asks first, and that has nothing; nil where there are no cells.
  private let front: [String: String]?
  private var frontServer: ChildProcess?
  /// Where the cells are on two hosts: that of the other one, which everybody reaches, and etcd.
  private var frontNginx: ChildProcess?
  let etcd: EtcdProcess?

  /// What people reach.
  enum Front: String {
    case itself = "0"
    /// Another cell of the same machine, that has nothing.
    case cell = "1"
    /// Another host, whose cell has nothing.
    case host = "2"
  }

  /// That of all sites: HANDOVER_TEST_CELLS=1, or 2.
  private static let front = ProcessInfo.processInfo.environment["HANDOVER_TEST_CELLS"].flatMap(Front.init)

  /// - Parameters:
  ///   - settings: variables of the product that differ from the defaults.
  ///   - way: what people reach.
  init(_ settings: [String: String] = [:], behind way: Front = front ?? .itself) throws {
    folder = try TemporaryFolder()
    port = try Port.free()
    let hosts = way == .host ? try Self.hosts(in: folder) : nil
    etcd = hosts?.etcd
    let own = [
      "PORT": String(port), "HANDOVER_DATA": folder.appending("data").path,
      "HANDOVER_URL": "http://localhost:\(port)", "HANDOVER_LOG": "debug",
    ]
    let whole = own.merging(settings) { $1 }
    url = whole["HANDOVER_URL"] ?? ""
    guard way != .itself else {
      (environment, front) = (whole, nil)
      return
    }
    // Its ids are those of a machine without cells.
    let home = whole.merging(["HANDOVER_CELL": "data:0"]) { $1 }
    let front = whole.merging(["HANDOVER_CELL": "front:1", "HANDOVER_DATA": folder.appending("front").path]) {
      $1
    }
    self.front = front.merging(hosts?.front ?? [:]) { $1 }
    environment = home.merging(hosts?.home ?? [:]) { $1 }
  }

  /// What the hosts have to know of each other, and etcd, which runs.
  private static func hosts(
    in folder: TemporaryFolder
  ) throws -> (home: [String: String], front: [String: String], etcd: EtcdProcess) {
    let certificates = try HostCertificates(in: folder)
    let etcd = try EtcdProcess(in: folder, certificates)
    func host() throws -> [String: String] {
      [
        "HANDOVER_DIRECTORY": etcd.url, "HANDOVER_HOST": "127.0.0.1:\(try Port.free())",
        "HANDOVER_HOST_CERTIFICATES": certificates.folder,
      ]
    }
    let other = folder.appending("other")
    try FileManager.default.createDirectory(
      at: other, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    return (
      try host().merging(["PORT": "\(try Port.free())"]) { $1 },
      try host().merging(["HANDOVER_DATA": other.appending(path: "front").path]) { $1 }, etcd
    )
  }

  var data: URL { folder.appending("data") }

  /// Starts both, and returns when the site answers.
  func start() throws {
    try startServer()
    try startNginx()
    try waitForHealth()
  }

  /// - Parameter wrapper: a program, with its arguments, that changes the process's environment and then becomes the
  ///   server.
  func startServer(_ binary: String = Checkout.handover, under wrapper: [String] = []) throws {
    let command = wrapper + [binary, "serve"]
    server = try ChildProcess(
      command[0], Array(command.dropFirst()), environment: environment, folder: Repository.folder,
      output: folder.appending("server.log"), error: folder.appending("server.log"))
  }

  func startNginx() throws {
    guard let front, let place = front["HANDOVER_DATA"] else {
      nginx = try nginx(data, environment)
      return
    }
    if etcd != nil {
      nginx = try nginx(data, environment)
      // The hosts have the same keys.
      try eventually("the keys are there") {
        FileManager.default.fileExists(atPath: folder.appending("keys").path)
      }
      let keys = folder.appending("other/keys")
      if !FileManager.default.fileExists(atPath: keys.path) {
        try FileManager.default.copyItem(at: folder.appending("keys"), to: keys)
      }
    }
    try startFront()
    try eventually("the other cell serves") {
      FileManager.default.fileExists(atPath: place + "/handover.sock")
    }
    let started = try nginx(URL(filePath: etcd == nil ? data.path : place), front)
    if etcd == nil { nginx = started } else { frontNginx = started }
  }

  private func startFront() throws {
    frontServer = try ChildProcess(
      Checkout.handover, ["serve"], environment: front ?? [:], folder: Repository.folder,
      output: folder.appending("front.log"), error: folder.appending("front.log"))
  }

  private func nginx(_ data: URL, _ environment: [String: String]) throws -> ChildProcess {
    let own = data.appending(path: "nginx")
    try FileManager.default.createDirectory(
      at: own.appending(path: "temporary"), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    let hosts = [self.environment["HANDOVER_HOST"], front?["HANDOVER_HOST"]].compactMap(\.self)
    let others = hosts.filter { $0 != environment["HANDOVER_HOST"] }
    let filled = try Tool.run(
      Checkout.site, others.flatMap { ["--host", $0] }, environment: environment)
    guard filled.succeeded else { throw HarnessError("Scripts/site: \(filled.error)") }
    try Data(filled.output.utf8).write(to: own.appending(path: "nginx.conf"))
    let user = geteuid() == 0 ? " user root root;" : ""
    return try ChildProcess(
      "nginx", ["-e", "stderr", "-p", own.path + "/", "-c", "nginx.conf", "-g", "daemon off;" + user],
      environment: environment, output: folder.appending("nginx.log"), error: folder.appending("nginx.log"))
  }

  /// - Parameter word: what /health says.
  func waitForHealth(_ word: String = "ok") throws {
    try eventually("/health says \(word); \(logs)") {
      for (name, process) in [("handover serve", server), ("nginx", nginx)] where process?.isRunning == false
      {
        throw HarnessError("\(name) ended at its start: \(logs)")
      }
      let path = front == nil ? "/health" : "/health?cell=data"
      guard let answer = try? home.get(path) else { return false }
      if frontNginx != nil, (try? client().get("/health"))?.status != 200 { return false }
      return answer.text == word && answer.status == (word == "ok" ? 200 : 503)
    }
  }

  /// A client of the host that has the data, which people need not reach.
  private var home: Client {
    Client(port: etcd == nil ? port : Int(environment["PORT"] ?? "") ?? port, host: "localhost:\(port)")
  }

  /// Stops both as Scripts/run does. The exit codes, nil for what did not run.
  @discardableResult
  func stop() throws -> (nginx: Int32?, server: Int32?) {
    defer {
      server?.kill()
      frontServer?.kill()
    }
    _ = try frontNginx?.stop(with: SIGQUIT)
    let nginxStatus = try nginx?.stop(with: SIGQUIT)
    return (nginxStatus, try server?.stop())
  }

  /// A killed nginx would leave its workers behind.
  deinit {
    _ = try? nginx?.stop()
    _ = try? frontNginx?.stop()
    server?.kill()
    frontServer?.kill()
  }

  /// A client without cookies.
  func client() -> Client { Client(port: port) }

  /// Runs `handover …` on this site's data.
  func handover(_ arguments: String..., input: String = "") throws -> Tool.Result {
    try handover(arguments, input: input)
  }

  func handover(_ arguments: [String], input: String = "") throws -> Tool.Result {
    try Tool.run(
      Checkout.handover, arguments, input: input, environment: environment, folder: Repository.folder,
      timeout: .seconds(600))
  }

  /// The same on those of the cell that people reach first.
  func handoverInFront(_ arguments: String..., input: String = "") throws -> Tool.Result {
    try Tool.run(
      Checkout.handover, arguments, input: input, environment: front ?? [:], folder: Repository.folder,
      timeout: .seconds(600))
  }

  /// Starts the servers of both cells anew, under the same nginx.
  func restartServers() throws {
    _ = try server?.stop()
    _ = try frontServer?.stop()
    try startServer()
    try startFront()
    try waitForHealth()
  }

  /// What the other host is known by.
  var frontHost: String? { front?["HANDOVER_HOST"] }

  /// Has the other host serve a cell that it has taken over.
  ///
  /// - Parameter environment: the cell's, there.
  func serveOnFront(_ environment: [String: String]) throws {
    server = try ChildProcess(
      Checkout.handover, ["serve"], environment: environment, folder: Repository.folder,
      output: folder.appending("server.log"), error: folder.appending("server.log"))
    guard let front, let place = front["HANDOVER_DATA"], let data = environment["HANDOVER_DATA"] else {
      return
    }
    try eventually("it serves") { FileManager.default.fileExists(atPath: data + "/handover.sock") }
    _ = try frontNginx?.stop(with: SIGQUIT)
    frontNginx = try nginx(URL(filePath: place), front)
    try eventually("nginx answers") { (try? client().get("/health"))?.status == 200 }
  }

  /// The logs of both.
  var logs: String {
    let hosts = ["front.log", "other/front/nginx/access.log"].map { folder.appending($0) }
    let own = ["server.log", "nginx.log", "data/nginx/access.log"].map { folder.appending($0) }
    return (etcd == nil ? own : own + hosts)
      .compactMap { try? String(decoding: Data(contentsOf: $0), as: UTF8.self) }.joined()
  }
}
