import HTTP
import Mustache
import Secrets

/// The site: answers every request, and never throws.
///
/// `admit` runs the checks that come before every page, in the contract's order; then the route's handler
/// answers. An error ends here as a page with an id, under which the log has the error.
final class Site: Sendable {
  let configuration: Configuration
  let database: Database
  let clock: Clock
  let randomness: Randomness
  let accounts: Accounts
  let log: Log
  let templates: Templates
  let shared: SharedValues
  let cookies: SiteCookies
  let router: Router<Route>
  let zones = Zones()
  let qrCodes: QRCodes
  let exportList = ExportList.Known()
  let dealChoices = DealChoices.Known(limit: 200)
  /// Those that have documents, by the version of the records.
  let goneDeals = Cache<DealChoices.Version, [DealID]>(limit: 200)
  let exports: Exports
  let imports: Imports
  let documents: Documents
  let storage: LinkedStorage
  /// Those that come with Handover.
  let mappings: [ImportMapping]
  /// For the activity as a file.
  let trails = Places(2)
  /// For files of imports.
  let uploads = Places(2)
  /// For documents.
  let documentUploads = Places(8)
  let health: Health
  let counts: Counts
  /// How long the answers took, by route.
  let requests = RequestCounts()
  let figures = DatabaseFigures()
  /// Nil where there are no cells.
  let cells: CellDirectory?
  private let checksViews: Bool

  /// - Parameters:
  ///   - publicFolder: holds css/, js/, icons/ and media/.
  ///   - templates: all of Templates/, parsed.
  ///   - checksViews: whether a page whose template lacks a value is an error. For tests only, since the
  ///     check takes time.
  init(
    _ configuration: Configuration, database: Database, clock: Clock, randomness: Randomness,
    accounts: Accounts, exports: Exports, imports: Imports, documents: Documents,
    storage: LinkedStorage, mappings: [ImportMapping], health: Health, counts: Counts, log: Log,
    templates: Templates, publicFolder: String,
    qrCodes: QRCodes, cells: CellDirectory? = nil, checksViews: Bool = false
  ) throws {
    self.configuration = configuration
    self.database = database
    self.clock = clock
    self.randomness = randomness
    self.accounts = accounts
    self.exports = exports
    self.imports = imports
    self.documents = documents
    self.storage = storage
    self.mappings = mappings
    self.health = health
    self.counts = counts
    self.log = log
    self.templates = templates
    self.qrCodes = qrCodes
    self.cells = cells
    shared = try SharedValues(configuration, publicFolder: publicFolder)
    cookies = SiteCookies(configuration.url)
    router = try Router()
    self.checksViews = checksViews
  }

  /// Responses are `no-store` unless a page says otherwise. The security headers are not here: nginx.conf
  /// adds them to every response, its own error pages and the downloads included.
  func respond(to request: Request) -> Response {
    CurrentRequest.$id.withValue(request.id.isEmpty ? nil : request.id) { respondLogged(to: request) }
  }

  private func respondLogged(to request: Request) -> Response {
    let begun = ContinuousClock.now
    database.beginRequest()
    var response = answer(request)
    if response.headers["Cache-Control"] == nil, response.headers["X-Handover-Cell"] == nil {
      response.headers.set("Cache-Control", "no-store")
    }
    let time = ContinuousClock.now - begun
    requests.count(route(of: request), response.status, time)
    log.debug(
      "request.answered",
      [
        "method": request.method.name, "path": request.pathForLogs, "status": "\(response.status.code)",
        "microseconds": "\(Int(time / .microseconds(1)))",
      ])
    return response
  }

  /// Whether the request's form may have files: then they are read while they arrive.
  func takesFiles(_ request: Request) -> Bool {
    guard request.method == .post, let type = request.headers["Content-Type"], Multipart.isType(type),
      let path = try? request.path, case .found(let route, _) = router.find(.post, path)
    else { return false }
    return route.takesFiles
  }

  /// Whether the answer to the request waits for its turn to write, or for the hash of a password.
  func waits(for request: Request) -> Bool {
    if request.method == .post { return true }
    guard let path = try? request.path, case .found(let route, _) = router.find(request.method, path)
    else { return false }
    return route == .download || route == .dropboxCallback || route == .googleCallback
  }

  /// Nil where there is none.
  private func route(of request: Request) -> Route? {
    guard let path = try? request.path, case .found(let route, _) = find(request, path) else { return nil }
    return route
  }

  private func answer(_ request: Request) -> Response {
    answer(request) {
      guard let cells else { return try answer(admit(request)) }
      if let response = try handOn(request, cells) { return response }
      return try answer(request, cells)
    }
  }

  /// The handler's answer, or the page of what it throws.
  func answer(_ request: Request, by handle: () throws -> Response) -> Response {
    do {
      do {
        return try handle()
      } catch let refusal as Refusal {
        return try refusal.response(to: request, on: self)
      } catch let error as HTTPError {
        return try Refusal(error).response(to: request, on: self)
      } catch is DatabaseBusy {
        return try Refusal.writerBusy.response(to: request, on: self)
      } catch let away as DirectoryAway {
        log.error("directory.away", ["error": away.reason])
        return try Refusal.directoryAway.response(to: request, on: self)
      } catch is LeaseLost {
        return try Refusal.leaseLost.response(to: request, on: self)
      } catch let away as StoreAway {
        log.error("store.away", ["error": away.reason])
        return try Refusal.storeAway.response(to: request, on: self)
      } catch let error as SecretsError where error.code == .keyFile {
        log.error("keys.away", ["error": error.message])
        return try Refusal.keysAway.response(to: request, on: self)
      }
    } catch {
      return failure(error, request)
    }
  }

  /// Calls the route's handler, and records what it refuses.
  func answer(_ visit: Visit) throws -> Response {
    do { return try visit.route.handler.answer(visit) } catch let refusal as Refusal {
      record(refusal, of: visit)
      throw refusal
    }
  }

  func render(_ template: String, _ view: Object) throws -> [UInt8] {
    if checksViews {
      let missing = try templates.missing(in: template, for: .object(view))
      if !missing.isEmpty {
        throw HandoverError("\(template) misses \(missing.joined(separator: ", "))")
      }
    }
    return try templates.render(template, .object(view))
  }

  /// The answer to an unexpected error: the page shows only an id, under which the log has the error.
  private func failure(_ error: any Error, _ request: Request) -> Response {
    let id = CurrentRequest.id ?? hex(randomness.bytes(4))
    CurrentRequest.$id.withValue(id) {
      log.error(
        "request.failed",
        ["method": request.method.name, "path": request.pathForLogs, "error": "\(error)"])
    }
    if let shortage = Shortage(error) {
      let page = try? Refusal.saved(nothing: shortage, id).response(to: request, on: self)
      return page ?? .text("\(shortage.notice)\n", .serviceUnavailable)
    }
    let page = try? ErrorPage.render(.internalServerError, errorID: id, to: request, on: self)
    return page ?? .text("Something went wrong on our side. Error id: \(id)\n", .internalServerError)
  }
}

extension Request {
  /// The target up to its query, even an encoded one: a query can hold a signature or a token.
  fileprivate var pathForLogs: String { String(target.prefix { $0 != "?" && $0 != "%" }) }
}
