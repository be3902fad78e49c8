import HTTP
import Mustache
import Secrets

/// What the next page says about the action before it.
///
/// The redirect after an action sets a cookie for a minute; the page that it leads to says what was done, and ends the
/// cookie, so that a reload says nothing. The cookie holds a keyword and at most the id of what it was done to, or how
/// many there were, never a text, with a code that only the reader's session could have given it: no other site, and no
/// neighbouring host that sets a cookie of this name, can make a page say that something was done. Where the session has
/// ended with the action, only the words for that are let through, which need no code.
enum Notice: String, CaseIterable {
  case signedOut = "signed-out"
  case signedOutEverywhere = "signed-out-everywhere"
  case passwordSet = "password-set"
  case passwordChanged = "password-changed"
  case emailChanged = "address-changed"
  case sessionEnded = "session-ended"
  case welcome
  case renamed
  case organisationSaved = "organisation-saved"
  case toldSaved = "told-saved"
  case toldAsked = "told-asked"
  case addedSeveral = "added-several"
  case twoStepFirst = "two-step-first"
  case twoStepOff = "two-step-off"
  case codeLate = "code-late"

  // About a user.
  case added
  case invited
  case madeAdmin = "made-admin"
  case madeUser = "made-user"
  case disabled
  case enabled
  /// It was so before, as where Undo is pressed late.
  case asBefore = "as-before"
  case userSignedOut = "user-signed-out"
  case ownershipTransferred = "ownership-transferred"
  case twoStepRemoved = "two-step-removed"

  // About an export.
  case exportStarted = "export-started"
  case exportRetried = "export-retried"
  case exportCancelled = "export-cancelled"
  case exportRevoked = "export-revoked"
  case exportHanded = "export-handed"
  case exportTakenBack = "export-taken-back"
  /// Undo of its cancelling was pressed before.
  case exportRequestedBefore = "export-requested-before"

  // About an import.
  case importConfirmed = "import-confirmed"
  case importCancelled = "import-cancelled"

  // About a document, or how many.
  case documentAdded = "document-added"
  case documentThere = "document-there"
  case documentReplaced = "document-replaced"
  case documentRemoved = "document-removed"
  case documentRestored = "document-restored"
  case documentRetried = "document-retried"
  case documentAsBefore = "document-as-before"

  // About the linked storage.
  case storageLinked = "storage-linked"
  case storageLinkedAgain = "storage-linked-again"
  case storageUnlinked = "storage-unlinked"
  case storageDenied = "storage-denied"
  case storageSaved = "storage-saved"

  // About a deal and the linked storage.
  case dealOn = "deal-on"
  case dealOff = "deal-off"

  // About a request to the owner.
  case asked
  case declined

  /// How long the next page may take to be asked for.
  static let lifetime = Duration.minutes(1)
}

extension Notice {
  /// What the cookie holds.
  ///
  /// - Parameters:
  ///   - id: of what it was done to; empty where the keyword says it all.
  ///   - secret: of the session that will read it.
  func sealed(about id: String, for secret: String?) -> String {
    "\(rawValue).\(id).\(secret.map { code(of: id, for: $0) } ?? "")"
  }

  fileprivate func code(of id: String, for secret: String) -> String {
    Base64URL.encode(HMAC(key: Array(secret.utf8)).code(of: Array("notice \(rawValue) \(id)".utf8)))
  }

  /// What a page says by the cookie; nil where the cookie is none of ours, or it isn't so (any more).
  static func flash(in cookie: String, for visit: Visit) throws -> Flash? {
    let parts = cookie.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let notice = Notice(rawValue: parts[0]) else { return nil }
    guard let session = visit.session else { return notice.sentenceForAnyone.map { Flash($0) } }
    guard constantTimeEquals(parts[2], notice.code(of: parts[1], for: session.token)) else { return nil }
    return try notice.flash(about: parts[1], for: SignedIn(visit: visit, session: session))
  }

  /// What somebody is told who has no session (any more).
  private var sentenceForAnyone: Sentence? {
    switch self {
    case .signedOut: "You are signed out."
    case .signedOutEverywhere: "You are signed out, here and everywhere else."
    case .passwordSet: "Your new password is set. Sign in with it."
    case .codeLate: "That took too long, or your account was changed meanwhile. Sign in again."
    default: nil
    }
  }

  private func flash(about id: String, for visit: SignedIn) throws -> Flash? {
    let organisation = visit.organisation.id
    if id.isEmpty { return try sentence(for: visit).map { Flash($0) } }
    if self == .addedSeveral, let count = Int(id) {
      return Flash("\(Wording.plural(count, "user")) are added, and their invitations are on their way.")
    }
    if let id = UserID(id), visit.user.role.isAdmin {
      guard let user = try visit.database.read({ try $0.users.find(id, of: organisation) }) else {
        return nil
      }
      return sentence(about: user).map { Flash($0, undo: undo(of: user, visit)) }
    }
    if self == .documentAdded, let count = Int(id) {
      return Flash("\(Wording.plural(count, "document")) are added.")
    }
    if let id = DocumentID(id) {
      let document = try visit.database.read { try $0.documents.find(id, for: visit.user) }
      return document.flatMap { document in
        sentence(about: document).map { Flash($0, undo: undo(of: document)) }
      }
    }
    guard visit.user.role == .owner else { return nil }
    if self == .dealOn || self == .dealOff, let id = DealID(id) {
      let link = try visit.database.read { try $0.storageLinks.current(of: organisation) }
      return link.map {
        Flash(
          self == .dealOn
            ? "The documents of \(id.description) are copied to \(name: $0.name)."
            : "Documents of \(id.description) are not copied any more. What is in \(name: $0.name) stays there."
        )
      }
    }
    if self == .declined, let id = OwnerRequestID(id) {
      let request = try visit.database.read { try $0.ownerRequests.find(id, of: organisation) }
      return request.map {
        let name = $0.user.displayName
        return $0.outcome == .exported
          ? Flash(
            "Nothing had to be declined: the export that \(name: name) asked for was requested meanwhile.")
          : Flash("You declined the request of \(name: name), who gets an e-mail.")
      }
    }
    if self == .exportHanded || self == .exportTakenBack {
      let hand = try visit.database.read { try $0.hands.find(HandID(rawValue: id), of: organisation) }
      return hand.map { Flash(sentence(about: $0)) }
    }
    if self == .importConfirmed || self == .importCancelled, let id = ImportID(id) {
      let found = try visit.database.read { try $0.imports.find(id, of: organisation) }
      return found.flatMap { sentence(about: $0) }.map { Flash($0) }
    }
    guard let id = ExportID(id),
      let export = try visit.database.read({ try $0.exports.find(id, of: organisation) })
    else { return nil }
    return sentence(about: export).map { Flash($0, undo: undo(of: export)) }
  }

  private func sentence(for visit: SignedIn) throws -> Sentence? {
    let organisation = visit.organisation
    switch self {
    case .passwordChanged: return "Your password is changed. Your other sessions have ended."
    case .emailChanged:
      return
        "Your e-mail address is changed: you sign in as \(name: visit.user.email ?? "") from now on. Your other sessions have ended."
    case .sessionEnded: return "That device is signed out."
    case .welcome:
      return "Welcome, \(name: visit.user.displayName). Your password is set, and you are signed in."
    case .renamed: return "Saved. Your name is \(name: visit.user.displayName)."
    case .organisationSaved:
      return
        "Saved. The organisation is \(name: organisation.name), its times are those of \(organisation.zoneName), and two-step sign-in is required of \(organisation.twoStep.words.lowercased())."
    case .toldSaved:
      let told = try visit.database.read { try $0.told.current(of: organisation.id) }
      return switch told {
      case .nobody: "Saved. Nobody but you is told of exports."
      case .admins: "Saved. All admins are told of exports, as you are."
      case .address(let email): "Saved. \(name: email) is told of exports, as you are."
      }
    case .toldAsked:
      let asked = try visit.database.read { try $0.told.waiting(of: organisation.id, at: visit.now) }
      return asked.map {
        "An e-mail is on its way to \(name: $0.email). As soon as the link in it is followed, that address is told of exports."
      }
    case .twoStepFirst:
      return "What you sent was not done: two-step sign-in comes first. Set it up, then send it again."
    case .storageLinked, .storageLinkedAgain, .storageUnlinked, .storageDenied, .storageSaved:
      guard visit.user.role == .owner else { return nil }
      return sentence(about: try visit.database.read { try $0.storageLinks.current(of: organisation.id) })
    case .twoStepOff: return "Two-step sign-in is off. You sign in with your password alone."
    case .asked:
      let owner = try visit.database.read { try $0.users.owner(of: organisation.id) }
      return owner.map {
        "Sent to \(name: $0.displayName). You’ll get an e-mail with the answer, and find it here."
      }
    default: return nil
    }
  }

  private func sentence(about link: StorageLink?) -> Sentence? {
    switch (self, link) {
    case (.storageLinked, let link?):
      "\(name: link.name) is linked. Documents arrive there by themselves from now on. You get an e-mail that says so."
    case (.storageLinkedAgain, let link?): "\(name: link.name) is linked again, and goes on where it stopped."
    case (.storageUnlinked, nil): "The storage is unlinked. What was copied stays there."
    case (.storageDenied, _): "Nothing was linked: the answer there was no."
    case (.storageSaved, let link?):
      link.copiesAllDeals
        ? "Saved. The documents of all deals are copied to \(name: link.name)."
        : "Saved. Only the documents of deals that are switched on are copied to \(name: link.name)."
    default: nil
    }
  }

  private func sentence(about user: User) -> Sentence? {
    let name = user.displayName
    let email = user.email ?? name
    switch self {
    case .added: return "\(name: name) is added, and an invitation is on its way to \(name: email)."
    case .invited: return "An invitation is on its way to \(name: email). An earlier one no longer works."
    case .madeAdmin where user.role == .admin: return "\(name: name) is an admin now."
    case .madeUser where user.role == .user: return "\(name: name) is a user now."
    case .disabled where !user.isActive:
      return "\(name: name) is disabled and signed out everywhere. Their records stay."
    case .enabled where user.isActive && user.hasPassword:
      return "\(name: name) is enabled and can sign in again."
    case .enabled where user.isActive:
      return "\(name: name) is enabled. Send an invitation, so that they can sign in."
    case .asBefore:
      let state = user.isActive ? "enabled" : "disabled"
      return "Nothing had to be changed: \(name: name) is \(state), as \(user.role.withArticle)."
    case .userSignedOut: return "\(name: name) is signed out everywhere, and can sign in again."
    case .ownershipTransferred where user.role == .owner:
      return "\(name: name) is the owner now, and you are an admin. Both of you get an e-mail."
    case .twoStepRemoved where !user.hasTwoStep:
      return
        "\(name: name) signs in without a second step now, and is signed out everywhere. An e-mail says so."
    default: return nil
    }
  }

  private func undo(of user: User, _ visit: SignedIn) -> Flash.Undo? {
    let id = user.id.description
    return switch self {
    case .madeAdmin:
      Flash.Undo(address: visit.path(.changeRole, of: id), fields: Form(["role": Role.user.rawValue]))
    case .madeUser:
      Flash.Undo(address: visit.path(.changeRole, of: id), fields: Form(["role": Role.admin.rawValue]))
    case .disabled: Flash.Undo(address: visit.path(.enableUser, of: id))
    case .enabled: Flash.Undo(address: visit.path(.disableUser, of: id))
    default: nil
    }
  }

  private func sentence(about export: Export) -> Sentence? {
    let what = export.whose
    switch self {
    case .exportStarted: return "Export started. You’ll get an e-mail when it’s ready."
    case .exportRetried:
      return "The export \(what) is being made again. You’ll get an e-mail when it’s ready."
    case .exportCancelled where export.status == .cancelled: return "The export \(what) is cancelled."
    case .exportRevoked: return "The export \(what) is revoked: its file and its link are gone."
    case .exportRequestedBefore:
      return
        "Nothing had to be started: the export \(what) was requested again before, and is \(export.status.rawValue)."
    default: return nil
    }
  }

  private func sentence(about found: Import) -> Sentence? {
    switch found.status {
    case .queued, .processing:
      self == .importConfirmed
        ? "Confirmed. You can close this page: you’ll get an e-mail when it’s done." : nil
    case .cancelled: "The import is cancelled, and its files are removed. Nothing was changed."
    case .completed where self == .importCancelled: "It isn’t undone: everything stays as it was imported."
    default: nil
    }
  }

  private func sentence(about document: Document) -> Sentence? {
    let name = document.name
    let isRemoved = document.removedAt != nil
    switch self {
    case .documentAdded where !isRemoved: return "\(name: name) is added."
    case .documentThere where !isRemoved:
      return "Nothing had to be added: \(name: name) is there, with the same content."
    case .documentReplaced where !isRemoved: return "\(name: name) is replaced."
    case .documentRemoved where isRemoved:
      return
        "\(name: name) is removed. It can be put back for \(Wording.duration(Document.kept)); what was copied to a linked storage stays there."
    case .documentRestored where !isRemoved: return "\(name: name) is back as it was."
    case .documentRetried: return "\(name: name) is copied again as soon as it is its turn."
    case .documentAsBefore: return "Nothing had to be changed: \(name: name) is as it was."
    default: return nil
    }
  }

  private func undo(of document: Document) -> Flash.Undo? {
    switch self {
    case .documentRemoved, .documentReplaced:
      Flash.Undo(
        address: Route.restoreDocument.path(document.id.description),
        fields: Form(["holds": hex(document.sha256)]))
    default: nil
    }
  }

  private func sentence(about hand: Hand) -> Sentence {
    let name = hand.user.name
    return self == .exportHanded && hand.endedAt == nil
      ? "Handed to \(name: name), who gets an e-mail and can download it here."
      : "Taken back from \(name: name), whose link no longer works. What they have downloaded, they keep."
  }

  private func undo(of export: Export) -> Flash.Undo? {
    guard self == .exportCancelled else { return nil }
    var fields = Form(["scope": export.scope.word, "undo": export.id.rawValue])
    if let subject = export.subject { fields = fields.adding("user_id", subject.id.description) }
    if let contact = export.scope.contact { fields = fields.adding("contact_id", contact.description) }
    if let recipient = export.handTo { fields = fields.adding("hand_to", recipient.id.description) }
    return Flash.Undo(address: Route.requestExport.path(), fields: fields)
  }
}

extension Export {
  /// Of what, within a sentence: `of the entire organisation`.
  var whose: Sentence { subjectName.map { "of \(name: $0)’s data" } ?? "of the entire organisation" }
}

extension Visit {
  /// The redirect after an action, to a page that says what was done.
  ///
  /// - Parameters:
  ///   - id: of what it was done to.
  ///   - token: of the session that the answer begins, where it is another one.
  func seeOther(
    _ location: String, saying notice: Notice, about id: String = "", to token: String? = nil
  ) throws -> Response {
    try Response.seeOther(location)
      .setting(site.cookies.notice(notice.sealed(about: id, for: token ?? session.map { _ in secret ?? "" })))
  }

  /// How many documents the actions before have added that no page has told of: a script adds them one by one.
  var untoldAdditions: Int {
    let parts = request.cookies[site.cookies.notice]?.split(separator: ".").map(String.init) ?? []
    guard let session, parts.count == 3, parts[0] == Notice.documentAdded.rawValue,
      constantTimeEquals(parts[2], Notice.documentAdded.code(of: parts[1], for: session.token))
    else { return 0 }
    return Int(parts[1]) ?? 1
  }

  /// The cookie of the action before, where this request asks for the page that says what was done: not one that a
  /// script fetches, nor one that refreshes itself.
  var noticed: String? {
    guard request.method == .get, !isRefreshing, route != .confirmForm,
      session != nil || route == .signInForm,
      (request.headers["Sec-Fetch-Dest"] ?? "document").isSame(as: "document")
    else { return nil }
    return request.cookies[site.cookies.notice]
  }
}

extension SignedIn {
  /// The redirect after an action on a list: to the list as it was, and to the row.
  ///
  /// - Parameters:
  ///   - row: an element's id on that page, to which the focus goes.
  ///   - id: of what it was done to.
  func redirect(
    to route: Route, at row: String = "", saying notice: Notice, about id: String = ""
  ) throws -> Response {
    try visit.seeOther(path(route, at: row), saying: notice, about: id)
  }

  /// The list that this visit is about, as its query says, and a row of it.
  func path(_ route: Route, at row: String = "") -> String {
    route.path() + listQuery + (row.isEmpty ? "" : "#" + row)
  }

  /// The address of an action on something in the list that this visit shows.
  func path(_ route: Route, of id: String) -> String { route.path(id) + listQuery }

  /// Which part of a list was shown: it stands in the addresses of the list's actions too, so that they lead back.
  var listQuery: String {
    var kept = Form()
    for field in query.fields where Self.listFields.contains(field.name) && !field.value.isEmpty {
      kept = kept.adding(field.name, field.value)
    }
    let text = kept.encoded
    return text.isEmpty || text.utf8.count > Destination.longest ? "" : "?" + text
  }

  private static let listFields: Set = ["q", "page", "role", "state", "sort"]
}
