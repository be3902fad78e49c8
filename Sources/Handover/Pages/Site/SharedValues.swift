import HTTP
import Mustache

/// View values that are the same on every page, made once at the start.
struct SharedValues: Sendable {
  private let shared: [(name: String, value: Value)]
  private let tabs: [Tab: Value]
  /// Addresses of the Help page's pictures, with `_` for `-` in their names.
  let media: Value

  init(_ configuration: Configuration, publicFolder: String) throws {
    let assets = try Assets(from: publicFolder, to: configuration.data)
    shared = [
      ("css", .text(assets.css)), ("js", .text(assets.js)), ("icon", .text(assets.icon)),
      ("support_url", Value(configuration.supportURL)),
      ("aggregator", Value(configuration.aggregator)),
      ("to", addresses),
      ("limits", limits),
    ]
    var media = Object()
    for (name, address) in assets.media {
      media[name.replacing("-", with: "_")] = .text(address)
    }
    self.media = .object(media)
    tabs = Dictionary(
      uniqueKeysWithValues: Tab.allCases.map { tab in
        var at = Object()
        for other in Tab.allCases { at[other.rawValue] = .bool(other == tab) }
        return (tab, .object(at))
      })
  }

  func add(to view: inout Object) {
    for (name, value) in shared { view[name] = value }
  }

  /// Which tab a page belongs to, as the sidebar takes it.
  func at(_ tab: Tab) -> Value { tabs[tab] ?? .null }
}

/// Addresses of pages and actions that need no id.
private let addresses: Value = [
  "home": .text(Route.home.path()),
  "login": .text(Route.signIn.path()),
  "logout": .text(Route.signOut.path()),
  "forgotten": .text(Route.forgotten.path()),
  "reset": .text(Route.reset.path()),
  "profile": .text(Route.profile.path()),
  "change_password": .text(Route.changePassword.path()),
  "sign_out_everywhere": .text(Route.signOutEverywhere.path()),
  "organisation": .text(Route.organisation.path()),
  "users": .text(Route.users.path()),
  "add_user": .text(Route.addUser.path()),
  "hand_over": .text(Route.changeOwnership.path()),
  "export": .text(Route.exports.path()),
  "new_export": .text(Route.newExport.path()),
  "export_status": .text(Route.exportStatus.path()),
  "ask": .text(Route.askOwner.path()),
  "activity": .text(Route.activity.path()),
  "help": .text(Route.help.path()),
]

/// The figures that templates print, from where the code keeps to them: no template has one of its own.
private let limits: Value = [
  "download": .text(Wording.duration(Export.lifetime)),
  "tries": .integer(Export.retries.attempts),
  "ask": .text(Wording.duration(OwnerRequest.pause)),
  "message": .integer(OwnerRequest.messageLimit),
  "invitation": .text(Wording.duration(PasswordLink.Purpose.invitation.lifetime)),
  "reset": .text(Wording.duration(PasswordLink.Purpose.reset.lifetime)),
  "password": .integer(Password.shortest),
]
