import HTTP
import Testing
import ZIP

@testable import Handover

/// Every address and form of one organisation, replayed by every user of another: nothing is shown or
/// changed.
@Suite("Two organisations")
struct MarkedDataTests {
  @Test(
    "Whatever the second's people and nobody ask for, with the first's ids, shows and changes nothing of the first",
    arguments: try Row.all())
  func replay(_ row: Row) throws {
    let offices = try MarkedOffices()
    let (first, site) = (offices.first, offices.site)
    let before = try site.holdings(of: first.organisation)
    for actor in ["owner", "admin", "user", "disabled", "nobody"] {
      for (target, form) in try asked(row, of: offices) {
        let browser = try self.browser(of: actor, in: offices)
        let page =
          row.isPost
          ? browser.send(
            .post, target, body: form + "&" + Form(["csrf_token": browser.csrfToken ?? ""]).encoded)
          : browser.get(target)
        #expect(page.status < 500, "\(actor) \(target)")
        #expect(!page.shows(first.mark), "\(actor) \(target) \(form)")
        #expect(!page.shows("\(first.export)") || target.contains("\(first.export)"), "\(actor) \(target)")
        let own = offices.second.link.replacing("&", with: "&amp;")
        #expect(!page.shows("signature=") || page.shows(own) || target.contains("signature"), "\(target)")
      }
    }
    #expect(try site.holdings(of: first.organisation) == before)
    for letter in try site.letters where !letter.to.email.contains("canary-a") {
      #expect(!"\(letter)".lowercased().contains("canary-a"), "\(letter.kind)")
    }
  }

  @Test("The pages of the first do show its mark, to its own people: the test above can fail")
  func marksAreShown() throws {
    let offices = try MarkedOffices()
    let owner = try offices.site.open(offices.first.owner)
    for route in Route.allCases
    where route.rawValue.hasPrefix("GET /settings") && !route.rawValue.contains("{")
      && ![
        .exportStatus, .mayUpload, .newExport, .emailLink, .turnOffTwoStepForm, .recoveryCodesForm,
        .storageStatus, .dropboxCallback, .googleCallback, .unlinkForm,
      ].contains(route)
    {
      #expect(owner.get(route.path()).shows("CANARY-A"), "\(route.rawValue)")
    }
    #expect(owner.get(offices.first.link).shows("CANARY-A"))
    #expect(owner.get("/settings/export").shows(offices.first.link.replacing("&", with: "&amp;")))
  }

  @Test("An archive holds nothing of another organisation, whether of all or of one user")
  func archives() throws {
    let office = try SmallOffice()
    try office.office.execute(
      """
      UPDATE user SET name = 'CANARY-A', email = 'canary-a' || id || '@x.example' WHERE organisation_id = 1;
      UPDATE deal SET deal_name = 'CANARY-A', summary = 'CANARY-A' WHERE edition_id = 1;
      UPDATE contact SET full_name = 'CANARY-A' WHERE edition_id = 1;
      UPDATE note SET note_content = 'CANARY-A' WHERE edition_id = 1;
      UPDATE task SET task_name = 'CANARY-A' WHERE edition_id = 1;
      """)
    let scopes: [Scope] = [.organisation] + [1, 2, 5].map { .user(UserID(rawValue: $0)) }
    for scope in scopes {
      let archive = try office.office.export(office.organisation, scope)
      for name in archive.names {
        #expect(!archive.text(name).lowercased().contains("canary-a"), "\(name) of \(scope)")
      }
    }
  }

  @Test("A download that is answered names nothing but the asker's own")
  func ownDownload() throws {
    let offices = try MarkedOffices()
    let page = try offices.site.open(offices.second.owner).get(offices.second.link)
    #expect(page.status == 200)
    #expect(page["X-Accel-Redirect"] == "/-/exports/\(offices.second.export).zip")
    #expect(page.shows("CANARY-B") && !page.shows("CANARY-A"))
  }

  /// The addresses and forms of a route, with the first organisation's ids.
  private func asked(_ row: Row, of offices: MarkedOffices) throws -> [(target: String, form: String)] {
    let first = offices.first
    let template = String(row.route.split(separator: " ")[1])
    // U-6 exists in the first organisation, and not in the second.
    let ids = [
      "\(first.export)", "\(first.queued)", "\(first.request)", "U-6", "U-7", first.imported.rawValue,
    ]
    let paths = row.hasID ? ids.map { template.replacing("{id}", with: $0) } : [template]
    if row.route == "GET /exports/{id}/download" {
      return [(first.link, "")] + paths.map { ($0, "") }
    }
    guard row.isPost else {
      let queries = ids.map { "download=\($0)&user_id=\($0)&q=CANARY&scope=user" }
      return (queries + ["q=%25&page=1", "q=_&page=2", "q='+OR+1=1+--", "kind=export&q=CANARY"]).flatMap {
        query in paths.map { ("\($0)?\(query)", "") }
      }
    }
    let kept = row.form.split(separator: "&").filter { !$0.hasPrefix("user_id=") && !$0.hasPrefix("scope=") }
    let forms = ids.map {
      (kept + ["user_id=\($0)", "scope=user", "organisation_id=1"]).joined(separator: "&")
    }
    return paths.flatMap { path in ([row.form] + forms).map { (path, $0) } }
  }

  private func browser(of actor: String, in offices: MarkedOffices) throws -> TestBrowser {
    guard actor != "nobody", let person = offices.second.person(actor) else {
      let browser = offices.site.browser()
      browser.get("/login")
      return browser
    }
    return try offices.site.open(person)
  }
}
