import Foundation
import Testing

/// What stands in one kind of place only, so that people know where to look: SQL, and the paths of the site.
@Suite("Each thing in its place") struct PlaceTests {
  @Test("SQL stands in a table's file, in Records/Reading, Records/Difference or the schema")
  func sql() throws {
    var found = 0
    for file in try swiftFiles("Sources/Handover") {
      let statements = try SwiftText(file: file).literals.filter(Self.isSQL)
      found += statements.count
      if !isPlaceOfSQL(file) { #expect(statements.isEmpty, "\(file)") }
    }
    #expect(found > 80, "the SQL was not seen")
  }

  @Test("Pages don't know SQLite, and open no write transaction")
  func pages() throws {
    for file in try swiftFiles("Sources/Handover/Pages") {
      let text = try SwiftText(file: file)
      #expect(!text.imports.contains("SQLite"), "\(file)")
      #expect(!text.code.contains("database.write"), "\(file)")
    }
  }

  @Test("No path of the site is written outside of its routes")
  func paths() throws {
    var found = 0
    for file in try swiftFiles("Sources/Handover") {
      let paths = try SwiftText(file: file).literals.filter(Self.isPath)
      if file.hasSuffix("/Routes.swift") { found += paths.count } else { #expect(paths.isEmpty, "\(file)") }
    }
    #expect(found > 20, "the paths were not seen")
  }

  @Test("Statements and paths are known from other texts")
  func canFail() {
    #expect(Self.isSQL("SELECT id FROM export") && Self.isSQL("WITH a AS (SELECT 1) SELECT 2"))
    #expect(!Self.isSQL("Select a user") && !Self.isSQL("Updated."))
    #expect(
      Self.isPath("/settings/export") && Self.isPath("GET /login") && Self.isPath("/exports/{id}/download"))
    #expect(!Self.isPath("/usr/sbin/sendmail") && !Self.isPath("settings"))
  }

  private func isPlaceOfSQL(_ file: String) -> Bool {
    file.hasSuffix("Table.swift") || file.hasSuffix("/Schema.swift") || file.contains("/Records/Reading/")
      || file.contains("/Records/Difference/")
  }

  /// The marks of RFC 7468 begin as a comment does.
  private static func isSQL(_ text: String) -> Bool {
    !text.hasPrefix("-----")
      && text.firstMatch(
        of:
          /^(--|SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|DROP|ALTER|PRAGMA|BEGIN|COMMIT|ROLLBACK|VACUUM)\b.*\b/
      ) != nil
      && text.firstMatch(of: /\b(FROM|INTO|SET|SELECT|TABLE|INDEX|VIEW|PRAGMA|BEGIN|COMMIT|VACUUM)\b/) != nil
  }

  private static func isPath(_ text: String) -> Bool {
    text.firstMatch(of: /^(GET |POST )?\/((login|logout|password|settings|help|health)\b|exports\/)/)
      != nil
  }
}
