import HTTP
import Mustache
import Secrets

/// Settings > Profile: who is signed in, and where.
enum ProfilePage {
  static func show(_ visit: Visit) throws -> Response {
    let me = try visit.me
    let sessions = try visit.site.database.read { try $0.sessions(of: me, at: visit.now) }
    return try visit.settingsPage(
      "pages/profile", at: .profile,
      [
        "name": field(me.name),
        "current": field(),
        "password": field(),
        "sessions": .list(sessions.map { view($0, visit) }),
      ])
  }

  private static func view(_ session: SessionListing, _ visit: Visit) -> Value {
    [
      "device": .text(device(session.agent)),
      "from": .text(session.address),
      "current": .bool(session.tokenHash == visit.session.map { TokenHash(of: $0.token).bytes }),
      "started": visit.moment(session.createdAt),
      "seen": visit.moment(session.usedAt),
    ]
  }
}
