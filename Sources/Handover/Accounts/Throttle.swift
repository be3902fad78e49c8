import Glibc
import SQLite
import Secrets

// How guessing is slowed down
//
// A failed sign-in counts in several buckets: for the account and the network together, for the account from
// any network, and for the network with any account. Each bucket allows some failures within a quarter of an
// hour; the next one, and each after it, closes the bucket for twice as long as the one before. While any of
// its buckets is closed, an attempt is refused unchecked, at the cost of one read.
//
// A browser that is known for the account has one bucket of its own in place of all these. So those who guess
// from elsewhere, even from the same network, don't lock out the account's user. A link that was mailed opens
// the account's buckets again, and makes the browser in which it was followed a known one.
//
// An attempt is recorded before it is checked, and the record is removed if it succeeds, so that a hundred
// attempts at once count like a hundred in a row. A success empties the first bucket; the others stay, or a
// guesser could empty them with an account of their own.
//
// Successes count too, for the account, or for a browser that has been known for longer than they count: to
// check a right password costs as much as a wrong one. Beyond some of them the bucket stays closed until the
// oldest counts no more.
//
// An account is the address that was typed, whether it exists or not: the answers don't tell. A network is
// the other end of the connection; no header changes it. Of an IPv6 address a network is what one line has
// (/64), and what one customer can have (/48), with a higher limit. A session stays valid while the sign-in
// is closed, so users who are signed in notice nothing.
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
  func begin(_ buckets: Buckets, at now: UnixTime) throws -> AttemptOutcome {
    if let wait = try database.read({ try $0.attempts.wait(for: buckets.all, at: now) }) {
      return .throttled(wait: wait)
    }
    let number = randomness.bytes(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let attempt = Attempt(buckets: buckets, at: now, number: number)
    return try database.write { connection in
      // Between the read and the write another attempt may have closed it.
      if let wait = try connection.attempts.wait(for: buckets.all, at: now) { return .throttled(wait: wait) }
      try connection.attempts.removeOld(at: now)
      try connection.attempts.add(attempt)
      return .begun(attempt)
    }
  }
}

extension Accounts {
  /// Runs the transaction that ends the attempt. One that can't begin in time leaves the attempt without an end: it
  /// counts as nothing then, since nobody has learned anything by it.
  func end<Outcome>(_ attempt: Attempt, _ body: (Connection) throws -> Outcome) throws -> Outcome {
    do { return try database.write(body) } catch let busy as DatabaseBusy {
      database.writeLater { try $0.attempts.cancel(attempt) }
      throw busy
    }
  }
}

/// Something that was tried, and where it counts.
struct Attempt: Sendable {
  let buckets: Buckets
  let at: UnixTime
  let number: Int64
}

/// Where an attempt counts.
struct Buckets: Sendable, Equatable {
  /// First the one that a success empties.
  let failures: [Bucket]
  /// Nil where successes don't count.
  var successes: Bucket?

  var all: [Bucket] { failures + (successes.map { [$0] } ?? []) }
}

/// Where failures, or successes, are counted.
struct Bucket: Sendable, Equatable {
  let name: String
  /// The first of them within `window` that closes the bucket.
  let closesAt: Int
  /// Whether it stays closed until fewer of them count, and not for pauses that grow.
  var isSteady = false

  /// How long a failure or a success counts.
  static let window = Duration.minutes(15)
  /// How long the first failure over the limit closes the bucket; each further one doubles it.
  static let firstPause = Duration.seconds(15)
  static let longestPause = Duration.minutes(15)
  /// The successes within `window` after which no more are let in.
  static let successes = 20

  /// The forms that a user may send within `window`, and the downloads that one may begin: each leaves rows.
  static let changes = 300
  /// The documents that a user may send within `window`, each by a form of its own: some deals have hundreds.
  static let documents = 3_000

  /// How long this number of failures closes the bucket, from the last one on.
  func pause(after failures: Int) -> Duration {
    if failures < closesAt { return .zero }
    return min(Self.longestPause, Self.firstPause * (1 << min(failures - closesAt, 10)))
  }
}

extension Buckets {
  /// Where a sign-in counts.
  static func signIn(
    _ email: String, from browser: Browser, known: KnownBrowser?, at now: UnixTime
  ) -> Buckets {
    let account = account(email)
    let own = known.flatMap { _ in browser.cookie.map { "\(account) browser \(shortHash($0))" } }
    let isOld = known.map { $0.since <= now - Bucket.window } ?? false
    let successes = Bucket(
      name: "\(isOld ? own ?? account : account) successes", closesAt: Bucket.successes, isSteady: true)
    if let own { return Buckets(failures: [Bucket(name: own, closesAt: 6)], successes: successes) }
    let network = Network(browser.address)
    var failures = [
      Bucket(name: "\(account) network \(network.line)", closesAt: 6),
      Bucket(name: account, closesAt: 30),
      Bucket(name: "sign-in network \(network.line)", closesAt: 100),
    ]
    if network.customer != network.line {
      failures += [
        Bucket(name: "\(account) network \(network.customer)", closesAt: 12),
        Bucket(name: "sign-in network \(network.customer)", closesAt: 300),
      ]
    }
    return Buckets(failures: failures, successes: successes)
  }

  /// Begins the name of every bucket of the account's sign-ins.
  static func account(_ email: String) -> String { "sign-in account \(shortHash(email.lowercased()))" }

  /// Where a code after the password counts. Only somebody who knows the password gets here, and there are
  /// but a million codes: what is known of the browser counts only once the user has signed in there.
  static func code(of user: User, from browser: Browser, known: KnownBrowser?) -> Buckets {
    let account = "code account \(user.organisation.rawValue) \(user.id)"
    if known?.hasSignedIn == true, let cookie = browser.cookie {
      return Buckets(failures: [Bucket(name: "\(account) browser \(shortHash(cookie))", closesAt: 6)])
    }
    let network = Network(browser.address)
    return Buckets(failures: [
      Bucket(name: "\(account) network \(network.customer)", closesAt: 6),
      Bucket(name: account, closesAt: 10),
      Bucket(name: "code network \(network.customer)", closesAt: 100),
    ])
  }

  /// Where a password counts that a signed-in user gives again. It blocks no sign-in, and a flood at the
  /// sign-in doesn't block this.
  static func reauthentication(of user: User) -> Buckets {
    let name = "confirmation \(user.organisation.rawValue) \(user.id)"
    return Buckets(
      failures: [Bucket(name: name, closesAt: 6)],
      successes: Bucket(name: name + " successes", closesAt: Bucket.successes, isSteady: true))
  }

  /// Where each form of a signed-in user counts, whatever comes of it.
  static func changes(by user: User) -> Buckets {
    Buckets(failures: [
      Bucket(
        name: "changes \(user.organisation.rawValue) \(user.id)", closesAt: Bucket.changes, isSteady: true)
    ])
  }

  /// Where each form with documents counts.
  static func documents(by user: User) -> Buckets {
    Buckets(failures: [
      Bucket(
        name: "documents \(user.organisation.rawValue) \(user.id)", closesAt: Bucket.documents,
        isSteady: true)
    ])
  }

  /// Where each download counts that a user begins.
  static func downloads(by user: User) -> Buckets {
    Buckets(failures: [
      Bucket(
        name: "downloads \(user.organisation.rawValue) \(user.id)", closesAt: Bucket.changes, isSteady: true)
    ])
  }

  /// Where a request for a mail counts, by its address.
  static func forgotten(_ email: String) -> Buckets {
    Buckets(failures: [Bucket(name: "forgotten account \(shortHash(email.lowercased()))", closesAt: 3)])
  }

  /// Where a request for a mail counts, by its network.
  static func forgotten(from address: String) -> Buckets {
    let network = Network(address)
    var failures = [Bucket(name: "forgotten network \(network.line)", closesAt: 30)]
    if network.customer != network.line {
      failures.append(Bucket(name: "forgotten network \(network.customer)", closesAt: 100))
    }
    return Buckets(failures: failures)
  }

  /// Hashed, because people sometimes type their password into the address field.
  static func shortHash(_ text: String) -> String {
    hex(Array(TokenHash(of: text).bytes.prefix(16)))
  }
}

/// The part of a network address that one party holds.
struct Network: Sendable, Equatable {
  /// What one line has: all of an IPv4 address, the first 64 bits of an IPv6 one.
  let line: String
  /// What one customer of a provider can have: all of an IPv4 address, the first 48 bits of an IPv6 one.
  let customer: String

  /// An IPv4 address within an IPv6 one, mapped or translated (RFC 4291, section 2.5.5.2; RFC 6052, section
  /// 2.1), is that IPv4 address.
  init(_ address: String) {
    var parsed = in6_addr()
    guard unsafe inet_pton(AF_INET6, address, &parsed) == 1 else {
      line = address
      customer = address
      return
    }
    let bytes = unsafe withUnsafeBytes(of: &parsed) { unsafe Array($0) }
    let mapped = Array(repeating: UInt8(0), count: 10) + [0xFF, 0xFF]
    let translated = [0x00, 0x64, 0xFF, 0x9B] + Array(repeating: UInt8(0), count: 8)
    if bytes.starts(with: mapped) || bytes.starts(with: translated) {
      line = bytes.suffix(4).map(String.init).joined(separator: ".")
      customer = line
    } else {
      line = hex(Array(bytes.prefix(8))) + "/64"
      customer = hex(Array(bytes.prefix(6))) + "/48"
    }
  }
}
