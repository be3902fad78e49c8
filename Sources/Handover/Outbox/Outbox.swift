import Mail
import Mustache
import SQLite
import Secrets
import System

/// Where the product puts its mails: each is a row, written in the transaction of its cause, so that there is
/// a mail exactly where its cause happened. `Mailer` sends them later.
///
/// A mail is rendered when it is written: it says what was true then. Its Message-ID is fixed with it, so
/// that one that is sent twice by a crash is shown once.
struct Outbox: Sendable {
  private let templates: Templates
  private let zones: Zones
  private let randomness: Randomness
  private let site: MailSite
  private let written: Wakeup

  /// - Parameter written: is raised for each mail.
  init(
    templates: Templates, zones: Zones, randomness: Randomness, site: MailSite, written: Wakeup
  ) {
    self.templates = templates
    self.zones = zones
    self.randomness = randomness
    self.site = site
    self.written = written
  }

  /// Puts the letter into the outbox, as part of the connection's transaction.
  func write(
    _ letter: some Letter, of organisation: OrganisationID, at now: UnixTime, in connection: Connection
  ) throws {
    guard let head = try connection.letters.letterhead(of: organisation) else { return }
    let values = values(of: letter, head, at: now)
    try connection.letters.add(
      StoredLetter(
        kind: type(of: letter).name, messageID: "\(randomness.token(bits: 128))@\(site.host)", to: letter.to,
        subject: oneLine(try render(letter, "subject", values)), text: try render(letter, "text", values),
        html: try render(letter, "html", values), writtenAt: now),
      of: organisation)
    written.raise()
  }

  /// All that the letter's templates may show.
  func values(of letter: some Letter, _ head: Letterhead, at now: UnixTime) -> Object {
    var values = letter.values(Moments(zones: zones, zone: head.timeZone, now: now))
    values["recipient"] = letter.to.value
    values["organisation"] = ["name": .text(head.name)]
    values["home"] = .text(site.home)
    values["page"] = .text(site.exportPage)
    values["support_url"] = Value(site.supportURL)
    return values
  }

  private func render(_ letter: some Letter, _ part: String, _ values: Object) throws -> String {
    let bytes = try templates.render("mail/\(type(of: letter).name).\(part)", .object(values))
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// What every mail shows of the site.
struct MailSite: Sendable {
  /// The host in Message-IDs.
  let host: String
  /// The address of the product.
  let home: String
  /// The address of Settings > Export.
  let exportPage: String
  let supportURL: String?

  /// - Parameter host: where it is a number in brackets, another name takes its place in Message-IDs.
  init(host: String, home: String, exportPage: String, supportURL: String?) {
    self.host = MessageID("id@\(host)") == nil ? "handover.invalid" : host
    self.home = home
    self.exportPage = exportPage
    self.supportURL = supportURL
  }
}

/// Without the line breaks of the template, and of whatever name stands in it.
private func oneLine(_ text: String) -> String {
  text.split(whereSeparator: \.isNewline).joined(separator: " ")
}
