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

  static func askRevoke(_ visit: SignedIn) throws -> Response {
    let id: ExportID = try visit.id()
    let organisation = visit.organisation.id
    guard let export = try visit.database.read({ try $0.exports.find(id, of: organisation) }) else {
      throw Refusal.notFound
    }
    guard export.status == .completed else {
      return try answer(visit, .exportRevoked, .refused(export.status), "revoked")
    }
    return try visit.ask(
      Question(
        title: "Revoke the export \(export.whose)?",
        facts: [
          "Its file is deleted and its link stops working at once. Neither comes back; you can request a new export.",
          "Your organisation’s data stays as it is.",
        ], action: visit.path(.revokeExport, of: id.rawValue), button: "Revoke",
        back: visit.path(.exports, at: "export-\(id.rawValue)")), at: .export)
  }

  static func revoke(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, .exportRevoked, visit.exports.revoke(visit.id(), by: visit.user, from: visit.address),
      "revoked")
  }

  static func hand(_ visit: SignedIn) throws -> Response {
    let id: ExportID = try visit.id()
    let recipient = visit.form["user_id"].flatMap { UserID($0) }
    switch try visit.exports.hand(id, to: recipient, by: visit.user, from: visit.address) {
    case .done(let hand), .already(let hand):
      return try visit.redirect(
        to: .exports, at: "export-\(id.rawValue)", saying: .exportHanded, about: hand.id.rawValue)
    case .noSuchUser where recipient == nil:
      return try HandPage.page(
        visit, id, choosing: "", problem: "Choose to whom to hand it over.", status: .unprocessableContent)
    case .noSuchUser:
      return try HandPage.page(
        visit, id, choosing: "",
        problem: "There is no such user in your organisation. Choose one from the list.", status: .notFound)
    case .notFound: throw Refusal.notFound
    case .notOwner: throw Refusal.forbidden
    case .own:
      return try HandPage.page(
        visit, id, choosing: "", problem: "You are the owner, and download it anyway.",
        status: .unprocessableContent)
    case .notEligible(let user):
      return try HandPage.page(
        visit, id, choosing: "",
        problem: "\(Wording.isolated(user.displayName)) can’t get it: \(user.obstacleToReceiving ?? "").",
        status: .unprocessableContent)
    case .refused(let status):
      return try answer(visit, .exportHanded, .refused(status), "handed over")
    }
  }

  static func takeBack(_ visit: SignedIn) throws -> Response {
    let id: ExportID = try visit.id()
    guard let recipient = visit.form["user_id"].flatMap({ UserID($0) }) else { throw Refusal.notFound }
    switch try visit.exports.takeBack(id, from: recipient, by: visit.user, from: visit.address) {
    case .done(let hand):
      return try visit.redirect(
        to: .exports, at: "export-\(id.rawValue)", saying: .exportTakenBack, about: hand.id.rawValue)
    case .asBefore: return .seeOther(visit.path(.exports, at: "export-\(id.rawValue)"))
    case .notFound: throw Refusal.notFound
    case .notOwner: throw Refusal.forbidden
    }
  }

  static func ask(_ visit: SignedIn) throws -> Response {
    let message = visit.form["message"] ?? ""
    guard let wish = OwnerRequest.Wish(rawValue: visit.form["scope"] ?? OwnerRequest.Wish.user.rawValue)
    else {
      return try ExportPage.show(
        visit, status: .unprocessableContent,
        asking: AskForm(
          wishProblem: "Choose your own records or the entire organisation.", message: message))
    }
    switch try visit.exports.ask(message, for: wish, by: visit.user, from: visit.address) {
    case .done: return try visit.redirect(to: .exports, at: "asked", saying: .asked)
    case .refused: throw Refusal.forbidden
    case .invalid(let problem):
      return try ExportPage.show(
        visit, status: .unprocessableContent,
        asking: AskForm(isWhole: wish == .organisation, message: message, messageProblem: problem))
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

  static func askDecline(_ visit: SignedIn) throws -> Response {
    try askDecline(visit, visit.id(), "")
  }

  static func decline(_ visit: SignedIn) throws -> Response {
    let id: OwnerRequestID = try visit.id()
    let reply = visit.form["reply"] ?? ""
    switch try visit.exports.decline(id, reply: reply, by: visit.user, from: visit.address) {
    case .done, .answeredBefore:
      return try visit.redirect(to: .exports, at: "requests", saying: .declined, about: id.rawValue)
    case .invalid(let problem): return try askDecline(visit, id, reply, problem)
    case .notOwner: throw Refusal.forbidden
    case .notFound: throw Refusal.notFound
    }
  }

  private static func askDecline(
    _ visit: SignedIn, _ id: OwnerRequestID, _ reply: String, _ problem: String? = nil
  ) throws -> Response {
    let organisation = visit.organisation.id
    guard let request = try visit.database.read({ try $0.ownerRequests.find(id, of: organisation) }) else {
      throw Refusal.notFound
    }
    let back = visit.path(.exports, at: "requests")
    // Answered meanwhile: the list says how.
    guard request.outcome == .waiting else { return .seeOther(back) }
    let name = request.user.displayName
    return try visit.ask(
      Question(
        title: "Decline the request of \(name: name)?",
        facts: [
          "\(name: name) gets an e-mail that you declined, with your reply, and sees it on the Export page.",
          "They can ask again, once every \(Wording.duration(OwnerRequest.pause)).",
        ], action: visit.path(.declineRequest, of: id.rawValue), button: "Decline", keep: "Back", back: back,
        reply: Question.Reply(label: "Reply to \(name: name), if you like", value: reply, problem: problem)),
      at: .export, status: problem == nil ? .ok : .unprocessableContent)
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
