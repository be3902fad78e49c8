import Foundation
import TestSupport

/// A site with an export in each state that one can end in, for tests that look at all pages.
struct Gallery {
  let site: Site
  let demo: Demo

  /// A page, or a state of one.
  struct View {
    let name: String
    /// Nil for those who aren't signed in.
    let person: Person?
    let path: String
    /// A script that brings the page into the state.
    var step = ""
  }

  init() throws {
    site = try Site([
      "HANDOVER_SUPPORT_URL": "https://chat.example/",
      "HANDOVER_AGGREGATOR": "Northern, help@northern.example",
    ])
    demo = try site.startWithDemo()
    let owner = try site.client(of: demo.owner)
    for number in 1...5 {
      _ = try owner.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage)
      try eventually("export \(number) is completed") {
        try site.count("SELECT count(*) FROM export WHERE status = 'completed'") == number
      }
    }
    let user = try site.client(of: demo.user)
    _ = try user.submit(
      [("message", "My deals, please.")], to: Site.exportPage + "/ask", from: Site.exportPage)
    let link = try owner.get(Site.exportPage).downloadLinks[0]
    _ = try owner.get(link)
    try site.stop()
    try site.change(Self.states)
    try site.start()
  }

  /// States that would take a day, a full disk or a running worker to reach.
  private static let states = """
    UPDATE export SET status = 'expired', expires_at = completed_at + 1 WHERE number = 1;
    UPDATE export SET status = 'revoked' WHERE number = 2;
    UPDATE export SET status = 'failed', reason = 'The disk is full.', completed_at = NULL WHERE number = 3;
    UPDATE export SET status = 'cancelled', completed_at = NULL, scope = 'user', subject_id = 6 WHERE number = 4;
    """

  var views: [View] {
    [
      View(name: "sign-in", person: nil, path: "/login"),
      View(
        name: "sign-in-for-a-file", person: nil,
        path: "/login?next=/exports/\(String(repeating: "0", count: 32))/download"),
      View(name: "forgotten", person: nil, path: "/password/forgotten"),
      View(
        name: "dead-link", person: nil, path: "/password/reset?token=\(String(repeating: "A", count: 43))"),
      View(name: "profile", person: demo.owner, path: "/settings"),
      View(name: "organisation", person: demo.owner, path: "/settings/organisation"),
      View(name: "users", person: demo.owner, path: "/settings/organisation/users"),
      View(name: "users-none", person: demo.owner, path: "/settings/organisation/users?q=nobody"),
      View(name: "hand-over", person: demo.owner, path: "/settings/organisation/ownership"),
      View(name: "activity", person: demo.owner, path: "/settings/activity"),
      View(name: "activity-second", person: demo.owner, path: "/settings/activity?page=2"),
      View(name: "activity-none", person: demo.owner, path: "/settings/activity?q=nothing"),
      View(name: "help", person: demo.owner, path: "/help"),
      View(name: "not-found", person: demo.owner, path: "/nothing"),
      View(name: "export", person: demo.owner, path: "/settings/export"),
      View(name: "export-details", person: demo.owner, path: "/settings/export", step: Self.unfold),
      View(name: "export-dialog", person: demo.owner, path: "/settings/export", step: Self.openDialog),
      View(
        name: "export-dialog-user", person: demo.owner, path: "/settings/export",
        step: Self.openDialog + "document.querySelector('[type=radio][value=user]').click();"),
      View(name: "export-new", person: demo.owner, path: "/settings/export/new?scope=user"),
      View(name: "export-admin", person: demo.admin, path: "/settings/export", step: Self.unfold),
      View(name: "users-admin", person: demo.admin, path: "/settings/organisation/users"),
      View(name: "export-asked", person: demo.user, path: "/settings/export"),
      View(name: "forbidden", person: demo.user, path: "/settings/activity"),
      View(name: "export-none", person: demo.otherOwner, path: "/settings/export"),
      View(name: "export-no-owner", person: demo.ownerlessAdmin, path: "/settings/export"),
      View(name: "users-no-owner", person: demo.ownerlessAdmin, path: "/settings/organisation/users"),
    ]
  }

  private static let unfold = "for (const fold of document.querySelectorAll('details')) fold.open = true;"
  private static let openDialog = "document.querySelector('[data-opens]').click();"

  /// Opens each view, in its state, and looks at it; signs in and out on the way.
  func tour(_ browser: Browser, look: (View) throws -> Void) throws {
    var signedIn: String?
    for view in views {
      if view.person?.email != signedIn {
        try browser.open(site.url)
        try browser.deleteCookies()
        signedIn = view.person?.email
        if let person = view.person { try browser.open(site.url + "/login", as: person) }
      }
      try browser.open(site.url + view.path)
      if !view.step.isEmpty { try browser.evaluate(view.step) }
      try look(view)
    }
  }
}

extension Site {
  /// Changes the database from outside, while no server runs.
  fileprivate func change(_ sql: String) throws {
    let result = try Tool.run("sqlite3", ["-bail", data.appending(path: "handover.sqlite").path, sql])
    guard result.succeeded else { throw HarnessError("sqlite3: \(result.error)") }
  }
}
