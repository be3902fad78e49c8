import Foundation

/// The file that the key ring stands in: mode 0600, made with a first key where there is none.
///
/// Any number of processes may read it and rotate it. It is never written in place: a new file is written beside it
/// and takes its name, so that a reader sees the old ring or the new one. A rotation holds a lock on the file
/// that it replaces, so that of two at once none loses its key.
package final class KeyFile: @unchecked Sendable {
  package let path: String
  private let randomness: Randomness
  private let lock = NSLock()
  private var loaded: Loaded

  /// Opens the file, or makes it.
  /// - Parameter now: Unix seconds, for a first key.
  /// - Throws: `.keyFile` where it can't be read or made, holds no ring, or is open to others.
  package init(path: String, now: Int64, randomness: Randomness) throws(SecretsError) {
    self.path = path
    self.randomness = randomness
    if !fileExists(path) {
      try createKeyFile(KeyRing(first: SigningKey(created: now, randomness: randomness)), at: path)
    }
    loaded = try load(path)
  }

  /// The ring as the file has it now. Costs one stat(2) unless the file changed; any thread may call it.
  package func current() throws(SecretsError) -> KeyRing {
    let stamp = try stamp(of: path)
    lock.lock()
    defer { lock.unlock() }
    if loaded.stamp != stamp {
      loaded = try load(path)
    }
    return loaded.ring
  }

  /// Adds a key that signs from now on, in this process and in every other that reads the file.
  /// - Parameters:
  ///   - now: Unix seconds.
  ///   - lifetime: seconds for which a signature counts: keys that signed nothing for longer than that are dropped.
  ///     Nil keeps all.
  @discardableResult
  package func rotate(now: Int64, forgettingAfter lifetime: Int64? = nil) throws(SecretsError) -> SigningKey {
    let key = SigningKey(created: now, randomness: randomness)
    try withLockedKeyFile(path) { ring throws(SecretsError) in
      try replaceKeyFile(path, by: ring.rotated(to: key, forgettingAfter: lifetime))
    }
    return key
  }
}
