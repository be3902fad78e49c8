import Mustache

/// A mail that the product sends: what it is called, whom it goes to, and what its templates show beside what
/// every mail shows.
///
/// Its subject, text and HTML are Templates/mail/`name`.subject.mustache, `name`.text.mustache and
/// `name`.html.mustache, whose comments list the values.
protocol Letter: Sendable {
  static var name: String { get }
  var to: Recipient { get }
  func values(_ moment: Moments) -> Object
}

/// Somebody with an e-mail address.
struct Recipient: Sendable, Equatable {
  let name: String
  let email: String

  init(name: String, email: String) {
    self.name = name
    self.email = email
  }

  var value: Value { ["name": .text(name), "email": .text(email)] }
}

/// Writes moments as a mail shows them: on the clocks of the organisation, and from the time of the mail.
struct Moments {
  let zones: Zones
  let zone: String
  let now: UnixTime

  func of(_ time: UnixTime) -> Value {
    [
      "iso": .text(time.iso8601), "exact": .text(zones.local(time, in: zone).exact),
      "relative": .text(relative(time, to: now)),
    ]
  }
}
