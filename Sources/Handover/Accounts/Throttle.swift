import Glibc
import SQLite
import Secrets

// How guessing is slowed down
//
// A failed attempt counts in several buckets: one for the account and the network together, one for the
// account from any network, and one for the network with any account. Each bucket allows some failures within
// a quarter of an hour; the next one, and each after it, closes the bucket for twice as long as the one
// before. While any of its buckets is closed, an attempt is refused unchecked, at the cost of one read.
//
// An attempt is recorded before it is checked, and the record is removed if it succeeds, so that a hundred
// attempts at once count like a hundred in a row. A success empties the first bucket; the others stay, or a
// guesser could empty them with an account of their own.
//
// An account is the address that was typed, whether it exists or not: the answers don't tell. A network is
// the other end of the connection; no header changes it. A session stays valid while the sign-in is closed,
// so users who are signed in notice nothing.
//
// The counts are rows of the database: they hold for all processes and across restarts.

extension Accounts {
  enum AttemptOutcome {
    /// The caller must end it by a verb of `AttemptTable`: `succeed`, `fail` or `cancel`.
    case begun(Attempt)
    /// No attempt is checked for that long.
    case throttled(wait: Duration)
  }

  /// Records an attempt, unless one of its buckets is closed.
  ///
  /// - Parameter buckets: first the one that a success empties.
  func begin(_ buckets: [Bucket], at now: UnixTime) throws -> AttemptOutcome {
    if let wait = try database.read({ try $0.attempts.wait(for: buckets, at: now) }) {
      return .throttled(wait: wait)
    }
    let number = randomness.bytes(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let attempt = Attempt(buckets: buckets, at: now, number: number)
    return try database.write { connection in
      // Between the read and the write another attempt may have closed it.
      if let wait = try connection.attempts.wait(for: buckets, at: now) { return .throttled(wait: wait) }
      try connection.attempts.removeOld(at: now)
      try connection.attempts.add(attempt)
      return .begun(attempt)
    }
  }
}

/// Something that was tried, and where it counts.
struct Attempt: Sendable {
  let buckets: [Bucket]
  let at: UnixTime
  let number: Int64
}

/// Where attempts are counted.
struct Bucket: Sendable, Equatable {
  let name: String
  /// The first failure within `window` that closes the bucket.
  let closesAt: Int

  /// How long a failure counts.
  static let window = Duration.minutes(15)
  /// How long the first failure over the limit closes the bucket; each further one doubles it.
  static let firstPause = Duration.seconds(15)
  static let longestPause = Duration.minutes(15)

  /// How long this number of failures closes the bucket, from the last one on.
  func pause(after failures: Int) -> Duration {
    if failures < closesAt { return .zero }
    return min(Self.longestPause, Self.firstPause * (1 << min(failures - closesAt, 10)))
  }
}

extension Bucket {
  /// Where a failed sign-in counts.
  static func signIn(_ email: String, from address: String) -> [Bucket] {
    let account = hashed(email)
    let network = network(of: address)
    return [
      Bucket(name: "sign-in account \(account) network \(network)", closesAt: 6),
      Bucket(name: "sign-in account \(account)", closesAt: 30),
      Bucket(name: "sign-in network \(network)", closesAt: 100),
    ]
  }

  /// Where a wrong password from a signed-in user counts. It blocks no sign-in, and a flood at the sign-in
  /// doesn't block this.
  static func reauthentication(of user: User) -> [Bucket] {
    [Bucket(name: "confirmation \(user.organisation.rawValue) \(user.id)", closesAt: 6)]
  }

  /// Where a request for a mail counts, by its address.
  static func forgotten(_ email: String) -> [Bucket] {
    [Bucket(name: "forgotten account \(hashed(email))", closesAt: 3)]
  }

  /// Where a request for a mail counts, by its network.
  static func forgotten(from address: String) -> [Bucket] {
    [Bucket(name: "forgotten network \(network(of: address))", closesAt: 30)]
  }

  /// The part of a network address that one party holds: all of an IPv4 address, the first 64 bits of an IPv6
  /// one.
  static func network(of address: String) -> String {
    var parsed = in6_addr()
    guard unsafe inet_pton(AF_INET6, address, &parsed) == 1 else { return address }
    let bytes = unsafe withUnsafeBytes(of: &parsed) { unsafe Array($0) }
    let isIPv4 = bytes.starts(with: Array(repeating: 0, count: 10) + [0xFF, 0xFF])
    if isIPv4 { return bytes.suffix(4).map(String.init).joined(separator: ".") }
    return hex(Array(bytes.prefix(8))) + "/64"
  }

  /// Hashed, because people sometimes type their password into the address field.
  private static func hashed(_ email: String) -> String {
    hex(Array(TokenHash(of: email.lowercased()).bytes.prefix(16)))
  }
}
