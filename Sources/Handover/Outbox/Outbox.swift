import Mustache
import SQLite
import Secrets
import System

/// Takes the product's mails: each becomes a row in the transaction of its cause, so that there is a mail
/// exactly if its cause happened. `Mailer` sends them later.
///
/// The outbox renders a mail when it takes it, so that the mail says what was true then, and fixes its
/// Message-ID, so that mail programs show a mail only once even if a crash sent it twice.
struct Outbox: Sendable {
  private let templates: Templates
  private let zones: Zones
  private let randomness: Randomness
  private let addresses: MailAddresses
  private let written: Wakeup

  /// - Parameter written: is raised for each mail.
  init(
    templates: Templates, zones: Zones, randomness: Randomness, addresses: MailAddresses, written: Wakeup
  ) {
    self.templates = templates
    self.zones = zones
    self.randomness = randomness
    self.addresses = addresses
    self.written = written
  }

  /// Puts the letter into the outbox, as part of the connection's transaction.
  func write(
    _ letter: some Letter, of organisation: OrganisationID, named name: String, timeZone: String,
    at now: UnixTime, in connection: Connection
  ) throws {
    let values = values(of: letter, from: name, timeZone: timeZone, at: now)
    try connection.letters.add(
      StoredLetter(
        kind: type(of: letter).name, messageID: "\(randomness.token(bits: 128))@\(addresses.host)",
        to: letter.to, replyTo: letter.replyTo, about: letter.about,
        subject: oneLine(try render(letter, "subject", values)), text: try render(letter, "text", values),
        html: try render(letter, "html", values), writtenAt: now,
        wait: type(of: letter).wait, lane: type(of: letter).lane),
      of: organisation)
    written.raise()
  }

  /// All that the letter's templates may show.
  func values(
    of letter: some Letter, from organisation: String, timeZone: String, at now: UnixTime
  ) -> Object {
    var values = letter.values(
      LetterContext(addresses: addresses, zones: zones, timeZone: timeZone, now: now))
    values["recipient"] = letter.to.value
    values["reply_to"] = letter.replyTo?.value ?? .null
    values["organisation"] = ["name": .text(organisation)]
    values["home"] = .text(addresses.home)
    values["page"] = .text(addresses.exports)
    values["support_url"] = Value(addresses.support)
    // A message stands in a paragraph of its own, which takes the direction of its own first letter.
    return values.mapTexts { name, text in name == "message" ? text : Wording.isolated(text) }
  }

  private func render(_ letter: some Letter, _ part: String, _ values: Object) throws -> String {
    let bytes = try templates.render("mail/\(type(of: letter).name).\(part)", .object(values))
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The text in one line: templates end with a line break, and names can hold some. Mail programs cut subjects off where
/// they like, so no-break spaces are of no use there.
private func oneLine(_ text: String) -> String {
  text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("\u{A0}", with: " ")
}
