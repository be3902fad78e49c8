import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The file over HTTP: headers, ranges, resuming, and every spelling that is no link.
  @Suite struct DownloadTests {
    let site: Site
    let demo: Demo
    let owner: Client
    let link: String

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
      owner = try site.client(of: demo.owner)
      link = try site.completedExport(by: owner)
    }

    @Test("GET sends the ZIP, HEAD the same without it, and both with the headers of the contract")
    func headers() throws {
      let file = try Data(contentsOf: zip)
      for method in ["GET", "HEAD"] {
        let answer = try owner.send(method, link)
        #expect(answer.status == 200)
        #expect(answer.body == (method == "GET" ? Array(file) : []))
        #expect(answer["Content-Type"] == "application/zip")
        #expect(answer["Content-Length"] == String(file.count))
        #expect(answer["Cache-Control"] == "private, no-store")
        #expect(answer["X-Content-Type-Options"] == "nosniff")
        #expect(answer["Accept-Ranges"] == "bytes")
        #expect(answer["ETag"]?.isEmpty == false)
        #expect(answer["X-Accel-Redirect"] == nil)
        let disposition = try #require(answer["Content-Disposition"])
        #expect(disposition.hasPrefix("attachment; filename=\"Harbourside Home Loans, entire organisation, "))
        #expect(disposition.contains("filename*=UTF-8''Harbourside%20Home%20Loans"))
      }
    }

    @Test("Ranges are answered with 206, and one beyond the end with 416")
    func ranges() throws {
      let file = Array(try Data(contentsOf: zip))
      let last = file.count - 1
      for (range, expected) in [
        ("bytes=0-0", 0...0), ("bytes=100-199", 100...199), ("bytes=-10", (last - 9)...last),
        ("bytes=1000-", 1000...last),
      ] {
        let answer = try owner.get(link, ["Range": range])
        #expect(answer.status == 206, "\(range)")
        #expect(answer.body == Array(file[expected]), "\(range)")
        #expect(
          answer["Content-Range"] == "bytes \(expected.lowerBound)-\(expected.upperBound)/\(file.count)")
        #expect(answer["Cache-Control"] == "private, no-store")
      }
      #expect(try owner.get(link, ["Range": "bytes=\(file.count)-"]).status == 416)
    }

    @Test("A download that broke off is resumed by its ETag, and begins anew where the file is another")
    func resuming() throws {
      let file = Array(try Data(contentsOf: zip))
      let first = try owner.get(link, ["Range": "bytes=0-4999"])
      let tag = try #require(first["ETag"])
      let rest = try owner.get(link, ["Range": "bytes=5000-", "If-Range": tag])
      #expect(rest.status == 206)
      #expect(first.body + rest.body == file)
      #expect(rest["ETag"] == tag)
      let other = try owner.get(link, ["Range": "bytes=5000-", "If-Range": "\"another\""])
      #expect(other.status == 200)
      #expect(other.body == file)
      #expect(try owner.get(link, ["If-None-Match": tag]).status == 304)
    }

    @Test("Whatever brings bytes has its receipt, as nginx answers it, and nothing else has")
    func receipts() throws {
      let file = Array(try Data(contentsOf: zip))
      let tag = try #require(try owner.send("HEAD", link)["ETag"])
      let modified = try #require(try owner.send("HEAD", link)["Last-Modified"])
      let early = "Thu, 01 Jan 1970 00:00:00 GMT"
      let first = ["Range": "bytes=1-"]
      for fields in [
        first, [:], ["Range": "bytes=-9223372036854775807"], ["Range": "bytes=-1"],
        ["Range": "bytes=0-0,1-"], ["Range": "bytes=1-,1-"], ["Range": "bytes="], ["Range": "items=1-"],
        ["Range": "bytes=x"], ["Range": "bytes=5-2"], ["Range": "bytes=\(file.count)-"],
        ["Range": "bytes =1-"],
        ["Range": "bytes=1-9223372036854775807"], ["Range": "bytes=1-9223372036854775808"],
        ["Range": "bytes=1-", "If-Range": tag], ["Range": "bytes=1-", "If-Range": "\"x\""],
        ["Range": "bytes=1-", "If-Range": modified], ["Range": "bytes=1-", "If-Range": early],
        ["Range": "bytes=1-", "If-Range": "W/\(tag)"], ["If-None-Match": tag], ["If-None-Match": "W/\(tag)"],
        ["If-None-Match": "\"x\", \(tag)"], ["If-None-Match": "*"], ["If-None-Match": "\"x\""],
        ["If-None-Match": "\"x\"", "If-Modified-Since": modified],
        ["If-None-Match": tag, "If-Modified-Since": early],
        ["If-Modified-Since": modified], ["If-Modified-Since": early], ["If-Modified-Since": "yesterday"],
        ["If-Match": tag], ["If-Match": "*"], ["If-Match": "\"x\""], ["If-Match": "W/\(tag)"],
        ["If-Unmodified-Since": modified], ["If-Unmodified-Since": early],
        ["If-Unmodified-Since": "yesterday"],
        ["If-Match": tag, "If-Unmodified-Since": early],
      ] {
        let before = try receiptCount()
        let answer = try owner.get(link, fields)
        #expect([200, 206, 304, 412, 416].contains(answer.status), "\(fields): \(answer.status)")
        // In several parts, each has its own Content-Range.
        let holdsFirst = answer["Content-Range"]?.hasPrefix("bytes 0-") ?? answer.text.contains("bytes 0-")
        let isDownload = answer.status == 200 || answer.status == 206 && holdsFirst
        let expected = isDownload || fields == first ? 1 : 0
        #expect(try receiptCount() - before == expected, "\(fields): \(answer.status)")
      }
    }

    private func receiptCount() throws -> Int {
      try site.count("SELECT coalesce(sum(times), 0) FROM activity WHERE what = 'export.downloaded'")
    }

    @Test("curl resumes a download that broke off")
    func curl() throws {
      let folder = try TemporaryFolder()
      let part = folder.appending("export.zip")
      try Data(contentsOf: zip).prefix(7_777).write(to: part)
      let cookies = owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      let arguments = ["-sS", "--fail", "-C", "-", "-b", cookies, "-o", part.path, site.url + link]
      let result = try Tool.run("curl", arguments)
      #expect(result.succeeded, "\(result.error)")
      #expect(try Data(contentsOf: part) == Data(contentsOf: zip))
    }

    @Test("Every other spelling of a link is 404")
    func spellings() throws {
      let before = try site.state()
      for spelling in try misspellings() {
        let answer = try owner.get(spelling)
        #expect(answer.status == 404, "\(spelling)")
        #expect(answer["Content-Type"] == "text/html; charset=utf-8", "\(spelling)")
      }
      #expect(try site.changes(since: before) == [])
      #expect(try owner.get(link).status == 200)
    }

    private func misspellings() throws -> [String] {
      let path = try #require(link.split(separator: "?").first).description
      let query = String(link.dropFirst(path.count + 1))
      let expires = try #require(query.split(separator: "&").first).description
      let signature = try #require(query.split(separator: "&").last).description
      let id = try #require(path.split(separator: "/").dropFirst().first).description
      let later = "expires=\(try #require(Int(expires.dropFirst(8))) + 1)"
      let last = try #require(signature.last)
      return [
        path, "\(path)?", "\(path)?\(expires)", "\(path)?\(signature)", "\(path)?\(signature)&\(expires)",
        "\(path)?\(later)&\(signature)", "\(link)&", "\(link)&x=1", "\(path)?x=1&\(query)", "\(link)=",
        "\(link)A", String(link.dropLast()), String(link.dropLast()) + (last == "A" ? "B" : "A"),
        "\(path)?\(expires)&signature=", "\(path)?\(expires)&signature=\(String(repeating: "A", count: 43))",
        link.replacing("expires=", with: "expires=0"), link.replacing("expires=", with: "expires=+"),
        link.replacing("expires=", with: "Expires="), link.replacing("expires=", with: "%65xpires="),
        link.replacing("/download", with: "/downloa%64"), link.replacing("/download", with: "/download/"),
        link.replacing("/exports/", with: "//exports/"), link.replacing("/exports/", with: "/x/../exports/"),
        link.replacing("/exports/", with: "/./exports/"),
        link.replacing(id, with: id.uppercased() + " ".dropLast()),
        link.replacing(id, with: "%" + String(id.utf8.first ?? 0, radix: 16) + id.dropFirst()),
        link.replacing(id, with: String(repeating: "0", count: 32)), link.replacing("&", with: "&amp;"),
        link.replacing("&", with: ";"), "\(link)%20", "\(link)+", "\(link)%00".replacing("%00", with: "%0A"),
      ].filter { $0 != link }
    }

    @Test("nginx gives no export to a request that bypasses the application")
    func bypassed() throws {
      let name = try zip.lastPathComponent
      for path in [
        "/-/exports/\(name)", "/exports/\(name)", "/%2D/exports/\(name)", "/assets/../exports/\(name)",
        "/assets/..%2fexports/\(name)", "/css/..%2f..%2fvar/exports/\(name)", "/assets/%2e%2e/keys",
        "/handover.sqlite", "/assets../keys", "/nginx/nginx.conf", "/errors/404.html",
      ] {
        let answer = try owner.get(path)
        #expect([400, 404].contains(answer.status), "\(path): \(answer.status)")
      }
    }

    @Test("A revoked link is gone at once, and says so; a rotated key keeps it good")
    func afterwards() throws {
      #expect(try site.handover("keys", "rotate").succeeded)
      #expect(try owner.get(link).status == 200)
      let id = try site.rows("SELECT id FROM export")[0]
      let revoked = try owner.submit([], to: "/settings/export/\(id)/revoke", from: Site.exportPage)
      #expect(revoked.status == 303)
      let gone = try owner.get(link)
      #expect(gone.status == 410)
      #expect(gone.text.contains("This download is no longer there"))
      #expect(try owner.get(Site.exportPage).downloadLinks == [])
      #expect(try site.exportFiles() == [])
    }

    private var zip: URL {
      get throws {
        let names = try site.exportFiles()
        return site.data.appending(path: "exports").appending(path: try #require(names.first))
      }
    }
  }
}
