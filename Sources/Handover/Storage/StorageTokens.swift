import Foundation
import SQLite
import System

extension LinkedStorage {
  /// The token that opens an account's storage, good for ten minutes more at least: one that ends sooner is exchanged for
  /// the next. Where the provider gives none any more, the link is signed out.
  ///
  /// - Throws: `StorageProblem`, and whatever the database or the disk fails with.
  func token(for link: StorageLink, isStopping: () -> Bool = { false }) throws -> StorageToken {
    try refreshing.withLock(link.id) {
      guard case .token(let token) = try secrets.read(link.id) else { throw try lost(link) }
      let now = clock.now()
      if token.expiresAt - now.rawValue >= Self.margin.wholeSeconds { return token }
      guard let app = apps[link.provider] else {
        throw StorageProblem(
          .server,
          "The server has no app at \(link.provider.name) any more. Whoever runs it has to set it again.")
      }
      do throws(StorageProblem) {
        let next = try OAuth(provider: link.provider, app: app, curl: curl)
          .refresh(token, of: link.account, at: now, isStopping: isStopping)
        return try keep(next, of: link)
      } catch {
        if error.kind == .signedOut { try signedOut(link, because: error.reason) }
        throw error
      }
    }
  }

  /// An access token is exchanged this long before its end.
  private static let margin = Duration.minutes(10)

  private func keep(_ token: StorageToken, of link: StorageLink) throws(StorageProblem) -> StorageToken {
    do {
      try secrets.write(.token(token), of: link.id)
      return token
    } catch {
      throw StorageProblem(.server, "The server couldn’t keep the next token.", detail: "\(error)")
    }
  }

  /// The file of the secrets is gone, as after a restore without it.
  private func lost(_ link: StorageLink) throws -> StorageProblem {
    let problem = StorageProblem(
      .signedOut,
      !link.provider.isAccount
        ? "The server has lost what opens it. Whoever runs the server has to link it again."
        : "The server has lost what opens \(link.account), as after a restore. Link it again.",
      detail: "no secrets")
    try signedOut(link, because: problem.reason)
    return problem
  }

  /// The settings of rclone's that open the storage, by rclone's names without `RCLONE_CONFIG_…_`: `type`, `token`. They
  /// go into rclone's environment and nowhere else.
  ///
  /// - Parameter token: an account's, where the caller has it.
  /// - Throws: `StorageProblem`, and whatever the database or the disk fails with.
  func rcloneSettings(
    for link: StorageLink, token: StorageToken? = nil, isStopping: () -> Bool = { false }
  ) throws -> [String: String] {
    if !link.provider.isAccount {
      guard case .settings(var settings) = try secrets.read(link.id) else { throw try lost(link) }
      settings["type"] = link.provider.rawValue
      return settings
    }
    let token = try token ?? self.token(for: link, isStopping: isStopping)
    guard let app = apps[link.provider] else {
      throw StorageProblem(.server, "The server has no app at \(link.provider.name) any more.")
    }
    var settings = ["client_id": app.key, "client_secret": app.secret, "token": try token.forRclone]
    settings["type"] = link.provider == .google ? "drive" : "dropbox"
    if link.provider == .google { settings["scope"] = "drive.file" }
    return settings
  }

  /// Notes that the provider doesn't accept the link's tokens any longer: syncs wait, and the owner gets one e-mail.
  /// Nothing where it was linked again meanwhile.
  ///
  /// - Parameter reason: a sentence for the owner.
  func signedOut(_ link: StorageLink, because reason: String) throws {
    let isNews = try database.write { connection in
      let now = clock.now()
      guard try connection.storageLinks.signOut(link, because: reason) else { return false }
      try record(.storageSignedOut, link, by: .server, at: now, in: connection)
      try outbox.tellOwner(of: link.organisation, at: now, in: connection) {
        StorageSignedOut(to: $0, link: link, reason: reason)
      }
      return true
    }
    if isNews { log.warning("storage.signed-out", ["id": link.id.rawValue, "reason": reason]) }
  }
}

extension StorageToken {
  /// As rclone's setting `token` has it. It can fetch the next one by itself, for a copy that takes hours; what it
  /// fetches it forgets.
  fileprivate var forRclone: String {
    get throws {
      let token = [
        "access_token": access, "token_type": "Bearer", "refresh_token": refresh,
        "expiry": UnixTime(rawValue: expiresAt).iso8601,
      ]
      return String(decoding: try JSONEncoder().encode(token), as: UTF8.self)
    }
  }
}

/// Which links fetch their next token.
final class Refreshing: Sendable {
  private let locks = Locked<[StorageLinkID: Lock]>([:])

  /// Runs the body while no other thread runs one for that link.
  func withLock<Result>(_ link: StorageLinkID, _ body: () throws -> Result) rethrows -> Result {
    let lock = locks.withLock { locks in
      if let lock = locks[link] { return lock }
      let lock = Lock()
      locks[link] = lock
      return lock
    }
    return try lock.withLock(body)
  }
}
