import Foundation
import TestSupport

/// What people do on the site, step by step.
extension Browser {
  /// Fills in the sign-in form that is open.
  func signIn(_ person: Person) throws {
    try field("E-mail").type(person.email)
    try field("Password").type(person.password)
    try button("Sign in").click()
  }

  /// Opens an address of the site, signs in on the way, and waits until the sign-in is left.
  func open(_ url: String, as person: Person) throws {
    try open(url)
    try signIn(person)
    try waitForURL("behind the sign-in") { !$0.contains("/login") }
  }

  func signOut() throws {
    try button("Sign out").click()
    try waitForURL("of the sign-in") { $0.contains("/login") }
  }

  /// The state of the export on top, in the page's words; nil where there is none.
  var newestState: String? {
    get throws {
      try evaluate("return document.querySelector('[data-export] .state')?.textContent ?? null") as? String
    }
  }

  func waitForState(_ states: String..., within limit: Duration = .seconds(120)) throws {
    try eventually("the export is \(states)", within: limit) {
      try newestState.map(states.contains) ?? false
    }
  }

  /// Presses Tab until the focus is on what has this name, as somebody without a mouse does.
  func tab(to name: String, atMost presses: Int = 60) throws {
    var seen: [String] = []
    for _ in 0..<presses {
      try press(Key.tab)
      let found = try activeElement.name
      if found.hasPrefix(name) { return }
      seen.append(found)
    }
    throw HarnessError("Tab reaches no '\(name)', but \(seen)")
  }

  /// Leaves pictures of the page as it is now: wide and narrow, light and dark.
  func look(_ name: String) throws {
    for (width, height) in [(1280, 900), (390, 844)] {
      try resize(width: width, height: height)
      for scheme in [ColourScheme.light, .dark] {
        try prefer(scheme)
        try screenshot("\(name)-\(width)-\(scheme.rawValue)")
      }
    }
    try resize(width: 1280, height: 900)
    try prefer(.light)
  }
}
