import Foundation
import Handover
import Secrets
import TestSupport
import Testing

extension SystemTests {
  /// The page of an archive that checks it, opened from the disk as by a double click.
  @Suite struct VerifyPageTests {
    let site: Site
    /// An archive without a fault.
    let zip: URL
    /// Its page, unpacked.
    let page: URL
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      site = try Site()
      _ = try site.makeDemo(rows: 300)
      zip = folder.appending("export.zip")
      page = folder.appending("verify.html")
      let made = try site.handover("export", "--organisation", "1", "--documents", "--output", zip.path)
      try #require(made.succeeded, "\(made.error)")
      try Data(Tool.run("unzip", ["-p", zip.path, "verify.html"]).output.utf8).write(to: page)
    }

    @Test("Nothing that stands in cells, names and headers runs, and nothing is asked of a network")
    func scripts() throws {
      let script = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"
      var archive = try ForgedArchive(zip)
      try archive.replace("deal_id,", with: script + ",", in: "Deals.csv")
      archive.files.append(("Documents/D-1 x/" + script, []))
      let file = folder.appending("scripts.zip")
      try Data(archive.packed()).write(to: file)
      let judge = try PageJudge(page)
      #expect(try !judge.verdict(on: file).isSound)
      try judge.browser.button("Notes.csv, 120 rows").click()
      try judge.browser.waitForText("Page 1 of 3")
      #expect(try judge.browser.title == "Verify an export of Handover")
      #expect(try judge.browser.all("img, main script").isEmpty)
      let policy = try judge.browser.find("meta[http-equiv]").attribute("content") ?? ""
      #expect(policy.hasPrefix("default-src 'none'; script-src 'sha256-"))
    }

    @Test("It shows tables, searches and sorts them, follows ids, and gives them without formula protection")
    func tables() throws {
      let browser = try PageJudge(page).opened(zip)
      try browser.button("Contacts.csv, 28 rows").click()
      try browser.waitForText("Page 1 of 1")
      try browser.button("contact_id").click()
      try browser.button("contact_id ↑").click()
      try eventually("the last contact is first") {
        try browser.text(of: "#rows button") == "C-28"
      }
      try browser.find("#rows button").click()
      try browser.waitForText("contact_type")
      try browser.button("Deals with C-28").click()
      try eventually("the deals of C-28") {
        let counted = try browser.text(of: "#count") ?? ""
        return counted.contains(" of 20 rows") || counted == "20 rows"
      }
      try browser.button("CSV without formula protection").click()
      let plain = try Data(contentsOf: browser.download { $0.hasSuffix(".csv") })
      let original = try Tool.run("unzip", ["-p", zip.path, "Deals.csv"]).output
      let expected = original.replacing(",'", with: ",").replacing(",\"'", with: ",\"")
      #expect(plain.suffix(2_000) == Data(expected.utf8).suffix(2_000))
    }

    @Test("It shows the tables of a workbook alone, too, and gives each as CSV")
    func workbook() throws {
      let alone = folder.appending("alone.zip")
      let made = try site.handover(
        "export", "--organisation", "1", "--format", "xlsx", "--output", alone.path)
      try #require(made.succeeded, "\(made.error)")
      let browser = try PageJudge(page).opened(alone)
      try browser.button("Deals.csv, 20 rows").click()
      try browser.waitForText("Page 1 of 1")
      try browser.button("CSV without formula protection").click()
      let plain = try Data(contentsOf: browser.download { $0.hasSuffix(".csv") })
      let original = try Tool.run("unzip", ["-p", zip.path, "Deals.csv"]).output
      let expected = original.replacing(",'", with: ",").replacing(",\"'", with: ",\"")
      #expect(plain.suffix(2_000) == Data(expected.utf8).suffix(2_000))
    }

    @Test("It is for everybody: axe finds nothing, 320 pixels are enough, and it says so without scripts")
    func everybody() throws {
      let browser = try PageJudge(page).opened(zip)
      try browser.button("Deals.csv, 20 rows").click()
      try browser.waitForText("Page 1 of 1")
      for scheme in [Browser.ColourScheme.light, .dark] {
        try browser.prefer(scheme)
        for finding in try browser.accessibilityFindings { Issue.record("\(scheme): \(finding)") }
        try browser.screenshot("verify-\(scheme.rawValue)")
      }
      try browser.resize(width: 320, height: 640)
      #expect(
        try browser.evaluate("return document.documentElement.scrollWidth <= innerWidth") as? Bool == true)
      #expect(try markupErrors(in: ["verify": String(contentsOf: page, encoding: .utf8)]) == [])
      let plain = try Browser(runsScripts: false)
      try plain.open(page.absoluteString)
      #expect(try plain.text.contains("This page needs JavaScript"))
    }

    @Test("A ZIP that is dragged onto it is checked as a chosen one is")
    func dropped() throws {
      let browser = try PageJudge(page).browser
      let dragged: [String: Any] = ["items": [[String: Any]](), "files": [zip.path], "dragOperationsMask": 1]
      for event in ["dragEnter", "dragOver", "drop"] {
        try browser.protocolCommand(
          "Input.dispatchDragEvent", ["type": event, "x": 200, "y": 200, "data": dragged])
      }
      try browser.waitForText("Complete and unchanged")
    }

    @Test("A browser that can't unpack says which one can")
    func oldBrowser() throws {
      let browser = try Browser()
      try browser.protocolCommand(
        "Page.addScriptToEvaluateOnNewDocument", ["source": "delete window.DecompressionStream"])
      try browser.open(page.absoluteString)
      #expect(try browser.text(of: "#old")?.contains("Firefox 113") == true)
      #expect(try browser.find("#old").isDisplayed)
    }

    @Test("Firefox and WebKit open it too", arguments: [Engine.firefox, .webkit])
    func engines(_ engine: Engine) throws {
      let judge = try PageJudge(page, in: engine)
      let verdict = try judge.verdict(on: zip)
      #expect(verdict.isSound, "\(verdict)")
      try judge.browser.button("Deals.csv, 20 rows").click()
      try judge.browser.waitForText("Page 1 of 1")
      let cut = folder.appending("cut.zip")
      try Data(Data(contentsOf: zip).dropLast(1000)).write(to: cut)
      #expect(try !judge.verdict(on: cut).isSound)
    }

    @Test("What is too large for a browser is hashed, and it says so")
    func large() throws {
      let judge = try PageJudge(page, limit: 1000)
      #expect(try !judge.verdict(on: zip).isSound)
      let text = try judge.browser.find("main").text
      #expect(text.contains("Too large to be checked in a browser"))
      #expect(text.contains(hex(SHA256.hash([UInt8](try Data(contentsOf: zip))))))
    }
  }
}

/// The page in a browser, as a judge of files.
final class PageJudge {
  struct Verdict: Decodable {
    struct Problem: Decodable, Equatable {
      let file: String?
      let text: String
    }

    let sound: Bool?
    let error: String?
    private let found: [Problem]?

    var isSound: Bool { sound == true }
    var problems: [Problem] { found ?? [] }
    var files: Set<String> { Set(problems.map { $0.file ?? "" }) }

    private enum CodingKeys: String, CodingKey {
      case sound, error
      case found = "problems"
    }
  }

  let browser: Browser

  init(_ page: URL, in engine: Engine = .chromium, limit: Int? = nil) throws {
    browser = try Browser(engine)
    try browser.open(page.absoluteString + (limit.map { "#limit=\($0)" } ?? ""))
  }

  func verdict(on file: URL) throws -> Verdict {
    try browser.evaluate("delete document.documentElement.dataset.result")
    try browser.find("#file").type(file.path)
    let text = try eventual("a verdict on \(file.lastPathComponent)") {
      try browser.evaluate("return document.documentElement.dataset.result ?? null") as? String
    }
    return try JSONDecoder().decode(Verdict.self, from: Data(text.utf8))
  }

  func opened(_ file: URL) throws -> Browser {
    _ = try verdict(on: file)
    return browser
  }
}
