import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// What a browser has to fetch before it can show a page.
  @Suite struct WeightTests {
    @Test(
      "The Export page's first paint takes at most 4 requests and 45 kB, and its files are kept for a year")
    func firstPaint() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let owner = try site.client(of: demo.owner)
      for number in 1...20 {
        _ = try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage)
        try eventually("export \(number) is completed") {
          try site.count("SELECT count(*) FROM export WHERE status = 'completed'") == number
        }
      }
      let page = try owner.get(Site.exportPage, ["Accept-Encoding": "gzip"])
      #expect(page["Content-Encoding"] == "gzip")
      var weight = page.body.count
      let text = try owner.get(Site.exportPage).text
      #expect(text.matches(of: /data-export=/).count == 20)
      let files = text.matches(of: /(?:href|src)="(\/(?:assets|icons|media)\/[^"]*)"/).map { String($0.1) }
      // Of the icons a browser takes one.
      #expect(Set(files.filter { !$0.hasSuffix(".png") }).count <= 3)
      for file in Set(files) {
        let answer = try owner.get(file, ["Accept-Encoding": "gzip"])
        #expect(answer.status == 200)
        #expect(answer["Cache-Control"] == "public, max-age=31536000, immutable")
        weight += answer.body.count
      }
      #expect(weight <= 45_000)
    }

    @Test("All CSS is at most 30 kB, all script 26 kB", arguments: [("css", 30_000), ("js", 26_000)])
    func assets(kind: String, limit: Int) throws {
      let folder = Repository.appending("Public/" + kind)
      let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      #expect(try files.reduce(0) { try $0 + Data(contentsOf: $1).count } <= limit)
    }
  }
}
