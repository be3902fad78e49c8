import Foundation
import TestSupport

/// The wire of W3C WebDriver: JSON over HTTP to a program of its own.
class WebDriver: Driver {
  private let process: ChildProcess
  private let client: Client
  private let folder: TemporaryFolder
  private var session = ""

  init(_ program: String, environment: [String: String] = [:]) throws {
    folder = try TemporaryFolder()
    let port = try Port.free()
    process = try ChildProcess(
      program, ["--port=\(port)"], environment: environment, output: folder.appending("log"),
      error: folder.appending("log"))
    client = Client(port: port)
    try eventually("\(program) answers; \(process.log)") {
      (try? client.get("/status").status) == 200
    }
  }

  deinit { process.kill() }

  func begin(_ settings: BrowserSettings) throws { try begin(capabilities: [:]) }

  func begin(capabilities: [String: Any]) throws {
    let wanted = ["capabilities": ["alwaysMatch": capabilities]]
    let answer = try request("POST", "/session", wanted)
    guard let session = (answer as? [String: Any])?["sessionId"] as? String else {
      throw HarnessError("the browser did not start: \(answer)")
    }
    self.session = session
  }

  /// Sends a command, and returns the `value` of its answer: a dictionary, array, string, number or NSNull.
  @discardableResult
  func send(_ method: String, _ path: String, _ parameters: [String: Any]? = nil) throws -> Any {
    try request(method, "/session/\(session)\(path)", parameters)
  }

  func resize(width: Int, height: Int) throws {
    try send("POST", "/window/rect", ["x": 0, "y": 0, "width": width, "height": height])
  }

  private func request(_ method: String, _ path: String, _ parameters: [String: Any]?) throws -> Any {
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

/// Chromium, without a screen.
final class ChromiumDriver: WebDriver {
  init(environment: [String: String]) throws { try super.init("chromedriver", environment: environment) }

  override func begin(_ settings: BrowserSettings) throws {
    var arguments = [
      "--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
      "--user-data-dir=\(settings.folder.file("profile"))",
      "--window-size=\(settings.width),\(settings.height)",
    ]
    if geteuid() == 0 { arguments.append("--no-sandbox") }
    let options: [String: Any] = [
      "args": arguments,
      "prefs": [
        "download.default_directory": settings.downloads.path, "download.prompt_for_download": false,
        "webkit.webprefs.default_font_size": settings.textSize,
      ],
    ]
    try begin(capabilities: ["browserName": "chrome", "goog:chromeOptions": options])
  }

  override func resize(width: Int, height: Int) throws {
    let size: [String: Any] = ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false]
    try send(
      "POST", "/goog/cdp/execute", ["cmd": "Emulation.setDeviceMetricsOverride", "params": size])
  }
}

/// WebKit in its own small browser, on a screen that nobody sees. It has no setting for the size of text.
final class WebKitDriver: WebDriver {
  /// Shrinks the browser's toolbar, which would keep the window wide.
  private static let style = """
    * { min-width: 0; min-height: 0; padding: 0; margin: 0; font-size: 1px; border-width: 0; }
    image { -gtk-icon-transform: scale(.1); }
    """
  private static let browser = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
  private let screen: ChildProcess

  init(environment: [String: String], folder: TemporaryFolder) throws {
    let settings = folder.appending("gtk-3.0")
    try FileManager.default.createDirectory(at: settings, withIntermediateDirectories: true)
    try Data(Self.style.utf8).write(to: settings.appending(path: "gtk.css"))
    let number = folder.appending("screen")
    screen = try ChildProcess(
      "Xvfb", ["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"], output: number,
      error: folder.appending("screen.log"))
    let display = try eventual("a screen; \(screen.log)") {
      let text = (try? String(contentsOf: number, encoding: .utf8)) ?? ""
      return text.hasSuffix("\n") ? ":" + text.dropLast() : nil
    }
    try super.init(
      "WebKitWebDriver",
      environment: environment.merging([
        "DISPLAY": display, "XDG_CONFIG_HOME": folder.path, "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1",
      ]) { $1 })
  }

  deinit { screen.kill() }

  override func begin(_ settings: BrowserSettings) throws {
    try begin(capabilities: [
      "webkitgtk:browserOptions": ["binary": Self.browser, "args": ["--automation"]] as [String: Any]
    ])
  }

  override func resize(width: Int, height: Int) throws {
    try super.resize(width: width, height: height + 20)
  }
}

/// A refusal of the browser, with the code of the standard (`no such element`, `stale element reference`, …).
struct WebDriverError: Error, CustomStringConvertible {
  let code: String
  let message: String

  init(code: String, message: String) {
    // Chromium's driver says so of an element whose page was left between its look and its answer.
    let isStale = message.contains("does not belong to the document")
    self.code = isStale ? "stale element reference" : code
    self.message = message
  }

  var description: String { "\(code): \(message.prefix { $0 != "\n" })" }
}
