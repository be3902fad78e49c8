import HTTP
import Mustache
import SQLite

/// Settings > Export: the list for the owner and admins, and for those who may not export, asking the owner.
enum ExportPage {
  static let pageSize = 20

  static func show(_ visit: SignedIn) throws -> Response {
    try render(visit)
  }

  /// The fragment that the page refreshes itself with.
  static func status(_ visit: SignedIn) throws -> Response {
    var view = try visit.database.read { try list(visit, $0).view }
    view["me"] = visit.user.view
    return try visit.page("pages/export_status", view)
  }

  /// The page, also as the answer to what could not be done on it.
  static func render(
    _ visit: SignedIn, status: Status = .ok, flash: Flash? = nil, choice: ExportChoice = ExportChoice(),
    message: String? = nil, messageProblem: String? = nil
  ) throws -> Response {
    let me = visit.user
    var view: Object = [
      "being_made": .null, "earlier": .null, "pages": .null, "new_export": .null, "requests": .null,
      "owner": .null, "ask": .null, "ask_again": .null, "asked": .null, "refresh": .null,
      "download_now": .null,
    ]
    try visit.database.read { connection in
      var open: [Export] = []
      if me.role.isAdmin {
        let list = try Self.list(visit, connection)
        view.merge(list.view)
        open = list.open
      }
      if me.role == .owner {
        view["refresh"] = .bool(!open.isEmpty)
        let isBusy = open.contains { $0.scope == .organisation }
        view["new_export"] = try NewExportPage.view(visit, choice, isBusy: isBusy, connection)
        view["requests"] = try AskPage.waiting(visit, connection)
        view["download_now"] = try downloadNow(visit, connection)
      } else {
        view.merge(
          try AskPage.asking(visit, message: message, problem: messageProblem, connection))
      }
    }
    return try visit.settingsPage(
      "pages/export", at: .export, view, status: status, flash: flash)
  }

  private static func list(_ visit: SignedIn, _ connection: Connection) throws -> (
    view: Object, open: [Export]
  ) {
    let listing = try ExportListing(
      visit.site, connection, of: visit.organisation.id, page: visit.pageNumber, of: pageSize)
    let rows = ExportRows(visit: visit, listing: listing, connection: connection)
    let paging = Paging(page: visit.pageNumber, size: pageSize)
    return (
      [
        "being_made": section(try rows.open()),
        "earlier": section(try rows.ended()),
        "pages": paging.view(.exports, goesOn: listing.goesOn),
      ], listing.open
    )
  }

  private static func section(_ rows: [Value]) -> Value {
    rows.isEmpty ? .null : ["rows": .list(rows)]
  }

  /// What to start after a sign-in on the way to a download; the link is made anew, not taken from the address.
  private static func downloadNow(_ visit: SignedIn, _ connection: Connection) throws -> Value {
    guard let id = visit.query["download"].flatMap(ExportID.init),
      let export = try connection.exports.find(id, of: visit.organisation.id),
      export.isAvailable(at: visit.now), let link = try visit.exports.links().target(of: export)
    else { return .null }
    return ["address": .text(link), "name": .text(export.scopeText)]
  }
}
