extension Migrations {
  static let exports = """
    -- An export that somebody asked for, with the time of each state that it has been in. Only this row says
    -- the state; the file is on the disk before it says completed.
    CREATE TABLE export (
      id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      scope TEXT NOT NULL CHECK (scope IN ('organisation', 'user')),
      subject_id INTEGER CHECK ((subject_id IS NULL) = (scope = 'organisation')),
      requested_by INTEGER NOT NULL,
      requested_at INTEGER NOT NULL,
      status TEXT NOT NULL CHECK (status IN
        ('queued', 'processing', 'completed', 'failed', 'cancelled', 'revoked', 'expired')),
      -- Counts the runs; every change that a run makes is conditional on it.
      attempt INTEGER NOT NULL DEFAULT 0,
      -- Counts the runs that failed since it was last asked for.
      failures INTEGER NOT NULL DEFAULT 0,
      -- Not run before this time (the pause before another try).
      not_before INTEGER NOT NULL,
      started_at INTEGER,
      ended_at INTEGER CHECK ((ended_at IS NULL) = (status IN ('queued', 'processing'))),
      reason TEXT CHECK (status <> 'failed' OR reason <> ''),
      -- What the archive holds; all set at once when it is completed.
      snapshot_at INTEGER,
      size INTEGER,
      sha256 BLOB CHECK (length(sha256) = 32),
      key_id TEXT,
      completed_at INTEGER,
      expires_at INTEGER,
      first_downloaded_at INTEGER,
      downloads INTEGER NOT NULL DEFAULT 0,
      CHECK ((completed_at IS NOT NULL) = (status IN ('completed', 'revoked', 'expired'))),
      CHECK (completed_at IS NULL OR (snapshot_at IS NOT NULL AND size > 0 AND sha256 IS NOT NULL
        AND key_id IS NOT NULL AND expires_at > completed_at)),
      FOREIGN KEY (organisation_id, subject_id) REFERENCES user,
      FOREIGN KEY (organisation_id, requested_by) REFERENCES user
    ) STRICT;
    CREATE INDEX export_organisation ON export (organisation_id, requested_at DESC);
    CREATE INDEX export_status ON export (status, not_before)
      WHERE status IN ('queued', 'processing', 'completed');
    -- One running export of the entire organisation, and one of each user.
    CREATE UNIQUE INDEX export_running_organisation ON export (organisation_id)
      WHERE scope = 'organisation' AND status IN ('queued', 'processing');
    CREATE UNIQUE INDEX export_running_user ON export (organisation_id, subject_id)
      WHERE scope = 'user' AND status IN ('queued', 'processing');

    -- What a completed export's archive holds, a row a file.
    CREATE TABLE export_file (
      export_id TEXT NOT NULL REFERENCES export ON DELETE CASCADE,
      position INTEGER NOT NULL,
      name TEXT NOT NULL,
      rows INTEGER NOT NULL CHECK (rows >= 0),
      bytes INTEGER NOT NULL CHECK (bytes > 0),
      crc32 INTEGER NOT NULL,
      PRIMARY KEY (export_id, position)
    ) WITHOUT ROWID, STRICT;

    -- The outbox: a mail, written in the transaction of its cause and sent later. Bodies are removed once
    -- the mail is sent or given up, because they can hold links.
    CREATE TABLE letter (
      id INTEGER PRIMARY KEY,
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      kind TEXT NOT NULL,
      message_id TEXT NOT NULL UNIQUE,
      recipient_name TEXT NOT NULL,
      recipient_email TEXT NOT NULL,
      subject TEXT NOT NULL,
      text TEXT NOT NULL,
      html TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      next_attempt_at INTEGER NOT NULL,
      sent_at INTEGER,
      given_up_at INTEGER,
      error TEXT
    ) STRICT;
    CREATE INDEX letter_waiting ON letter (next_attempt_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
    """
}
