import Mustache

/// A mail that the product sends: what it is called, whom it goes to, and what its templates show beside what
/// every mail shows.
///
/// Its subject, text and HTML are Templates/mail/`name`.subject.mustache, `name`.text.mustache and
/// `name`.html.mustache, whose comments list the values.
protocol Letter: Sendable {
  static var name: String { get }
  var to: Recipient { get }
  func values(_ context: LetterContext) -> Object
}

/// Somebody with an e-mail address.
struct Recipient: Sendable, Equatable {
  let name: String
  let email: String

  var value: Value { ["name": .text(name), "email": .text(email)] }
}

/// What a letter is written with: the pages that it can lead to, and the clocks of its organisation.
struct LetterContext {
  let addresses: MailAddresses
  let zones: Zones
  let timeZone: String
  let now: UnixTime

  /// A time as the organisation's clocks show it, and as it is told from the time of the mail.
  func moment(_ time: UnixTime) -> Value {
    [
      "iso": .text(time.iso8601), "exact": .text(zones.local(time, in: timeZone).exact),
      "relative": .text(Wording.relative(time, to: now)),
    ]
  }
}
