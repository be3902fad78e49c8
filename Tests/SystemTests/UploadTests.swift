import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Files for an import, through nginx.
  @Suite struct UploadTests {
    let site: Site
    let demo: Demo
    let owner: Client

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
      owner = try site.client(of: demo.owner)
    }

    @Test("Files of megabytes come in whole, whatever is in them")
    func whole() throws {
      let rows = (0..<40_000).map { "D-\($0 + 1),\"First\r\n--par home\"\r\n" }.joined()
      let content = "deal_id,deal_name\r\n" + rows
      let id = try owner.upload([("Deals.csv", content), ("Contacts.csv", "contact_id\r\n")])
      let folder = "\(site.data.path)/imports/\(id)/files"
      #expect(try String(contentsOfFile: folder + "/Deals.csv", encoding: .utf8) == content)
      let page = try owner.get("/settings/import/\(id)")
      #expect(page.status == 200 && page.text.contains("Deals.csv"))
    }

    @Test("Of whoever is no owner nginx takes nothing in, and leads to the sign-in or says so")
    func strangers() throws {
      let body = [UInt8](repeating: 120, count: 3_000_000)
      let type = ["Content-Type": "multipart/form-data; boundary=part"]
      let nobody = try site.client().send("POST", "/settings/import", type, body: body)
      #expect(nobody.status == 303 && nobody["Location"] == "/login?next=%2Fsettings%2Fimport")
      for person in [demo.user, demo.admin] {
        let answer = try site.client(of: person).send("POST", "/settings/import", type, body: body)
        #expect(answer.status == 403 && answer.text.contains("That isn’t open to you"))
      }
      #expect(try owner.send("GET", "/-/upload").status == 404)
      #expect(try site.count("SELECT count(*) FROM import") == 0)
    }

    @Test(
      "More than 2 GiB is refused before any of it is read, with a way out; a form elsewhere holds 64 KiB as ever"
    )
    func tooLarge() throws {
      let answer = try owner.sendRaw(
        Array(
          """
          POST /settings/import HTTP/1.1\r\nHost: localhost:\(site.port)\r\nConnection: close\r
          Cookie: \(owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))\r
          Content-Type: multipart/form-data; boundary=part\r\nContent-Length: 2147483649\r\n\r\n
          """.utf8))
      #expect(answer.status == 413 && answer.text.contains("Files can hold 2 GiB together."))
      let form = try owner.send(
        "POST", "/settings/import", ["Content-Type": "application/x-www-form-urlencoded"],
        body: [UInt8](repeating: 97, count: 70_000))
      #expect(form.status == 413)
    }

    @Test("A form whose token is wrong, or that ends early, is answered, and leaves nothing")
    func wrong() throws {
      let type = ["Content-Type": "multipart/form-data; boundary=part"]
      let file = "--part\r\nContent-Disposition: form-data; name=files; filename=a.csv\r\n\r\n"
      let many = String(repeating: "x", count: 1_000_000)
      let token = try owner.get("/settings/import").csrfToken ?? ""
      let good = "--part\r\nContent-Disposition: form-data; name=csrf_token\r\n\r\n\(token)\r\n"
      for (body, status) in [
        (file + many + "\r\n--part--\r\n", 403), (good + file + many, 400), (good + many, 413), ("", 400),
      ] {
        let answer = try owner.send("POST", "/settings/import", type, body: Array(body.utf8))
        #expect(answer.status == status, "\(answer.status)")
      }
      #expect(try site.count("SELECT count(*) FROM import") == 0)
      let left = try? FileManager.default.contentsOfDirectory(atPath: "\(site.data.path)/imports")
      #expect(left?.isEmpty != false)
    }
  }
}
