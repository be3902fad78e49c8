import HTTP

/// The buttons of the Export page: Cancel, Retry and Revoke of an export, Ask the owner and Decline.
enum ExportButtons {
  static func cancel(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, .exportCancelled, visit.exports.cancel(visit.id(), by: visit.user, from: visit.address),
      "cancelled")
  }

  static func retry(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, .exportRetried, visit.exports.retry(visit.id(), by: visit.user, from: visit.address),
      "tried again")
  }

  static func revoke(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, .exportRevoked, visit.exports.revoke(visit.id(), by: visit.user, from: visit.address),
      "revoked")
  }

  static func ask(_ visit: SignedIn) throws -> Response {
    let message = visit.form["message"] ?? ""
    switch try visit.exports.ask(message, by: visit.user, from: visit.address) {
    case .done: return try visit.redirect(to: .exports, at: "asked", saying: .asked)
    case .refused: throw Refusal.forbidden
    case .invalid(let problem):
      return try ExportPage.show(
        visit, status: .unprocessableContent, message: message, messageProblem: problem)
    case .noOwner:
      return try ExportPage.show(
        visit, status: .conflict,
        flash: Flash(text: "Your organisation has no owner who could be asked.", isWrong: true))
    case .throttled(until: let next):
      return try ExportPage.show(
        visit, status: .tooManyRequests,
        flash: Flash(
          text: "You have asked already. You can ask again \(Wording.relative(next, to: visit.now)).",
          isWrong: true)
      ).with("Retry-After", String((next - visit.now).wholeSeconds))
    }
  }

  static func decline(_ visit: SignedIn) throws -> Response {
    let id: OwnerRequestID = try visit.id()
    switch try visit.exports.decline(id, by: visit.user, from: visit.address) {
    case .done: return try visit.redirect(to: .exports, at: "requests", saying: .declined, about: id.rawValue)
    case .notOwner: throw Refusal.forbidden
    default: throw Refusal.notFound
    }
  }

  private static func answer(
    _ visit: SignedIn, _ notice: Notice, _ outcome: Exports.ChangeOutcome, _ verb: String
  ) throws -> Response {
    switch outcome {
    case .done:
      let id: ExportID = try visit.id()
      return try visit.redirect(
        to: .exports, at: "export-\(id.rawValue)", saying: notice, about: id.rawValue)
    case .notFound: throw Refusal.notFound
    case .notOwner: throw Refusal.forbidden
    case .busy(let id): return try NewExportPage.alreadyRunning(visit, id)
    case .refused(let status):
      return try ExportPage.show(
        visit, status: .conflict,
        flash: Flash(text: "That export is \(status.rawValue), so it can’t be \(verb).", isWrong: true))
    }
  }
}
