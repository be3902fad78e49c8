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
    case .exports: try ExportPage.show(self)
    case .exportStatus: try ExportPage.status(self)
    case .newExport: try NewExportPage.show(self)
    case .requestExport: try NewExportPage.request(self)
    case .cancelExport: try ExportActions.cancel(self)
    case .retryExport: try ExportActions.retry(self)
    case .revokeExport: try ExportActions.revoke(self)
    case .askOwner: try OwnerRequestsView.ask(self)
    case .declineRequest: try OwnerRequestsView.decline(self)
    case .download: try DownloadPage.show(self)
    case .activity: try ActivityPage.show(self)
    case .activityCSV: try ActivityPage.csv(self)
    default: throw Refusal.notFound
    }
  }
}
