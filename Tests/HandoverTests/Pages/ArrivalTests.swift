import Foundation
import HTTP
import Testing

@testable import Handover

/// The Export page after a sign-in on the way to a download.
@Suite("What became of a download")
struct ArrivalTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let export: ExportID

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    export = try site.completedExport(by: owner)
  }

  private func page(_ user: User, _ id: String? = nil) throws -> Page {
    try site.open(user).get("/settings/export?download=\(id ?? export.rawValue)")
  }

  @Test("It starts, once, for the owner")
  func starts() throws {
    let page = try page(owner)
    #expect(page.contains("Your download starts now") && page.contains("data-download-now"))
  }

  @Test("Revoked, expired and lost ones are named, with Export again")
  func ended() throws {
    let link = try site.link(of: export, organisation)
    func check(_ words: String) throws {
      let browser = try site.open(owner)
      for page in [try page(owner), browser.get(link)] {
        #expect(page.contains("This download is no longer there") && page.contains(words), "\(words)")
        #expect(page.contains("Export again") && !page.contains("data-download-now"))
      }
      #expect(browser.get(link).status == 410)
    }
    site.clock.move(by: .hours(25))
    try check("expired")
    let other = try site.completedExport(by: owner)
    _ = try site.exports.revoke(other, by: owner, from: "")
    #expect(try page(owner, other.rawValue).contains("was revoked"))
    let link2 = try site.link(of: other, organisation)
    #expect(try site.open(owner).get(link2).contains("was revoked"))
    let posted = try site.open(owner).post("/settings/export", ["scope": "organisation"])
    #expect(posted.status == 303)
  }

  @Test("Admins and users are told who can download, whether there is such an export or not")
  func others() throws {
    for role in [Role.admin, .user] {
      let user = try site.addUser("Ben \(role.rawValue)", role, to: organisation)
      for id in [export.rawValue, String(repeating: "0", count: 32)] {
        let page = try page(user, id)
        #expect(
          page.contains("Only the owner can download exports.") && page.contains("Maria Rossi"), "\(role)")
        #expect(!page.contains("Your download starts"))
      }
      let refused = try site.open(user).get(site.link(of: export, organisation))
      #expect(refused.status == 403 && refused.contains("Maria Rossi") && refused.contains("Ask the owner"))
    }
    let alone = try site.addUser("Zoe Zeller", .admin, to: site.addOrganisation("Bayside"))
    #expect(try page(alone).contains("Only the owner can download exports."))
  }

  @Test("An export of another organisation is none, and one that runs isn’t ready")
  func elsewhere() throws {
    let stranger = try site.addUser("Ruby Chen", .owner, to: site.addOrganisation("Bayside"))
    let pages = try [export.rawValue, String(repeating: "0", count: 32)].map {
      try page(stranger, $0).textWithoutToken.replacing($0, with: "")
    }
    #expect(pages[0].contains("leads to no export of") && pages[0] == pages[1])
    let queued = try site.request(.organisation, by: owner)
    #expect(try page(owner, queued.rawValue).contains("isn’t ready yet"))
  }

  @Test("One of a contact is named so, on every page of a download and of a hand, and made again as that")
  func contact() throws {
    _ = try site.database.write {
      try $0.run(
        """
        INSERT INTO contact (edition_id, contact_id, full_name, created_at)
        VALUES (?, 7, 'Mia King', '2026-05-02T09:30:00Z')
        """, organisation.id)
    }
    let id = try site.completedExport(.contact(ContactID(rawValue: 7)), by: owner)
    let user = try site.addUser("Ben Cole", .user, to: organisation)
    _ = try site.exports.hand(id, to: user.id, by: owner, from: "")
    let (browser, getting) = (try site.open(owner), try site.open(user))
    let name = "Single contact: <bdi>Mia King</bdi>"
    let pages = [
      try page(owner, id.rawValue), try page(user, id.rawValue), getting.get("/settings/export"),
      browser.get("/settings/export/\(id)/hand"), browser.get(try site.link(of: id, organisation) + "."),
    ]
    for (index, page) in pages.enumerated() { #expect(page.contains(name), "\(index)") }
    _ = try site.exports.revoke(id, by: owner, from: "")
    for page in [try page(owner, id.rawValue), browser.get(try site.link(of: id, organisation))] {
      let form = page.text.components(separatedBy: "This download is no longer there").last ?? ""
      let fields = form.components(separatedBy: "Export again").first ?? ""
      #expect(fields.contains("name=\"again\" value=\"\(id)\""))
    }
  }

  @Test("The row is shown, wherever it is in the list")
  func row() throws {
    for _ in 1...ExportList.pageSize { _ = try site.completedExport(by: owner) }
    let browser = try site.open(owner)
    #expect(!browser.get("/settings/export").contains("data-export=\"\(export)\""))
    for query in ["download", "export"] {
      let page = browser.get("/settings/export?\(query)=\(export)")
      #expect(
        page.contains("data-export=\"\(export)\"") && page.contains("/status?export=\(export)"), "\(query)")
      #expect(
        browser.get("/settings/export?page=2&\(query)=\(export)").text.components(
          separatedBy: "data-export=\"\(export)\""
        ).count == 2)
    }
    #expect(Route.row(of: export) == "/settings/export?export=\(export)#export-\(export)")
  }
}
