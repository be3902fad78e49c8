import HTTP
import Mustache

/// Settings > Organisation > Who is told: who beside the owner gets an e-mail about exports. An address agrees first, on
/// the page behind a link, which needs no account. Opening that page changes nothing, so a mail scanner can't.
enum ToldPage {
  static func change(_ visit: SignedIn) throws -> Response {
    let typed = visit.form["email"] ?? ""
    guard let choice = Told.Choice(rawValue: visit.form["told"] ?? "") else {
      return try OrganisationPage.show(
        visit, ToldForm(email: typed), status: .unprocessableContent,
        flash: Flash(text: "Choose who is told of exports. Nothing was saved.", isWrong: true))
    }
    switch try visit.accounts.setTold(
      choice, typed, was: visit.form["was"], by: visit.user, from: visit.address, with: visit.browser.agent)
    {
    case .done: return try visit.redirect(to: .organisation, at: "told", saying: .toldSaved)
    case .sent: return try visit.redirect(to: .organisation, at: "told", saying: .toldAsked)
    case .invalid(let problem):
      return try OrganisationPage.show(
        visit, ToldForm(choice: choice, email: typed, problem: problem), status: .unprocessableContent)
    case .changed(let now):
      let text =
        "This was changed while the page was open. Told beside you, now: \(now.words). Nothing was saved. "
        + "Check the choice, then save again."
      return try OrganisationPage.show(
        visit, ToldForm(choice: choice, email: typed), status: .conflict,
        flash: Flash(text: text, isWrong: true))
    case .throttled(let wait):
      throw Refusal(
        status: .tooManyRequests,
        detail:
          "At most \(ToldChange.most) of these e-mails go out in \(Wording.duration(ToldChange.period)).",
        retryAfter: wait)
    case .notOwner: throw Refusal.forbidden
    }
  }

  /// Where the mailed link leads.
  static func link(_ visit: Visit) throws -> Response {
    let token = visit.query["token"] ?? ""
    let (change, owner) = try visit.database.read { connection in
      let change = try connection.told.change(token: token)
      return (change, try change.flatMap { try connection.told.owner(behind: $0, at: visit.now) })
    }
    guard let change else { return try dead(visit, .notFound) }
    guard let owner else { return try dead(visit, .gone) }
    return try visit.withSecret { visit in
      try visit.page(
        "pages/told_confirm",
        [
          "email": .text(change.email), "token": .text(token),
          "office": ["name": .text(change.organisationName)], "owner": owner.view,
        ])
    }
  }

  static func confirm(_ visit: Visit) throws -> Response {
    switch try visit.accounts.confirmTold(token: visit.form["token"] ?? "", from: visit.address) {
    case .done(let change):
      return try visit.page(
        "pages/told_confirmed",
        ["email": .text(change.email), "office": ["name": .text(change.organisationName)]])
    case .notFound: return try dead(visit, .notFound)
    case .gone: return try dead(visit, .gone)
    }
  }

  private static func dead(_ visit: Visit, _ status: Status) throws -> Response {
    try visit.withSecret {
      try $0.page("pages/told_ended", ["unknown": .bool(status == .notFound)], status: status)
    }
  }
}

/// What the form of Who is told shows that is not so yet.
struct ToldForm {
  var choice: Told.Choice?
  var email: String?
  var problem: String?
}
