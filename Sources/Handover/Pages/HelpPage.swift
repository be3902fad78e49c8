import HTTP
import Mustache

/// How exports work.
enum HelpPage {
  static func show(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation.id
    let owner = try visit.database.read { try $0.users.owner(of: organisation) }
    return try visit.settingsPage(
      "pages/help", at: .help, ["owner": owner.map(\.view) ?? .null, "media": visit.site.shared.media])
  }
}
