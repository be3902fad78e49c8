import HTTP
import Mustache

/// An error or a redirect in place of the page that was asked for.
struct Refusal: Error {
  let status: Status
  /// A sentence about this case, after the page's words for the status.
  var detail: String?
  /// For 303.
  var location: String?
  /// Where the form was sent whose session had ended, or was another one: its page is the way on.
  var unsent: String?
  /// What the page there says, see `Notice.sealed`.
  var notice: String?
  /// For 405.
  var allow: [Method] = []
  /// For 429 and 503.
  var retryAfter: Duration?
  /// Under which the log has more.
  var errorID: String?
}

extension Refusal {
  /// Redirects to the sign-in page, and back after it. A POST is not repeated, a very long address forgotten.
  static func signInFirst(_ request: Request) -> Refusal {
    let isSafe = request.method == .get || request.method == .head
    return Refusal(
      status: .seeOther, location: Route.signInForm.path(leadingTo: isSafe ? request.target : nil))
  }

  /// Redirects to the page that sets up two-step sign-in, and back after it. A POST is not repeated, and the page
  /// says so.
  static func twoStepFirst(_ visit: Visit) -> Refusal {
    if visit.route.isForScripts { return .unauthorized }
    let isSafe = visit.request.method != .post
    return Refusal(
      status: .seeOther,
      location: isSafe ? Route.twoStep.path(leadingTo: visit.request.target) : Route.twoStep.path(),
      notice: isSafe ? nil : Notice.twoStepFirst.sealed(about: "", for: visit.secret))
  }

  static func methodNotAllowed(_ allow: [Method]) -> Refusal {
    Refusal(status: .methodNotAllowed, allow: allow)
  }

  /// For the page's own script, which can't sign in: an empty answer.
  static let unauthorized = Refusal(status: .unauthorized)

  /// The answer to a request that needs a session and has none.
  static func noSession(_ request: Request, _ route: Route?) -> Refusal {
    if route?.isForScripts == true { return .unauthorized }
    var refusal = signInFirst(request)
    if request.method == .post, route != .signOut { refusal.unsent = request.target }
    return refusal
  }

  static let busy = Refusal(
    status: .serviceUnavailable,
    detail: "Too many people are signing in at this moment. Nothing was changed.", retryAfter: .seconds(2)
  )

  /// The disk takes nothing at the moment.
  static func saved(nothing shortage: Shortage, _ errorID: String) -> Refusal {
    Refusal(
      status: .serviceUnavailable, detail: "\(shortage.notice) Nothing was changed.",
      retryAfter: .seconds(30),
      errorID: errorID)
  }

  /// What was asked for could not begin to be written.
  static let writerBusy = Refusal(
    status: .serviceUnavailable, detail: "Something else is being written just now. Nothing was changed.",
    retryAfter: .seconds(5))

  /// What was asked for needs an address that nobody else signs in with, and who knows that can't be asked.
  static let directoryAway = Refusal(
    status: .serviceUnavailable,
    detail: "Nobody can be given a new way to sign in just now; all else works. Nothing was changed.",
    retryAfter: .seconds(60))

  /// Nobody can say whether this host may still answer for the cell.
  static let leaseLost = Refusal(
    status: .serviceUnavailable,
    detail:
      "This server can’t reach the others just now. What you did last may not have been saved: look at it again in a moment.",
    retryAfter: .seconds(5))

  /// What was asked for needs the signing keys, and they can't be read.
  static let keysAway = Refusal(
    status: .serviceUnavailable, detail: "Links can’t be made or checked just now. Nothing was changed.",
    retryAfter: .seconds(30))

  /// Too many passwords, wrong or right, from a user who is signed in.
  static func tooManyPasswords(_ wait: Duration) -> Refusal {
    Refusal(
      status: .tooManyRequests, detail: "The password was given too many times.", retryAfter: wait)
  }

  /// Too many wrong codes from a user who is signed in.
  static func tooManyCodes(_ wait: Duration) -> Refusal {
    Refusal(status: .tooManyRequests, detail: "The code was wrong too many times.", retryAfter: wait)
  }

  /// The activity is on its way to this organisation's owner as often as it may be.
  static let manyTrails = Refusal(
    status: .tooManyRequests, detail: "This file is being downloaded twice already.", retryAfter: .seconds(10)
  )

  /// Files are on their way to this organisation as often as they may be.
  static let manyUploads = Refusal(
    status: .tooManyRequests, detail: "Files of two imports are being taken in already. Nothing was changed.",
    retryAfter: .seconds(10))

  /// The same for documents.
  static let manyDocuments = Refusal(
    status: .tooManyRequests,
    detail: "Many documents are being taken in at this moment. Nothing was changed.",
    retryAfter: .seconds(5))

  /// The folder of documents can't be reached.
  static let documentsAway = Refusal(
    status: .serviceUnavailable,
    detail:
      "The disk with the documents can’t be reached at the moment. Nothing is lost, and nothing was changed.",
    retryAfter: .seconds(30))

  /// The store that all hosts reach doesn't take a document in.
  static let storeAway = Refusal(
    status: .serviceUnavailable,
    detail:
      "The store of documents can’t be reached at the moment. Nothing was changed: add the files again in a minute.",
    retryAfter: .minutes(1))

  static let misdirected = Refusal(status: .misdirectedRequest)
  static let forbidden = Refusal(status: .forbidden)
  static let notFound = Refusal(status: .notFound)
  /// Mostly one of before the last sign-in, which was in another tab.
  static func forgedForm(_ request: Request) -> Refusal {
    Refusal(
      status: .forbidden,
      detail:
        "The form was from before you last signed in, or came from another site. Open its page again, then send it.",
      unsent: request.target)
  }

  static let endedForm = Refusal(
    status: .forbidden,
    detail: "This form was sent already, or waited for too long. What it asked for was not done a second "
      + "time.")

  /// The page says what to do: what HTTP calls the fault helps nobody there.
  init(_ error: HTTPError) {
    self.init(status: error.status)
  }

  func response(to request: Request, on site: Site) throws -> Response {
    if let location {
      var response = Response.seeOther(location)
      if let notice { response = try response.setting(site.cookies.notice(notice)) }
      if let unsent {
        response = try response.setting(
          site.cookies.unsent(Destination.ofForm(sentTo: unsent, on: site).address))
      }
      return response
    }
    if status == .unauthorized { return Response(status) }
    var response = try ErrorPage.render(
      status, detail: detail, wait: retryAfter.map { Wording.duration($0) }, errorID: errorID,
      form: unsent.map { Destination.ofForm(sentTo: $0, on: site).address }, to: request, on: site)
    if !allow.isEmpty { response.headers.set("Allow", allow.map(\.name).joined(separator: ", ")) }
    if let retryAfter { response.headers.set("Retry-After", String(retryAfter.wholeSeconds)) }
    return response
  }
}

/// The page of an error, in the frame of the settings for somebody who is signed in. Its template has the words for each
/// status.
enum ErrorPage {
  /// - Parameter form: the page whose form was sent, as the way on for somebody who is signed in.
  static func render(
    _ status: Status, detail: String? = nil, wait: String? = nil, errorID: String? = nil, form: String? = nil,
    to request: Request,
    on site: Site
  ) throws -> Response {
    // Whoever asks under a foreign name, or of a database that doesn't answer, is nobody.
    let session = status == .misdirectedRequest ? nil : try? site.session(of: request)
    let (way, isSame) = wayOn(status, from: request, session, on: site)
    var view: Object = [
      "code": .text(String(status.code)),
      "detail": Value(detail),
      "wait": Value(wait),
      "error_id": Value(errorID),
      "back": form.flatMap { session == nil ? nil : $0 }.map {
        ["address": .text($0), "name": "Open the page again"]
      }
        ?? way.map { ["address": .text($0.path()), "name": .text(isSame ? "Try again" : $0.wayBack)] }
        ?? .null,
      "flash": .null,
      "now": .null,
      "failed": true,
      "csrf_token": .null,
    ]
    for code in [400, 403, 404, 405, 409, 410, 413, 415, 421, 422, 429, 500, 503] {
      view["e\(code)"] = .bool(code == status.code)
    }
    site.shared.add(to: &view)
    guard let session else { return Response.html(try site.render("pages/error", view), status) }
    site.shared.addFrame(to: &view, of: session, at: nil)
    // The same mask each time, so that what is not there and what is somebody else's are the same bytes. Nothing on the
    // page is a stranger's choice, so its length tells nothing.
    view["csrf_token"] = .text(csrfToken(for: session.token, under: [UInt8](repeating: 0, count: 32)))
    return Response.html(try site.render("pages/error_signed_in", view), status)
  }

  /// The one way on: the page again where waiting helps, else the page from which people come to this one, as far as they
  /// may open it. Nil where there is none on this site.
  private static func wayOn(_ status: Status, from request: Request, _ session: Session?, on site: Site) -> (
    Route?, isSame: Bool
  ) {
    if status == .misdirectedRequest { return (nil, false) }
    guard let path = try? request.path, case .found(let route, _) = site.find(request, path) else {
      return (session == nil ? .signInForm : .exports, false)
    }
    let page = route.page
    if !page.isOpen(to: session?.user.role) || status == .forbidden && page == route {
      return (session == nil ? .signInForm : .exports, false)
    }
    let waits = status == .tooManyRequests || status == .serviceUnavailable || status == .internalServerError
    return (page, waits && page == route)
  }
}

extension Route {
  /// The page that has the form or the link to the route.
  fileprivate var page: Route {
    let pages: [Route] = [
      .deals, .users, .ownership, .organisation, .activity, .imports, .storage, .exports, .twoStep, .email,
      .profile,
      .forgottenForm,
      .signInForm,
      .help,
    ]
    return pages.first { rawValue.drop { $0 != "/" }.hasPrefix($0.path()) } ?? .exports
  }

  fileprivate func isOpen(to role: Role?) -> Bool {
    switch access {
    case .anyone: role == nil
    case .signedIn: role != nil
    case .notOwner: role != nil && role != .owner
    case .admin: role?.isAdmin == true
    case .owner: role == .owner
    }
  }

  fileprivate var wayBack: String {
    switch self {
    case .deals: "Back to Deals"
    case .users: "Back to Users"
    case .ownership: "Back to Ownership"
    case .organisation: "Back to Organisation"
    case .activity: "Back to Activity"
    case .imports: "Back to Import"
    case .storage: "Back to Storage"
    case .twoStep: "Back to Two-step sign-in"
    case .email: "Back to the e-mail address"
    case .profile: "Back to Profile"
    case .forgottenForm: "Send another link"
    case .signInForm: "Sign in"
    case .help: "Back to Help"
    default: "Back to Export"
    }
  }
}
