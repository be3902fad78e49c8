import Foundation
import SQLite
import System

extension LinkedStorage {
  /// The token that opens an account's storage, good for ten minutes more at least: one that ends sooner is exchanged for
  /// the next. Where the provider gives none any more, the link is signed out.
  ///
  /// - Throws: `StorageProblem`.
  func token(for link: StorageLink, isStopping: () -> Bool = { false }) throws -> StorageToken {
    throw StorageProblem(.server, "not there yet")
  }

  /// The settings of rclone's that open the storage, by rclone's names without `RCLONE_CONFIG_…_`: `type`, `token`. They
  /// go into rclone's environment and nowhere else.
  ///
  /// - Throws: `StorageProblem`.
  func rcloneSettings(for link: StorageLink, isStopping: () -> Bool = { false }) throws -> [String: String] {
    throw StorageProblem(.server, "not there yet")
  }

  /// Notes that the provider doesn't accept the link's tokens any longer: syncs wait, and the owner gets one e-mail.
  ///
  /// - Parameter reason: a sentence for the owner.
  func signedOut(_ link: StorageLink, because reason: String) throws {
    throw StorageProblem(.server, "not there yet")
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
