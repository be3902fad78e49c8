import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Two cells of one machine, or of two hosts; what people reach asks the one first that has nothing.
  @Suite struct CellTests {
    private func start(behind way: Site.Front) throws -> (Site, Demo) {
      let site = try Site(behind: way)
      return (site, try site.startWithDemo())
    }

    private static let ways = [Site.Front.cell, .host]

    /// Without the cookie that leads to the right cell.
    private func withoutWay(_ client: Client) -> [String: String] {
      let rest = client.cookies.filter { !$0.key.hasPrefix("cell-") }
      return ["Cookie": rest.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")]
    }

    @Test(
      "People sign in to the cell that has them, export, download and bring files in, and are led there at once",
      arguments: ways)
    func wholeWay(way: Site.Front) throws {
      let (site, demo) = try start(behind: way)
      let owner = try site.client(of: demo.owner)
      #expect(owner.cookies["cell-\(site.port)"] == "data")
      let link = try site.completedExport(by: owner)
      let file = try #require(try site.exportFiles().first)
      let archive = try Data(contentsOf: site.data.appending(path: "exports/\(file)"))
      #expect(try owner.get(link).body == Array(archive))
      #expect(try owner.get(link, ["Range": "bytes=5-9"]).body == Array(archive[5...9]))
      let content = "deal_id,deal_name\r\n" + String(repeating: "D-1,Home\r\n", count: 300_000)
      let id = try owner.upload([("Deals.csv", content)])
      #expect(
        try String(contentsOfFile: "\(site.data.path)/imports/\(id)/files/Deals.csv", encoding: .utf8)
          == content)
      #expect(try site.letter("completed") { $0.subject.contains("completed") }.to.contains(demo.owner.email))
    }

    @Test("A link in an e-mail leads to its cell in a browser that has never been here", arguments: ways)
    func invitation(way: Site.Front) throws {
      let (site, demo) = try start(behind: way)
      let owner = try site.client(of: demo.owner)
      let users = "/settings/organisation/users"
      let added = try owner.submit(
        [("name", "Zoe Lang"), ("email", "zoe@x.example"), ("role", "user")], to: users, from: users + "/new")
      #expect(added.status == 303)
      let letter = try site.letter("the invitation") { $0.to.contains("zoe@x.example") }
      let link = try #require(letter.links.first { $0.contains("/password/reset?token=") })
      #expect(link.hasSuffix("&cell=data"))
      let path = String(link.dropFirst(site.url.count))
      let zoe = site.client()
      let page = try zoe.get(path)
      #expect(page.status == 200 && page.text.contains("zoe@x.example"))
      let token = try #require(page.value(ofField: "token"))
      let set = try zoe.post(
        "/password/reset",
        [("token", token), ("password", "tide and 7 lanterns"), ("csrf_token", page.csrfToken ?? "")])
      #expect(set.status == 303, "\(set.text)")
      #expect(try zoe.get("/settings").text.contains("Zoe Lang"))
      try eventually("the other host has followed") {
        (try? site.client().signIn("zoe@x.example", "tide and 7 lanterns")) != nil
      }
    }

    @Test("What a visitor makes up leads nowhere: cookie, header, address", arguments: ways)
    func forged(way: Site.Front) throws {
      let (site, demo) = try start(behind: way)
      let owner = try site.client(of: demo.owner)
      let page = "/settings/export"
      for way in ["", "front", "nowhere", "../data", "data,front", "DATA"] {
        var headers = withoutWay(owner)
        headers["Cookie", default: ""] += "; cell-\(site.port)=\(way)"
        let answer = try site.client().send("GET", page, headers)
        #expect(answer.status == 303 && answer["Location"] == "/login?next=%2Fsettings%2Fexport", "\(way)")
      }
      for header in ["Handed-On", "X-Handover-Cell", "X-Accel-Redirect", "HANDED_ON"] {
        for value in ["1", "data", "@handed_on"] {
          #expect(try owner.get(page, [header: value]).status == 200)
          #expect(try site.client().get(page, [header: value]).status == 303)
        }
      }
      _ = try site.completedExport(by: owner)
      let file = try #require(try site.exportFiles().first)
      for path in [
        "/-/cells/data/exports/\(file)", "/-/cells/data/keys", "/-/cells/../keys", "/-/exports/\(file)",
      ] {
        #expect(try owner.get(path).status == 404, "\(path)")
      }
      #expect(try owner.get(page + "?cell=front").status == 200)
    }

    @Test(
      "Known or not, an address is answered alike: status, page and cookies but for their values",
      arguments: ways)
    func unknown(way: Site.Front) throws {
      let (site, demo) = try start(behind: way)
      func shape(_ email: String, from source: UInt8) throws -> [String] {
        let client = site.client()
        client.source = source
        let answer = try client.submit(
          [("email", email), ("password", "wrong")], to: "/login", from: "/login")
        return [
          "\(answer.status)",
          answer.text.replacing(email, with: "EMAIL").replacing(
            /value="[^"]{20,}"|data-now="[0-9]+"/, with: ""),
        ]
      }
      let known = try shape(demo.owner.email, from: 1)
      for number: UInt8 in 2...9 {
        #expect(try shape("nobody-\(number)@x.example", from: number) == known, "\(number)")
      }
    }

    @Test("handover cell list says which cells there are and what is in them")
    func list() throws {
      let (site, _) = try start(behind: .cell)
      let lines = try site.handover("cell", "list").output.split(separator: "\n").map {
        $0.split(separator: "\t")
      }
      #expect(lines.map { $0[0] } == ["data", "front"] && lines.map { $0[1] } == ["0", "1"])
      #expect(lines[1][2] == "0" && lines[1][3] == "0" && lines.allSatisfy { $0[4] == "served" })
      #expect(try Int(lines[0][2]) == site.count("SELECT count(*) FROM organisation"))
      #expect(lines[0][5] == site.data.path)
      try site.stop()
      #expect(try site.handover("cell", "list").output.contains("\tstopped\t"))
    }
  }
}
