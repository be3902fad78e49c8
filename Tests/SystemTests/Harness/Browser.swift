import Foundation
import TestSupport

/// A browser with a profile of its own, Chromium unless another is asked for, driven as a person would: by labels,
/// buttons, links and keys. Only Chromium has its own protocol, which colour schemes and downloads need.
///
/// What is looked for is waited for; what is read is read at once.
final class Browser {
  enum ColourScheme: String { case light, dark }

  /// Where downloads land.
  let downloads: URL
  private let driver: any Driver
  private let folder: TemporaryFolder

  /// - Parameters:
  ///   - width, height: of the page in CSS pixels; 390 by 844 is a phone.
  ///   - runsScripts: false as with JavaScript turned off.
  ///   - textSize: what people set who read badly; 16 is the browser's own. Not in WebKit.
  ///   - font: the only one that it has; nil for those of the machine.
  init(
    _ engine: Engine = .chromium, width: Int = 1280, height: Int = 900, colourScheme: ColourScheme = .light,
    runsScripts: Bool = true, textSize: Int = 16, font: Font? = nil
  ) throws {
    folder = try TemporaryFolder()
    downloads = folder.appending("downloads")
    try FileManager.default.createDirectory(at: downloads, withIntermediateDirectories: true)
    var environment: [String: String] = [:]
    if let font { environment["FONTCONFIG_FILE"] = try font.write(to: folder) }
    driver =
      switch engine {
      case .chromium: try ChromiumDriver(environment: environment)
      case .firefox: try FirefoxDriver(environment: environment)
      case .webkit: try WebKitDriver(environment: environment, folder: folder)
      }
    try driver.begin(
      BrowserSettings(folder: folder, downloads: downloads, width: width, height: height, textSize: textSize))
    try resize(width: width, height: height)
    guard engine == .chromium else { return }
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
    try driver.resize(width: width, height: height)
    try eventually("a page of \(width) pixels") { try evaluate("return innerWidth") as? Int == width }
  }

  /// - Parameter forcedColours: as with a high-contrast theme, whose few colours replace those of pages.
  func prefer(_ scheme: ColourScheme, forcedColours: Bool = false) throws {
    try protocolCommand(
      "Emulation.setEmulatedMedia",
      [
        "features": [
          ["name": "prefers-color-scheme", "value": scheme.rawValue],
          ["name": "forced-colors", "value": forcedColours ? "active" : "none"],
        ]
      ])
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

  /// What a person can read of the first element that fits, in one step, so that the page can't replace it meanwhile.
  func text(of css: String) throws -> String? {
    try evaluate("return document.querySelector(arguments[0])?.innerText", [css]) as? String
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
          // The browser keeps a file's place with an empty one of its name.
          let isEmpty = (try? $0.resourceValues(forKeys: [.fileSizeKey]).fileSize) == 0
          return !isEmpty && !name.hasSuffix(".crdownload") && !name.hasPrefix(".") && fits(name)
        }
    }
  }

  @discardableResult
  func command(_ method: String, _ path: String, _ parameters: [String: Any]? = nil) throws -> Any {
    try driver.send(method, path, parameters)
  }

  private func string(_ path: String) throws -> String { try command("GET", path) as? String ?? "" }
}
