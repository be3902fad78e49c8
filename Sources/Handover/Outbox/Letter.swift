import Mustache

/// A mail that the product sends: its name, its recipient, and the values of its templates beside those that
/// every mail gets.
///
/// Its subject, text and HTML are Templates/mail/`name`.subject.mustache, `name`.text.mustache and
/// `name`.html.mustache, whose comments list the values.
protocol Letter: Sendable {
  static var name: String { get }
  static var lane: MailLane { get }
  var to: Recipient { get }
  /// Whom an answer reaches; nil where nobody reads answers.
  var replyTo: Recipient? { get }
  /// The export of a letter that waits for a moment, and is taken back where there is more to say by then.
  var about: ExportID? { get }
  /// How long it waits before it is sent.
  static var wait: Duration { get }
  func values(_ context: LetterContext) -> Object
}

extension Letter {
  static var lane: MailLane { .report }
  static var wait: Duration { .zero }
  var replyTo: Recipient? { nil }
  var about: ExportID? { nil }
}

/// Somebody with an e-mail address.
struct Recipient: Sendable, Equatable {
  let name: String
  let email: String

  var value: Value { ["name": .text(name), "email": .text(email)] }
}

/// What a letter's values are made from: the pages that it can link to, and its organisation's time zone.
struct LetterContext {
  let addresses: MailAddresses
  let zones: Zones
  let timeZone: String
  let now: UnixTime

  /// A time in the organisation's zone, and relative to the time of the mail.
  func moment(_ time: UnixTime) -> Value {
    [
      "iso": .text(time.iso8601), "exact": .text(Wording.unbroken(zones.local(time, in: timeZone).exact)),
      "relative": .text(Wording.unbroken(Wording.relative(time, to: now))),
    ]
  }
}
