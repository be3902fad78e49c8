import HTTP

extension Visit {
  /// What each route does: one page a noun.
  func answer() throws -> Response {
    switch route {
    case .home: .seeOther(Route.profile.path())
    case .health: try HealthPage.show(self)
    case .signInForm: try SignInPage.form(self)
    case .signIn: try SignInPage.signIn(self)
    case .signOut: try SignInPage.signOut(self)
    case .profile: try ProfilePage.show(self)
    case .organisation: try OrganisationPage.show(self)
    case .users: try UsersPage.show(self)
    case .help: try HelpPage.show(self)
    default: throw Refusal.notFound
    }
  }
}
