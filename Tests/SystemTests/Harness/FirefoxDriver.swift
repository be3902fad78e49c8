import Foundation
import TestSupport

/// Firefox, by its own protocol, Marionette: JSON over TCP. What stands between it and WebDriver elsewhere, geckodriver,
/// is in no Debian; the commands are the same under other names.
final class FirefoxDriver: Driver {
  private let port: Int
  private let environment: [String: String]
  private var process: ChildProcess?
  private var socket: Socket?
  private var unread: [UInt8] = []
  private var count = 0

  init(environment: [String: String]) throws {
    port = try Port.free()
    self.environment = environment
  }

  deinit { process?.kill() }

  func begin(_ settings: BrowserSettings) throws {
    let profile = settings.folder.appending("profile")
    try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
    let preferences = """
      user_pref("marionette.port", \(port));
      user_pref("font.size.variable.x-western", \(settings.textSize));
      user_pref("browser.shell.checkDefaultBrowser", false);
      user_pref("datareporting.policy.dataSubmissionEnabled", false);
      user_pref("app.normandy.enabled", false);
      """
    try Data(preferences.utf8).write(to: profile.appending(path: "user.js"))
    let log = settings.folder.appending("firefox.log")
    process = try ChildProcess(
      "firefox-esr",
      [
        "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile",
        profile.path,
        "about:blank",
      ],
      environment: environment.merging(["HOME": settings.folder.path, "MOZ_HEADLESS_WIDTH": "1600"]) { $1 },
      output: log, error: log)
    try eventually("Firefox listens; \(process?.log ?? "")") {
      socket = try? Socket(port: port)
      return socket != nil
    }
    _ = try receive()
    try call("WebDriver:NewSession", ["capabilities": ["alwaysMatch": [String: Any]()]])
  }

  /// The commands that the tests use, by method and path.
  @discardableResult
  func send(_ method: String, _ path: String, _ parameters: [String: Any]?) throws -> Any {
    let words = path.split(separator: "/").map(String.init)
    var parameters = parameters ?? [:]
    if words.count > 2 { parameters["id"] = words[1] }
    switch (method, words.first, words.count > 2 ? words[2] : words.dropFirst().first) {
    case ("POST", "url", _): return try call("WebDriver:Navigate", parameters)
    case ("GET", "url", _): return try call("WebDriver:GetCurrentURL")
    case ("POST", "refresh", _): return try call("WebDriver:Refresh")
    case ("POST", "execute", "sync"): return try call("WebDriver:ExecuteScript", parameters)
    case ("POST", "execute", "async"): return try call("WebDriver:ExecuteAsyncScript", parameters)
    case ("POST", "elements", _): return try call("WebDriver:FindElements", parameters)
    case ("GET", "element", "active"): return try call("WebDriver:GetActiveElement")
    case ("POST", "element", "click"): return try call("WebDriver:ElementClick", parameters)
    case ("POST", "element", "value"): return try call("WebDriver:ElementSendKeys", parameters)
    case ("GET", "element", "text"): return try call("WebDriver:GetElementText", parameters)
    case ("GET", "element", "computedlabel"): return try call("WebDriver:GetComputedLabel", parameters)
    case ("GET", "screenshot", _): return try call("WebDriver:TakeScreenshot", ["full": false])
    case ("DELETE", "cookie", _): return try call("WebDriver:DeleteAllCookies")
    case ("DELETE", nil, _): return try call("WebDriver:DeleteSession")
    default: throw HarnessError("no command of Marionette for \(method) \(path) yet")
    }
  }

  /// The page alone gets the size: a window of Firefox has a least width.
  func resize(width: Int, height: Int) throws {
    try call("Marionette:SetContext", ["value": "chrome"])
    let script = """
      gBrowser.selectedBrowser.style.cssText =
        `width: ${arguments[0]}px; height: ${arguments[1]}px; flex: none; min-width: 0; max-width: none`;
      """
    try call("WebDriver:ExecuteScript", ["script": script, "args": [width, height]])
    try call("Marionette:SetContext", ["value": "content"])
  }

  /// A message is its length, a colon and a list: 0, a number, the command, its parameters; or 1, the number, what is
  /// wrong, the result.
  @discardableResult
  private func call(_ command: String, _ parameters: [String: Any] = [:]) throws -> Any {
    count += 1
    let message = try JSONSerialization.data(withJSONObject: [0, count, command, parameters] as [Any])
    guard socket != nil else { throw HarnessError("Firefox has not started") }
    try socket?.send(Array("\(message.count):".utf8) + Array(message))
    let answer = try receive() as? [Any] ?? []
    guard answer.count == 4 else { throw HarnessError("Firefox says \(answer)") }
    if let problem = answer[2] as? [String: Any] {
      throw WebDriverError(
        code: problem["error"] as? String ?? "", message: problem["message"] as? String ?? "")
    }
    let result = answer[3]
    return (result as? [String: Any])?["value"] ?? result
  }

  private func receive() throws -> Any {
    while true {
      if let colon = unread.firstIndex(of: UInt8(ascii: ":")),
        let length = Int(String(decoding: unread[..<colon], as: UTF8.self)), unread.count > colon + length
      {
        let message = Data(unread[(colon + 1)...(colon + length)])
        unread.removeFirst(colon + 1 + length)
        return try JSONSerialization.jsonObject(with: message)
      }
      let bytes = try socket?.receive() ?? []
      if bytes.isEmpty { throw HarnessError("Firefox has ended; \(process?.log ?? "")") }
      unread += bytes
    }
  }
}
