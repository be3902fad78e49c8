/// The signing keys, oldest first: the newest one signs, the others still verify what they signed.
///
/// Its file has one line for each key: id, time of creation in Unix seconds, secret as base64url, separated
/// by blanks.
package struct KeyRing: Sendable, Equatable {
  /// Never empty.
  package let keys: [SigningKey]

  /// The one that signs.
  package var newest: SigningKey { keys[keys.count - 1] }

  /// The key with that id; nil if it is gone or never was.
  package func key(_ id: String) -> SigningKey? {
    keys.first { $0.id == id }
  }

  /// Whether the ring holds the key with that id.
  package func has(_ id: String) -> Bool {
    keys.contains { $0.id == id }
  }

  init(first: SigningKey) {
    keys = [first]
  }

  private init(keys: [SigningKey]) {
    self.keys = keys
  }

  /// The ring with one more key. Where a lifetime of signatures is given, a key is dropped once its successor
  /// is older than that: by then all that it signed has expired.
  func rotated(to key: SigningKey, forgettingAfter lifetime: Duration?) -> KeyRing {
    var kept: [SigningKey] = []
    for (old, successor) in zip(keys, keys.dropFirst() + [key]) {
      let unused = key.created.subtractingReportingOverflow(successor.created)
      if let lifetime, !unused.overflow, unused.partialValue > lifetime.components.seconds { continue }
      kept.append(old)
    }
    return KeyRing(keys: kept + [key])
  }

  /// The text of the ring's file.
  var text: String {
    keys.map { "\($0.id) \($0.created) \(Base64URL.encode($0.secret))\n" }.joined()
  }

  /// - Throws: the number of the first line that holds no key; 1 for an empty text.
  init(text: String) throws(BadLine) {
    var keys: [SigningKey] = []
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    if lines.isEmpty { throw BadLine(number: 1) }
    for line in lines {
      guard let key = SigningKey(line: line), !keys.contains(where: { $0.id == key.id }) else {
        throw BadLine(number: keys.count + 1)
      }
      keys.append(key)
    }
    self.keys = keys
  }

  struct BadLine: Error {
    let number: Int
  }
}

extension SigningKey {
  fileprivate init?(line: Substring) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    guard fields.count == 3, !fields[0].isEmpty, Base64URL.decode(String(fields[0])) != nil,
      let created = Int64(fields[1]), String(created) == fields[1],
      let secret = Base64URL.decode(String(fields[2])), secret.count == 32
    else { return nil }
    self.init(id: String(fields[0]), created: created, secret: secret)
  }
}
