import Foundation
import TestSupport

/// How a page's parts are found: as a person names them, or by CSS. All wait until there is one; of several, the first.
extension Browser {
  func find(_ css: String) throws -> Element { try first("css selector", css) }

  /// A link by its text.
  func link(_ text: String) throws -> Element {
    try first("xpath", "//a[normalize-space()=\(Self.quoted(text))]")
  }

  /// A button by its text.
  func button(_ text: String) throws -> Element {
    let text = Self.quoted(text)
    return try first(
      "xpath", "//button[normalize-space()=\(text)] | //a[@role='button'][normalize-space()=\(text)]")
  }

  /// An input by its label.
  func field(_ label: String) throws -> Element {
    let label = Self.quoted(label)
    let named = "//label[normalize-space()=\(label)]"
    return try first(
      "xpath",
      "//*[@id=\(named)/@for] | \(named)//input | //*[self::input or self::textarea or self::select][@aria-label=\(label)]"
    )
  }

  /// All that fit now, none included: this does not wait.
  func all(_ css: String) throws -> [Element] { try elements("css selector", css) }

  /// Where the focus is.
  var activeElement: Element { get throws { try element(try command("GET", "/element/active")) } }

  private func first(_ strategy: String, _ value: String) throws -> Element {
    var found = try eventual("an element \(value) on \(try url)") { try elements(strategy, value).first }
    found.again = { [unowned self] in try first(strategy, value) }
    return found
  }

  private func elements(_ strategy: String, _ value: String) throws -> [Element] {
    let found = try command("POST", "/elements", ["using": strategy, "value": value])
    return try (found as? [Any] ?? []).map(element)
  }

  private func element(_ reference: Any) throws -> Element {
    guard let id = (reference as? [String: String])?[Element.key] else {
      throw HarnessError("no element: \(reference)")
    }
    return Element(browser: self, id: id)
  }

  /// XPath has no escapes: a text with both quotes does not occur in a page's names.
  private static func quoted(_ text: String) -> String { text.contains("'") ? "\"\(text)\"" : "'\(text)'" }
}
