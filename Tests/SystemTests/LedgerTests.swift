import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The ledger as those see it who rely on it: the owner with the e-mail, whoever has the ZIP, the operator.
  @Suite struct LedgerTests {
    let site: Site
    let demo: Demo
    let folder: TemporaryFolder

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
      folder = try TemporaryFolder()
    }

    /// What `ledger` of datapackage.json says.
    private struct Ledger: Decodable {
      let organisation: Int
      let number: Int?
      let previous: String
      let head: String?
    }

    private struct Package: Decodable {
      let ledger: Ledger
    }

    /// Exports the organisation, and downloads the ZIP.
    private func export(_ number: Int, by owner: Client) throws -> URL {
      let answer = try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage)
      #expect(answer.status == 303)
      let link = try eventual("completed; \(site.logs)") {
        let links = try owner.get(Site.exportPage).downloadLinks
        return links.count == number ? links.first : nil
      }
      let file = folder.appending("export-\(number).zip")
      try Data(owner.get(link).body).write(to: file)
      return file
    }

    private func ledger(of zip: URL) throws -> Ledger {
      let text = try Tool.run("unzip", ["-p", zip.path, "datapackage.json"]).output
      return try JSONDecoder().decode(Package.self, from: Data(text.utf8)).ledger
    }

    @Test(
      "E-mail, page, receipt, ZIP, shell and command have one head; the next follows it; a change by hand is found"
    )
    func walk() throws {
      let owner = try site.client(of: demo.owner)
      let zips = try (1...2).map { try export($0, by: owner) }
      let ledgers = try zips.map(ledger)
      let heads = try ledgers.map { try #require($0.head) }
      #expect(ledgers.map(\.number) == [1, 2] && ledgers.map(\.organisation) == [1, 1])
      #expect(ledgers.map(\.previous) == [String(repeating: "0", count: 64), heads[0]])
      let page = try owner.get(Site.exportPage).text
      for (index, head) in heads.enumerated() {
        let letter = try site.letter("of entry \(index + 1)") { $0.text.contains(head) }
        #expect(letter.to.contains(demo.owner.email) && letter.html.contains(head))
        #expect(letter.text.contains("Number \(index + 1) in your ledger of exports:\n\(head)\n"))
        #expect(page.contains("<code>\(head)</code>"))
        let verified = try Tool.run(Checkout.handover, ["verify", zips[index].path])
        #expect(verified.succeeded, "\(verified.error)")
        #expect(
          verified.output.contains(
            "Ledger\tnumber \(index + 1) of organisation 1\thead \(head)\tafter \(ledgers[index].previous)\n")
        )
        #expect(try Tool.run("unzip", ["-p", zips[index].path, "README.txt"]).output.contains(head))
        #expect(try shell(in: zips[index]) == [head, head])
      }
      let receipt = try #require(page.firstMatch(of: /href="([^"]*receipt[^"]*)"/)?.1)
      #expect(try owner.get(String(receipt)).text.contains(heads[1]))

      let sound = try site.handover("ledger", "--organisation", "1")
      #expect(sound.succeeded && sound.error == "", "\(sound.error)")
      let lines = sound.output.split(separator: "\n")
      #expect(lines.dropLast().map { $0.split(separator: "\t").last.map(String.init) } == heads)
      #expect(lines.last == "The chain is whole, up to number 2.")
      try exportByCommand(after: heads[1])

      try site.stop()
      for (change, found) in [
        (
          "UPDATE export SET rows = rows - 1 WHERE ledger_number = 1",
          "entry 1: the row of its export has another"
        ),
        ("DELETE FROM ledger WHERE number = 2", "entry 2: is missing"),
        ("UPDATE organisation SET ledger_number = 9223372036854775807 WHERE id = 1", "up to entry 92233"),
      ] {
        try changeByHand(change)
        let checked = try site.handover("ledger", "--organisation", "1")
        #expect(checked.status == 1 && checked.error.contains(found), "\(checked.error)")
        let json = try site.handover("ledger", "--organisation", "1", "--json")
        #expect(json.status == 1)
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect((object?["problems"] as? [Any])?.isEmpty == false && object?["exports_before"] as? Int == 0)
      }
      #expect(try site.handover("ledger", "--organisation", "2").output == "There are no entries yet.\n")
      #expect(try site.handover("ledger", "--organisation", "99").status == 1)
      #expect(try site.handover("ledger").status == 64)
    }

    /// The lines that ExportFormat.md gives, as they stand there.
    private func shell(in zip: URL) throws -> [String] {
      let text = try String(
        contentsOf: Repository.appending("Documentation/ExportFormat.md"), encoding: .utf8)
      let lines = try #require(
        text.firstMatch(of: /<!-- head -->\n\n((?:    [^\n]*\n)+)\n<!-- \/head -->/)?.1)
      let script = lines.split(separator: "\n").map { $0.dropFirst(4) }.joined(separator: "\n")
      let place = try TemporaryFolder()
      try FileManager.default.copyItem(at: zip, to: place.appending("export.zip"))
      let result = try Tool.run("sh", ["-eu", "-c", script], folder: place.url)
      #expect(result.error == "")
      return result.output.split(separator: "\n").map(String.init)
    }

    /// The command's ZIP isn't entered, says the last head, and is sound.
    private func exportByCommand(after head: String) throws {
      let file = folder.appending("by-command.zip")
      let result = try site.handover("export", "--organisation", "1", "--output", file.path)
      #expect(result.succeeded, "\(result.error)")
      let ledger = try ledger(of: file)
      #expect(ledger.number == nil && ledger.head == nil && ledger.previous == head)
      let verified = try Tool.run(Checkout.handover, ["verify", file.path])
      #expect(verified.succeeded)
      #expect(verified.output.contains("Ledger\tnot entered, of organisation 1\tafter \(head)\n"))
      #expect(try site.rows("SELECT number FROM ledger") == ["1", "2"])
    }

    /// As somebody with the database in hand, who puts the triggers back.
    private func changeByHand(_ sql: String) throws {
      let triggers = try site.rows(
        """
        SELECT name || ' ' || replace(sql, char(10), ' ') FROM sqlite_schema
        WHERE type = 'trigger' AND tbl_name IN ('ledger', 'export', 'organisation')
        """)
      let drops = triggers.map { "DROP TRIGGER \($0.prefix { $0 != " " });" }
      let makes = triggers.map { "\($0.drop { $0 != " " });" }
      try site.change((drops + ["\(sql);"] + makes).joined(separator: "\n"))
    }
  }
}
