import Glibc
import SQLite
import Secrets

// How guessing is slowed down
//
// A failed attempt counts in several buckets: that of the account and the network together, that of the
// account whatever the network, and that of the network whatever the account. Each lets some failures within
// a quarter of an hour pass; the next one, and each after it, closes the bucket for twice as long as the one
// before. While any of its buckets is closed an attempt isn't looked at, and costs one read.
//
// An attempt is written down before it is looked at and taken back where it succeeds, so that a hundred
// attempts at once are as many as a hundred one after the other. A success empties the first bucket; the
// others stay, or a guesser could empty them with an account of their own.
//
// An account is what was typed, whether there is one or not: the answers don't tell. A network is the other
// end of the connection, and no header changes it. Sessions are not asked: those who are signed in notice
// nothing.
//
// The counts are rows of the database: they hold for all processes and across restarts.

extension Accounts {
  enum AttemptOutcome {
    /// To be ended by a verb of `AttemptTable`: `succeed`, `fail` or `cancel`.
    case begun(Attempt)
    /// Nothing is looked at for that long.
    case throttled(wait: Duration)
  }

  /// Writes an attempt down, unless one of its buckets is closed.
  ///
  /// - Parameter buckets: the one that a success empties first.
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

  /// For how long a failure counts.
  static let window = Duration.minutes(15)
  /// For how long the first failure too many closes the bucket; each further one doubles it.
  static let firstPause = Duration.seconds(15)
  static let longestPause = Duration.minutes(15)

  /// For how long this number of failures closes the bucket, from the last of them on.
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

  /// Where a wrong password of somebody who is signed in counts. It keeps nobody from signing in, and a flood
  /// at the sign-in doesn't keep anybody from this.
  static func reauthentication(of user: User) -> [Bucket] {
    [Bucket(name: "confirmation \(user.organisation.rawValue) \(user.id)", closesAt: 6)]
  }

  /// Where a mail counts that was asked for with an address.
  static func forgotten(_ email: String) -> [Bucket] {
    [Bucket(name: "forgotten account \(hashed(email))", closesAt: 3)]
  }

  /// Where a mail counts that was asked for from a network.
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

  /// People type passwords where the address belongs: it isn't kept as it is.
  private static func hashed(_ email: String) -> String {
    hex(Array(TokenHash(of: email.lowercased()).bytes.prefix(16)))
  }
}
