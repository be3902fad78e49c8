import Foundation
import Mustache
import TestSupport
import Testing

@testable import Handover

@Suite("Letters and their templates") struct LetterTests {
  static let to = Recipient(name: "Maria <Rossi> & Söhne", email: "maria@example.com")
  static let time = UnixTime(rawValue: 1_777_714_200)
  static let digest = [UInt8](repeating: 0xAB, count: 32)
  static let archive = Export.Archive(
    snapshotAt: time, rows: 20_143, size: 1_800_000, sha256: digest, keyID: "k", completedAt: time,
    signedUntil: time + Export.lifetime, expiresAt: time + Export.lifetime)
  static let files: [ArchivedFile] = [
    .init(name: "Deals.csv", rows: 2_010, bytes: 1_100_000, crc32: 0),
    .init(name: "Notes.csv", rows: 18_133, bytes: 3, crc32: 0),
  ]
  static let user = user(named: to.name)

  static func user(named name: String) -> User {
    User(
      organisation: OrganisationID(rawValue: 1), id: UserID(rawValue: 1), name: name, email: to.email,
      role: .user, isActive: true, hasPassword: true)
  }

  /// - Parameter subject: the name of the user whose records it holds.
  static func export(of subject: String? = nil) -> Export {
    Export(
      id: ExportID(rawValue: String(repeating: "0", count: 32)), organisation: user.organisation,
      scope: subject == nil ? .organisation : .user(user.id),
      subject: subject.map { .init(id: user.id, name: $0, isActive: true) },
      contactName: nil, purpose: "", handTo: nil,
      requestedBy: .init(id: user.id, name: "Maria Rossi", isActive: true), requestedAt: time,
      status: .completed, attempt: 1, failures: 0, notBefore: time, startedAt: time, endedAt: time,
      reason: nil,
      archive: archive)
  }

  static let completed = ExportCompleted(
    to: to, export: export(), archive: archive, files: files, leftOut: LeftOut(deals: 3, notes: 1),
    download: "https://h.example/exports/x?a=1&b=2", hand: nil, isFirst: false)

  static let report = ImportReport(
    files: [.init(table: .deals, rows: 3)], linksFromLists: 0, usersMade: 0, usersMatched: 0)

  static let completedImport = Import(
    id: ImportID(rawValue: String(repeating: "0", count: 32)), number: 1, organisation: user.organisation,
    requestedBy: .init(id: user.id, name: "Maria Rossi", isActive: true), requestedAt: time,
    files: "a<b>&c.zip", size: 1_000, choice: ImportChoice(), status: .completed, step: .apply, since: time,
    attempt: 2, failures: 0, notBefore: time, startedAt: time, endedAt: time, reason: nil, problems: [],
    report: report,
    before: export().id, confirmedAt: time, appliedAt: time, undoneAt: nil, canUndo: true)

  static let request = OwnerRequest(
    id: OwnerRequestID(rawValue: String(repeating: "0", count: 32)), user: user, wish: .organisation,
    message: "Please.", askedAt: time, outcome: .declined, answeredAt: time, reply: "No.\nAsk Ana.",
    answer: nil)

  static let link = StorageLink(
    id: StorageLinkID(rawValue: String(repeating: "0", count: 32)), organisation: user.organisation,
    provider: .google, accountID: "1", account: "a<b>&c@example.com", status: .linked, reason: nil,
    copiesAllDeals: true, root: "", rootID: nil, notBefore: time, linkedBy: nil, linkedAt: time,
    unlinkedAt: nil)

  static let all: [any Letter] = [
    StorageLinked(to: to, link: link, isBack: true, by: "Maria <Rossi>", from: "203.0.113.7"),
    StorageUnlinked(to: to, link: link, by: "Maria <Rossi>", from: "203.0.113.7"),
    StorageSignedOut(to: to, link: link, reason: "The permission was removed there."),
    SyncsComplete(to: to, link: link, copied: 312, failed: 3),
    SyncsFailed(
      to: to, link: link, failed: 12, waiting: 3,
      reasons: [("Google Drive is full.", 11), ("Google Drive doesn’t take a file of this name.", 1)]),
    ExportRequested(to: to, export: export()),
    completed,
    ExportHanded(
      to: to, export: export(), archive: archive, leftOut: LeftOut(deals: 3, notes: 1), owner: user,
      download: "https://h.example/d"),
    ExportFailed(to: to, export: export(), reason: "There is not enough space on the server.", isFirst: true),
    ExportLost(to: to, export: export(), reason: ExportLoss.damaged.reason),
    ExportExpiring(to: to, export: export(), archive: archive, download: "https://h.example/d"),
    ExportDownloaded(to: to, export: export(), user: user, from: "203.0.113.7", part: .whole),
    ExportAsked(
      to: to, request: OwnerRequestID(rawValue: "1"), user: user, wish: .user, message: "Please.\nNow."),
    ExportMade(to: to, request: request, owner: user),
    ImportCompleted(to: to, found: completedImport, before: export()),
    ImportUndone(to: to, found: completedImport),
    ImportFailed(to: to, found: completedImport, reason: "There is not enough space on the server."),
    ExportDeclined(to: to, request: request, reply: "No.\nAsk Ana.", owner: user),
    Invitation(to: to, role: .user, inviter: user, token: "i", expires: time),
    PasswordReset(to: to, token: "r", expires: time, from: "203.0.113.7"),
    NewSignIn(to: to, device: "Firefox on Windows", from: "203.0.113.7"),
    PasswordChanged(to: to, from: "203.0.113.7"),
    AccountChanged(to: to, change: .recoveryCodeUsed(left: 9), from: "203.0.113.7"),
    AccountChanged(to: to, change: .email("new@example.com"), from: "203.0.113.7"),
    AccountChanged(to: to, change: .role(.user, by: .operator), from: nil),
    EmailConfirmation(to: to, token: "e", expires: time, from: "203.0.113.7"),
    ToldConfirmation(to: to, owner: user, token: "t", expires: time, from: "203.0.113.7"),
    ToldChanged(to: to, news: .setting(by: to.name, from: .address(to.email), to: .admins), standing: .told),
    ToldChanged(to: to, news: .setting(by: to.name, from: .nobody, to: .admins), standing: .owner),
    ToldChanged(to: to, news: .noAdmin(by: to.name), standing: .untold),
    ToldChanged(to: to, news: .disabled(by: to.name), standing: .untold),
    ExportTold(to: to, cause: .requested, export: export(), by: to.name, isToAdmin: true),
    ExportTold(to: to, cause: .handed(to: to.name), export: export(), by: to.name, isToAdmin: false),
    ExportTold(
      to: to, cause: .downloaded(from: "203.0.113.7"), export: export(of: to.name), by: to.name,
      isToAdmin: true),
    OwnershipReceived(to: to, former: to),
    OwnershipGiven(to: to, owner: to),
  ]

  @Test("Every name that a mail's templates ask for has its value", arguments: all.indices)
  func complete(index: Int) throws {
    let fixture = try ExportFixture()
    let letter = Self.all[index]
    let values = fixture.outbox.values(
      of: letter, from: "Harbour Street", timeZone: "Australia/Sydney", at: Self.time)
    let templates = Repository.templates
    for part in ["subject", "text", "html"] {
      #expect(
        try templates.missing(in: "mail/\(type(of: letter).name).\(part)", for: .object(values)).isEmpty)
    }
  }

  @Test("Every mail template has its letter")
  func noTemplateAlone() throws {
    let files = try #require(try? mailTemplates())
    #expect(Set(files) == Set(Self.all.map { type(of: $0).name }))
  }

  @Test("The row holds subject, text and HTML as people are to read them, and a Message-ID of the site")
  func row() throws {
    let fixture = try ExportFixture()
    let organisation = fixture.office.organisation.id
    try fixture.database.write { connection in
      try fixture.outbox.write(Self.completed, of: organisation, at: Self.time, in: connection)
    }
    let due = try #require(
      try fixture.database.read { try $0.letters.nextDue(at: Self.time, .init(lane: .report, besides: [])) })
    let letter = due.letter
    // No-break spaces are for the bodies alone.
    #expect(letter.subject == "Export completed: Entire organisation, 20,143 rows")
    #expect(letter.text.contains("https://h.example/exports/x?a=1&b=2"))
    #expect(letter.html.contains("https://h.example/exports/x?a=1&amp;b=2"))
    for body in [letter.text, letter.html] {
      #expect(body.contains("3\u{A0}May\u{A0}2026, 19:30:00\u{A0}AEST"))
      #expect(body.contains("20,143\u{A0}rows") && body.contains("1.8\u{A0}MB"))
    }
    #expect(letter.messageID.hasSuffix("@handover.example") && letter.to == Self.to)
  }

  @Test(
    "In HTML each has a line of its own for lists of mails, a sign, and the button's address as text below it",
    arguments: all.indices)
  func structure(index: Int) throws {
    let fixture = try ExportFixture()
    try fixture.database.write {
      try fixture.outbox.write(Self.all[index], of: fixture.office.organisation.id, at: Self.time, in: $0)
    }
    let (text, html): (String, String) = try fixture.database.read {
      (
        try #require(try $0.value("SELECT text FROM letter")),
        try #require(try $0.value("SELECT html FROM letter"))
      )
    }
    let preheader = try #require(html.firstMatch(of: /class="preheader"[^>]*>([^<]+)</)?.1)
    let heading = try #require(html.firstMatch(of: /<h1[^>]*>(.+)<\/h1>/)?.1)
    #expect(!heading.contains(preheader) && preheader.count > 10)
    #expect(html.firstMatch(of: /<td class="sign"[^>]*>H<\/td>/) != nil && !html.contains("<img"))
    let links = html.matches(of: /<a class="([a-z ]+)" href="([^"]+)"[^>]*>(.+?)<\/a>/)
    #expect(links.count >= 2 && links[0].1 == "button" && links[1].1 == "link address")
    #expect(links[0].2 == links[1].2 && links[1].3 == links[1].2)
    #expect(text.contains(":\n\(links[0].2.replacing("&amp;", with: "&"))\n"))
    // A link without a class is dark blue, also on a dark ground.
    #expect(!html.contains("<a href"))
    #expect(text.contains("\n-- \n"))
  }

  @Test("Each has another line for lists of mails")
  func preheaders() throws {
    let lines = try Set(Self.all.map { type(of: $0).name }).map { name in
      let html = try String(
        contentsOfFile: "\(Repository.path)/Templates/mail/\(name).html.mustache", encoding: .utf8)
      return String(try #require(html.firstMatch(of: /\{\{\$preheader\}\}(.+)\{\{\/preheader\}\}/)?.1))
    }
    #expect(Set(lines).count == lines.count)
  }

  @Test("What is about an export leads to its row, and what is about a request to the request")
  func rows() throws {
    let fixture = try ExportFixture()
    try fixture.database.write { connection in
      for letter in Self.all {
        try fixture.outbox.write(letter, of: fixture.office.organisation.id, at: Self.time, in: connection)
      }
    }
    let page = "https://handover.example/settings/export"
    let texts = try fixture.database.read {
      try $0.all("SELECT kind, text FROM letter") {
        (kind: try $0["kind"] as String, text: try $0["text"] as String)
      }
    }
    // Answers to a user lead to that user's requests.
    for (kind, text) in texts
    where kind.hasPrefix("export_") && !["export_declined", "export_made"].contains(kind) {
      let id = Self.export().id.rawValue
      let row = kind == "export_asked" ? "#request-1" : "?export=\(id)#export-\(id)"
      #expect(text.contains("\(page)\(row)\n"), "\(kind)")
      // A recipient has no list of exports.
      if kind != "export_handed" { #expect(text.contains("\(page)\n"), "\(kind)") }
    }
  }

  @Test(
    "An invitation says who invites, what Handover is, and what the invited one does there",
    arguments: Role.allCases)
  func invitation(role: Role) throws {
    let fixture = try ExportFixture()
    for inviter in [Self.user, nil] {
      let values = fixture.outbox.values(
        of: Invitation(to: Self.to, role: role, inviter: inviter, token: "i", expires: Self.time),
        from: "Harbour Street", timeZone: "Australia/Sydney", at: Self.time)
      let templates = Repository.templates
      let text = String(
        decoding: try templates.render("mail/invitation.text", .object(values)), as: UTF8.self)
      let subject = String(
        decoding: try templates.render("mail/invitation.subject", .object(values)), as: UTF8.self)
      #expect(text.contains("What Handover is:") && text.contains("Whom it is for:"))
      #expect(text.contains("You are invited as \(role.withArticle)"))
      #expect(subject.contains("invites you") == (inviter != nil))
      #expect(text.contains("(maria@example.com) invites you to Handover") == (inviter != nil))
      #expect(text.contains("Answer this e-mail") == (inviter != nil))
    }
  }

  @Test(
    "Of documents an e-mail says what the page says, and nothing that is no longer so",
    arguments: [true, false])
  func documents(areThere: Bool) throws {
    let fixture = try ExportFixture()
    let sentence = "1 of 2 documents is in Dropbox (a@example.com); 1 is not: 1 waits."
    var archive = Self.archive
    archive.documents = areThere ? sentence : nil
    try fixture.database.write {
      try fixture.outbox.write(
        ExportCompleted(
          to: Self.to, export: Self.export(), archive: archive, files: Self.files, leftOut: nil,
          download: "https://d",
          hand: nil, isFirst: false), of: fixture.office.organisation.id, at: Self.time, in: $0)
    }
    let due = try #require(
      try fixture.database.read { try $0.letters.nextDue(at: Self.time, .init(lane: .report, besides: [])) })
    for body in [due.letter.text, due.letter.html] {
      let line = body.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(line.contains(sentence) == areThere)
      #expect(line.contains("Documents are not in the ZIP") == !areThere)
    }
  }

  @Test("A line break in a name does not break the subject")
  func subject() throws {
    let fixture = try ExportFixture()
    try fixture.database.write {
      try fixture.outbox.write(
        ExportRequested(to: Self.to, export: Self.export(of: "Mei\r\nBcc: x@example.com")),
        of: fixture.office.organisation.id, at: Self.time, in: $0)
    }
    let due = try #require(
      try fixture.database.read {
        try $0.letters.nextDue(at: Self.time + ExportRequested.wait, .init(lane: .report, besides: []))
      })
    #expect(due.letter.subject == "Export requested: Single user: Mei Bcc: x@example.com")
  }

  @Test("Names that are written from right to left turn nothing around them, in any part of a mail")
  func direction() throws {
    let fixture = try ExportFixture()
    let asked = ExportAsked(
      to: Self.to, request: OwnerRequestID(rawValue: "1"), user: Self.user(named: "שרה כהן"), wish: .user,
      message: "مرحبا")
    try fixture.database.write {
      for letter in [ExportRequested(to: Self.to, export: Self.export(of: "محمد علي")), asked] as [any Letter]
      {
        try fixture.outbox.write(
          letter, of: fixture.office.organisation.id, named: "مكتب", timeZone: "UTC", at: Self.time, in: $0)
      }
    }
    let parts = try fixture.database.read { connection in
      try connection.all("SELECT subject, text, html FROM letter ORDER BY id") {
        [try $0["subject"], try $0["text"], try $0["html"]] as [String]
      }
    }
    for part in parts[0] { #expect(part.contains("Single user: \u{2068}محمد علي\u{2069}")) }
    for part in parts[1] { #expect(part.contains("\u{2068}שרה כהן\u{2069}")) }
    for part in parts.flatMap({ $0.dropFirst() }) {
      #expect(part.contains("\u{2068}مكتب\u{2069}") && !part.contains("\u{2068}Maria"))
    }
    // A paragraph of its own takes its own direction.
    #expect(parts[1][1].contains("\nمرحبا\n"))
  }

  @Test("A site at a number in brackets has Message-IDs all the same")
  func host() {
    func host(_ host: String) -> String {
      MailAddresses(
        host: host, home: "", exports: "", imports: "", storage: "", profile: "", forgotten: "", reset: "",
        email: "",
        told: "",
        support: nil
      ).host
    }
    #expect(host("[::1]") == "handover.invalid")
    #expect(host("localhost") == "localhost")
  }

  @Test("A cause that is rolled back leaves no letter")
  func rolledBack() throws {
    let fixture = try ExportFixture()
    try? fixture.database.write { connection in
      try fixture.outbox.write(
        ExportRequested(to: Self.to, export: Self.export()), of: fixture.office.organisation.id,
        at: Self.time,
        in: connection)
      throw Unexpected("rolled back")
    }
    #expect(try fixture.letters().isEmpty)
  }
}

/// The names of the mails that there are templates for.
private func mailTemplates() throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: Repository.path + "/Templates/mail")
    .filter { $0.hasSuffix(".text.mustache") }.map { String($0.dropLast(".text.mustache".count)) }
}
