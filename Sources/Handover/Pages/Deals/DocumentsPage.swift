import HTTP
import System

/// The documents of deals: files in, files out, and their buttons. A user has those of the user's own deals,
/// admins all; anything else is not found.
enum DocumentsPage {
  /// How large all files of a form may be together with what the form adds, in bytes; nginx.conf says the
  /// same.
  static let largest = Document.largest + 1 << 20

  /// Takes files in, as new documents of a deal or, with the field `replaces`, in the place of one.
  static func add(_ visit: SignedIn) throws -> Response {
    let deal: DealID = try visit.id()
    guard try visit.database.read({ try $0.documents.reaches(deal, visit.user) }) else {
      throw Refusal.notFound
    }
    guard let files = visit.visit.files else { throw nothingChosen }
    guard let place = visit.site.documentUploads.take(visit.organisation.id) else {
      throw Refusal.manyDocuments
    }
    return try withExtendedLifetime(place) {
      do { return try take(files, to: deal, visit) } catch is DocumentsAway { throw Refusal.documentsAway }
    }
  }

  private static func take(_ files: Multipart, to deal: DealID, _ visit: SignedIn) throws -> Response {
    var replaced: DocumentID?
    if let text = visit.form["replaces"], !text.isEmpty {
      guard let id = DocumentID(text), let document = try find(id, visit), document.deal == deal else {
        throw Refusal.notFound
      }
      replaced = id
    }
    let size = visit.request.headers["Content-Length"].flatMap { Int($0) } ?? 0
    switch try visit.documents.receive(size, for: deal, by: visit.user) {
    case .notFound: throw Refusal.notFound
    case .away: throw Refusal.documentsAway
    case .noSpace:
      throw Refusal(
        status: .serviceUnavailable,
        detail: "There is no room for these files on the server’s disk just now. Nothing was changed.",
        retryAfter: .minutes(1))
    case .done(let upload):
      while let name = try files.nextFile() {
        // A field in which no file was chosen.
        if name.isEmpty { continue }
        switch try upload.take(name, { try files.read() }) {
        case .done: break
        case .tooMany:
          throw wrong("Those are more than \(DocumentUpload.mostFiles) files. Add them in parts.")
        case .tooLarge(let name):
          throw wrong("\(name) is larger than \(Wording.size(Document.largest)), which is the most.")
        case .wrongName:
          throw wrong("The name of a file shows nothing, or is too long. Rename it, then add it again.")
        }
      }
      let outcome =
        if let replaced {
          try visit.documents.replace(replaced, by: upload, by: visit.user, from: visit.address)
        } else {
          try visit.documents.add(upload, to: deal, by: visit.user, from: visit.address)
        }
      return try answer(outcome, in: deal, isReplaced: replaced != nil, visit)
    }
  }

  private static func answer(
    _ outcome: Documents.AddOutcome, in deal: DealID, isReplaced: Bool, _ visit: SignedIn
  ) throws -> Response {
    switch outcome {
    case .notFound: throw Refusal.notFound
    case .empty: throw isReplaced ? wrong("Choose the one file that replaces it.") : nothingChosen
    case .full(let quota, let stored):
      throw wrong(
        "Your organisation’s documents would take more than \(Wording.size(quota)): they take "
          + "\(Wording.size(stored)) now, with those that were removed or replaced in the last "
          + "\(Wording.duration(Document.kept)). Nothing was added.")
    case .done(let added):
      let new = added.filter { !$0.wasThere }
      let notice: Notice =
        new.isEmpty ? .documentThere : isReplaced ? .documentReplaced : .documentAdded
      let count = new.count + (notice == .documentAdded ? visit.visit.untoldAdditions : 0)
      let about = count > 1 ? "\(count)" : (new.first ?? added.first)?.id.description ?? ""
      return try redirect(to: deal, at: (new.first ?? added.first)?.id, saying: notice, about: about, visit)
    }
  }

  /// Whether nginx may take in files of whoever asks: the admission has said so by then.
  static func mayAdd(_ visit: SignedIn) -> Response { Response(.noContent) }

  /// Lets nginx send what the document holds, never to be shown by the browser.
  static func download(_ visit: SignedIn) throws -> Response {
    guard let document = try find(try visit.id(), visit) else { throw Refusal.notFound }
    if document.removedAt != nil {
      throw Refusal(status: .gone, detail: "This document was removed.")
    }
    let state: FileState
    switch try visit.documents.look(at: document) {
    case .there(let found): state = found
    case .away: throw Refusal.documentsAway
    case .missing, .damaged:
      throw Refusal(
        status: .gone,
        detail:
          "What this document holds is missing on the server. Its operator can put it back from a backup.")
    }
    let seconds = state.modifiedAt.floorDivided(by: 1_000_000_000)
    let tag = "\"\(String(seconds, radix: 16))-\(String(state.size, radix: 16))\""
    let bytes = RequestedBytes(visit.request.headers, tag: tag, modifiedAt: seconds, size: state.size)
    if let response = bytes.responseOfNone(of: state.size, tag: tag) { return response }
    if visit.request.method == .get {
      visit.documents.recordDownload(of: document, by: visit.user, from: visit.address)
    }
    return Response(.ok)
      .with("Content-Type", "application/octet-stream")
      .with("Content-Disposition", ContentDisposition.attachment(document.name))
      .with("Cache-Control", "private, no-store")
      .with(
        "X-Accel-Redirect",
        NginxPath.document(
          visit.documents.folder.name(of: document.sha256, of: document.organisation),
          of: visit.site.configuration.cell))
  }

  static func remove(_ visit: SignedIn) throws -> Response {
    try answer(visit, .documentRemoved) {
      try visit.documents.remove($0, by: visit.user, from: visit.address)
    }
  }

  static func restore(_ visit: SignedIn) throws -> Response {
    let holding = visit.form["holds"].flatMap { $0.isEmpty ? nil : $0 }
    return try answer(visit, .documentRestored) {
      try visit.documents.restore($0, holding: holding, by: visit.user, from: visit.address)
    }
  }

  static func retry(_ visit: SignedIn) throws -> Response {
    try answer(visit, .documentRetried) { try visit.documents.retry($0, by: visit.user) }
  }

  private static func answer(
    _ visit: SignedIn, _ notice: Notice, _ change: (DocumentID) throws -> Documents.ChangeOutcome
  ) throws -> Response {
    let id: DocumentID = try visit.id()
    guard let document = try find(id, visit) else { throw Refusal.notFound }
    switch try change(id) {
    case .done:
      return try redirect(to: document.deal, at: id, saying: notice, about: id.description, visit)
    case .asBefore:
      return try redirect(
        to: document.deal, at: id, saying: .documentAsBefore, about: id.description, visit)
    case .present(let twin):
      return try redirect(
        to: document.deal, at: twin, saying: .documentThere, about: twin.description, visit)
    case .notFound: throw Refusal.notFound
    case .gone:
      throw Refusal(
        status: .gone,
        detail: "It can’t be put back: that works for \(Wording.duration(Document.kept)).")
    }
  }

  private static func redirect(
    to deal: DealID, at id: DocumentID?, saying notice: Notice, about: String, _ visit: SignedIn
  ) throws -> Response {
    let row = id.map { "#document-\($0)" } ?? ""
    return try visit.visit.seeOther(page(of: deal, visit) + row, saying: notice, about: about)
  }

  /// The page that shows the documents of a deal.
  private static func page(of deal: DealID, _ visit: SignedIn) throws -> String {
    let isThere = try visit.database.read { try $0.documents.hasDeal(deal, of: visit.organisation.id) }
    return isThere ? Route.deal.path(deal.description) : Route.withoutDeal.path()
  }

  private static func find(_ id: DocumentID, _ visit: SignedIn) throws -> Document? {
    try visit.database.read { try $0.documents.find(id, for: visit.user) }
  }

  private static let nothingChosen = wrong("Choose one or several files.")

  private static func wrong(_ detail: String) -> Refusal {
    Refusal(status: .unprocessableContent, detail: detail)
  }
}
