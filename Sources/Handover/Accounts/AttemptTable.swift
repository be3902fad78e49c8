import SQLite

/// The recent attempts at throttled actions.
struct AttemptTable {
  let connection: Connection

  /// How much longer one of the buckets stays closed; nil if all are open.
  func wait(for buckets: [Bucket], at now: UnixTime) throws -> Duration? {
    var longest = Duration.zero
    for bucket in buckets {
      let (count, last) = try failures(in: bucket, at: now)
      longest = max(longest, last + bucket.pause(after: count) - now)
    }
    return longest > .zero ? longest : nil
  }

  func add(_ attempt: Attempt) throws {
    for bucket in attempt.buckets {
      try connection.run(
        "INSERT INTO attempt (bucket, at, number) VALUES (?, ?, ?)", bucket.name, attempt.at, attempt.number)
    }
  }

  /// Forgets the attempt, which was not checked or did not fail.
  func cancel(_ attempt: Attempt) throws {
    for bucket in attempt.buckets {
      try connection.run(
        "DELETE FROM attempt WHERE bucket = ? AND at = ? AND number = ?",
        bucket.name, attempt.at, attempt.number)
    }
  }

  /// Forgets the attempt, which succeeded, and the failures in its first bucket.
  func succeed(_ attempt: Attempt) throws {
    try cancel(attempt)
    if let first = attempt.buckets.first {
      try connection.run("DELETE FROM attempt WHERE bucket = ?", first.name)
    }
  }

  /// Counts the attempt as a failure from now on.
  ///
  /// - Returns: how long attempts stay refused, if this was one too many.
  func fail(_ attempt: Attempt, at now: UnixTime) throws -> Duration? {
    for bucket in attempt.buckets {
      try connection.run(
        "UPDATE attempt SET at = ? WHERE bucket = ? AND at = ? AND number = ?",
        now, bucket.name, attempt.at, attempt.number)
    }
    return try wait(for: attempt.buckets, at: now)
  }

  func removeOld(at now: UnixTime) throws {
    try connection.run("DELETE FROM attempt WHERE at <= ?", now - Bucket.window)
  }

  private func failures(in bucket: Bucket, at now: UnixTime) throws -> (count: Int, last: UnixTime) {
    try connection.first(
      // Attempts in the future were written before the clock was set back.
      """
      SELECT count(*) AS count, coalesce(max(at), 0) AS last FROM attempt
      WHERE bucket = ? AND at > ? AND at <= ?
      """, bucket.name, now - Bucket.window, now
    ) { (try $0["count"], try $0["last"]) } ?? (0, now)
  }
}

extension Connection {
  var attempts: AttemptTable { AttemptTable(connection: self) }
}
