/// Hashes passwords with yescrypt, which is slow and takes much memory on purpose (cost 7: about 90 ms and 64
/// MiB), so that a thief of the hashes can try few passwords.
///
/// For the same reason only a few are hashed at a time, and others queue, by networks that take turns
/// (`HashingQueue`). Who has no place in the queue gets the answer `busy`. So a flood of sign-ins exhausts
/// neither the processor, nor the memory, nor the threads, nor the patience of other networks.
package final class PasswordHasher: Sendable {
  package enum Verification: Sendable {
    case right
    /// Right, but hashed with another cost or method than today's: hash the password again and store that.
    case rightNeedsRehash
    case wrong
    /// Not checked: too many others wait.
    case busy
    /// Not checked: there was not enough memory for it.
    case unavailable
  }

  /// From this many bytes on libxcrypt refuses a password.
  package static let passwordLimit = 512

  /// How many threads are hashing or wait for their turn, at most.
  package let places: Int

  private let cost: Int
  private let randomness: Randomness
  let queue: HashingQueue
  /// A setting that no stored hash has.
  let nobody: String
  /// `Crypt.hash`, or a test's replacement.
  private let crypt: @Sendable (_ password: [UInt8], _ setting: String) -> String?

  /// - Parameters:
  ///   - cost: of yescrypt, 1 to 11; one more doubles the time and, but for the lowest, the memory.
  ///   - atOnce: how many passwords are hashed at the same time.
  ///   - waiting: how many more may wait for their turn.
  package convenience init(cost: Int = 7, atOnce: Int = 2, waiting: Int = 98, randomness: Randomness) {
    self.init(cost: cost, atOnce: atOnce, waiting: waiting, randomness: randomness) {
      Crypt.hash($0, setting: $1)
    }
  }

  init(
    cost: Int, atOnce: Int, waiting: Int, randomness: Randomness,
    crypt: @escaping @Sendable (_ password: [UInt8], _ setting: String) -> String?
  ) {
    precondition((1...11).contains(cost) && atOnce > 0 && waiting >= 0)
    places = atOnce + waiting
    self.cost = cost
    self.randomness = randomness
    self.crypt = crypt
    queue = HashingQueue(atOnce: atOnce, waiting: waiting)
    nobody = Crypt.setting(cost: cost, salt: randomness.bytes(saltLength)) ?? ""
  }

  /// The hash to store, as crypt(5) has it: `$y$`, cost, salt and hash, about 73 ASCII characters.
  /// - Throws: `.password` for one that holds a NUL or has `passwordLimit` bytes or more; `.busy` where the
  ///   queue has no place; `.memory`.
  package func hash(_ password: String, for party: HashingParty) throws(SecretsError) -> String {
    guard let bytes = usable(password) else {
      throw SecretsError(
        code: .password, message: "Choose a password shorter than \(Self.passwordLimit) bytes, without NUL.")
    }
    guard let setting = Crypt.setting(cost: cost, salt: randomness.bytes(saltLength)) else {
      throw SecretsError(
        code: .password, message: "libxcrypt makes no yescrypt salt; install a newer libcrypt1.")
    }
    guard let result = queue.pass(for: party, { crypt(bytes, setting) }) else {
      throw SecretsError(
        code: .busy, message: "Too many passwords are being checked; try again soon.")
    }
    guard let hash = result else {
      throw SecretsError(
        code: .memory, message: "There was not enough memory to hash a password; free some, and try again.")
    }
    return hash
  }

  /// Whether a password is the one that was hashed. A stored text that is not a hash matches no password, and
  /// takes as long.
  package func verify(_ password: String, against hash: String, for party: HashingParty) -> Verification {
    guard let bytes = usable(password) else { return .wrong }
    let answer = queue.pass(for: party) { () -> Result in
      if hash.hasPrefix("$"), let result = crypt(bytes, hash) { return .hash(result) }
      return Crypt.isHash(hash) || crypt(bytes, nobody) == nil ? .none : .noHash
    }
    guard let answer else { return .busy }
    if case .none = answer { return .unavailable }
    guard case .hash(let result) = answer, constantTimeEquals(result, hash) else { return .wrong }
    return parameters(of: hash) == parameters(of: nobody) ? .right : .rightNeedsRehash
  }

  private enum Result {
    case hash(String)
    /// The password could not be hashed.
    case none
    /// What is stored is not a hash.
    case noHash
  }

  /// Takes as long as `verify` and never answers right: for a user who does not exist, so that the time
  /// doesn't tell who does.
  package func verifyNobody(_ password: String, for party: HashingParty) -> Verification {
    guard let bytes = usable(password) else { return .wrong }
    guard let result = queue.pass(for: party, { crypt(bytes, nobody) }) else { return .busy }
    return result == nil ? .unavailable : .wrong
  }
}

/// In bytes, as libxcrypt itself would take.
private let saltLength = 16

/// The bytes of a password; nil where libxcrypt would not use all of them.
private func usable(_ password: String) -> [UInt8]? {
  let bytes = Array(password.utf8)
  return bytes.count < PasswordHasher.passwordLimit && !bytes.contains(0) ? bytes : nil
}

/// The `y` and `jBT` of `$y$jBT$salt$hash`: method and cost.
private func parameters(of hash: String) -> [Substring] {
  Array(hash.split(separator: "$").prefix(2))
}
