import SQLite

/// The recent attempts at throttled actions.
struct AttemptTable {
  let connection: Connection

  /// How much longer one of the buckets stays closed; nil if all are open.
  func wait(for buckets: [Bucket], at now: UnixTime) throws -> Duration? {
    var longest = Duration.zero
    for bucket in buckets {
      let wait = bucket.isSteady ? try untilFewer(in: bucket, at: now) : try pause(of: bucket, at: now)
      longest = max(longest, wait)
    }
    return longest > .zero ? longest : nil
  }

  func add(_ attempt: Attempt) throws {
    for bucket in attempt.buckets.failures { try add(attempt, to: bucket) }
  }

  /// Forgets the attempt, which was not checked or did not fail.
  func cancel(_ attempt: Attempt) throws {
    for bucket in attempt.buckets.failures {
      try connection.run(
        "DELETE FROM attempt WHERE bucket = ? AND number = ?", bucket.name, attempt.number)
    }
  }

  /// Counts the attempt as a success, and forgets the failures in its first bucket.
  ///
  /// - Returns: how long successes stay refused, if this is one too many; then it must come to nothing.
  func succeed(_ attempt: Attempt, at now: UnixTime) throws -> Duration? {
    try cancel(attempt)
    if let successes = attempt.buckets.successes {
      // Others may have succeeded since this one began.
      if let wait = try wait(for: [successes], at: now) { return wait }
      try add(attempt, to: successes)
    }
    if let first = attempt.buckets.failures.first {
      try connection.run("DELETE FROM attempt WHERE bucket = ?", first.name)
    }
    return nil
  }

  /// Counts the attempt as a failure from now on.
  ///
  /// - Returns: how long attempts stay refused, if this was one too many.
  func fail(_ attempt: Attempt, at now: UnixTime) throws -> Duration? {
    for bucket in attempt.buckets.failures {
      try connection.run(
        "UPDATE attempt SET at = ? WHERE bucket = ? AND number = ?", now, bucket.name, attempt.number)
    }
    return try wait(for: attempt.buckets.failures, at: now)
  }

  /// Empties every bucket of the sign-ins with this address.
  func forgetSignIns(with email: String) throws {
    // After the address's own name comes a blank, or nothing.
    try connection.run(
      "DELETE FROM attempt WHERE bucket >= ?1 AND bucket < ?1 || '!'", Buckets.account(email))
  }

  func removeOld(at now: UnixTime) throws {
    try connection.run("DELETE FROM attempt WHERE at <= ?", now - Bucket.window)
  }

  /// Lets attempts that are dated ahead of now count from now on.
  ///
  /// - Returns: how many there were.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run("UPDATE attempt SET at = ?1 WHERE at > ?1", now)
  }

  private func add(_ attempt: Attempt, to bucket: Bucket) throws {
    try connection.run(
      "INSERT INTO attempt (bucket, at, number) VALUES (?, ?, ?)", bucket.name, attempt.at, attempt.number)
  }

  private func pause(of bucket: Bucket, at now: UnixTime) throws -> Duration {
    try connection.first(
      "SELECT count(*) AS count, coalesce(max(at), 0) AS last FROM attempt WHERE bucket = ? AND at > ?",
      bucket.name, now - Bucket.window
    ) { row in
      let last = min(try row["last"], now)
      return last + bucket.pause(after: try row["count"]) - now
    } ?? .zero
  }

  private func untilFewer(in bucket: Bucket, at now: UnixTime) throws -> Duration {
    let oldest: UnixTime? = try connection.value(
      "SELECT at FROM attempt WHERE bucket = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
      bucket.name, now - Bucket.window, bucket.closesAt - 1)
    return oldest.map { min($0, now) + Bucket.window - now } ?? .zero
  }
}

extension Connection {
  var attempts: AttemptTable { AttemptTable(connection: self) }
}
