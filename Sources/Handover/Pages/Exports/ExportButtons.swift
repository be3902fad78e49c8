import HTTP

/// The buttons of the Export page: Cancel, Retry and Revoke of an export, Ask the owner and Decline.
enum ExportButtons {
  static func cancel(_ visit: SignedIn) throws -> Response {
    try answer(visit, visit.exports.cancel(visit.id(), by: visit.user, from: visit.address), "cancelled")
  }

  static func retry(_ visit: SignedIn) throws -> Response {
    try answer(visit, visit.exports.retry(visit.id(), by: visit.user, from: visit.address), "tried again")
  }

  static func revoke(_ visit: SignedIn) throws -> Response {
    try answer(visit, visit.exports.revoke(visit.id(), by: visit.user, from: visit.address), "revoked")
  }

  static func ask(_ visit: SignedIn) throws -> Response {
    let message = visit.form["message"] ?? ""
    switch try visit.exports.ask(message, by: visit.user, from: visit.address) {
    case .done: return .seeOther(Route.exports.path())
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
    switch try visit.exports.decline(visit.id(), by: visit.user, from: visit.address) {
    case .done: return .seeOther(Route.exports.path())
    case .notOwner: throw Refusal.forbidden
    default: throw Refusal.notFound
    }
  }

  private static func answer(
    _ visit: SignedIn, _ outcome: Exports.ChangeOutcome, _ verb: String
  ) throws -> Response {
    switch outcome {
    case .done: return .seeOther(Route.exports.path())
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
