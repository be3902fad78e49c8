import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// From asked for to handed over, as both sides walk it in a browser.
  @Suite struct HandOverTests {
    let site: Site
    let demo: Demo

    init() throws {
      site = try Site()
      demo = try site.startWithDemo(rows: 2_000)
    }

    @Test(
      "A user asks, the owner hands over with one press, the user downloads it, and the owner takes it back")
    func way() throws {
      let asker = try Browser()
      try asker.open(site.url + Site.exportPage, as: demo.user)
      try asker.field("Message to Olivia Nguyễn").type("My records, as I leave in May")
      try asker.button("Ask the owner").click()
      try asker.waitForText("Sent to Olivia Nguyễn")
      try asker.look("30-asked")

      let owner = try Browser()
      try owner.open(site.url + Site.exportPage, as: demo.owner)
      try owner.waitForText("asks for their own records")
      try owner.look("31-request")
      try owner.button("Export and hand over").click()
      try owner.waitForState("Completed")
      try owner.waitForText("not downloaded yet")
      try owner.look("32-handed-over")

      // The page of the one who asked brings itself up to date.
      try asker.waitForText("From Olivia Nguyễn")
      try asker.look("33-handed-to-me")
      let id = try #require(try asker.find("[data-handed]").attribute("data-handed"))
      let address = try #require(try asker.find("[data-handed] a.download").attribute("href"))
      #expect(address.contains("/exports/\(id)/download?for=U-"))
      try asker.find("[data-handed] a.download").click()
      let zip = try Archive(try asker.download())
      #expect(zip.dangling == [] && zip.names == Archive.files)
      let letter = try site.letter("handed over") { $0.subject.contains("has handed you an export") }
      #expect(letter.to.contains(demo.user.email) && letter.text.contains(zip.sha256))
      #expect(letter.links.contains { $0.hasSuffix(String(address.trimmingPrefix(site.url))) })
      _ = try site.letter("downloaded") {
        $0.to.contains(demo.owner.email) && $0.subject.contains("ownloaded")
      }

      try owner.reload()
      try owner.waitForText("· downloaded")
      for person in [demo.owner, demo.admin] {
        let path = String(address.trimmingPrefix(site.url))
        #expect(try site.client(of: person).get(path).status == 403)
      }
      try owner.button("Take back").click()
      try owner.waitForText("Taken back from")
      try owner.look("34-taken-back")
      try asker.open(site.url + address.trimmingPrefix(site.url))
      try asker.waitForText("This export was taken back")
      try asker.look("35-dead-link")
      #expect(try site.stop() == (0, 0))
    }
  }
}
