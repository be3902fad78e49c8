import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// How pages look, whatever the fonts of the machine and whoever made the browser.
  @Suite struct LooksTests {
    let gallery: Gallery

    init() throws { gallery = try Gallery() }

    /// A desktop, a tablet, half a screen, a short phone, and the narrowest page (WCAG 1.4.10).
    private static let sizes = [(1280, 900), (1024, 768), (800, 600), (640, 600), (390, 664), (320, 600)]

    /// Each browser and each font once, with a third of the sizes; in the long run all pairs, with all of them.
    private static let pairs: [(Engine, Font)] =
      Checkout.isLong
      ? Engine.allCases.flatMap { engine in Font.allCases.map { (engine, $0) } }
      : [(.chromium, .inter), (.firefox, .noto), (.webkit, .dejavu)]

    @Test("Nothing is cut, stands out or breaks inside a button or an address, in any browser with any font")
    func everywhere() throws {
      for (index, (engine, font)) in Self.pairs.enumerated() {
        let browser = try Browser(engine, font: font)
        let sizes = Self.sizes.enumerated().filter { Checkout.isLong || $0.offset % 3 == index }
        try look(browser, sizes: sizes.map(\.element), "\(engine), \(font)")
        try browser.evaluate("document.body.innerHTML = `<p class='button'>${'x'.repeat(999)}`")
        #expect(try !browser.looksFindings.isEmpty, "\(engine) finds what is too wide")
      }
    }

    @Test(
      "Nor with text of twice the size", arguments: zip([Engine.chromium, .firefox], [Font.noto, .dejavu]))
    func largeText(engine: Engine, font: Font) throws {
      let browser = try Browser(engine, textSize: 32, font: font)
      try look(browser, sizes: [(1280, 900), (390, 664)], "\(engine), \(font), large text")
    }

    private func look(_ browser: Browser, sizes: [(Int, Int)], _ what: String) throws {
      let views = gallery.views.filter { $0.leadsTo == nil }
      try gallery.tour(browser, of: views) { view in
        for (width, height) in sizes {
          try browser.resize(width: width, height: height)
          let place = "\(view.name), \(what), \(width) pixels"
          for finding in try browser.looksFindings { Issue.record("\(place): \(finding)") }
          guard view.name == "export" else { continue }
          for row in try browser.movingLines { Issue.record("\(place): details push the line of \(row)") }
        }
      }
    }

    @Test(
      "Tab leads from the address to the password, and from there to 'Sign in'", arguments: Engine.allCases)
    func tabOrder(engine: Engine) throws {
      // WebKit's driver stops answering now and then.
      do { try signIn(by: engine) } catch {
        guard engine == .webkit else { throw error }
        try signIn(by: engine)
      }
    }

    private func signIn(by engine: Engine) throws {
      let browser = try Browser(engine)
      try browser.open(gallery.site.url + "/login")
      func focus() throws -> String? { try browser.evaluate("return document.activeElement.id") as? String }
      // WebKit's driver answers before a page has the focus and a key has arrived, and loses one now and then.
      try eventually("the address has the focus") { try focus() == "email" }
      try browser.press(gallery.demo.user.email)
      try eventually("the address is typed") {
        try browser.evaluate("return document.activeElement.value") as? String == gallery.demo.user.email
      }
      var pressed: ContinuousClock.Instant?
      try eventually("the password has the focus") {
        if try focus() == "email", pressed.map({ .now - $0 > .seconds(10) }) ?? true {
          try browser.press(Key.tab)
          pressed = .now
        }
        return try focus() == "password"
      }
      try browser.press(gallery.demo.user.password + Key.enter)
      try browser.waitForURL("behind the sign-in") { !$0.contains("/login") }
    }

    /// What Chromium's "Password Form Styles" asks: the user's name in a field of the form, which may be out of sight, but
    /// is no hidden one.
    @Test("Each form with a password says whose it is, in a field that password managers see")
    func passwordManagers() throws {
      let browser = try Browser()
      var forms = 0
      try gallery.tour(browser, of: gallery.views.filter { $0.leadsTo == nil }) { view in
        let found = try browser.evaluate(
          """
          return [...document.forms].filter((form) => form.querySelector('[type=password]')).map((form) => {
            const passwords = [...form.querySelectorAll('[type=password]')];
            const name = form.querySelector('[autocomplete=username]');
            if (!name || !['text', 'email'].includes(name.type)) return 'no field for the name';
            if (!name.checkVisibility() || !name.getClientRects().length) return 'a field that is not displayed';
            if (!(name.compareDocumentPosition(passwords[0]) & 4)) return 'the name comes after the password';
            if (!name.value && !name.required) return 'no name';
            return passwords.every((e) => /^(current|new)-password$/.test(e.autocomplete)) ? '' : 'which password?';
          });
          """)
        for problem in found as? [String] ?? ["no answer"] {
          forms += 1
          #expect(problem == "", "\(view.name)")
        }
      }
      #expect(forms >= 4)
    }

    @Test("With forced colours the bar, the dots and the triangles are seen")
    func forcedColours() throws {
      let browser = try Browser()
      try browser.open(gallery.site.url + Site.exportPage, as: gallery.demo.owner)
      try browser.evaluate(
        """
        document.querySelector('.export-what').insertAdjacentHTML('beforeend',
          '<progress max="100" value="40" id="bar"></progress><progress max="100" value="0" id="empty"></progress>');
        document.querySelector('#being-made, #earlier').insertAdjacentHTML('beforeend', '<p class="state" id="dot"></p>');
        document.querySelector('summary').firstChild.data = '';
        """)
      for scheme in [Browser.ColourScheme.light, .dark] {
        for forced in [false, true] {
          try browser.prefer(scheme, forcedColours: forced)
          let seen = (scheme, forced)
          #expect(try browser.painted("#bar") > browser.painted("#empty") + 500, "\(seen)")
          #expect(try browser.painted("#dot") > 15, "\(seen)")
          #expect(try browser.painted("summary") > 10, "\(seen)")
        }
      }
    }

    @Test("On paper the content begins on the first page, with exact times and without buttons")
    func paper() throws {
      let browser = try Browser()
      try browser.open(gallery.site.url + Site.exportPage, as: gallery.demo.owner)
      let pages = try browser.printed
      let first = try #require(pages.first)
      #expect(first.contains("Entire organisation") && first.contains("Completed"))
      let text = pages.joined().replacing("Revoked", with: "")
      #expect(text.contains(/\d{1,2} \w+ 20\d\d, \d\d:\d\d/))
      for word in ["NEW DATA EXPORT", "Revoke", "Retry", "Details", "Sign out", " ago", "just now"] {
        #expect(!text.contains(word), "\(word)")
      }
      try browser.open(gallery.site.url + "/settings/organisation/users")
      #expect(try browser.printed.joined().contains(/\bUser\b/), "the role is a button on the page")
      for path in ["/settings/organisation/users", "/settings/activity", "/settings", "/help"] {
        try browser.open(gallery.site.url + path)
        let first = try #require(try browser.printed.first)
        #expect(first.split(separator: "\n").count > 10, "\(path)")
        #expect(!first.contains("Sign out everywhere") && !first.contains("just now"), "\(path)")
      }
    }

    @Test(
      "Nothing moves by itself, neither while a page loads nor while an export runs", arguments: [1280, 390])
    func shift(width: Int) throws {
      let browser = try Browser(width: width, height: 800)
      try gallery.tour(browser, of: gallery.views.filter { $0.leadsTo == nil && $0.step.isEmpty }) { view in
        try browser.watchShifts()
        #expect(try browser.shift < 0.01, "\(view.name)")
      }
      let site = try Site(["HANDOVER_THREADS": "1", "HANDOVER_COMPRESSION": "9"])
      let demo = try site.startWithDemo(rows: 60_000)
      try browser.open(site.url + "/settings/export/new", as: demo.owner)
      try browser.button("Confirm").click()
      try browser.waitForState("Queued", "Processing")
      try browser.watchShifts()
      try browser.waitForState("Completed")
      #expect(try browser.shift < 0.01)
      try browser.evaluate("document.querySelector('main').style.paddingTop = '300px'")
      #expect(try browser.shift > 0.01)
    }

    @Test("A phone shows who is signed in, and of which organisation")
    func whoIsSignedIn() throws {
      let browser = try Browser(width: 390, height: 664)
      try browser.open(gallery.site.url + "/settings", as: gallery.demo.owner)
      for part in ["name", "organisation"] {
        let element = try browser.find(".topbar-\(part)")
        #expect(try element.isDisplayed && !element.text.isEmpty)
        let isWhole = try browser.evaluate(
          "return arguments[0].scrollWidth <= arguments[0].clientWidth", [element.argument])
        #expect(isWhole as? Bool == true)
      }
    }
  }
}
