extension Migrations {
  static let throttle = """
    -- What was tried lately and may not be tried too often, above all the sign-in: a row for each bucket in which
    -- an attempt counts ('account …', 'network …'). Rows older than the time that counts are removed.
    CREATE TABLE attempt (
      bucket TEXT NOT NULL,
      at INTEGER NOT NULL,
      -- Random: tells apart the attempts of one second.
      number INTEGER NOT NULL,
      PRIMARY KEY (bucket, at, number)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX attempt_at ON attempt (at);
    """
}
