import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Whom the dialog exports: who is seen to be chosen, and nobody else.
  @Suite struct DialogTests {
    let site: Site
    let demo: Demo
    /// More than the dialog lists at once.
    static let users = 300

    init() throws {
      site = try Site()
      demo = try site.makeDemo(rows: 600)
      try site.change(
        """
        WITH RECURSIVE n (n) AS (SELECT 1001 UNION ALL SELECT n + 1 FROM n WHERE n < \(1000 + Self.users))
        INSERT INTO user (organisation_id, id, name, email, role, active, created_at, folded)
          SELECT 1, n, 'Bo Lindqvist ' || n, 'bo' || n || '@x.example', 'user', 1, 1,
            'bo lindqvist ' || n || char(10) || 'bo' || n || '@x.example' FROM n;
        INSERT INTO user (organisation_id, id, name, email, role, active, created_at, folded) VALUES
          (1, 2001, 'Zoë Núñez', 'zoe@x.example', 'user', 1, 1, 'zoe nunez' || char(10) || 'zoe@x.example'),
          (1, 2002, 'Mia King', 'mia@x.example', 'user', 1, 1, 'mia king' || char(10) || 'mia@x.example');
        """)
      try site.start()
    }

    @Test("Who is chosen stays in sight through every search, and Confirm says whom, and exports them")
    func chosen() throws {
      let browser = try opened()
      try search("NUNEZ zoe", "1 user found", browser)
      try browser.find("#people-found .person").click()
      #expect(try whom(browser) == "Export Zoë Núñez")
      for (sought, counted) in [
        ("mia", "1 user found"), ("nobody at all", "0 users found"),
        ("bo lindqvist", "50 of 300 users found"),
        ("zoë", "1 user found"), ("", "50 of"),
      ] {
        try search(sought, counted, browser)
        #expect(try browser.find("#people-chosen .person").text.contains("Zoë Núñez"), "\(sought)")
        #expect(try browser.find("#people-chosen .person").isDisplayed)
        #expect(try whom(browser) == "Export Zoë Núñez", "\(sought)")
      }
      try browser.button("Confirm").click()
      try expectExport(of: 2001)
    }

    @Test("Another choice takes the place of the first, and the entire organisation that of both")
    func another() throws {
      let browser = try opened()
      try search("zoe", "1 user found", browser)
      try browser.find("#people-found .person").click()
      try search("mia", "1 user found", browser)
      try eventually("Mia is found") { try browser.find("#people-found").text.contains("Mia King") }
      try browser.find("#people-found .person").click()
      #expect(try whom(browser) == "Export Mia King")
      #expect(try browser.all("[name=user_id]:checked").count == 1)
      try browser.find(".choice input[value=organisation]").click()
      #expect(try whom(browser) == "Export the entire organisation")
      try browser.find(".choice input[value=user]").click()
      #expect(try whom(browser) == "Export Mia King")
      try browser.button("Confirm").click()
      try expectExport(of: 2002)
    }

    @Test("Enter in the search confirms nothing, whatever was typed since the last answer")
    func enter() throws {
      let browser = try opened()
      try search("zoe", "1 user found", browser)
      try browser.find("#people-found .person").click()
      try browser.field("Which user?").clear()
      try browser.field("Which user?").type("mia" + Key.enter + Key.enter)
      try eventually("Mia is found") { try browser.find("#people-found").text.contains("Mia King") }
      #expect(try whom(browser) == "Export Zoë Núñez")
      #expect(try site.count("SELECT count(*) FROM export") == 0)
      try browser.press(Key.tab + Key.down)
      #expect(try whom(browser) == "Export Mia King", "after the search Tab leads to who was found")
    }

    @Test("With nobody chosen the dialog stays, and says so beside the search")
    func nobody() throws {
      let browser = try opened()
      try browser.button("Confirm").click()
      #expect(try browser.find("#people-problem").isDisplayed)
      #expect(try browser.activeElement.attribute("id") == "user-q")
      try search("nobody at all", "0 users found", browser)
      try browser.button("Confirm").click()
      #expect(try browser.find("dialog").isDisplayed)
      #expect(try site.count("SELECT count(*) FROM export") == 0)
      try search("mia", "1 user found", browser)
      try eventually("Mia is found") { try browser.find("#people-found").text.contains("Mia King") }
      try browser.find("#people-found .person").click()
      #expect(try !browser.find("#people-problem").isDisplayed)
    }

    @Test("Without JavaScript a search keeps who is chosen, and so does one that finds nobody")
    func withoutScripts() throws {
      let browser = try Browser(runsScripts: false)
      try browser.open(site.url + "/settings/export/new?scope=user&q=zoe", as: demo.owner)
      try browser.find("#people-found .person").click()
      for (sought, counted) in [("mia", "1 user found"), ("nobody at all", "0 users found")] {
        try browser.field("Which user?").clear()
        try browser.field("Which user?").type(sought + Key.enter)
        try browser.waitForText(counted)
        #expect(try browser.find("#people-chosen .person").text.contains("Zoë Núñez"))
        #expect(
          try browser.text.contains("Confirm exports the data of Zoë Núñez, unless you choose somebody else.")
        )
      }
      #expect(try !browser.url.contains("csrf"))
      try browser.button("Confirm").click()
      try expectExport(of: 2001)
    }

    private func opened() throws -> Browser {
      let browser = try Browser()
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      try browser.button("+ NEW DATA EXPORT").click()
      try browser.find(".choice input[value=user]").click()
      return browser
    }

    private func search(_ text: String, _ counted: String, _ browser: Browser) throws {
      try browser.field("Which user?").clear()
      // A field that is cleared by a driver says so to no script.
      try browser.field("Which user?").type(text.isEmpty ? "x\u{E003}" : text)
      try eventually("\(counted) for '\(text)'") {
        try browser.find("#people-counted").text.hasPrefix(counted)
      }
    }

    /// What the button says beside its name, which its description says too.
    private func whom(_ browser: Browser) throws -> String {
      let shown = try browser.evaluate(
        "return getComputedStyle(document.getElementById('confirm'), '::after').content")
      let said = try browser.evaluate("return document.getElementById('whom').textContent") as? String ?? ""
      #expect("\(shown)".contains(said.dropFirst("Export ".count)), "\(shown)")
      return said
    }

    private func expectExport(of user: Int) throws {
      try eventually("the export is there") { try site.count("SELECT count(*) FROM export") == 1 }
      #expect(try site.rows("SELECT scope, subject_id FROM export") == ["user|\(user)"])
    }
  }
}
