import HTTP

// A request that another cell answers
//
// The web server asks the cell that a cookie names, or else the first one. Who gets a request that isn't for it answers with
// the name of the right cell, and the web server asks that one, with the same body. Such a request says that it was handed
// on, and is answered by whoever gets it; its answer sets the cookie, so that the next one goes there at once. Whatever a
// visitor makes up leads to a cell that knows nothing of them, and answers so.

extension Site {
  /// The answer by which the web server asks another cell; nil where the request is for this one.
  func handOn(_ request: Request, _ cells: CellDirectory) throws -> Response? {
    guard !request.isHandedOn, let path = try? request.path,
      case .found(let route, _) = find(request, path), let name = try cell(for: request, route, cells),
      !name.isSame(as: cells.cell.name), try cells.cells().contains(where: { $0.name.isSame(as: name) })
    else { return nil }
    // Asked by the web server whether it may read a large body: the other cell is asked with it.
    if route == .mayUpload || route == .mayAddDocuments { return Response(.noContent) }
    return Response(.ok).with("X-Accel-Redirect", NginxPath.handOn).with("X-Handover-Cell", name)
  }

  private func cell(for request: Request, _ route: Route, _ cells: CellDirectory) throws -> String? {
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
