import Foundation

/// An element of the page. One that was found by what it is called is found again where the page has replaced it
/// meanwhile; any other's use then throws `stale element reference`.
struct Element {
  /// The name under which WebDriver passes elements (W3C WebDriver, section 12).
  static let key = "element-6066-11e4-a52e-4f735466cecf"

  let browser: Browser
  let id: String
  /// Finds it again.
  var again: (() throws -> Element)? = nil

  func click() throws { try command("POST", "/click", [:]) }

  /// Types into it, after what stands there.
  func type(_ text: String) throws { try command("POST", "/value", ["text": text]) }

  func clear() throws { try command("POST", "/clear", [:]) }

  /// What a person can read of it.
  var text: String { get throws { try string("/text") } }

  /// The role and the name that screen readers tell.
  var role: String { get throws { try string("/computedrole") } }
  var name: String { get throws { try string("/computedlabel") } }

  var isDisplayed: Bool { get throws { try command("GET", "/displayed") as? Bool ?? false } }
  var isEnabled: Bool { get throws { try command("GET", "/enabled") as? Bool ?? false } }

  func attribute(_ name: String) throws -> String? { try command("GET", "/attribute/\(name)") as? String }
  func property(_ name: String) throws -> Any { try command("GET", "/property/\(name)") }

  /// How to hand it to a script.
  var argument: [String: String] { [Self.key: id] }

  /// Descendants that fit.
  func all(_ css: String) throws -> [Element] {
    let found = try command("POST", "/elements", ["using": "css selector", "value": css])
    return (found as? [[String: String]] ?? []).compactMap { $0[Self.key] }.map {
      Element(browser: browser, id: $0)
    }
  }

  private func string(_ path: String) throws -> String { try command("GET", path) as? String ?? "" }

  @discardableResult
  private func command(_ method: String, _ path: String, _ parameters: [String: Any]? = nil) throws -> Any {
    do {
      return try browser.command(method, "/element/\(id)\(path)", parameters)
    } catch let error as WebDriverError where error.isPassing {
      // A refusal for this reason has done nothing yet.
      guard let found = try again?() else { throw error }
      return try browser.command(method, "/element/\(found.id)\(path)", parameters)
    }
  }
}

/// Keys that have no text (W3C WebDriver, section 17.4.2).
enum Key {
  static let tab = "\u{E004}"
  static let enter = "\u{E007}"
  static let escape = "\u{E00C}"
  static let up = "\u{E013}"
  static let down = "\u{E015}"
  static let shift = "\u{E008}"
}

extension WebDriverError {
  /// The page changed while it was read: read again.
  var isPassing: Bool { code == "stale element reference" || code == "no such element" }
}
