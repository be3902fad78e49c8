import TestSupport

/// A phone with an authenticator app: `oathtool`, which knows the key as text.
struct Phone {
  let key: String

  /// - Parameter page: that sets two-step sign-in up.
  init(scanning page: String) throws {
    guard let key = page.firstMatch(of: /<code id="key">([A-Z2-7 ]+)<\/code>/)?.1 else {
      throw HarnessError("no key on the page: \(page)")
    }
    self.key = String(key.replacing(" ", with: ""))
  }

  /// The code that it shows now, or after so many steps.
  func code(steps: Int = 0) throws -> String {
    let shown = try Tool.run("oathtool", ["--totp", "--base32", "--now", "now + \(30 * steps) seconds", key])
    guard shown.succeeded else { throw HarnessError("oathtool: \(shown.error)") }
    return shown.output.replacing("\n", with: "")
  }
}

extension Client {
  /// Turns two-step sign-in on for whoever is signed in, and returns the recovery codes.
  func turnOnTwoStep() throws -> [String] {
    let code = try Phone(scanning: get("/settings/two-step").text).code()
    let page = try submit([("code", code)], to: "/settings/two-step", from: "/settings/two-step")
    let codes = page.text.matches(of: /<code>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){5})<\/code>/).map { String($0.1) }
    guard codes.count == 10 else { throw HarnessError("no recovery codes: \(page.status) \(page.text)") }
    return codes
  }
}
