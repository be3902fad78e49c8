import HTTP

/// Cancel, Retry and Revoke: the buttons of an export's row.
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
