import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Two-step sign-in as people go through it, with `oathtool` for their phone and `zbarimg` for its camera.
  @Suite struct TwoStepTests {
    let site: Site
    let demo: Demo
    let browser: Browser

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
      browser = try Browser()
    }

    @Test("From the profile to a sign-in with the phone, with a recovery code, and without either")
    func way() throws {
      try browser.open(site.url + "/login", as: demo.owner)
      try browser.open(site.url + "/settings")
      try browser.link("Set up two-step sign-in").click()
      try browser.waitForText("Type the code")
      let phone = try Phone(scanning: browser.source)
      for (scheme, width) in [(Browser.ColourScheme.light, 1280), (.dark, 390)] {
        try browser.prefer(scheme)
        try browser.resize(width: width, height: 900)
        let picture = try browser.screenshot("two-step-key-\(scheme.rawValue)")
        let seen = try Tool.run("zbarimg", ["--quiet", "--raw", picture.path])
        #expect(seen.output.contains("secret=\(phone.key)&"), "\(scheme): \(seen.error)")
      }
      try browser.field("Type the code that the app shows").type(phone.code())
      try browser.button("Turn it on").click()
      try browser.waitForText("They are shown only this once")
      let codes = try browser.all("main li code").map { try $0.text }
      #expect(Set(codes).count == 10)
      _ = try site.letter("it is on") { $0.subject == "Two-step sign-in is on" }

      try browser.signOut()
      try browser.open(site.url + "/login?next=/help")
      try browser.signIn(demo.owner)
      try browser.waitForURL("of the code") { $0.contains("/login/code") }
      #expect(try browser.activeElement.name == "Code")
      try browser.press("000 000" + Key.enter)
      try browser.waitForText("That code isn’t good")
      // The step of now was used up when it was turned on.
      try browser.field("Code").type(phone.code(steps: 1))
      try browser.button("Sign in").click()
      try browser.waitForURL("that was asked for") { $0.hasSuffix("/help") }

      try browser.signOut()
      try browser.signIn(demo.owner)
      try browser.waitForText("Lost your phone?")
      try browser.field("Code").type(codes[0].lowercased() + Key.enter)
      try browser.waitForURL("of the exports") { $0.hasSuffix("/settings/export") }
      let letter = try site.letter("a code was used") { $0.subject == "A recovery code was used" }
      #expect(letter.text.contains("9 are left"))

      let changed = try site.handover(
        "user", "change", "--organisation", "1", demo.owner.email, "--no-two-step")
      #expect(changed.succeeded, "\(changed.error)")
      try browser.open(site.url + "/settings")
      #expect(try browser.url.contains("/login"))
      try browser.signIn(demo.owner)
      try browser.waitForURL("of the profile") { $0.hasSuffix("/settings") }
      _ = try site.letter("it was removed") { $0.subject == "Your two-step sign-in was removed" }
    }

    @Test("Where the owner requires it of all, the others set it up before anything else")
    func required() throws {
      let user = try Browser()
      try user.open(site.url + "/login", as: demo.user)
      let owner = try site.client(of: demo.owner)
      let codes = try owner.turnOnTwoStep()
      #expect(codes.count == 10)
      let page = try owner.get("/settings/organisation")
      let name = try #require(page.value(ofField: "name"))
      let saved = try owner.submit(
        [("name", name), ("zone", "UTC"), ("two_step", "all")], to: "/settings/organisation",
        from: "/settings/organisation")
      #expect(saved.status == 303)

      try user.open(site.url + "/help")
      try user.waitForText("requires it of you")
      let phone = try Phone(scanning: user.source)
      try user.field("Type the code that the app shows").type(phone.code() + Key.enter)
      try user.waitForText("They are shown only this once")
      try user.link("I’ve saved them").click()
      try user.waitForURL("that was asked for") { $0.hasSuffix("/help") }
    }
  }
}
