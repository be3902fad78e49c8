import Foundation
import Testing

/// A name can run from right to left. On a page it stands in a `<bdi>`, and where no element can be between isolates, so
/// that it turns nothing around it. Mails have that by code (`Outbox`).
@Suite("Names on pages keep their direction to themselves") struct DirectionTests {
  @Test(
    "Every name, address and search that a template shows stands in a <bdi>, or between isolates in an <option>"
  )
  func names() throws {
    var seen = 0
    for folder in ["layouts", "pages", "partials"] {
      for file in try FileManager.default.contentsOfDirectory(atPath: "\(root)/Templates/\(folder)").sorted()
      where !file.hasPrefix("mail") {
        let text = try String(contentsOfFile: "\(root)/Templates/\(folder)/\(file)", encoding: .utf8)
        let bare = Self.bare(in: text).filter { !Self.ours.contains("\(file) \($0)") }
        #expect(bare == [], "\(folder)/\(file)")
        seen += text.components(separatedBy: "<bdi>").count - 1
      }
    }
    #expect(seen > 30, "the names were not seen")
  }

  @Test("A name without is seen, wherever it stands in the text")
  func canFail() {
    #expect(
      Self.bare(in: "<p>{{#owner}}{{name}}{{/owner}}, <b>{{ user.email }}</b></p>") == ["name", "user.email"])
    #expect(Self.bare(in: "<option value=\"{{id}}\">{{name}}</option>") == ["name"])
    #expect(Self.bare(in: "<p>\n{{name}}\n</p>") == ["name"])
    #expect(
      Self.bare(in: "{{! {{name}} }}<a title=\"{{name}}\"><bdi>{{name}}</bdi>{{#name}}{{/name}}</a>") == [])
    #expect(Self.bare(in: "<option>&#x2068;{{name}}&#x2069;</option>") == [])
  }

  /// What people or organisations choose: the last word of such a value's path.
  private static let names: Set<String> = [
    "name", "email", "who", "account", "requested_by", "aggregator", "whose", "q", "organisation",
  ]
  /// Values of these names that the program chooses.
  private static let ours: Set<String> = [
    "activity.mustache name", "organisation.mustache name", "export_details.mustache name",
    "error.mustache name", "export_filter.mustache name", "email.mustache limits.email",
    "email_ended.mustache limits.email",
  ]

  /// The names that a template shows outside of tags without anything around them.
  private static func bare(in template: String) -> [String] {
    let text = template.replacing(/\{\{!.*?\}\}/.dotMatchesNewlines(), with: "")
      .replacing(/\{\{[<>\/#^$].*?\}\}/, with: "")
    return text.matches(of: /<[^>{]*(?:\{\{[^}]*\}\}[^>{]*)*>|\{\{([a-z_. ]+)\}\}/).compactMap { match in
      guard let path = match.1?.trimmingCharacters(in: .whitespaces),
        names.contains(path.split(separator: ".").last.map(String.init) ?? ""),
        !["<bdi>", "&#x2068;"].contains(where: text[..<match.range.lowerBound].hasSuffix)
      else { return nil }
      return path
    }
  }
}
