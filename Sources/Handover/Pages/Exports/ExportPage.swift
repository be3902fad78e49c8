import HTTP
import Mustache

/// Settings > Export: the list for the owner and admins, and for those who may not export, asking the owner.
enum ExportPage {
  /// The page, also as the answer to what could not be done on it.
  static func show(
    _ visit: SignedIn, status: Status = .ok, flash: Flash? = nil, choice: ExportChoice = ExportChoice(),
    message: String? = nil, messageProblem: String? = nil
  ) throws -> Response {
    var view: Object = [:]
    try visit.database.read { connection in
      var open: [Export] = []
      if visit.user.role.isAdmin {
        let list = try ExportList(visit, connection.exports)
        view = try list.view()
        open = list.open
      }
      if visit.user.role == .owner {
        let isBusy = open.contains { $0.scope == .organisation }
        view["refresh"] = .bool(!open.isEmpty)
        view["new_export"] = try NewExportPage.view(
          visit, choice, isBusy: isBusy, connection.users, connection.counts)
        view["requests"] = try AskPage.waiting(visit, connection.ownerRequests)
        view["download_now"] = try downloadNow(visit, connection.exports)
      } else {
        view.merge(
          try AskPage.asking(
            visit, message: message, problem: messageProblem, connection.ownerRequests, connection.users))
      }
    }
    return try visit.settingsPage("pages/export", at: .export, view, status: status, flash: flash)
  }

  /// The fragment that the page refreshes itself with.
  static func status(_ visit: SignedIn) throws -> Response {
    var view = try visit.database.read { try ExportList(visit, $0.exports).view() }
    view["me"] = visit.user.view
    return try visit.page("pages/export_status", view)
  }

  /// What to start after a sign-in on the way to a download; the link is made anew, not taken from the address.
  private static func downloadNow(_ visit: SignedIn, _ exports: ExportTable) throws -> Value {
    guard let id = visit.query["download"].flatMap(ExportID.init),
      let export = try exports.find(id, of: visit.organisation.id),
      export.isAvailable(at: visit.now), let link = try visit.exports.links().link(of: export)?.target
    else { return .null }
    return ["address": .text(link), "name": .text(export.scopeText)]
  }
}
