import HTTP
import Mustache

/// Asks for the password again before what a stolen session must not do, then goes on to it: to the page that
/// was asked for, or to the form that was posted, whose fields were kept.
enum ConfirmPage {
  /// The answer to a request whose session was proved too long ago.
  static func ask(_ visit: SignedIn) throws -> Response {
    guard visit.request.method == .post else {
      return .seeOther(Route.confirmForm.path(leadingTo: visit.request.target))
    }
    let key = try visit.exports.keys.current().newest
    let sealed = try KeptForm(visit).sealed(for: visit.session, by: key, at: visit.now)
    return try render(visit, Asked(sealed: sealed, deed: deed(visit.visit)))
  }

  static func form(_ visit: SignedIn) throws -> Response {
    let next = visit.query["next"]
    if visit.isProved { return .seeOther(try visit.destination(after: next)) }
    return try render(visit, Asked(next: next, deed: deed(after: next, visit)))
  }

  static func confirm(_ visit: SignedIn) throws -> Response {
    let next = visit.form["next"]
    let sealed = visit.form["kept"] ?? ""
    let kept = sealed.isEmpty ? nil : try visit.site.open(sealed, for: visit)
    var asked = Asked(
      sealed: sealed, next: next, deed: try kept.map { try deed($0) } ?? deed(after: next, visit))
    switch try visit.accounts.prove(
      visit.session, password: visit.form["password"] ?? "", code: visit.form["code"] ?? "",
      from: visit.address)
    {
    case .done(let token):
      // Whatever comes of the form, the browser needs the session's new token.
      return try visit.site.answer(visit.request) {
        guard let kept else { return .seeOther(try visit.destination(after: next)) }
        return try visit.site.answer(visit.site.admitAgain(kept, token: token))
      }.setting(visit.site.cookies.session(token))
    case .wrong:
      asked.problem =
        visit.user.hasTwoStep
        ? "That isn’t your password, or the code isn’t good." : "That isn’t your password."
      return try render(visit, asked, status: .unprocessableContent)
    case .throttled(let wait):
      asked.wait = wait
      return try render(visit, asked, status: .tooManyRequests)
        .with("Retry-After", String(wait.wholeSeconds))
    case .busy: throw Refusal.busy
    case .refused: throw Refusal.endedForm
    }
  }

  /// What the password is asked for.
  private struct Asked {
    var sealed = ""
    var next: String?
    let deed: Deed
    var problem: String?
    var wait: Duration?
  }

  /// What somebody was about to do, as `export the entire organisation`, or to whom, as `make Ben Cole an admin`; and
  /// the page on which they were.
  private struct Deed {
    let text: String
    var name: String?
    var end: String?
    let page: Route
  }

  private static func render(_ visit: SignedIn, _ asked: Asked, status: Status = .ok) throws -> Response {
    try visit.page(
      "pages/confirm",
      [
        "me": visit.user.view,
        "deed": [
          "text": .text(asked.deed.text), "name": Value(asked.deed.name), "end": Value(asked.deed.end),
        ],
        "kept": .text(asked.sealed),
        "next": .text(asked.next ?? ""),
        "back": .text(asked.deed.page.path()),
        "password": field(problem: asked.problem),
        "throttled": asked.wait.map { ["wait": .text(Wording.duration($0))] } ?? .null,
      ], status: status)
  }

  private static func deed(after next: String?, _ visit: SignedIn) -> Deed {
    Destination.after(next, on: visit.site).isDownload
      ? Deed(text: "download an export", page: .exports) : Deed(text: "go on", page: .profile)
  }

  private static func deed(_ visit: Visit) throws -> Deed {
    let form = visit.form
    func name(_ id: String?) throws -> String {
      guard let id = id.flatMap(UserID.init), let organisation = visit.session?.organisation.id,
        let user = try visit.database.read({ try $0.users.find(id, of: organisation) })
      else { return "a user" }
      return user.displayName
    }
    func contact(_ id: String?) throws -> String {
      guard let id = id.flatMap(ContactID.init), let organisation = visit.session?.organisation.id,
        let contact = try visit.database.read({ try $0.contacts.find(id, of: organisation) })
      else { return "a contact" }
      return contact.displayName
    }
    func files() throws -> String {
      guard let id = visit.arguments.first.flatMap(ImportID.init),
        let organisation = visit.session?.organisation.id,
        let found = try visit.database.read({ try $0.imports.find(id, of: organisation) })
      else { return "files" }
      return found.files
    }
    switch visit.route {
    case .confirmImport: return Deed(text: "import", name: try files(), page: .imports)
    case .undoImport: return Deed(text: "undo the import of", name: try files(), page: .imports)
    case .requestExport where form["scope"] == "organisation":
      return Deed(text: "export the entire organisation", page: .exports)
    case .requestExport where form["scope"] == "contact":
      return Deed(text: "export the data of", name: try contact(form["contact_id"]), page: .exports)
    case .requestExport:
      return Deed(text: "export the data of", name: try name(form["user_id"]), page: .exports)
    case .handExport:
      return Deed(text: "hand an export to", name: try name(form["user_id"]), page: .exports)
    case .retryExport: return Deed(text: "make the export again", page: .exports)
    case .changeRole:
      let role = form["role"].flatMap(Role.init) ?? .user
      return Deed(text: "make", name: try name(visit.arguments.first), end: role.withArticle, page: .users)
    case .changeOrganisation: return Deed(text: "change the organisation", page: .organisation)
    case .changeOwnership:
      return Deed(text: "transfer the ownership to", name: try name(form["user_id"]), page: .ownership)
    case .linkDropbox:
      return Deed(text: "link", name: StorageProvider.dropbox.name, page: .storage)
    case .linkGoogle: return Deed(text: "link", name: StorageProvider.google.name, page: .storage)
    case .setUpTwoStep: return Deed(text: "turn two-step sign-in on", page: .twoStep)
    case .turnOffTwoStep: return Deed(text: "turn two-step sign-in off", page: .profile)
    case .makeRecoveryCodes: return Deed(text: "make new recovery codes", page: .profile)
    case .removeTwoStep:
      return Deed(
        text: "remove the two-step sign-in of", name: try name(visit.arguments.first), page: .users)
    case .requestEmail: return Deed(text: "change your e-mail address", page: .email)
    default: return Deed(text: "go on", page: .profile)
    }
  }
}
