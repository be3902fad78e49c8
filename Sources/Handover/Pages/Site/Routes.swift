import HTTP

/// Every address of the site. The router reads the declarations and `path` prints them; no other file of the
/// program writes a path.
enum Route: String, CaseIterable, Sendable {
  case home = "GET /"
  case health = "GET /health"
  case live = "GET /health/live"
  case ready = "GET /health/ready"
  case metrics = "GET /metrics"

  case signInForm = "GET /login"
  case signIn = "POST /login"
  case codeForm = "GET /login/code"
  case code = "POST /login/code"
  case signOut = "POST /logout"
  case forgottenForm = "GET /password/forgotten"
  case forgotten = "POST /password/forgotten"
  case resetForm = "GET /password/reset"
  case reset = "POST /password/reset"
  case confirmForm = "GET /confirm"
  case confirm = "POST /confirm"

  case profile = "GET /settings"
  case changeProfile = "POST /settings"
  case changePassword = "POST /settings/password"
  case signOutEverywhereForm = "GET /settings/sessions/end"
  case signOutEverywhere = "POST /settings/sessions/end"
  case twoStep = "GET /settings/two-step"
  case setUpTwoStep = "POST /settings/two-step"
  case turnOffTwoStepForm = "GET /settings/two-step/off"
  case turnOffTwoStep = "POST /settings/two-step/off"
  case recoveryCodesForm = "GET /settings/two-step/codes"
  case makeRecoveryCodes = "POST /settings/two-step/codes"
  case endSessionForm = "GET /settings/sessions/{id}/end"
  case endSession = "POST /settings/sessions/{id}/end"
  case email = "GET /settings/email"
  case requestEmail = "POST /settings/email"
  case emailLink = "GET /settings/email/confirm"
  case confirmEmail = "POST /settings/email/confirm"
  case organisation = "GET /settings/organisation"
  case changeOrganisation = "POST /settings/organisation"
  case changeTold = "POST /settings/organisation/told"
  case toldLink = "GET /told"
  case confirmTold = "POST /told"
  case users = "GET /settings/organisation/users"
  case newUser = "GET /settings/organisation/users/new"
  case addUser = "POST /settings/organisation/users"
  case inviteForm = "GET /settings/organisation/users/{id}/invitation"
  case invite = "POST /settings/organisation/users/{id}/invitation"
  case roleForm = "GET /settings/organisation/users/{id}/role"
  case changeRole = "POST /settings/organisation/users/{id}/role"
  case disableUser = "POST /settings/organisation/users/{id}/disable"
  case enableUser = "POST /settings/organisation/users/{id}/enable"
  case signOutUserForm = "GET /settings/organisation/users/{id}/sessions/end"
  case signOutUser = "POST /settings/organisation/users/{id}/sessions/end"
  case twoStepOfUser = "GET /settings/organisation/users/{id}/two-step"
  case removeTwoStep = "POST /settings/organisation/users/{id}/two-step"
  case ownership = "GET /settings/organisation/ownership"
  case changeOwnership = "POST /settings/organisation/ownership"
  case exports = "GET /settings/export"
  case newExport = "GET /settings/export/new"
  case findUser = "POST /settings/export/find"
  case requestExport = "POST /settings/export"
  case exportStatus = "GET /settings/export/status"
  case cancelExport = "POST /settings/export/{id}/cancel"
  case retryExport = "POST /settings/export/{id}/retry"
  case revokeForm = "GET /settings/export/{id}/revoke"
  case revokeExport = "POST /settings/export/{id}/revoke"
  case handForm = "GET /settings/export/{id}/hand"
  case handExport = "POST /settings/export/{id}/hand"
  case exportReceipt = "GET /settings/export/{id}/receipt"
  case takeBackExport = "POST /settings/export/{id}/take-back"
  case askOwner = "POST /settings/export/ask"
  case declineForm = "GET /settings/export/ask/{id}/decline"
  case declineRequest = "POST /settings/export/ask/{id}/decline"
  case imports = "GET /settings/import"
  case addImport = "POST /settings/import"
  case mayUpload = "GET /settings/import/upload"
  case `import` = "GET /settings/import/{id}"
  case importStatus = "GET /settings/import/{id}/status"
  case compareImport = "POST /settings/import/{id}/mapping"
  case confirmImport = "POST /settings/import/{id}/confirm"
  case cancelImport = "POST /settings/import/{id}/cancel"
  case retryImport = "POST /settings/import/{id}/retry"
  case undoForm = "GET /settings/import/{id}/undo"
  case undoImport = "POST /settings/import/{id}/undo"
  case addDocuments = "POST /deals/{id}/documents"
  case mayAddDocuments = "GET /documents/upload"
  case document = "GET /documents/{id}"
  case removeDocument = "POST /documents/{id}/remove"
  case restoreDocument = "POST /documents/{id}/restore"
  case retryDocument = "POST /documents/{id}/retry"
  case storage = "GET /settings/storage"
  case storageStatus = "GET /settings/storage/status"
  case linkDropbox = "POST /settings/storage/dropbox/link"
  case linkGoogle = "POST /settings/storage/google/link"
  case dropboxCallback = "GET /settings/storage/dropbox/callback"
  case googleCallback = "GET /settings/storage/google/callback"
  case setStorageDeals = "POST /settings/storage/deals"
  case retryStorage = "POST /settings/storage/retry"
  case unlinkForm = "GET /settings/storage/unlink"
  case unlinkStorage = "POST /settings/storage/unlink"
  case switchDeal = "POST /deals/{id}/storage"
  case activity = "GET /settings/activity"
  case activityCSV = "GET /settings/activity.csv"
  case help = "GET /help"

  case deals = "GET /deals"
  case withoutDeal = "GET /deals/none"
  case deal = "GET /deals/{id}"

  case download = "GET /exports/{id}/download"

  func path(_ arguments: String...) -> String { Endpoint.path(rawValue, arguments) }

  /// The address with a query.
  func path(_ arguments: String..., asking query: Form) -> String {
    let path = Endpoint.path(rawValue, arguments)
    return query.fields.isEmpty ? path : path + "?" + query.encoded
  }
}

extension Route {
  /// The Export page with the row of an export, on whichever page of the list it is.
  static func row(of export: ExportID) -> String {
    let query = Form(["export": export.rawValue]).encoded
    return "\(Route.exports.path())?\(query)#export-\(export.rawValue)"
  }
}

extension Route {
  /// The function that answers the route.
  var handler: Handler {
    switch self {
    case .home: .anyone { _ in .seeOther(Route.exports.path()) }
    case .health: .anyone(HealthPage.show)
    case .live: .anyone(HealthPage.live)
    case .ready: .anyone(HealthPage.ready)
    case .metrics: .anyone(MetricsPage.show)
    case .signInForm: .anyone(SignInPage.form)
    case .signIn: .anyone(SignInPage.signIn)
    case .codeForm: .anyone(CodePage.form)
    case .code: .anyone(CodePage.signIn)
    case .signOut: .signedIn(SignInPage.signOut)
    case .forgottenForm: .anyone(ForgottenPage.form)
    case .forgotten: .anyone(ForgottenPage.send)
    case .resetForm: .anyone(ResetPage.form)
    case .reset: .anyone(ResetPage.set)
    case .confirmForm: .signedIn(ConfirmPage.form)
    case .confirm: .signedIn(ConfirmPage.confirm)
    case .profile: .signedIn(ProfilePage.show)
    case .changeProfile: .signedIn(ProfilePage.change)
    case .changePassword: .signedIn(ProfilePage.changePassword)
    case .signOutEverywhereForm: .signedIn(ProfilePage.askSignOutEverywhere)
    case .signOutEverywhere: .signedIn(ProfilePage.signOutEverywhere)
    case .twoStep: .signedIn(TwoStepPage.show)
    case .setUpTwoStep: .signedIn(TwoStepPage.setUp)
    case .turnOffTwoStepForm: .signedIn(TwoStepPage.askTurnOff)
    case .turnOffTwoStep: .signedIn(TwoStepPage.turnOff)
    case .recoveryCodesForm: .signedIn(TwoStepPage.askRecoveryCodes)
    case .makeRecoveryCodes: .signedIn(TwoStepPage.makeRecoveryCodes)
    case .endSessionForm: .signedIn(ProfilePage.askEndSession)
    case .endSession: .signedIn(ProfilePage.endSession)
    case .email: .signedIn(EmailPage.form)
    case .requestEmail: .signedIn(EmailPage.send)
    case .emailLink: .signedIn(EmailPage.link)
    case .confirmEmail: .signedIn(EmailPage.confirm)
    case .organisation: .signedIn(OrganisationPage.show)
    case .changeOrganisation: .signedIn(OrganisationPage.change)
    case .changeTold: .signedIn(ToldPage.change)
    case .toldLink: .anyone(ToldPage.link)
    case .confirmTold: .anyone(ToldPage.confirm)
    case .users: .signedIn(UsersPage.show)
    case .newUser: .signedIn(NewUserPage.form)
    case .addUser: .signedIn(NewUserPage.add)
    case .inviteForm: .signedIn(UserButtons.askInvite)
    case .invite: .signedIn(UserButtons.invite)
    case .roleForm: .signedIn(UserButtons.askRole)
    case .changeRole: .signedIn(UserButtons.changeRole)
    case .disableUser: .signedIn(UserButtons.disable)
    case .enableUser: .signedIn(UserButtons.enable)
    case .signOutUserForm: .signedIn(UserButtons.askSignOut)
    case .signOutUser: .signedIn(UserButtons.signOut)
    case .twoStepOfUser: .signedIn(TwoStepRemovalPage.form)
    case .removeTwoStep: .signedIn(TwoStepRemovalPage.remove)
    case .ownership: .signedIn(OwnershipPage.form)
    case .changeOwnership: .signedIn(OwnershipPage.change)
    case .help: .signedIn(HelpPage.show)
    case .exports: .signedIn { try ExportPage.show($0) }
    case .exportStatus: .signedIn(ExportPage.status)
    case .newExport: .signedIn(NewExportPage.show)
    case .findUser: .signedIn(NewExportPage.find)
    case .requestExport: .signedIn(NewExportPage.request)
    case .cancelExport: .signedIn(ExportButtons.cancel)
    case .retryExport: .signedIn(ExportButtons.retry)
    case .revokeForm: .signedIn(ExportButtons.askRevoke)
    case .revokeExport: .signedIn(ExportButtons.revoke)
    case .handForm: .signedIn(HandPage.show)
    case .handExport: .signedIn(ExportButtons.hand)
    case .exportReceipt: .signedIn(ReceiptPage.show)
    case .takeBackExport: .signedIn(ExportButtons.takeBack)
    case .askOwner: .signedIn(ExportButtons.ask)
    case .declineForm: .signedIn(ExportButtons.askDecline)
    case .declineRequest: .signedIn(ExportButtons.decline)
    case .imports: .signedIn(ImportsPage.show)
    case .addImport: .signedIn(ImportsPage.add)
    case .mayUpload: .signedIn(ImportsPage.mayUpload)
    case .import: .signedIn(ImportPage.show)
    case .importStatus: .signedIn(ImportPage.status)
    case .compareImport: .signedIn(ImportMappingPage.compare)
    case .confirmImport: .signedIn(ImportPage.confirm)
    case .cancelImport: .signedIn(ImportPage.cancel)
    case .retryImport: .signedIn(ImportPage.retry)
    case .undoForm: .signedIn(ImportPage.askUndo)
    case .undoImport: .signedIn(ImportPage.undo)
    case .addDocuments: .signedIn(DocumentsPage.add)
    case .mayAddDocuments: .signedIn(DocumentsPage.mayAdd)
    case .document: .signedIn(DocumentsPage.download)
    case .removeDocument: .signedIn(DocumentsPage.remove)
    case .restoreDocument: .signedIn(DocumentsPage.restore)
    case .retryDocument: .signedIn(DocumentsPage.retry)
    case .deals: .signedIn(DealsPage.show)
    case .withoutDeal: .signedIn(StrayDocumentsPage.show)
    case .deal: .signedIn(DealPage.show)
    case .storage: .signedIn(StoragePage.show)
    case .storageStatus: .signedIn(StoragePage.status)
    case .linkDropbox: .signedIn(StoragePage.linkDropbox)
    case .linkGoogle: .signedIn(StoragePage.linkGoogle)
    case .dropboxCallback: .anyone(StoragePage.dropboxCallback)
    case .googleCallback: .anyone(StoragePage.googleCallback)
    case .setStorageDeals: .signedIn(StoragePage.setDeals)
    case .retryStorage: .signedIn(StoragePage.retry)
    case .unlinkForm: .signedIn(StoragePage.askUnlink)
    case .unlinkStorage: .signedIn(StoragePage.unlink)
    case .switchDeal: .signedIn(StoragePage.setDeal)
    case .download: .signedIn(DownloadPage.show)
    case .activity: .signedIn(ActivityPage.show)
    case .activityCSV: .signedIn(ActivityPage.csv)
    }
  }
}

/// The function that answers a request, by whether it needs a session.
enum Handler {
  case anyone((Visit) throws -> Response)
  case signedIn((SignedIn) throws -> Response)

  func answer(_ visit: Visit) throws -> Response {
    switch self {
    case .anyone(let answer): return try answer(visit)
    case .signedIn(let answer):
      guard let session = visit.session else { throw Refusal.noSession(visit.request, visit.route) }
      let visit = SignedIn(visit: visit, session: session)
      if visit.visit.route.needsProof, !visit.isProved { return try ConfirmPage.ask(visit) }
      return try answer(visit)
    }
  }
}

extension Route {
  /// Who may use the route.
  enum Access {
    case anyone
    case signedIn
    /// Admins and users, who ask the owner for exports.
    case notOwner
    case admin
    case owner
  }

  var access: Access {
    switch self {
    case .home, .health, .live, .ready, .metrics, .signInForm, .signIn, .codeForm, .code, .forgottenForm,
      .forgotten, .resetForm,
      .reset, .toldLink, .confirmTold:
      .anyone
    // Whoever isn't the one who went to the provider is turned away by what came back, not led to sign in.
    case .dropboxCallback, .googleCallback: .anyone
    case .twoStep, .setUpTwoStep, .turnOffTwoStepForm, .turnOffTwoStep, .recoveryCodesForm,
      .makeRecoveryCodes:
      .signedIn
    case .signOut, .confirmForm, .confirm, .profile, .changeProfile, .changePassword, .signOutEverywhereForm,
      .signOutEverywhere, .endSessionForm, .endSession, .email, .requestEmail, .emailLink, .confirmEmail,
      .exports, .exportReceipt, .help,
      .deals, .deal:
      .signedIn
    // By scope: whose deal it is, the verb asks.
    case .addDocuments, .mayAddDocuments, .document, .removeDocument, .restoreDocument, .retryDocument:
      .signedIn
    case .askOwner: .notOwner
    case .organisation, .users, .newUser, .addUser, .inviteForm, .invite, .roleForm, .changeRole,
      .disableUser, .enableUser, .signOutUserForm, .signOutUser,
      .exportStatus, .withoutDeal:
      .admin
    case .twoStepOfUser, .removeTwoStep: .owner
    case .changeOrganisation, .changeTold, .ownership, .changeOwnership, .newExport, .findUser,
      .requestExport,
      .cancelExport,
      .retryExport, .revokeForm, .revokeExport, .handForm, .handExport, .takeBackExport, .declineForm,
      .declineRequest,
      .imports, .addImport, .mayUpload, .import, .importStatus, .compareImport, .confirmImport, .cancelImport,
      .retryImport, .undoForm, .undoImport,
      .storage, .storageStatus, .linkDropbox, .linkGoogle, .setStorageDeals, .retryStorage, .unlinkForm,
      .unlinkStorage, .switchDeal,
      .activity, .activityCSV:
      .owner
    // The link is checked before the role, so that a forged link reveals nothing.
    case .download: .signedIn
    }
  }

  /// Whether a stolen session must not do it: where the last proof is older than `Session.proofLimit`, the
  /// password is asked for first. A download asks by itself, after its link is checked.
  var needsProof: Bool {
    switch self {
    case .requestExport, .retryExport, .handExport, .confirmImport, .undoImport, .changeRole,
      .changeOwnership, .changeOrganisation,
      .changeTold,
      .requestEmail, .linkDropbox, .linkGoogle,
      .twoStep, .setUpTwoStep, .turnOffTwoStep, .makeRecoveryCodes, .removeTwoStep:
      true
    default: false
    }
  }
}

extension Route {
  /// Whether it is there for somebody who has to set up two-step sign-in first.
  var comesBeforeTwoStep: Bool {
    switch self {
    // Whoever sends files gets to read that it comes first.
    case .twoStep, .setUpTwoStep, .confirmForm, .confirm, .signOut, .mayUpload, .mayAddDocuments: true
    default: access == .anyone
    }
  }
}

extension Route {
  /// Whether its form may have files, which are read while they arrive.
  var takesFiles: Bool { self == .addImport || self == .addDocuments }

  /// Whether a script or nginx asks for it, which can't sign in.
  var isForScripts: Bool {
    self == .exportStatus || self == .importStatus || self == .mayUpload || self == .mayAddDocuments
      || self == .storageStatus
  }
}

extension MailAddresses {
  /// The addresses of the site's pages under the configured origin.
  init(_ configuration: Configuration) {
    let origin = configuration.url.origin
    self.init(
      host: configuration.url.host.name, home: origin + Route.home.path(),
      exports: origin + Route.exports.path(), imports: origin + Route.imports.path(),
      storage: origin + Route.storage.path(),
      profile: origin + Route.profile.path(),
      forgotten: origin + Route.forgottenForm.path(), reset: origin + Route.resetForm.path(),
      email: origin + Route.emailLink.path(), told: origin + Route.toldLink.path(),
      support: configuration.supportURL, cell: configuration.cell)
  }
}

extension Configuration {
  /// Where a provider sends the browser back to, exactly as the operator registers it there.
  var callback: @Sendable (StorageProvider) -> String {
    { [url] in url.origin + ($0 == .google ? Route.googleCallback : Route.dropboxCallback).path() }
  }
}

extension DownloadAddress {
  init(_ configuration: Configuration) {
    self.init(origin: configuration.url.origin) { Route.download.path($0.rawValue) }
  }
}

/// The addresses of files that nginx serves; nginx.conf has the same ones.
enum NginxPath {
  /// The named location that asks another cell.
  static let handOn = "@handed_on"
  /// The one that asks another host; files are longer on their way.
  static func otherHost(files takesFiles: Bool) -> String {
    takesFiles ? "@other_host_files" : "@other_host"
  }

  /// An archive in the exports folder, for X-Accel-Redirect alone: a browser that asks for it gets 404.
  static func archive(_ file: String, of cell: CellID?) -> String { folder(of: cell) + "exports/\(file)" }

  /// What a document holds, in the documents folder.
  static func document(_ file: String, of cell: CellID?) -> String { folder(of: cell) + "documents/\(file)" }

  private static func folder(of cell: CellID?) -> String { cell.map { "/-/cells/\($0.name)/" } ?? "/-/" }

  /// A file that the start has written, named with a hash.
  static func asset(_ file: String) -> String { "/assets/\(file)" }
}
