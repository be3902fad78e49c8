import HTTP
import Mustache

/// One import: its mapping, its preview, how far it is, what it has changed; and its buttons.
enum ImportPage {
  static func show(_ visit: SignedIn) throws -> Response {
    let found = try find(visit)
    let maps = found.status == .uploaded || visit.query["mapping"] != nil
    if maps, canMap(found, visit) { return try ImportMappingPage.page(visit, found) }
    return try page(visit, found)
  }

  /// The fragment with which the page refreshes itself.
  static func status(_ visit: SignedIn) throws -> Response {
    let found = try find(visit)
    return try visit.page("pages/import_status", ["import": ImportView(found, visit).value])
  }

  static func confirm(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, visit.imports.confirm(visit.id(), by: visit.user, from: visit.address), "confirmed",
      saying: .importConfirmed)
  }

  static func retry(_ visit: SignedIn) throws -> Response {
    try answer(visit, visit.imports.retry(visit.id(), by: visit.user, from: visit.address), "tried again")
  }

  static func cancel(_ visit: SignedIn) throws -> Response {
    try answer(
      visit, visit.imports.cancel(visit.id(), by: visit.user, from: visit.address), "cancelled",
      saying: .importCancelled)
  }

  static func askUndo(_ visit: SignedIn) throws -> Response {
    let found = try find(visit)
    guard found.status == .completed, found.canUndo, visit.imports.folder.hasDifference(found.id) else {
      return try answer(visit, .refused(found.status), "undone")
    }
    return try visit.ask(
      Question(
        title: "Undo the import of \(name: found.files)?",
        facts: [
          "What it added is removed, what it changed is as it was, and what it removed is back.",
          "Exports that were made meanwhile stay as they are.",
        ], action: Route.undoImport.path(found.id.rawValue), button: "Undo",
        back: Route.import.path(found.id.rawValue)), at: .import)
  }

  static func undo(_ visit: SignedIn) throws -> Response {
    try answer(visit, visit.imports.undo(visit.id(), by: visit.user, from: visit.address), "undone")
  }

  /// Answers what came of a button, or of another choice of mapping.
  static func answer(
    _ visit: SignedIn, _ outcome: Imports.ChangeOutcome, _ verb: String, saying notice: Notice? = nil
  ) throws -> Response {
    let id: ImportID = try visit.id()
    switch outcome {
    case .done:
      let address = Route.import.path(id.rawValue)
      guard let notice else { return .seeOther(address) }
      return try visit.visit.seeOther(address, saying: notice, about: id.rawValue)
    case .notFound: throw Refusal.notFound
    case .notOwner: throw Refusal.forbidden
    case .refused(let status):
      return try conflict(visit, "This import is \(status.rawValue), so it can’t be \(verb).")
    case .busy(let other):
      return try conflict(
        visit,
        other == id
          ? "This import is at work already, so it wasn’t \(verb) a second time."
          : "Another import is at work. Wait until it has ended, then try again.")
    case .filesGone:
      return try conflict(
        visit,
        "The files are gone: they are kept for \(Wording.duration(Import.lifetime)). Choose them again.")
    }
  }

  private static func conflict(_ visit: SignedIn, _ text: String) throws -> Response {
    try page(visit, find(visit), status: .conflict, flash: Flash(text: text, isWrong: true))
  }

  private static func find(_ visit: SignedIn) throws -> Import {
    let id: ImportID = try visit.id()
    let organisation = visit.organisation.id
    guard let found = try visit.database.read({ try $0.imports.find(id, of: organisation) }) else {
      throw Refusal.notFound
    }
    return found
  }

  /// Whether its mapping can be looked at, and another one chosen.
  static func canMap(_ found: Import, _ visit: SignedIn) -> Bool {
    guard found.requestedBy != nil, !found.status.isRunning, found.hasFiles(at: visit.now) else {
      return false
    }
    return visit.imports.folder.hasFiles(found.id)
  }

  private static func page(
    _ visit: SignedIn, _ found: Import, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    let id = found.id.rawValue
    return try visit.settingsPage(
      "pages/import", at: .import,
      [
        "import": try ImportView(found, visit).value,
        "status_address": .text(Route.importStatus.path(id)),
        "refresh": .bool(found.status.isRunning),
        "refresh_address": .text(Route.import.path(id) + "?refresh=1"),
      ], status: status, flash: flash)
  }
}
