import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Every page in every state, for everybody (WCAG 2.2 AA), seen by external checkers.
  @Suite struct AccessibilityTests {
    let gallery: Gallery
    let browser: Browser

    init() throws {
      gallery = try Gallery()
      browser = try Browser()
    }

    /// Colours don't depend on the width, and most pages have several states in a row: they take turns. In the
    /// long run each state is seen in all.
    private static let looks: [(width: Int, height: Int, scheme: Browser.ColourScheme)] =
      [(1280, 900, .light), (390, 844, .dark), (1280, 900, .dark), (390, 844, .light)]

    @Test("axe finds nothing, light and dark, on a screen and on a phone")
    func axe() throws {
      var turn = 0
      try gallery.tour(browser) { view in
        turn += 1
        for (width, height, scheme) in Checkout.isLong ? Self.looks : [Self.looks[turn % 4]] {
          try browser.resize(width: width, height: height)
          try browser.prefer(scheme)
          let place = "\(view.name), \(width) pixels, \(scheme.rawValue)"
          for finding in try browser.accessibilityFindings { Issue.record("\(place): \(finding)") }
          try browser.screenshot("page-\(view.name)-\(width)-\(scheme.rawValue)")
        }
      }
    }

    @Test("The W3C's checker finds no error")
    func markup() throws {
      var pages: [String: String] = [:]
      // One for each person, as sign-ins are limited.
      var clients: [String: Client] = [:]
      for (number, view) in gallery.views.enumerated() where view.step.isEmpty {
        let who = view.awaitsCode ? view.name : view.person?.email ?? ""
        let client = try clients[who] ?? gallery.client(of: view)
        clients[who] = client
        pages["\(number)-\(view.name)"] = try client.get(view.path).text
      }
      let errors = Repository.appending("Public/errors")
      for file in try FileManager.default.contentsOfDirectory(at: errors, includingPropertiesForKeys: nil) {
        pages["nginx-" + file.lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
      }
      #expect(try markupErrors(in: ["broken": "<!DOCTYPE html><p lang='en'>no title"]) != [])
      for error in try markupErrors(in: pages) { Issue.record("\(error)") }
    }

    /// 9 is the smallest size that Chromium offers.
    @Test(
      "What is pressed is at least 24 pixels wide and high, however small the text",
      arguments: Checkout.isLong ? [9, 16] : [9])
    func targets(textSize: Int) throws {
      let browser = try Browser(width: 390, height: 844, textSize: textSize)
      try gallery.tour(browser) { view in
        let small = try browser.smallTargets
        #expect(small == [], "\(view.name)")
      }
    }
  }
}

extension Browser {
  /// Links inside sentences may be as small as these (WCAG 2.5.8, "Inline"); hidden ones don't count.
  fileprivate var smallTargets: [String] {
    get throws {
      try texts(
        """
        const inline = (e) => [...e.parentNode.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        return [...document.querySelectorAll('a, button, input, select, textarea, summary')].filter((e) => {
          const box = (e.closest('label') ?? e).getBoundingClientRect();
          return e.checkVisibility() && !inline(e) && !e.matches('.unseen, .skip') && box.width > 1 &&
            Math.min(box.width, box.height) < 24;
        }).map((e) => e.outerHTML.slice(0, 120))
        """)
    }
  }

  private func texts(_ script: String) throws -> [String] {
    try evaluate(script) as? [String] ?? ["no answer"]
  }
}
