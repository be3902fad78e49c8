import HTTP
import Mustache

/// Settings > Export: the list for the owner and admins, and for those who may not export, asking the owner.
enum ExportPage {
  static let pageSize = 20

  static func show(_ visit: Visit) throws -> Response {
    try render(visit)
  }

  /// The fragment that the page refreshes itself with.
  static func status(_ visit: Visit) throws -> Response {
    var view = try view(of: read(visit), visit)
    view["me"] = try visit.me.view
    return try visit.page("pages/export_status", view)
  }

  /// The page, also as the answer to what could not be done on it.
  static func render(
    _ visit: Visit, status: Status = .ok, flash: Flash? = nil, choice: ExportChoice = ExportChoice(),
    message: String? = nil, messageProblem: String? = nil
  ) throws -> Response {
    let me = try visit.me
    var view: Object = [
      "being_made": .null, "earlier": .null, "pages": .null, "new_export": .null, "requests": .null,
      "owner": .null, "ask": .null, "ask_again": .null, "asked": .null, "refresh": .null,
      "download_now": .null,
    ]
    if me.role.isAdmin {
      let listing = try read(visit)
      view.merge(try Self.view(of: listing, visit))
      view["refresh"] = .bool(me.role == .owner && !listing.open.isEmpty)
    }
    if me.role == .owner {
      view["new_export"] = try NewExportPage.view(visit, choice)
      view["requests"] = try OwnerRequestsView.waiting(visit)
      view["download_now"] = try downloadNow(visit)
    } else {
      view.merge(try OwnerRequestsView.asking(visit, message: message, problem: messageProblem))
    }
    return try visit.settingsPage(
      "pages/export", at: .export, view, status: status, flash: flash)
  }

  private static func read(_ visit: Visit) throws -> ExportListing {
    let organisation = try visit.organisation.id
    return try visit.site.database.read { connection in
      try ExportListing(
        visit.site.exports, connection, of: organisation, page: visit.pageNumber, of: pageSize)
    }
  }

  private static func view(of listing: ExportListing, _ visit: Visit) throws -> Object {
    let row = ExportRow(visit: visit, listing: listing, isOwner: try visit.me.role == .owner)
    return [
      "being_made": section(try listing.open.map(row.view(of:))),
      "earlier": section(try listing.ended.map(row.view(of:))),
      "pages": Paging(page: visit.pageNumber, size: pageSize, count: listing.endedCount).view(.exports),
    ]
  }

  private static func section(_ exports: [Value]) -> Value {
    exports.isEmpty ? .null : ["exports": .list(exports)]
  }

  /// What to start after a sign-in on the way to a download; the link is made anew, not taken from the address.
  private static func downloadNow(_ visit: Visit) throws -> Value {
    guard let id = visit.query["download"].flatMap(ExportID.init) else { return .null }
    let organisation = try visit.organisation.id
    guard let export = try visit.site.database.read({ try $0.export(id, of: organisation) }),
      export.isAvailable(at: visit.now), let link = try visit.site.exports.linkTarget(of: export)
    else { return .null }
    return ["address": .text(link), "name": .text(export.scopeText)]
  }
}
