import Foundation
import Mustache
import Testing

@testable import Handover

@Suite("Letters and their templates") struct LetterTests {
  static let to = Recipient(name: "Maria <Rossi> & Söhne", email: "maria@example.com")
  static let time = UnixTime(rawValue: 1_777_714_200)
  static let facts = ExportFacts(scope: "Entire organisation", requestedBy: "Maria Rossi", requested: time)
  static let archive = ArchiveFacts(
    bytes: 1_800_000, sha256: String(repeating: "ab", count: 32), snapshot: time,
    files: [
      .init(name: "Deals.csv", rows: 2_010, bytes: 1_100_000),
      .init(name: "Notes.csv", rows: 18_133, bytes: 3),
    ])

  static let all: [any Letter] = [
    ExportRequested(to: to, export: facts),
    ExportCompleted(
      to: to, export: facts, archive: archive, download: "https://h.example/exports/x?a=1&b=2",
      expires: time + .day),
    ExportFailed(to: to, export: facts, reason: "There is not enough space on the server."),
    ExportExpiring(
      to: to, export: facts, rows: 20_143, bytes: 1_800_000, download: "https://h.example/d",
      expires: time + 4 * .hour),
    ExportDownloaded(
      to: to, export: facts, who: "Maria Rossi", when: time, from: "203.0.113.7", part: "whole file"),
    ExportAsked(to: to, user: to, role: "User", message: "Please.\nNow.", asked: time),
    ExportDeclined(to: to, owner: to, asked: time),
    Invitation(to: to, invitedBy: nil, link: "https://h.example/i", until: time),
    PasswordReset(to: to, link: "https://h.example/r", until: time, from: "203.0.113.7"),
    PasswordChanged(to: to, changed: time, from: "203.0.113.7", forgotten: "https://h.example/f"),
    OwnershipReceived(to: to, former: to, since: time),
    OwnershipGiven(to: to, owner: to, since: time),
  ]

  @Test("Every name that a mail's templates ask for has its value", arguments: all.indices)
  func complete(index: Int) throws {
    let world = try ExportWorld()
    let letter = Self.all[index]
    let values = world.outbox.values(
      of: letter, Letterhead(name: "Harbour Street", timeZone: "Australia/Sydney"), at: Self.time)
    let templates = try #require(ExportWorld.templates)
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
    let world = try ExportWorld()
    let organisation = world.office.organisation.id
    try world.database.write { connection in
      try world.outbox.write(Self.all[1] as! ExportCompleted, of: organisation, at: Self.time, in: connection)
    }
    let due = try #require(try world.database.read { try $0.letters.nextDue(at: Self.time) })
    let letter = due.letter
    #expect(letter.subject == "Export completed: Entire organisation, 20,143 rows")
    #expect(letter.text.contains("https://h.example/exports/x?a=1&b=2"))
    #expect(letter.html.contains("https://h.example/exports/x?a=1&amp;b=2"))
    #expect(letter.text.contains("3 May 2026, 19:30:00 AEST"))
    #expect(letter.messageID.hasSuffix("@handover.example") && letter.to == Self.to)
  }

  @Test("A line break in a name does not break the subject")
  func subject() throws {
    let world = try ExportWorld()
    let facts = ExportFacts(scope: "Only Mei\r\nBcc: x@example.com", requestedBy: "x", requested: Self.time)
    try world.database.write {
      try world.outbox.write(
        ExportRequested(to: Self.to, export: facts), of: world.office.organisation.id, at: Self.time, in: $0)
    }
    let due = try #require(try world.database.read { try $0.letters.nextDue(at: Self.time) })
    #expect(due.letter.subject == "Export requested: Only Mei Bcc: x@example.com")
  }

  @Test("A site at a number in brackets has Message-IDs all the same")
  func host() {
    #expect(MailSite(host: "[::1]", home: "", exportPage: "", supportURL: nil).host == "handover.invalid")
    #expect(MailSite(host: "localhost", home: "", exportPage: "", supportURL: nil).host == "localhost")
  }

  @Test("A cause that is rolled back leaves no letter")
  func rolledBack() throws {
    let world = try ExportWorld()
    try? world.database.write { connection in
      try world.outbox.write(
        ExportRequested(to: Self.to, export: Self.facts), of: world.office.organisation.id, at: Self.time,
        in: connection)
      throw Unexpected("rolled back")
    }
    #expect(try world.letters().isEmpty)
  }
}

/// The names of the mails that there are templates for.
private func mailTemplates() throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: repository + "/Templates/mail")
    .filter { $0.hasSuffix(".text.mustache") }.map { String($0.dropLast(".text.mustache".count)) }
}
