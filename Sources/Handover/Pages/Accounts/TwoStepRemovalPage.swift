import HTTP
import Mustache

/// Removing another user's two-step sign-in, for a phone that is lost: for the owner alone.
enum TwoStepRemovalPage {
  static func form(_ visit: SignedIn) throws -> Response {
    let id: UserID = try visit.id()
    let organisation = visit.organisation.id
    guard let user = try visit.database.read({ try $0.users.find(id, of: organisation) }) else {
      throw Refusal.notFound
    }
    guard user.hasTwoStep, user.id != visit.user.id else { return .seeOther(Route.users.path()) }
    let name = user.displayName
    return try visit.ask(
      Question(
        title: "Remove the two-step sign-in of \(name: name)?",
        facts: [
          "It is for a phone that is lost, where no recovery code is left. Did \(name: name) ask you in person or by phone? An e-mail can come from somebody else.",
          "\(name: name) is signed out everywhere at once.",
          "The password alone signs in, until two-step sign-in is set up again.",
          "An e-mail tells \(name: name), and it stands in the activity.",
        ], action: visit.path(.removeTwoStep, of: id.description), button: "Remove two-step sign-in",
        back: visit.path(.users, at: id.description)), at: .users)
  }

  static func remove(_ visit: SignedIn) throws -> Response {
    let id: UserID = try visit.id()
    switch try visit.accounts.removeTwoStep(of: id, by: visit.user, from: visit.address) {
    case .done:
      return try visit.redirect(
        to: .users, at: id.description, saying: .twoStepRemoved, about: id.description)
    case .notFound: throw Refusal.notFound
    case .notOwner: throw Refusal.forbidden
    case .isYourself:
      return try UsersPage.show(
        visit, saying: "You turn your own two-step sign-in off in your profile.", status: .conflict)
    }
  }
}
