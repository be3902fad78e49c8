import HTTP

/// The page that signing in leads to. It is always a page of this site.
struct Destination {
  let address: String
  /// Whether the page starts a download.
  let isDownload: Bool

  /// In bytes. A longer one is forgotten: written into a Location, escaped once more, it would not fit into what
  /// nginx reads as the head of an answer.
  static let longest = 2_000

  /// The page of `next` where the router knows it, else the Export page. The address is rebuilt from what the
  /// router read.
  ///
  /// For a download it is the Export page, which starts it: a browser that gets a file in answer to a form
  /// stays on the form.
  static func after(_ next: String?, on site: Site) -> Destination {
    let fallback = Destination(address: Route.exports.path(), isDownload: false)
    guard let next, next.utf8.count <= longest, next.utf8.first == UInt8(ascii: "/"),
      next.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
    else {
      return fallback
    }
    let request = Request(.get, next)
    guard let path = try? request.path, let query = try? request.query,
      case .found(let route, let arguments) = site.router.find(.get, path)
    else { return fallback }
    if route == .download {
      guard let id = arguments.first.flatMap(ExportID.init) else { return fallback }
      return Destination(address: exports(Form(["download": id.rawValue])), isDownload: true)
    }
    guard route.isPage else { return fallback }
    if query.fields.isEmpty { return Destination(address: route.path(), isDownload: false) }
    return Destination(
      address: route.path() + "?" + query.encoded, isDownload: route == .exports && query["download"] != nil)
  }

  /// The page that has the form which was sent there: the nearest one at or above the form's address, with its query.
  static func ofForm(sentTo target: String, on site: Site) -> Destination {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var path = parts[0]
    let query = parts.count > 1 ? "?\(parts[1])" : ""
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

  private static func exports(_ query: Form) -> String { Route.exports.path() + "?" + query.encoded }
}

extension Route {
  /// The address of a page that comes first, and leads on to `next`: what was asked for, or what a form of such a page
  /// held.
  func path(leadingTo next: String?, _ query: Form = Form()) -> String {
    var query = query
    if let next, !next.isEmpty, next.utf8.count <= Destination.longest { query = query.adding("next", next) }
    return query.fields.isEmpty ? path() : path() + "?" + query.encoded
  }

  /// Whether a browser can show it after signing in.
  fileprivate var isPage: Bool {
    switch self {
    case .profile, .twoStep, .email, .emailLink, .organisation, .users, .newUser, .ownership, .exports,
      .newExport,
      .activity,
      .help:
      true
    default: false
    }
  }
}
