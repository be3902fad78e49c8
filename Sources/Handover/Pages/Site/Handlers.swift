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
    case .forgottenForm: try ForgottenPage.form(self)
    case .forgotten: try ForgottenPage.send(self)
    case .resetForm: try ResetPage.form(self)
    case .reset: try ResetPage.set(self)
    case .profile: try ProfilePage.show(self)
    case .changeProfile: try ProfilePage.change(self)
    case .changePassword: try ProfilePage.changePassword(self)
    case .signOutEverywhere: try ProfilePage.signOutEverywhere(self)
    case .organisation: try OrganisationPage.show(self)
    case .changeOrganisation: try OrganisationPage.change(self)
    case .users: try UsersPage.show(self)
    case .addUser: try UsersPage.add(self)
    case .invite: try UserActions.invite(self)
    case .changeRole: try UserActions.changeRole(self)
    case .disableUser: try UserActions.disable(self)
    case .enableUser: try UserActions.enable(self)
    case .handOverForm: try HandOverPage.form(self)
    case .handOver: try HandOverPage.handOver(self)
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
    }
  }
}
