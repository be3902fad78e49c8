import Foundation
import System
import TestSupport

/// A site with an export in each state that one can end in, for tests that look at all pages.
struct Gallery {
  let site: Site
  let demo: Demo
  /// Of the main organisation's admin, who has two-step sign-in. A tour takes one of them at most.
  let recoveryCodes: [String]
  /// How many of them tours have taken.
  private let taken = Locked(0)
  /// Somebody of whom two-step sign-in is required, and who has none.
  let required: Person
  /// Of an export that can be downloaded, and of one that was revoked.
  let exportID: String
  let endedID: String
  /// Of an import whose mapping waits to be looked at.
  let importID: String

  /// A page, or a state of one.
  struct View {
    let name: String
    /// Nil for those who aren't signed in.
    let person: Person?
    let path: String
    /// A script that brings the page into the state.
    var step = ""
    /// What the page shows once the script has led to another.
    var leadsTo: String?
    /// Whether the person has given the password and no code.
    var awaitsCode = false
  }

  init() throws {
    let site = try Site([
      "HANDOVER_SUPPORT_URL": "https://chat.example/",
      "HANDOVER_AGGREGATOR": "Northern, help@northern.example",
    ])
    self.site = site
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
    importID = try owner.upload([
      ("people.csv", "Record ID,First Name,Last Name,Shoe size\r\n7,Ada,Lovelace,38\r\n"),
      ("deals.csv", "Record ID,Deal Name,Close Date\r\n9,First home,3/4/2026\r\n"),
    ])
    recoveryCodes = try site.client(of: demo.admin).turnOnTwoStep()
    let office = try site.handover("organisation", "add", "Strict Lending").output.prefix { $0 != "\t" }
    required = Person(email: "strict@example.com", password: "a good long password")
    _ = try site.handover(
      ["user", "add", "--organisation", String(office), "--name", "Sam Strict", "--email", required.email]
        + ["--role", "user"], input: required.password + "\n")
    try site.stop()
    exportID = try site.rows("SELECT id FROM export WHERE number = 5")[0]
    endedID = try site.rows("SELECT id FROM export WHERE number = 2")[0]
    let difference = site.data.appending(path: "imports/\(String(repeating: "c", count: 32))")
    try FileManager.default.createDirectory(at: difference, withIntermediateDirectories: true)
    try Data("difference".utf8).write(to: difference.appending(path: "difference.db"))
    try site.change(Self.states + "UPDATE organisation SET two_step = 'all' WHERE id = \(office);")
    try site.start()
  }

  /// States that would take a day, a full disk or a running worker to reach.
  private static let states = """
    UPDATE export SET status = 'expired', expires_at = completed_at + 1 WHERE number = 1;
    UPDATE export SET status = 'revoked' WHERE number = 2;
    UPDATE export SET status = 'failed', reason = 'The disk is full.', completed_at = NULL WHERE number = 3;
    UPDATE export SET status = 'cancelled', completed_at = NULL, scope = 'user', subject_id = 6 WHERE number = 4;
    -- In the hands of the user who asks, once more since it was taken back.
    INSERT INTO export_hand (id, organisation_id, export_id, user_id, handed_by, handed_at, ended_at, ended_by)
      SELECT column1, organisation_id, id, 3, 1, completed_at, completed_at + column2, column2
      FROM export, (VALUES ('0123456789abcdef0123456789abcdef', 1), ('123456789abcdef0123456789abcdef0', NULL))
      WHERE number = 5;
    UPDATE export SET purpose = 'Mia leaves at the end of May' WHERE number = 5;
    -- Two changes of the owner's address, by links with tokens of 43 letters.
    INSERT INTO email_change (token_hash, organisation_id, user_id, email, created_at, expires_at, ended_at)
      SELECT column1, organisation_id, id, 'new@example.com', unixepoch(), unixepoch() + 9000, column2
      FROM user, (VALUES (x'0F007385B6F9D4B7EEB2748605AFE1A984A0A3BFA3F014D09E2A784CE9E5CD1A', NULL), (x'412DC46CC9E3CB26F29F7C1415C556349AF62904C5D15B0A2D8CFDC5CFA22B34', 1))
      WHERE organisation_id = 1 AND role = 'owner';
    -- The same links, by which an address agrees to be told of exports.
    INSERT INTO told_change (token_hash, organisation_id, email, asked_by, created_at, expires_at, ended_at)
      SELECT token_hash, organisation_id, 'privacy@example.com', user_id, created_at, expires_at, ended_at FROM email_change;
    -- Imports in other states, by a letter that their ids are made of.
    INSERT INTO import (id, organisation_id, requested_by, requested_at, files, size, mapping, keeps_missing, allowed_removals,
        status, step, since, attempt, not_before, started_at, ended_at, reason, problems, report, can_undo, applied_at, before_export)
      SELECT replace(hex(zeroblob(16)), '0', column1), 1, 1, unixepoch(), 'crm.zip', 1800000, '', 0, 20, column2, column3, unixepoch(),
        1, 0, unixepoch(), iif(column2 = 'ready', NULL, unixepoch()), column4, column5,
        iif(column2 = 'failed', NULL, '{"files":[{"table":"Deals","rows":1203,"added":12,"changed":3,"gone":2},{"table":"DealContacts","rows":2400,"added":0,"changed":0,"gone":0}],"linksFromLists":4,"usersMade":1,"usersMatched":2,"notes":[{"file":"deals.csv","column":"team","message":"it is not imported"}],"furtherNotes":7}'),
        column2 = 'completed', iif(column2 = 'completed', unixepoch(), NULL), iif(column2 = 'completed', (SELECT id FROM export WHERE number = 5), NULL)
      FROM (VALUES ('a', 'ready', 'compare', NULL, NULL), ('c', 'completed', 'apply', NULL, NULL),
        ('f', 'failed', 'compare', 'The files can’t be imported as they are. Nothing was changed.',
          '[{"file":"Deals.csv","line":12,"column":"loan_amount","message":"\\"12,000\\" is not an amount; write it as 12000.00"}]'));
    -- Documents of a deal, one of them removed, and one of a deal that is gone.
    INSERT INTO document (organisation_id, id, deal_id, name, bytes, sha256, added_at, added_by, removed_at, removed_by)
      SELECT 1, (SELECT coalesce(max(id), 0) FROM document WHERE organisation_id = 1) + column1, column2, column3, 1800000,
        zeroblob(32), unixepoch(), 1, column4, iif(column4 IS NULL, NULL, 1)
      FROM (VALUES (1, 7, 'Payslip May.pdf', NULL), (2, 7, 'Contract of sale, 12 Jacaranda Lane, signed by both.pdf', NULL),
        (3, 7, 'Old.pdf', unixepoch()), (4, 999999, 'Stray.pdf', NULL));
    -- A storage that the provider lets nobody into any more.
    INSERT INTO storage_link (id, organisation_id, provider, account_id, account, status, reason, all_deals, linked_by, linked_at)
      SELECT replace(hex(zeroblob(16)), '0', 'd'), organisation_id, 'google', '1', 'files@office.example', 'signed-out',
        'Google Drive no longer lets Handover use files@office.example: the permission was removed there, or has run out.',
        0, id, unixepoch()
      FROM user WHERE role = 'owner' AND organisation_id > 1 LIMIT 1;
    -- In the demo's office without an owner, every sign-in is too long ago.
    CREATE TRIGGER session_is_old AFTER INSERT ON session
      WHEN (SELECT min(role) FROM user WHERE organisation_id = NEW.organisation_id AND role <> 'user') = 'admin'
        AND NOT EXISTS (SELECT 1 FROM user WHERE organisation_id = NEW.organisation_id AND role = 'owner')
      BEGIN UPDATE session SET proved_at = 0 WHERE id = NEW.id; END;
    """

  private static func emailLink(_ letter: String) -> String {
    "/settings/email/confirm?token=" + String(repeating: letter, count: 43)
  }

  private static func toldLink(_ letter: String) -> String {
    "/told?token=" + String(repeating: letter, count: 43)
  }

  private static func importPage(_ letter: String) -> String {
    "/settings/import/" + String(repeating: letter, count: 32)
  }

  var views: [View] {
    [
      View(name: "sign-in", person: nil, path: "/login"),
      View(
        name: "sign-in-for-a-file", person: nil,
        path: "/login?next=/exports/\(String(repeating: "0", count: 32))/download"),
      // Beside the others of nobody: each change of the person is a sign-in, of which there are few in a quarter of an hour.
      View(name: "told-confirm", person: nil, path: Self.toldLink("A")),
      View(name: "told-ended", person: nil, path: Self.toldLink("B")),
      View(name: "forgotten", person: nil, path: "/password/forgotten"),
      View(
        name: "dead-link", person: nil, path: "/password/reset?token=\(String(repeating: "A", count: 43))"),
      View(name: "sign-in-code", person: demo.admin, path: "/login/code", awaitsCode: true),
      View(name: "profile", person: demo.owner, path: "/settings"),
      View(
        name: "ask-dialog", person: demo.owner, path: "/settings",
        step: "document.querySelector('[data-asks]').click();", leadsTo: "Sign out everywhere?"),
      View(name: "two-step-set-up", person: demo.owner, path: "/settings/two-step"),
      View(
        name: "two-step-remove", person: demo.owner, path: "/settings/organisation/users/U-2/two-step"),
      View(name: "email", person: demo.owner, path: "/settings/email"),
      View(name: "email-confirm", person: demo.owner, path: Self.emailLink("A")),
      View(name: "email-link-ended", person: demo.owner, path: Self.emailLink("B")),
      View(name: "organisation", person: demo.owner, path: "/settings/organisation"),
      View(name: "users", person: demo.owner, path: "/settings/organisation/users"),
      View(name: "users-none", person: demo.owner, path: "/settings/organisation/users?q=nobody"),
      View(
        name: "users-filtered", person: demo.owner,
        path: "/settings/organisation/users?state=uninvited&sort=seen"),
      View(name: "users-past", person: demo.owner, path: "/settings/organisation/users?page=9"),
      View(
        name: "users-new", person: demo.owner, path: "/settings/organisation/users/new", step: Self.unfold),
      View(
        name: "users-dialog", person: demo.owner, path: "/settings/organisation/users",
        step: Self.openDialog + Self.unfold),
      View(
        name: "users-role", person: demo.owner, path: "/settings/organisation/users/U-6/role"),
      View(name: "hand-over", person: demo.owner, path: "/settings/organisation/ownership"),
      View(name: "activity", person: demo.owner, path: "/settings/activity"),
      View(name: "activity-second", person: demo.owner, path: "/settings/activity?page=2"),
      View(name: "activity-none", person: demo.owner, path: "/settings/activity?q=nothing"),
      View(name: "imports", person: demo.owner, path: "/settings/import"),
      View(name: "import-mapping", person: demo.owner, path: "/settings/import/\(importID)"),
      View(name: "import-preview", person: demo.owner, path: Self.importPage("a")),
      View(name: "import-failed", person: demo.owner, path: Self.importPage("f")),
      View(name: "import-completed", person: demo.owner, path: Self.importPage("c")),
      View(name: "import-undo", person: demo.owner, path: Self.importPage("c") + "/undo"),
      View(name: "storage", person: demo.owner, path: "/settings/storage"),
      View(name: "help", person: demo.owner, path: "/help"),
      View(name: "deals", person: demo.owner, path: "/deals"),
      View(name: "deals-contact", person: demo.owner, path: "/deals?q=hine&status=won"),
      View(name: "deals-unfit", person: demo.owner, path: "/deals?q=nothing"),
      View(name: "deals-past", person: demo.owner, path: "/deals?page=99"),
      View(name: "deals-none", person: demo.owner, path: "/deals/none"),
      View(name: "deal", person: demo.owner, path: "/deals/D-7", step: Self.unfold),
      View(
        name: "activity-days", person: demo.owner, path: "/settings/activity?from=2026-02-30&kind=download"),
      View(name: "not-found", person: demo.owner, path: "/nothing"),
      View(name: "download-altered", person: demo.owner, path: "/exports/\(exportID)/download?expires=1"),
      View(name: "download-ended", person: demo.owner, path: "/settings/export?download=\(endedID)"),
      View(name: "download-not-owner", person: demo.user, path: "/settings/export?download=\(endedID)"),
      View(name: "export-hand", person: demo.owner, path: "/settings/export/\(exportID)/hand"),
      View(name: "export-receipt", person: demo.owner, path: "/settings/export/\(exportID)/receipt"),
      View(
        name: "export-dialog-more", person: demo.owner, path: "/settings/export",
        step: Self.openDialog + "document.querySelector('.more summary').click();"),
      View(name: "export", person: demo.owner, path: "/settings/export"),
      View(name: "export-details", person: demo.owner, path: "/settings/export", step: Self.unfold),
      View(name: "export-dialog", person: demo.owner, path: "/settings/export", step: Self.openDialog),
      View(
        name: "export-dialog-user", person: demo.owner, path: "/settings/export",
        step: Self.openDialog + "document.querySelector('[type=radio][value=user]').click();"),
      View(name: "export-new", person: demo.owner, path: "/settings/export/new?scope=user"),
      View(
        name: "export-new-contact", person: demo.owner,
        path: "/settings/export/new?scope=contact&contact_id=C-7&contact_q=a"),
      View(
        name: "export-new-nobody", person: demo.owner,
        path: "/settings/export/new?scope=user&user_id=U-6&q=nobody"),
      View(name: "export-filtered", person: demo.owner, path: "/settings/export?state=expired&q=olivia"),
      View(name: "export-unfit", person: demo.owner, path: "/settings/export?state=queued"),
      View(name: "export-past", person: demo.owner, path: "/settings/export?page=7"),
      View(name: "export-admin", person: demo.admin, path: "/settings/export", step: Self.unfold),
      View(name: "users-admin", person: demo.admin, path: "/settings/organisation/users"),
      View(name: "two-step", person: demo.admin, path: "/settings/two-step"),
      View(
        name: "recovery-codes", person: demo.admin, path: "/settings/two-step/codes",
        step: "document.querySelector('#question button').click();",
        leadsTo: "They are shown only this once"),
      View(name: "two-step-required", person: required, path: "/settings/two-step"),
      View(name: "export-asked", person: demo.user, path: "/settings/export"),
      View(name: "forbidden", person: demo.user, path: "/settings/activity"),
      View(name: "imports-none", person: demo.otherOwner, path: "/settings/import"),
      View(name: "storage-signed-out", person: demo.otherOwner, path: "/settings/storage"),
      View(name: "storage-unlink", person: demo.otherOwner, path: "/settings/storage/unlink"),
      View(name: "export-none", person: demo.otherOwner, path: "/settings/export"),
      View(name: "export-no-owner", person: demo.ownerlessAdmin, path: "/settings/export"),
      View(name: "users-no-owner", person: demo.ownerlessAdmin, path: "/settings/organisation/users"),
      View(name: "confirm", person: demo.ownerlessAdmin, path: "/confirm?next=/settings"),
    ]
  }

  private static let unfold = "for (const fold of document.querySelectorAll('details')) fold.open = true;"
  private static let openDialog = "document.querySelector('[data-opens]').click();"

  /// Opens each view, in its state, and looks at it; signs in and out on the way.
  func tour(_ browser: Browser, of chosen: [View]? = nil, look: (View) throws -> Void) throws {
    var signedIn: String?
    for view in chosen ?? views {
      if view.awaitsCode || view.person?.email != signedIn {
        try browser.open(site.url)
        try browser.deleteCookies()
        signedIn = view.awaitsCode ? nil : view.person?.email
        if let person = view.person { try signIn(browser, person, withCode: !view.awaitsCode) }
      }
      try browser.open(site.url + view.path)
      if !view.step.isEmpty { try browser.evaluate(view.step) }
      if let text = view.leadsTo { try browser.waitForText(text) }
      try look(view)
    }
  }
}

extension Gallery {
  private func signIn(_ browser: Browser, _ person: Person, withCode: Bool) throws {
    try browser.open(site.url + "/login")
    try browser.signIn(person)
    if person.email == demo.admin.email {
      try browser.waitForURL("of the code") { $0.contains("/login/code") }
      if withCode {
        let number = taken.withLock { taken in
          defer { taken += 1 }
          return taken
        }
        try browser.field("Code").type(recoveryCodes[number] + Key.enter)
      }
    }
    if withCode { try browser.waitForURL("behind the sign-in") { !$0.contains("/login") } }
  }

  /// A client that sees the view's page.
  func client(of view: View) throws -> Client {
    guard let person = view.person else { return site.client() }
    let client = try site.client(of: person)
    if person.email == demo.admin.email, !view.awaitsCode {
      let number = views.prefix { $0.name != view.name }.filter { $0.person?.email == person.email }.count
      _ = try client.submit([("code", recoveryCodes[number])], to: "/login/code", from: "/login/code")
    }
    return client
  }
}
