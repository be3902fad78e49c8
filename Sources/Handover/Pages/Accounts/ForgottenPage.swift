import HTTP
import Mustache

/// Forgotten password: mails a link to set a new one, and never tells whether the account exists.
enum ForgottenPage {
  static func form(_ visit: Visit) throws -> Response {
    try render(visit, field())
  }

  static func send(_ visit: Visit) throws -> Response {
    let typed = visit.form["email"] ?? ""
    guard let email = EmailAddress.valid(typed) else {
      return try render(visit, field(typed, problem: EmailAddress.problem), status: .unprocessableContent)
    }
    switch try visit.accounts.mailReset(to: email, from: visit.address, with: visit.browser.agent) {
    case .done: return try render(visit, field(email), sent: email)
    case .throttled(let wait): throw Refusal(status: .tooManyRequests, retryAfter: wait)
    case .busy: throw Refusal.busy
    }
  }

  private static func render(
    _ visit: Visit, _ email: Value, sent: String? = nil, status: Status = .ok
  ) throws -> Response {
    try visit.withSecret { visit in
      try visit.page(
        "pages/password_forgotten", ["email": email, "sent": sent.map { ["email": .text($0)] } ?? .null],
        status: status)
    }
  }
}
