import Foundation
import Testing

@testable import Handover

/// `datapackage.json` and `README.txt`.
@Suite struct DescriptionTests {
  @Test("Every column has a type, a meaning and the form of its values")
  func columns() throws {
    let package = try package()
    let deals = try #require((package["resources"] as? [[String: Any]])?.first)
    let schema = try #require(deals["schema"] as? [String: Any])
    let fields = try #require(schema["fields"] as? [[String: Any]])
    #expect(fields.map { $0["name"] as? String } == Table.deals.columns.map(\.name))
    let types = Dictionary(
      uniqueKeysWithValues: fields.map { ($0["name"] as? String ?? "", $0["type"] as? String ?? "") })
    #expect(types["deal_id"] == "string")
    #expect(types["loan_amount"] == "number")
    #expect(types["loan_term_months"] == "integer")
    #expect(types["settled_date"] == "date")
    #expect(types["created_at"] == "datetime")
    #expect(types["archived"] == "boolean")
    let constraints = try #require(fields[0]["constraints"] as? [String: Any])
    #expect(constraints["required"] as? Bool == true)
    #expect(constraints["unique"] as? Bool == true)
    #expect(constraints["pattern"] as? String == "D-[1-9][0-9]*")
    #expect(schema["primaryKey"] as? [String] == ["deal_id"])
    #expect(schema["missingValues"] as? [String] == [""])
  }

  @Test("Every id column has a foreign key")
  func foreignKeys() throws {
    let resources = try #require(try package()["resources"] as? [[String: Any]])
    let keys = resources.map { resource -> [String] in
      let keys = (resource["schema"] as? [String: Any])?["foreignKeys"] as? [[String: Any]] ?? []
      return keys.map { key in
        let reference = key["reference"] as? [String: Any]
        return "\((key["fields"] as? [String])?[0] ?? "")>\(reference?["resource"] ?? "")"
      }
    }
    #expect(
      keys == [
        ["owner_id>users", "primary_contact_id>contacts"], ["owner_id>users"],
        ["deal_id>deals", "contact_id>contacts", "author_id>users"],
        ["deal_id>deals", "contact_id>contacts", "assigned_to_id>users"],
        ["deal_id>deals", "contact_id>contacts"], [],
      ])
  }

  @Test("The scope of one user names the user")
  func userScope() throws {
    let small = try SmallOffice()
    let archive = try small.office.export(small.organisation, .user(UserID(rawValue: 2)))
    let package = try json(archive)
    #expect(package["scope"] as? [String: String] == ["type": "user", "user_id": "U-2"])
    #expect(archive.text("README.txt").contains("Scope: what Bob (U-2) works on."))
  }

  @Test("README.txt says what is missing, when, how to undo it, what Excel shows, and every column")
  func readMe()
    throws
  {
    let small = try SmallOffice()
    let text = try small.office.export(small.organisation).text("README.txt")
    for part in [
      "Documents.", "2026-05-02T09:30:00Z in UTC", "2 May 2026, 19:30:00 AEST", "remove one leading '",
      "1,048,576 rows", "32,767 characters", "Scope: the entire organisation.",
    ] { #expect(text.contains(part), "\(part)") }
    let counts = text.matches(of: /csv +(\d+) rows?\b/).compactMap { Int($0.1) }
    #expect(
      counts.count == 6 && text.contains(" \(counts.reduce(0, +)) rows  as the page and the e-mail say"))
    for column in Table.all.flatMap(\.columns) { #expect(text.contains("  \(column.name) ")) }
    #expect(
      text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().allSatisfy {
        $0.hasSuffix("\r")
      })
  }

  private func package() throws -> [String: Any] {
    let small = try SmallOffice()
    return try json(small.office.export(small.organisation))
  }

  private func json(_ archive: Unpacked) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(archive.files["datapackage.json"] ?? []))
    return try #require(object as? [String: Any])
  }
}
