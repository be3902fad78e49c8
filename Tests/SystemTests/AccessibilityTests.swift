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

    @Test("axe finds nothing, light and dark, on a screen and on a phone")
    func axe() throws {
      try gallery.tour(browser) { view in
        for (width, height) in [(1280, 900), (390, 844)] {
          try browser.resize(width: width, height: height)
          for scheme in [Browser.ColourScheme.light, .dark] {
            try browser.prefer(scheme)
            let place = "\(view.name), \(width) pixels, \(scheme.rawValue)"
            for finding in try browser.accessibilityFindings { Issue.record("\(place): \(finding)") }
            try browser.screenshot("page-\(view.name)-\(width)-\(scheme.rawValue)")
          }
        }
      }
    }

    @Test("The W3C's checker finds no error")
    func markup() throws {
      var pages: [String: String] = [:]
      for (number, view) in gallery.views.enumerated() where view.step.isEmpty {
        pages["\(number)-\(view.name)"] = try gallery.client(of: view).get(view.path).text
      }
      let errors = Repository.appending("Public/errors")
      for file in try FileManager.default.contentsOfDirectory(at: errors, includingPropertiesForKeys: nil) {
        pages["nginx-" + file.lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
      }
      #expect(try markupErrors(in: ["broken": "<!DOCTYPE html><p lang='en'>no title"]) != [])
      for error in try markupErrors(in: pages) { Issue.record("\(error)") }
    }

    /// 320 pixels is a screen of 1280 at 400 percent (WCAG 1.4.10); 640 is the same at 200.
    @Test(
      "Nothing scrolls sideways, stands out or is cut off, however wide",
      arguments: [1280, 1000, 800, 640, 390, 320])
    func enlarged(width: Int) throws {
      try browser.resize(width: width, height: 600)
      try gallery.tour(browser) { view in
        #expect(try browser.tooWide == [], "\(view.name)")
        try browser.screenshot("enlarged-\(view.name)-\(width)")
      }
    }

    @Test("Text of twice the size is all there")
    func largeText() throws {
      let browser = try Browser(textSize: 32)
      try gallery.tour(browser) { view in
        #expect(try browser.tooWide == [], "\(view.name)")
        try browser.screenshot("large-text-\(view.name)")
      }
    }

    /// 9 is the smallest size that Chromium offers.
    @Test("What is pressed is at least 24 pixels wide and high, however small the text", arguments: [16, 9])
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
  /// Elements that reach beyond the right edge of the window or of their card; those for screen readers alone don't
  /// count.
  fileprivate var tooWide: [String] {
    get throws {
      try texts(
        """
        const right = (e) => e.getBoundingClientRect().right;
        const beyond = (parent, edge) => [...parent.querySelectorAll('*')].filter((e) => right(e) > edge + 1 &&
          getComputedStyle(e).clipPath === 'none').map((e) => e.outerHTML.slice(0, 120));
        const cards = [...document.querySelectorAll('.card')].flatMap((card) => beyond(card, right(card)));
        if (document.documentElement.scrollWidth <= innerWidth) return cards;
        return beyond(document.body, innerWidth).concat('the page', cards);
        """)
    }
  }

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
