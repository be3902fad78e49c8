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

  /// Whether each site is one of two cells, and nginx asks the other one first: HANDOVER_TEST_CELLS=1.
  private static let hasCells = ProcessInfo.processInfo.environment["HANDOVER_TEST_CELLS"] == "1"

  /// - Parameters:
  ///   - settings: variables of the product that differ from the defaults.
  ///   - hasCells: whether it is one of two cells, of which nginx asks the other one first, that has nothing.
  init(_ settings: [String: String] = [:], hasCells: Bool = hasCells) throws {
    folder = try TemporaryFolder()
    port = try Port.free()
    let own = [
      "PORT": String(port), "HANDOVER_DATA": folder.appending("data").path,
      "HANDOVER_URL": "http://localhost:\(port)", "HANDOVER_LOG": "debug",
    ]
    let whole = own.merging(settings) { $1 }
    // Its ids are those of a machine without cells.
    environment = hasCells ? whole.merging(["HANDOVER_CELL": "data:0"]) { $1 } : whole
    front =
      hasCells
      ? whole.merging(["HANDOVER_CELL": "front:1", "HANDOVER_DATA": folder.appending("front").path]) { $1 }
      : nil
    url = environment["HANDOVER_URL"] ?? ""
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
    let own = data.appending(path: "nginx")
    try FileManager.default.createDirectory(
      at: own.appending(path: "temporary"), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    if let front {
      frontServer = try ChildProcess(
        Checkout.handover, ["serve"], environment: front, folder: Repository.folder,
        output: folder.appending("front.log"), error: folder.appending("front.log"))
      try eventually("the other cell serves") {
        FileManager.default.fileExists(atPath: folder.appending("front/handover.sock").path)
      }
    }
    let filled = try Tool.run(Checkout.site, environment: front ?? environment)
    guard filled.succeeded else { throw HarnessError("Scripts/site: \(filled.error)") }
    try Data(filled.output.utf8).write(to: own.appending(path: "nginx.conf"))
    let user = geteuid() == 0 ? " user root root;" : ""
    nginx = try ChildProcess(
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
      guard let answer = try? client().get(path) else { return false }
      return answer.text == word && answer.status == (word == "ok" ? 200 : 503)
    }
  }

  /// Stops both as Scripts/run does. The exit codes, nil for what did not run.
  @discardableResult
  func stop() throws -> (nginx: Int32?, server: Int32?) {
    defer {
      server?.kill()
      frontServer?.kill()
    }
    let nginxStatus = try nginx?.stop(with: SIGQUIT)
    return (nginxStatus, try server?.stop())
  }

  /// A killed nginx would leave its workers behind.
  deinit {
    _ = try? nginx?.stop()
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

  /// The logs of both.
  var logs: String {
    [folder.appending("server.log"), folder.appending("nginx.log"), data.appending(path: "nginx/access.log")]
      .compactMap { try? String(decoding: Data(contentsOf: $0), as: UTF8.self) }.joined()
  }
}
