import HTTP
import Secrets

// A request that another cell answers
//
// The cell may be that of another host: then the web server asks that host's, which has the request answered by the cell.
//
// The web server asks the cell that a cookie names, or else the first one. Who gets a request that isn't for it answers with
// the name of the right cell, and the web server asks that one, with the same body. Such a request says that it was handed
// on, and is answered by whoever gets it; its answer sets the cookie, so that the next one goes there at once. Whatever a
// visitor makes up leads to a cell that knows nothing of them, and answers so.
//
// An organisation that has moved to another cell leaves behind what its sessions, its mailed links and its people's
// addresses are known by: so a request that came for it is handed on again, whatever led it here.

extension Site {
  /// The answer by which the web server asks another cell; nil where the request is for this one.
  func handOn(_ request: Request, _ cells: CellDirectory) throws -> Response? {
    guard let path = try? request.path else { return nil }
    // Where there is no such page, it may be the style of one of another host, whose program has another version.
    let route: Route? = if case .found(let route, _) = find(request, path) { route } else { nil }
    let other =
      try (request.isHandedOn ? nil : cell(for: request, route, cells)).flatMap(cells.other)
      ?? formerly(request, route, cells).flatMap(cells.other)
    guard let other else { return nil }
    return other.handingOn(to: route)
  }

  /// The cell to which the organisation has moved that the request is for.
  private func formerly(_ request: Request, _ route: Route?, _ cells: CellDirectory) throws -> String? {
    let mark: [UInt8]?
    switch route {
    case .live, .ready, .health, .metrics: return nil
    case .signIn, .forgotten:
      mark = (try? request.form)?["email"].map { cells.mark(of: EmailAddress.sought($0)) }
    case .resetForm, .toldLink: mark = (try? request.query)?["token"].map { TokenHash(of: $0).bytes }
    case .reset, .confirmTold: mark = (try? request.form)?["token"].map { TokenHash(of: $0).bytes }
    case .codeForm, .code: mark = request.cookies[cookies.code].map { TokenHash(of: $0).bytes }
    default: mark = request.cookies[cookies.session].map { TokenHash(of: $0).bytes }
    }
    return try mark.flatMap { mark in
      try database.read { try $0.moves.cell(of: mark, isHandedOn: request.isHandedOn) }
    }
  }

  /// The answer to a request that is for this cell; but where its organisation has moved meanwhile, the one by which the web
  /// server asks the right cell. Nothing was changed then: neither by who failed, nor by who only reads.
  func answer(_ request: Request, _ cells: CellDirectory) throws -> Response {
    let response: Response
    do { response = try answer(admit(request)) } catch {
      if let response = try? handOn(request, cells) { return response }
      throw error
    }
    if response.status.code >= 400 || !waits(for: request),
      let response = try handOn(request, cells)
    {
      return response
    }
    // Also of a process that was stopped for a while in the middle of it.
    if !isAboutTheProcess(request) { try cells.requireLease(isWatched: true) }
    return try markingTheWay(response, to: request, cells)
  }

  /// Whether it is one of a supervisor, who asks how the process is.
  private func isAboutTheProcess(_ request: Request) -> Bool {
    guard let path = try? request.path, case .found(let route, _) = find(request, path) else { return false }
    return [.live, .ready, .health, .metrics].contains(route)
  }

  private func cell(for request: Request, _ route: Route?, _ cells: CellDirectory) throws -> String? {
    switch route {
    case .live, .ready, .health, .metrics: return nil
    case .signIn, .forgotten:
      guard let email = (try? request.form)?["email"] else { return nil }
      return try cells.cell(signingIn: EmailAddress.sought(email))
    case .resetForm, .toldLink: return (try? request.query)?[Self.cellQuery]
    default: return request.cookies[cookies.cell]
    }
  }

  /// What names the cell in a link of an e-mail.
  private static let cellQuery = "cell"
}

extension CellDirectory.Other {
  /// The answer by which the web server asks it.
  func handingOn(to route: Route?) -> Response {
    // Asked by the web server whether it may read a large body: the other cell is asked with it.
    if route == .mayUpload || route == .mayAddDocuments { return Response(.noContent) }
    let answer = Response(.ok).with("X-Handover-Cell", name)
    guard let host else { return answer.with("X-Accel-Redirect", NginxPath.handOn) }
    return answer.with("X-Accel-Redirect", NginxPath.otherHost(files: route?.takesFiles == true))
      .with("X-Handover-Host", host)
  }
}

extension Site {
  /// The answer, with the cookie that leads the next request here at once: where this one was handed on, or came by a
  /// link in an e-mail, and where a session begins.
  func markingTheWay(_ response: Response, to request: Request, _ cells: CellDirectory) throws -> Response {
    let own = cells.cell.name
    guard request.cookies[cookies.cell]?.isSame(as: own) != true, let path = try? request.path,
      case .found(let route, _) = find(request, path)
    else { return response }
    let begins = [.signIn, .code, .reset].contains(route)
    let isLinked =
      [.resetForm, .toldLink].contains(route)
      && (try? request.query)?[Self.cellQuery]?.isSame(as: own) == true
    return request.isHandedOn || begins || isLinked ? try response.setting(cookies.cell(own)) : response
  }
}
