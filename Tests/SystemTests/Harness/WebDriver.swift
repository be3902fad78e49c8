import Foundation
import TestSupport

/// The wire of W3C WebDriver: JSON over HTTP to a chromedriver of its own.
final class WebDriver {
  private let process: ChildProcess
  private let client: Client
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let port = try Port.free()
    process = try ChildProcess(
      "chromedriver", ["--port=\(port)"], output: folder.appending("log"), error: folder.appending("log"))
    client = Client(port: port)
    try eventually("chromedriver answers; \(process.log)") {
      (try? client.get("/status").status) == 200
    }
  }

  deinit { process.kill() }

  /// Sends a command, and returns the `value` of its answer: a dictionary, array, string, number or NSNull.
  @discardableResult
  func send(_ method: String, _ path: String, _ parameters: [String: Any]? = nil) throws -> Any {
    let body = try parameters.map { Array(try JSONSerialization.data(withJSONObject: $0)) }
    let answer = try client.send(method, path, ["Content-Type": "application/json"], body: body ?? [])
    let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
    let value = object?["value"] ?? NSNull()
    guard answer.status == 200 else {
      let problem = value as? [String: Any]
      throw WebDriverError(
        code: problem?["error"] as? String ?? "status \(answer.status)",
        message: problem?["message"] as? String ?? answer.text)
    }
    return value
  }
}

/// A refusal of the browser, with the code of the standard (`no such element`, `stale element reference`, …).
struct WebDriverError: Error, CustomStringConvertible {
  let code: String
  let message: String
  var description: String { "\(code): \(message.prefix { $0 != "\n" })" }
}
