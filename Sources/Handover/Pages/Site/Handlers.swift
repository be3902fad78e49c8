import HTTP

/// What answers a request, and whether it needs a session.
enum Handler {
  case anyone((Visit) throws -> Response)
  case signedIn((SignedIn) throws -> Response)

  func answer(_ visit: Visit) throws -> Response {
    switch self {
    case .anyone(let answer): return try answer(visit)
    case .signedIn(let answer):
      guard let session = visit.session else { throw Refusal.noSession(visit.request, visit.route) }
      return try answer(SignedIn(visit: visit, session: session))
    }
  }
}

extension Route {
  /// What each route does: one page a noun.
  var handler: Handler {
    switch self {
    case .home: .anyone { _ in .seeOther(Route.profile.path()) }
    case .health: .anyone(HealthPage.show)
    case .signInForm: .anyone(SignInPage.form)
    case .signIn: .anyone(SignInPage.signIn)
    case .signOut: .signedIn(SignInPage.signOut)
    case .forgottenForm: .anyone(ForgottenPage.form)
    case .forgotten: .anyone(ForgottenPage.send)
    case .resetForm: .anyone(ResetPage.form)
    case .reset: .anyone(ResetPage.set)
    case .profile: .signedIn(ProfilePage.show)
    case .changeProfile: .signedIn(ProfilePage.change)
    case .changePassword: .signedIn(ProfilePage.changePassword)
    case .signOutEverywhere: .signedIn(ProfilePage.signOutEverywhere)
    case .organisation: .signedIn(OrganisationPage.show)
    case .changeOrganisation: .signedIn(OrganisationPage.change)
    case .users: .signedIn(UsersPage.show)
    case .addUser: .signedIn(UsersPage.add)
    case .invite: .signedIn(UserButtons.invite)
    case .changeRole: .signedIn(UserButtons.changeRole)
    case .disableUser: .signedIn(UserButtons.disable)
    case .enableUser: .signedIn(UserButtons.enable)
    case .ownership: .signedIn(OwnershipPage.form)
    case .changeOwnership: .signedIn(OwnershipPage.change)
    case .help: .signedIn(HelpPage.show)
    case .exports: .signedIn { try ExportPage.show($0) }
    case .exportStatus: .signedIn(ExportPage.status)
    case .newExport: .signedIn(NewExportPage.show)
    case .requestExport: .signedIn(NewExportPage.request)
    case .cancelExport: .signedIn(ExportButtons.cancel)
    case .retryExport: .signedIn(ExportButtons.retry)
    case .revokeExport: .signedIn(ExportButtons.revoke)
    case .askOwner: .signedIn(AskPage.ask)
    case .declineRequest: .signedIn(AskPage.decline)
    case .download: .signedIn(DownloadPage.show)
    case .activity: .signedIn(ActivityPage.show)
    case .activityCSV: .signedIn(ActivityPage.csv)
    }
  }
}
