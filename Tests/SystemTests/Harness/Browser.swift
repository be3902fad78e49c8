import Foundation
import TestSupport

/// A headless Chromium with a profile of its own, driven as a person would: by labels, buttons, links and keys.
///
/// What is looked for is waited for; what is read is read at once.
final class Browser {
  enum ColourScheme: String { case light, dark }

  /// Where downloads land.
  let downloads: URL
  private let driver: WebDriver
  private let folder: TemporaryFolder
  private let session: String

  /// - Parameters:
  ///   - width, height: of the page in CSS pixels; 390 by 844 is a phone.
  ///   - runsScripts: false as with JavaScript turned off.
  ///   - textSize: what people set who read badly; 16 is the browser's own.
  init(
    width: Int = 1280, height: Int = 900, colourScheme: ColourScheme = .light, runsScripts: Bool = true,
    textSize: Int = 16
  ) throws {
    folder = try TemporaryFolder()
    downloads = folder.appending("downloads")
    try FileManager.default.createDirectory(at: downloads, withIntermediateDirectories: true)
    driver = try WebDriver()
    session = try Self.begin(
      driver, profile: folder.appending("profile").path, downloads: downloads.path, width: width,
      height: height, textSize: textSize)
    try resize(width: width, height: height)
    try prefer(colourScheme)
    if !runsScripts { try protocolCommand("Emulation.setScriptExecutionDisabled", ["value": true]) }
  }

  /// Closes the browser. Its profile and downloads go with the value.
  func quit() throws { try command("DELETE", "") }

  deinit { try? quit() }

  // MARK: pages

  func open(_ url: String) throws { try command("POST", "/url", ["url": url]) }
  func reload() throws { try command("POST", "/refresh", [:]) }
  func back() throws { try command("POST", "/back", [:]) }
  var url: String { get throws { try string("/url") } }
  var title: String { get throws { try string("/title") } }
  var source: String { get throws { try string("/source") } }

  /// What a person can read on the page.
  var text: String { get throws { try find("body").text } }

  func waitForURL(_ what: String, where fits: (String) -> Bool) throws {
    try eventually("address \(what)") { fits(try url) }
  }

  /// Waits until the page shows this text.
  func waitForText(_ wanted: String, within limit: Duration = .seconds(120)) throws {
    try eventually("the page shows '\(wanted)'", within: limit) {
      do { return try text.contains(wanted) } catch let error as WebDriverError where error.isPassing {
        return false
      }
    }
  }

  // MARK: looks

  func resize(width: Int, height: Int) throws {
    try protocolCommand(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
  }

  func prefer(_ scheme: ColourScheme) throws {
    try protocolCommand(
      "Emulation.setEmulatedMedia",
      ["features": [["name": "prefers-color-scheme", "value": scheme.rawValue]]])
  }

  /// Leaves a picture of the page in .build/screenshots, down to its end.
  @discardableResult
  func screenshot(_ name: String) throws -> URL {
    let answer = try protocolCommand(
      "Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true])
    guard let text = (answer as? [String: Any])?["data"] as? String, let picture = Data(base64Encoded: text)
    else {
      throw HarnessError("no screenshot")
    }
    try FileManager.default.createDirectory(at: Checkout.screenshots, withIntermediateDirectories: true)
    let file = Checkout.screenshots.appending(path: name + ".png")
    try picture.write(to: file)
    return file
  }

  // MARK: the rest

  /// Runs the body of a function in the page, and returns what it returns. The site's policy does not bind it.
  @discardableResult
  func evaluate(_ script: String, _ arguments: [Any] = []) throws -> Any {
    try command("POST", "/execute/sync", ["script": script, "args": arguments])
  }

  /// A command of Chromium's own protocol (DevTools).
  @discardableResult
  func protocolCommand(_ name: String, _ parameters: [String: Any] = [:]) throws -> Any {
    try command("POST", "/goog/cdp/execute", ["cmd": name, "params": parameters])
  }

  /// Cookies of the page, HttpOnly ones too, each with `name`, `value`, `secure`, `httpOnly`, `sameSite`.
  var cookies: [[String: Any]] { get throws { try command("GET", "/cookie") as? [[String: Any]] ?? [] } }

  func deleteCookies() throws { try command("DELETE", "/cookie") }

  /// Presses keys where the focus is: text, or one of `Key`.
  func press(_ keys: String) throws { try activeElement.type(keys) }

  /// Waits for a download to be complete, and returns it.
  func download(where fits: (String) -> Bool = { _ in true }) throws -> URL {
    try eventual("a download") {
      try FileManager.default.contentsOfDirectory(at: downloads, includingPropertiesForKeys: nil)
        .first {
          let name = $0.lastPathComponent
          return !name.hasSuffix(".crdownload") && !name.hasPrefix(".") && fits(name)
        }
    }
  }

  @discardableResult
  func command(_ method: String, _ path: String, _ parameters: [String: Any]? = nil) throws -> Any {
    try driver.send(method, "/session/\(session)\(path)", parameters)
  }

  private func string(_ path: String) throws -> String { try command("GET", path) as? String ?? "" }

  private static func begin(
    _ driver: WebDriver, profile: String, downloads: String, width: Int, height: Int, textSize: Int
  ) throws -> String {
    var arguments = [
      "--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
      "--user-data-dir=\(profile)", "--window-size=\(width),\(height)",
    ]
    if geteuid() == 0 { arguments.append("--no-sandbox") }
    let options: [String: Any] = [
      "args": arguments,
      "prefs": [
        "download.default_directory": downloads, "download.prompt_for_download": false,
        "webkit.webprefs.default_font_size": textSize,
      ],
    ]
    let capabilities = ["alwaysMatch": ["browserName": "chrome", "goog:chromeOptions": options]]
    let answer = try driver.send("POST", "/session", ["capabilities": capabilities])
    guard let session = (answer as? [String: Any])?["sessionId"] as? String else {
      throw HarnessError("Chromium did not start: \(answer)")
    }
    return session
  }
}
