import HTTP
import Mustache

/// Settings > Import: the choice of files, and the imports so far. The owner's alone.
enum ImportsPage {
  /// Imports on a page of the list.
  private static let listed = 20
  /// How large all files of an upload may be together, in bytes; nginx.conf says the same.
  static let largest = 2 << 30

  static func show(_ visit: SignedIn) throws -> Response { try page(visit) }

  /// Takes the files in, and goes on to their mapping.
  static func add(_ visit: SignedIn) throws -> Response {
    guard let files = visit.visit.files else { return try nothingChosen(visit) }
    guard let place = visit.site.uploads.take(visit.organisation.id) else { throw Refusal.manyUploads }
    return try withExtendedLifetime(place) { try take(files, visit) }
  }

  private static func take(_ files: Multipart, _ visit: SignedIn) throws -> Response {
    let size = visit.request.headers["Content-Length"].flatMap { Int($0) } ?? 0
    switch try visit.imports.upload(size, by: visit.user) {
    case .notOwner: throw Refusal.forbidden
    case .tooMany(let most): return try tooMany(visit, most)
    case .noSpace:
      return try page(
        visit, problem: "There is no room for these files on the server’s disk just now.",
        status: .serviceUnavailable)
    case .done(let upload):
      while let name = try files.nextFile() {
        // A field in which no file was chosen.
        if name.isEmpty { continue }
        guard try upload.take(name, { try files.read() }) else {
          return try page(
            visit, problem: "Those are more than \(ImportUpload.mostFiles) files. Put them into a ZIP.",
            status: .unprocessableContent)
        }
      }
      switch try visit.imports.add(upload, by: visit.user, from: visit.address) {
      case .done(let id): return .seeOther(Route.import.path(id.rawValue))
      case .notOwner: throw Refusal.forbidden
      case .tooMany(let most): return try tooMany(visit, most)
      case .empty: return try nothingChosen(visit)
      }
    }
  }

  /// Whether nginx may take in files of whoever asks: the admission has said so by then.
  static func mayUpload(_ visit: SignedIn) -> Response { Response(.noContent) }

  private static func nothingChosen(_ visit: SignedIn) throws -> Response {
    try page(
      visit, problem: "Choose a ZIP, or one or several CSV files, with something in them.",
      status: .unprocessableContent)
  }

  private static func tooMany(_ visit: SignedIn, _ most: Int) throws -> Response {
    try page(
      visit,
      problem:
        "\(Wording.plural(most, "import")) wait for Confirm already. Confirm or cancel one of them first.",
      status: .conflict)
  }

  private static func page(_ visit: SignedIn, problem: String? = nil, status: Status = .ok) throws -> Response
  {
    let organisation = visit.organisation.id
    let view: Object = try visit.database.read { connection in
      let paging = Paging(
        page: visit.pageNumber, size: listed, count: try connection.imports.count(of: organisation))
      let imports = try connection.imports.all(of: organisation, offset: paging.offset, limit: listed)
      return [
        "problem": Value(problem),
        "largest": .text(String(largest)),
        "imports": .list(imports.map { row($0, visit) }),
        "none": .bool(paging.count == 0),
        "range": .text(paging.range("import", "imports")),
        "pages": paging.view(.imports),
        "past": paging.past(.imports),
      ]
    }
    return try visit.settingsPage("pages/imports", at: .import, view, status: status)
  }

  private static func row(_ found: Import, _ visit: SignedIn) -> Value {
    [
      "id": .text(found.id.rawValue),
      "address": .text(Route.import.path(found.id.rawValue)),
      "files": .text(found.files),
      "status": .text(found.status.rawValue),
      "status_word": .text(found.status.word),
      "requested_by": Value(found.requestedBy?.name),
      "requested": visit.moment(found.requestedAt),
      "size": .text(Wording.size(found.size)),
      "changes": Value(found.report?.changes),
      "can_undo": .bool(found.canUndo),
    ]
  }
}
