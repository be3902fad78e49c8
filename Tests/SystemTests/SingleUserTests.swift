import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// An export of one person's records, who may have left.
  @Suite struct SingleUserTests {
    let site: Site
    let demo: Demo

    init() throws {
      site = try Site()
      demo = try site.startWithDemo(rows: 2_000)
    }

    @Test("A disabled user is found in the dialog, and the ZIP holds what was theirs")
    func disabledUserInTheDialog() throws {
      let left = try someone("active = 0")
      let browser = try Browser()
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      try browser.button("+ NEW DATA EXPORT").click()
      try browser.find(".choice input[value=user]").click()
      try browser.field("Which user?").type(left.email)
      try eventually("one user is listed") { try browser.find("#people-counted").text == "1 user found" }
      let person = try browser.find("#people-found .person")
      #expect(try person.text.contains("Disabled"))
      try person.click()
      try browser.look("20-dialog-single-user")
      try browser.button("Confirm").click()
      try browser.waitForState("Completed")
      let scope = try browser.find("[data-export] h3").text
      #expect(scope.hasPrefix("Single user: \(left.name)") && scope.hasSuffix("Disabled user"), "\(scope)")
      try browser.look("21-single-user-completed")
      try browser.find("a.download").click()
      try check(browser.download(), holds: left)
    }

    @Test("Everything on one client is found in the dialog, said on the button, and exported")
    func oneContact() throws {
      let name = try site.rows("SELECT full_name FROM contact WHERE edition_id = 1 AND contact_id = 7")[
        0]
      let browser = try Browser()
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      try browser.button("+ NEW DATA EXPORT").click()
      try browser.find(".choice input[value=contact]").click()
      try browser.button("Confirm").click()
      #expect(try browser.find("#contacts-problem").text == "Choose a contact.")
      try browser.field("Which contact?").type("c-7")
      try eventually("the contact is listed") {
        try browser.find("#contacts-counted").text == "1 contact found"
      }
      try browser.find("#contacts-found .person").click()
      #expect(try browser.find("#whom").text == "Export \(name)")
      try browser.look("25-dialog-single-contact")
      try browser.button("Confirm").click()
      try browser.waitForState("Completed")
      #expect(try browser.find("[data-export] h3").text == "Single contact: \(name)")
      try browser.look("26-single-contact-completed")
    }

    @Test("Without JavaScript every step of the way is a page")
    func withoutScripts() throws {
      let chosen = try someone("active = 1 AND role = 'user'")
      let browser = try Browser(runsScripts: false)
      try browser.open(site.url)
      try browser.signIn(demo.owner)
      try browser.link("Export").click()
      try browser.link("+ NEW DATA EXPORT").click()
      try browser.waitForURL("of the dialog's page") { $0.hasSuffix("/settings/export/new") }
      try browser.look("22-dialog-as-a-page")
      try browser.find(".choice input[value=user]").click()
      try browser.field("Which user?").type(chosen.email)
      try browser.button("Search").click()
      try browser.waitForText("1 user")
      try browser.find("input[name=user_id]").click()
      try browser.button("Confirm").click()
      try browser.waitForURL("of the list") { $0.hasSuffix(Site.exportPage) }
      try browser.waitForText("Export started. You’ll get an e-mail when it’s ready.")
      try browser.waitForText("Completed")
      try browser.find("summary").click()
      try browser.waitForText("SHA-256 of the ZIP")
      try browser.look("23-completed-without-scripts")
      try browser.find("a.download").click()
      try check(browser.download(), holds: chosen)
      try browser.link("Revoke").click()
      try browser.waitForText("Revoke the export of")
      try browser.button("Revoke").click()
      try browser.waitForText("Revoked")
      #expect(try browser.all("a.download").isEmpty)
      try browser.signOut()
    }

    @Test("Without JavaScript a choice that cannot be is explained beside it")
    func wrongChoiceWithoutScripts() throws {
      let browser = try Browser(runsScripts: false)
      try browser.open(site.url + "/settings/export/new?scope=user", as: demo.owner)
      try browser.button("Confirm").click()
      try browser.waitForText("Choose a user.")
      try browser.look("24-no-user-chosen")
      #expect(try site.count("SELECT count(*) FROM export") == 0)
    }

    private struct Someone {
      let id: Int
      let name: String
      let email: String
    }

    private func someone(_ condition: String) throws -> Someone {
      let query = "SELECT id, name, email FROM user WHERE organisation_id = 1 AND \(condition) LIMIT 1"
      let parts = try #require(site.rows(query).first).split(separator: "|").map(String.init)
      return Someone(id: try #require(Int(parts[0])), name: parts[1], email: parts[2])
    }

    private func check(_ file: URL, holds person: Someone) throws {
      let zip = try Archive(file)
      let expected = try site.counts(of: 1, user: person.id)
      #expect(zip.names == Archive.files)
      #expect(zip.rows.filter { $0.key != "Users.csv" } == expected)
      #expect(expected.values.allSatisfy { $0 > 0 }, "\(expected)")
      #expect(zip.dangling == [])
    }
  }
}
