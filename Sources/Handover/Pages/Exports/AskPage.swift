import HTTP
import Mustache

/// Asking the owner: the form of those who may not export, and the requests that the owner sees.
enum AskPage {
  static func ask(_ visit: SignedIn) throws -> Response {
    let message = visit.form["message"] ?? ""
    if message.count > OwnerRequest.messageLimit {
      return try ExportPage.show(
        visit, status: .unprocessableContent, message: message,
        messageProblem: "Write at most \(Wording.grouped(OwnerRequest.messageLimit)) characters; these are "
          + "\(Wording.grouped(message.count)).")
    }
    switch try visit.exports.ask(message, by: visit.user, from: visit.address) {
    case .done: return .seeOther(Route.exports.path())
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

  /// What waits for the owner.
  static func waiting(_ visit: SignedIn, _ ownerRequests: OwnerRequestTable) throws -> Value {
    let requests = try ownerRequests.waiting(of: visit.organisation.id)
    if requests.isEmpty { return .null }
    return [
      "users": .list(
        requests.map {
          [
            "user": $0.user.view, "message": .text($0.message), "asked": visit.moment($0.askedAt),
            "decline": .text(Route.declineRequest.path($0.id.rawValue)),
          ]
        })
    ]
  }

  /// What those who may not export see: who the owner is, the form, and what became of their requests.
  static func asking(
    _ visit: SignedIn, message: String?, problem: String?, _ ownerRequests: OwnerRequestTable,
    _ users: UserTable
  ) throws -> Object {
    let me = visit.user
    let owner = try users.owner(of: me.organisation)
    let requests = try ownerRequests.last(of: me, limit: 10)
    let next = try ownerRequests.nextAsk(of: me, at: visit.now)
    return [
      "owner": owner?.view ?? .null,
      "ask": next == nil ? ["message": field(message, problem: problem)] : .null,
      "ask_again": next.map(visit.moment) ?? .null,
      "asked": requests.isEmpty ? .null : ["requests": .list(requests.map { view($0, visit) })],
    ]
  }

  private static func view(_ request: OwnerRequest, _ visit: SignedIn) -> Value {
    [
      "asked_at": visit.moment(request.askedAt),
      "message": .text(request.message),
      "outcome": .text(request.outcome.rawValue),
      "outcome_word": .text(request.outcome.word),
      "is_exported": .bool(request.outcome == .exported),
      "answered": request.answeredAt.map(visit.moment) ?? .null,
    ]
  }
}
