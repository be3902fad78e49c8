import HTTP

/// The page that signing in leads to. It is always a page of this site.
struct Destination {
  /// Of a download it is the address that starts nothing; see `after(_:for:on:)`.
  let address: String
  /// Whether somebody is on the way to a download. It says nothing about whether there is one.
  let isDownload: Bool
  /// Where the address is a download's, or was one before something changed it.
  private var export: ExportID?

  /// In bytes. A longer one is forgotten: written into a Location, escaped once more, it would not fit into what
  /// nginx reads as the head of an answer.
  static let longest = 2_000

  /// The page of `next` where the router knows it, else the Export page. The address is rebuilt from what the
  /// router read.
  static func after(_ next: String?, on site: Site) -> Destination {
    let fallback = Destination(address: Route.exports.path(), isDownload: false)
    guard let next, next.utf8.count <= longest, next.utf8.first == UInt8(ascii: "/"),
      next.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
    else {
      return fallback
    }
    let request = Request(.get, next)
    guard let path = try? request.path, let query = try? request.query,
      case .found(let route, let arguments) = site.find(request, path)
    else { return fallback }
    if route == .download {
      guard let id = arguments.first.flatMap(ExportID.init) ?? AlteredLink.export(in: next) else {
        return fallback
      }
      return Destination(address: Route.download.path(id.rawValue), isDownload: true, export: id)
    }
    guard route.isPage else { return fallback }
    let address = Endpoint.path(route.rawValue, arguments)
    if query.fields.isEmpty { return Destination(address: address, isDownload: false) }
    return Destination(
      address: address + "?" + query.encoded, isDownload: route == .exports && query["download"] != nil)
  }

  /// The page that has the form which was sent there: the nearest one at or above the form's address, with its query.
  static func ofForm(sentTo target: String, on site: Site) -> Destination {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var path = parts[0]
    let query = parts.count > 1 ? "?\(parts[1])" : ""
    if let read = try? Path(path), case .found(.addUser, _) = site.router.find(.post, read) {
      return after(Route.newUser.path(), on: site)
    }
    while let slash = path.lastIndex(of: "/") {
      if let read = try? Path(path), case .found(let route, _) = site.router.find(.get, read), route.isPage,
        route != .emailLink
      {
        return after(path + query, on: site)
      }
      path = path[..<slash]
    }
    return after(nil, on: site)
  }

  /// The same for a user who is signed in. A true link to a download becomes the Export page, which starts it: a browser
  /// that gets a file in answer to a form stays on the form. A link that was altered becomes the address of the download
  /// without its signature, which opens nothing and says so.
  static func after(_ next: String?, for user: User, on site: Site) throws -> String {
    let destination = after(next, on: site)
    guard let next, let id = destination.export,
      try !site.exports.isAltered(next, to: id, of: user.organisation)
    else { return destination.address }
    return Route.exports.path(asking: Form(["download": id.rawValue]))
  }
}

extension Visit {
  /// Where somebody goes who has just proved who they are.
  func destination(after next: String?, _ tokens: SignInTokens) throws -> String {
    let session = try tokens.session.flatMap { token in
      try database.read { try $0.sessions.find(token: token, at: now) }
    }
    guard let session else { return Route.signInForm.path(leadingTo: next) }
    return try Destination.after(next, for: session.user, on: site)
  }
}

extension SignedIn {
  func destination(after next: String?) throws -> String { try Destination.after(next, for: user, on: site) }
}

extension Route {
  /// The address of a page that comes first, and leads on to `next`: what was asked for, or what a form of such a page
  /// held.
  func path(leadingTo next: String?, _ query: Form = Form()) -> String {
    var query = query
    if let next, !next.isEmpty, next.utf8.count <= Destination.longest { query = query.adding("next", next) }
    return path(asking: query)
  }

  /// Whether a browser can show it after signing in.
  fileprivate var isPage: Bool {
    switch self {
    case .profile, .twoStep, .email, .emailLink, .organisation, .users, .newUser, .twoStepOfUser, .ownership,
      .imports, .import, .undoForm, .storage, .exports, .newExport, .handForm, .declineForm, .activity, .help,
      .deals, .withoutDeal, .deal:
      true
    default: false
    }
  }
}
