import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("Documentation/ExportFormat.md") struct DocumentationTests {
  private let path = URL(filePath: Repository.path + "/Documentation/ExportFormat.md")

  /// With UPDATE_DOCUMENTATION=1 the test writes the columns instead of comparing them.
  @Test("It has the columns as they are declared")
  func columns() throws {
    let text = try String(contentsOf: path, encoding: .utf8)
    let start = try #require(text.range(of: "<!-- columns -->\n"))
    let end = try #require(text.range(of: "<!-- /columns -->"))
    let declared = Table.all.map(section).joined()
    if ProcessInfo.processInfo.environment["UPDATE_DOCUMENTATION"] == "1" {
      try (text[..<start.upperBound] + declared + text[end.lowerBound...])
        .write(to: path, atomically: true, encoding: .utf8)
    } else {
      #expect(text[start.upperBound..<end.lowerBound] == declared)
    }
  }

  private func section(of table: Table) -> String {
    let rows = table.columns.map { column in
      "| `\(column.name)` | \(column.format.inWords) | \(column.meaning) |\n"
    }
    return "\n### \(table.name.file)\n\n\(table.meaning)\n\n| Column | Format | Meaning |\n|---|---|---|\n"
      + rows.joined() + "\n"
  }
}
