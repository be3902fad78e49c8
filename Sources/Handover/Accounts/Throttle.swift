import SQLite
import Secrets

// How guessing is slowed down
//
// A failed attempt counts in several buckets: that of the account and the network together, that of the account
// whatever the network, and that of the network whatever the account. Each lets some failures within a quarter of an
// hour pass; the next one, and each after it, closes the bucket for twice as long as the one before. While any of
// its buckets is closed an attempt isn't looked at, and costs one read.
//
// An attempt is written down before it is looked at and withdrawn where it succeeds, so that a hundred attempts at
// once are as many as a hundred one after the other. Who succeeds empties the first bucket; the others stay, or a
// guesser could empty them with an account of their own.
//
// An account is what was typed, whether there is one or not: the answers don't tell. A network is the other end of
// the connection, and no header changes it. Sessions are not asked: those who are signed in notice nothing.

/// Counts attempts and says when there were too many, for all processes and across restarts.
struct Throttle: Sendable {
  let database: Database
  let randomness: Randomness

  enum Admission {
    /// To be closed by `failed`, `forgive` or `withdraw`.
    case admitted(Attempt)
    /// Not to be looked at for so many seconds.
    case throttled(wait: Int64)
  }

  /// Writes an attempt down, unless one of its buckets is closed.
  ///
  /// - Parameter buckets: the one that a success empties first.
  func begin(_ buckets: [Bucket], at now: UnixTime) throws -> Admission {
    if let wait = try database.read({ try $0.attempts.wait(for: buckets, at: now) }) {
      return .throttled(wait: wait)
    }
    let number = randomness.bytes(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let attempt = Attempt(buckets: buckets, at: now, number: number)
    return try database.write { connection in
      // Between the look and the write another may have closed it.
      if let wait = try connection.attempts.wait(for: buckets, at: now) { return .throttled(wait: wait) }
      try connection.attempts.removeOld(at: now)
      try connection.attempts.add(attempt)
      return .admitted(attempt)
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

  /// Failures count for so many seconds.
  static let window = 15 * Int64.minute
  /// For how long the first one too many closes the bucket; each further one doubles it.
  static let firstPause: Int64 = 15
  static let longestPause = 15 * Int64.minute

  /// For how long so many failures close the bucket, from the last of them on.
  func pause(after failures: Int) -> Int64 {
    if failures < closesAt { return 0 }
    return min(Self.longestPause, Self.firstPause << min(failures - closesAt, 10))
  }
}
