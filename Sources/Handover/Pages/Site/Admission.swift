import HTTP
import Secrets
import System

// The checks before a handler, in the contract's order. The first that fails decides the answer.

extension Site {
  /// Lets the request in as a visit, or throws the `Refusal` that answers it.
  func admit(_ request: Request) throws -> Visit {
    try checkHost(request)
    let path = try request.path
    let query = try request.query
    let files = try request.multipart
    let form = try files?.fields() ?? request.form
    let found = find(request, path)
    if case .methodNotAllowed(let allow) = found { throw Refusal.methodNotAllowed(allow) }

    let now = clock.now()
    let session = try session(of: request)
    let visitSecret = request.cookies[cookies.visit]
    let secret = session?.token ?? visitSecret
    guard case .found(let route, let arguments) = found else {
      if session == nil { throw Refusal.signInFirst(request) }
      if request.method == .post { try checkForgery(request, form, [secret]) }
      throw Refusal.notFound
    }
    if session == nil, route.access != .anyone { throw Refusal.noSession(request, route) }

    let visit = Visit(
      site: self, request: request, route: route, arguments: arguments, query: query, form: form,
      files: files, now: now, session: session, secret: secret)
    do throws(Refusal) {
      if request.method == .post {
        // Somebody may have signed in in another tab since this one showed a page that needs no session.
        try checkForgery(request, form, route.access == .anyone ? [secret, visitSecret] : [secret])
      }
      try checkRole(visit)
    } catch {
      record(error, of: visit)
      throw error
    }
    if let session {
      if request.method == .post, route != .signOut { try checkPace(of: session.user, on: route, at: now) }
      touch(session, on: visit)
    }
    if session?.mustSetUpTwoStep == true, !route.comesBeforeTwoStep { throw Refusal.twoStepFirst(visit) }
    return visit
  }

  /// The visit that sent the form which waited for the proof. Its token was checked then, and the one of the page
  /// that kept it now.
  ///
  /// - Throws: `Refusal.endedForm` where the text is no seal of the session since its last proof.
  func open(_ sealed: String, for visit: SignedIn) throws -> Visit {
    let keys = try exports.keys.current()
    guard let kept = KeptForm(opening: sealed, for: visit.session, with: keys, at: visit.now) else {
      throw Refusal.endedForm
    }
    var request = visit.request
    request.target = kept.target
    guard case .found(let route, let arguments) = router.find(.post, try request.path), route.needsProof
    else {
      throw Refusal.endedForm
    }
    return Visit(
      site: self, request: request, route: route, arguments: arguments, query: try request.query,
      form: kept.fields, now: visit.now, session: visit.session, secret: visit.visit.secret)
  }

  /// Lets a visit in whose form was kept: looks again at session and role, which may have changed since.
  ///
  /// - Parameter token: the session's since it was proved.
  func admitAgain(_ visit: Visit, token: String) throws -> Visit {
    var visit = visit
    visit.session = try database.read { try $0.sessions.find(token: token, at: visit.now) }
    visit.secret = token
    if visit.session == nil { throw Refusal.noSession(visit.request, visit.route) }
    do throws(Refusal) { try checkRole(visit) } catch {
      record(error, of: visit)
      throw error
    }
    if visit.session?.mustSetUpTwoStep == true, !visit.route.comesBeforeTwoStep {
      throw Refusal.twoStepFirst(visit)
    }
    return visit
  }

  /// The route of a request. An address that was a download's before something changed it is answered by the
  /// download's page.
  func find(_ request: Request, _ path: Path) -> Router<Route>.Result {
    let found = router.find(request.method, path)
    guard case .notFound = found, request.method != .post, let id = AlteredLink.export(in: request.target)
    else {
      return found
    }
    return .found(.download, arguments: [id.rawValue])
  }

  private func checkHost(_ request: Request) throws {
    guard let host = request.headers["Host"].flatMap({ Host($0) }),
      host.name == configuration.url.host.name || host.name == "localhost" || host.name == "127.0.0.1"
    else { throw Refusal.misdirected }
  }

  func session(of request: Request) throws -> Session? {
    guard let token = request.cookies[cookies.session] else { return nil }
    return try database.read { try $0.sessions.find(token: token, at: clock.now()) }
  }

  /// Checks the form's token, then the headers in which browsers tell where a request comes from. Requests
  /// without these headers, or with the Origin `null`, pass.
  ///
  /// - Parameter secrets: the token has to be made from one of these.
  private func checkForgery(_ request: Request, _ form: Form, _ secrets: [String?]) throws(Refusal) {
    guard let token = form["csrf_token"],
      secrets.contains(where: { $0.map { isCSRFToken(token, for: $0) } ?? false })
    else { throw .forgedForm(request) }
    for site in request.headers.values(of: "Sec-Fetch-Site") where site != "same-origin" && site != "none" {
      throw .forgedForm(request)
    }
    for origin in request.headers.values(of: "Origin") where origin != "null" && !isOwn(origin, request) {
      throw .forgedForm(request)
    }
  }

  /// Whether the origin is the site's own: the configured one, or the host that the request was sent to.
  private func isOwn(_ origin: String, _ request: Request) -> Bool {
    let scheme = configuration.url.isSecure ? "https" : "http"
    return origin.isSame(as: configuration.url.origin)
      || origin.isSame(as: "\(scheme)://\(request.headers["Host"] ?? "")")
  }

  private func checkRole(_ visit: Visit) throws(Refusal) {
    guard let user = visit.session?.user else { return }
    switch visit.route.access {
    case .anyone, .signedIn: return
    case .notOwner: if user.role == .owner { throw .forbidden }
    case .admin: if !user.role.isAdmin { throw .forbidden }
    case .owner: if user.role != .owner { throw .forbidden }
    }
  }

  /// Whatever somebody does leaves rows, so there is a limit to how much somebody may do.
  private func checkPace(of user: User, on route: Route, at now: UnixTime) throws {
    let forms: Buckets = route == .addDocuments ? .documents(by: user) : .changes(by: user)
    if case .throttled(let wait) = try accounts.begin(forms, at: now) {
      throw Refusal(
        status: .tooManyRequests, detail: "You have sent too many forms.", retryAfter: wait)
    }
  }

  /// Records in the audit trail that somebody who is signed in was refused, here or by a handler: by the role,
  /// or because the organisation has nothing of that id. What wasn't asked for rightly is no refusal, and a
  /// download is recorded with its reason by its page.
  func record(_ refusal: Refusal, of visit: Visit) {
    guard refusal.status == .forbidden || refusal.status == .notFound, let session = visit.session,
      !visit.isRefreshing, visit.route != .download
    else { return }
    // What a kept form was refused is recorded with that form; of its page only a form that is none.
    if visit.route == .confirm, refusal.detail == nil { return }
    let request = "\(visit.request.method.name) \(visit.request.target.prefix { $0 != "?" }.prefix(200))"
    accounts.recordRefusal(
      of: refusal.status == .notFound ? "\(request), not found" : request,
      at: "\(visit.route.rawValue) \(refusal.status.code)", to: session.user, from: visit.address)
  }

  /// Extends the session, unless the page only refreshed itself.
  private func touch(_ session: Session, on visit: Visit) {
    guard !visit.isRefreshing, visit.now - session.usedAt >= Session.touchInterval else { return }
    accounts.touch(session)
  }
}

extension Visit {
  /// Whether the page of exports, of an import, of the storage or of a deal refreshes itself, by its script or by reloading.
  var isRefreshing: Bool {
    route == .exportStatus || route == .importStatus || route == .storageStatus
      || (route == .exports || route == .import || route == .storage || route == .deal)
        && query["refresh"] != nil
  }
}
