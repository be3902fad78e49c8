import Foundation
import TestSupport
import Testing

@testable import Handover

// One after the other: with UPDATE_DOCUMENTATION both write the file.
@Suite("Documentation/ExportFormat.md", .serialized) struct DocumentationTests {
  private let path = URL(filePath: Repository.path + "/Documentation/ExportFormat.md")

  @Test("It has the columns as they are declared")
  func columns() throws { try check("columns", Table.Name.allCases.map { section(of: .named($0)) }.joined()) }

  @Test("It has what an import needs and ignores as it is declared")
  func importing() throws {
    let rows = Table.all.map { "| \(line(of: $0).joined(separator: " | ")) |\n" }
    try check(
      "import",
      "\n| File | Known by | May name | Closed lists | Repeats what stands elsewhere |\n|---|---|---|---|---|\n"
        + rows.joined() + "\n")
  }

  /// With UPDATE_DOCUMENTATION=1 the test writes what is declared between the marks instead of comparing it.
  private func check(_ mark: String, _ declared: String) throws {
    let text = try String(contentsOf: path, encoding: .utf8)
    let start = try #require(text.range(of: "<!-- \(mark) -->\n"))
    let end = try #require(text.range(of: "<!-- /\(mark) -->"))
    if ProcessInfo.processInfo.environment["UPDATE_DOCUMENTATION"] == "1" {
      try (text[..<start.upperBound] + declared + text[end.lowerBound...])
        .write(to: path, atomically: true, encoding: .utf8)
    } else {
      #expect(text[start.upperBound..<end.lowerBound] == declared)
    }
  }

  /// The cells of a table in the chapter on import.
  private func line(of table: Table) -> [String] {
    func names(_ columns: [Column]) -> String { columns.map { "`\($0.name)`" }.joined(separator: ", ") }
    let stored = table.columns.filter { !$0.isDerived }
    let hasSource = table.column("source_id") != nil
    return [
      "`\(table.name.file)`",
      table.primaryKey.map { "`\($0)`" }.joined(separator: " and ") + (hasSource ? ", or `source_id`" : ""),
      names(stored.filter { $0.format.isOfIDs && !table.primaryKey.contains($0.name) }),
      stored.compactMap { column in
        if case .oneOf(let words) = column.format {
          "`\(column.name)`: \(words.joined(separator: ", "))"
        } else {
          nil
        }
      }.joined(separator: "; "),
      names(table.columns.filter(\.isDerived)),
    ]
  }

  private func section(of table: Table) -> String {
    let rows = table.columns.map { column in
      "| `\(column.name)` | \(column.format.inWords) | \(column.meaning) |\n"
    }
    return "\n### \(table.name.file)\n\n\(table.meaning)\n\n| Column | Format | Meaning |\n|---|---|---|\n"
      + rows.joined() + "\n"
  }
}
