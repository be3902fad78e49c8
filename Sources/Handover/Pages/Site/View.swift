import HTTP
import Mustache

// The values of a page: its template's own, and those that every page's layout takes.

/// The tabs of the settings, as the sidebar lists them.
enum Tab: String, CaseIterable {
  case profile
  case organisation
  case users
  case activity
  case `import`
  case storage
  case export
  case help
  // Beside the settings.
  case deals
}

extension Tab {
  /// Whether what documents wait for is said above its pages.
  fileprivate var isOfDocuments: Bool { self == .export || self == .deals }
}

/// A message at the top of a page.
struct Flash {
  let sentence: Sentence
  var isWrong = false
  var undo: Undo?

  /// The form of a button that undoes what was done.
  struct Undo {
    let address: String
    var fields = Form()
  }
}

extension Flash {
  init(_ sentence: Sentence, undo: Undo? = nil) { self.init(sentence: sentence, undo: undo) }

  init(text: String, isWrong: Bool = false) { self.init(sentence: Sentence(text), isWrong: isWrong) }

  /// As `partials/flash` takes it.
  var value: Value {
    [
      "sentence": sentence.value, "wrong": .bool(isWrong),
      "undo": undo.map {
        [
          "address": .text($0.address),
          "fields": .list($0.fields.fields.map { ["name": .text($0.name), "value": .text($0.value)] }),
        ]
      } ?? .null,
    ]
  }
}

extension Visit {
  /// A page without a sidebar.
  func page(
    _ template: String, _ values: Object, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    var view = values
    let notice = flash == nil && status == .ok ? noticed : nil
    let flash = try flash ?? notice.flatMap { try Notice.flash(in: $0, for: self) }
    view["flash"] = flash?.value ?? .null
    view["now"] = .integer(Int(now.rawValue))
    view["failed"] = .bool(status.code >= 400)
    view["csrf_token"] = Value(secret.map { csrfToken(for: $0, under: site.randomness.bytes(32)) })
    site.shared.add(to: &view)
    let page = Response.html(try site.render(template, view), status)
    return notice == nil ? page : try page.setting(site.cookies.ended(site.cookies.notice))
  }
}

extension SignedIn {
  /// A page without a sidebar.
  func page(_ template: String, _ values: Object, status: Status = .ok) throws -> Response {
    try visit.page(template, values, status: status)
  }

  /// A page of the settings.
  func settingsPage(
    _ template: String, at tab: Tab, _ values: Object, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    var view = values
    site.shared.addFrame(to: &view, of: session, at: tab)
    if tab.isOfDocuments { view["banner"] = try storageBanner }
    return try visit.page(template, view, status: status, flash: flash)
  }

  /// A moment in the organisation's zone, as `partials/time` takes it.
  func moment(_ time: UnixTime) -> Value {
    [
      "iso": .text(time.iso8601),
      "exact": .text(exact(time)),
      "relative": .text(Wording.relative(time, to: now)),
    ]
  }

  /// A moment in the organisation's zone, to the second.
  func exact(_ time: UnixTime) -> String {
    site.zones.local(time, in: organisation.timeZone).exact
  }
}

extension User {
  /// A user as every template takes it.
  var view: Value { .object(viewObject) }

  var viewObject: Object {
    [
      "id": .text(id.description),
      "name": .text(displayName),
      "email": Value(email),
      "role": .text(role.rawValue),
      "role_word": .text(role.word),
      "active": .bool(isActive),
      "is_owner": .bool(role == .owner),
      "is_admin": .bool(role == .admin),
      "is_user": .bool(role == .user),
      "manages": .bool(role.isAdmin),
      "has_two_step": .bool(hasTwoStep),
    ]
  }
}

/// A form's field shown again: what was typed, and what is wrong with it.
func field(_ value: String? = nil, problem: String? = nil) -> Value {
  ["value": Value(value), "problem": Value(problem)]
}

/// Values that are the same on every page, made once at the start.
struct SharedValues: Sendable {
  private let shared: [(name: String, value: Value)]
  private let tabs: [Tab: Value]
  /// Addresses of the Help page's pictures and videos by file, with `_` in place of `-` and `.`: `ask_light_webp`.
  let media: Value

  init(_ configuration: Configuration, publicFolder: String) throws {
    let assets = try Assets(from: publicFolder, to: configuration.data, group: configuration.readers)
    shared = [
      ("css", .text(assets.css)), ("js", .text(assets.js)), ("icon", .text(assets.icon)),
      ("picture", .text(assets.picture)), ("breakable", .filter(BreakableAddress.mark)),
      ("support_url", Value(configuration.supportURL)),
      ("aggregator", Value(configuration.aggregator)),
      ("to", addresses),
      ("limits", limits),
    ]
    var media = Object()
    for (name, address) in assets.media {
      media[name.replacing(/[-.]/, with: "_")] = .text(address)
    }
    self.media = .object(media)
    tabs = Dictionary(
      uniqueKeysWithValues: Tab.allCases.map { tab in
        var at = Object()
        for other in Tab.allCases { at[other.rawValue] = .bool(other == tab) }
        return (tab, .object(at))
      })
  }

  func add(to view: inout Object) {
    for (name, value) in shared { view[name] = value }
  }

  /// What `layouts/settings` takes beside that.
  ///
  /// - Parameter tab: nil for a page that belongs to none.
  func addFrame(to view: inout Object, of session: Session, at tab: Tab?) {
    view["organisation"] = ["name": .text(session.organisation.name)]
    view["who"] = .text("\(session.organisation.id.rawValue).\(session.user.id)")
    view["me"] = session.user.view
    view["at"] = at(tab)
    view["banner"] = .null
  }

  /// The tab that a page belongs to, as the sidebar takes it; nil for a page of none.
  private func at(_ tab: Tab?) -> Value { tab.flatMap { tabs[$0] } ?? noTab }
}

private let noTab: Value = {
  var at = Object()
  for tab in Tab.allCases { at[tab.rawValue] = false }
  return .object(at)
}()

/// Addresses of pages and actions that need no id.
private let addresses: Value = [
  "home": .text(Route.home.path()),
  "login": .text(Route.signIn.path()),
  "code": .text(Route.code.path()),
  "two_step": .text(Route.twoStep.path()),
  "two_step_off": .text(Route.turnOffTwoStep.path()),
  "recovery_codes": .text(Route.makeRecoveryCodes.path()),
  "logout": .text(Route.signOut.path()),
  "forgotten": .text(Route.forgotten.path()),
  "reset": .text(Route.reset.path()),
  "profile": .text(Route.profile.path()),
  "change_password": .text(Route.changePassword.path()),
  "confirm": .text(Route.confirm.path()),
  "email": .text(Route.requestEmail.path()),
  "confirm_email": .text(Route.confirmEmail.path()),
  "sign_out_everywhere": .text(Route.signOutEverywhere.path()),
  "organisation": .text(Route.organisation.path()),
  "change_told": .text(Route.changeTold.path()),
  "confirm_told": .text(Route.confirmTold.path()),
  "users": .text(Route.users.path()),
  "new_user": .text(Route.newUser.path()),
  "add_user": .text(Route.addUser.path()),
  "ownership": .text(Route.changeOwnership.path()),
  "import": .text(Route.imports.path()),
  "storage": .text(Route.storage.path()),
  "storage_deals": .text(Route.setStorageDeals.path()),
  "unlink_storage": .text(Route.unlinkForm.path()),
  "export": .text(Route.exports.path()),
  "new_export": .text(Route.newExport.path()),
  "find_user": .text(Route.findUser.path()),
  "export_status": .text(Route.exportStatus.path()),
  "ask": .text(Route.askOwner.path()),
  "activity": .text(Route.activity.path()),
  "help": .text(Route.help.path()),
  "deals": .text(Route.deals.path()),
]

/// The figures that templates print, taken from the code that enforces them.
private let limits: Value = [
  "download": .text(Wording.duration(Export.lifetime)),
  "tries": .integer(Export.retries.attempts),
  "warning": .text(Wording.duration(Export.warning)),
  "ask": .text(Wording.duration(OwnerRequest.pause)),
  "message": .integer(TextLimit.message.characters),
  "purpose": .integer(TextLimit.purpose.characters),
  "invitation": .text(Wording.duration(PasswordLink.Purpose.invitation.lifetime)),
  "reset": .text(Wording.duration(PasswordLink.Purpose.reset.lifetime)),
  "password": .integer(Password.shortest),
  "code": .text(Wording.duration(TwoStep.codeLimit)),
  "recovery_codes": .integer(RecoveryCode.count),
  "proof": .text(Wording.duration(Session.proofLimit)),
  "email": .text(Wording.duration(EmailChange.lifetime)),
  "storage_state": .text(Wording.duration(StorageState.lifetime)),
  "told": .text(Wording.duration(ToldChange.lifetime)),
  "document_size": .text("\(Document.largest >> 30)\u{A0}GiB"),
  "document_files": .integer(DocumentUpload.mostFiles),
  "document_kept": .text(Wording.duration(Document.kept)),
  "import_kept": .text(Wording.duration(Import.lifetime)),
  "import_size": .text("\(ImportsPage.largest >> 30)\u{A0}GiB"),
  "import_removals": .integer(ImportChoice().allowedRemovals ?? 100),
]
