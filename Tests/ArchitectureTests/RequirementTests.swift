import Foundation
import Testing

/// Security.md says of every requirement of OWASP ASVS 5.0, levels 1 and 2, whether it is met. The numbers are
/// held against the published list.
@Suite("ASVS in Security.md") struct RequirementTests {
  private static let published: [String] =
    (try? String(contentsOfFile: root + "/Tests/Published/asvs/requirements.csv", encoding: .utf8))?
    .split(separator: "\n").dropFirst().map { String($0.prefix { $0 != "," }) } ?? []

  @Test("Each published requirement stands in one column of its chapter, and no other number does")
  func complete() throws {
    #expect(Self.published.count == 253)
    let text = try String(contentsOfFile: root + "/Documentation/Security.md", encoding: .utf8)
    let rows = text.matches(of: /\n\| V(\d+) ([^\n]*)\|(?=\n)/)
    #expect(rows.map { String($0.1) } == (1...17).map(String.init))
    for row in rows {
      let chapter = Self.published.filter { $0.hasPrefix("\(row.1).") }
      #expect(named(in: String(row.2), of: chapter).sorted() == chapter.sorted(), "V\(row.1)")
    }
  }

  @Test("Ranges and whole sections are read, and a number that nobody published is seen")
  func canFail() {
    let chapter = ["3.1.1", "3.1.2", "3.1.4", "3.2.1", "3.3.1"]
    #expect(named(in: "3.1.1–2 and 3.2", of: chapter) == ["3.1.1", "3.1.2", "3.2.1"])
    #expect(named(in: "3.2–3", of: chapter) == ["3.2.1", "3.3.1"])
    #expect(named(in: "3.1.3, 3.9", of: chapter) == ["3.1.3", "3.9"])
  }

  /// The requirements that a text names: `3.1.2`, `3.1.2–4`, all of `3.1`, of `3.1–3`. A number that is not of the
  /// chapter stays as it is.
  private func named(in text: String, of chapter: [String]) -> [String] {
    text.matches(of: /\b(\d+(?:\.\d+){1,2})(?:–(\d+))?\b/).flatMap { match in
      let first = match.1.split(separator: ".").compactMap { Int($0) }
      let last = match.2.flatMap { Int($0) } ?? first[first.count - 1]
      let names = (first[first.count - 1]...max(last, first[first.count - 1]))
        .map { (first.dropLast() + [$0]).map(String.init).joined(separator: ".") }
      let found = chapter.filter { one in names.contains { one == $0 || one.hasPrefix($0 + ".") } }
      // A range may skip numbers of level 3; its ends and a single number may not.
      let ends = [names[0], names[names.count - 1]].filter { end in
        !chapter.contains { $0 == end || $0.hasPrefix(end + ".") }
      }
      return found + Set(ends).sorted()
    }
  }
}
