extension Migrations {
  static let exports = """
    -- An export that somebody asked for, with the time of each state that it has been in. Only this row says
    -- the state; the file is on the disk before it says completed. Downloads stand in the activity: a GET
    -- changes no export.
    CREATE TABLE export (
      -- Grows with each export, so that it orders those of one second.
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
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
      started_at INTEGER CHECK (status NOT IN ('processing', 'completed') OR started_at IS NOT NULL),
      ended_at INTEGER CHECK ((ended_at IS NULL) = (status IN ('queued', 'processing'))),
      -- Why the last run failed, or why an export expired before its time: a sentence for the owner.
      reason TEXT CHECK (reason <> '' AND (status <> 'failed' OR reason IS NOT NULL)),
      -- What the archive holds; all set at once when it is completed.
      snapshot_at INTEGER,
      rows INTEGER CHECK (rows >= 0),
      size INTEGER CHECK (size > 0),
      sha256 BLOB CHECK (length(sha256) = 32),
      -- How long the run took, for the estimates of later ones.
      milliseconds INTEGER CHECK (milliseconds >= 0),
      -- The key that signs the link.
      key_id TEXT,
      completed_at INTEGER,
      expires_at INTEGER CHECK (expires_at > completed_at),
      -- When the owner was told that it expires soon and nobody has downloaded it.
      warned_at INTEGER,
      CHECK ((completed_at IS NOT NULL) = (status IN ('completed', 'revoked', 'expired'))),
      CHECK (completed_at IS NULL OR (snapshot_at IS NOT NULL AND rows IS NOT NULL AND size IS NOT NULL
        AND sha256 IS NOT NULL AND milliseconds IS NOT NULL AND key_id IS NOT NULL AND expires_at IS NOT NULL)),
      FOREIGN KEY (organisation_id, subject_id) REFERENCES user,
      FOREIGN KEY (organisation_id, requested_by) REFERENCES user
    ) STRICT;
    CREATE INDEX export_organisation ON export (organisation_id, requested_at);
    CREATE INDEX export_number ON export (organisation_id, number);
    CREATE INDEX export_open ON export (organisation_id, status) WHERE status IN ('queued', 'processing');
    CREATE INDEX export_status ON export (status, organisation_id)
      WHERE status IN ('queued', 'processing', 'completed');
    -- One running export of the entire organisation, and one of each user.
    CREATE UNIQUE INDEX export_running_organisation ON export (organisation_id)
      WHERE scope = 'organisation' AND status IN ('queued', 'processing');
    CREATE UNIQUE INDEX export_running_user ON export (organisation_id, subject_id)
      WHERE scope = 'user' AND status IN ('queued', 'processing');

    -- An export with the names of the people in it, as they are now.
    CREATE VIEW export_with_names AS
      SELECT export.*, coalesce(requester.name, requester.email, 'U-' || requester.id) AS requested_by_name,
        requester.active AS requested_by_active,
        coalesce(subject.name, subject.email, 'U-' || subject.id) AS subject_name, subject.active AS subject_active
      FROM export
      JOIN user requester
        ON requester.organisation_id = export.organisation_id AND requester.id = export.requested_by
      LEFT JOIN user subject
        ON subject.organisation_id = export.organisation_id AND subject.id = export.subject_id;

    -- The CSV files of a completed export's archive.
    CREATE TABLE export_file (
      export_id TEXT NOT NULL REFERENCES export (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      name TEXT NOT NULL CHECK (name <> ''),
      rows INTEGER NOT NULL CHECK (rows >= 0),
      bytes INTEGER NOT NULL CHECK (bytes > 0),
      crc32 INTEGER NOT NULL CHECK (crc32 BETWEEN 0 AND 4294967295),
      PRIMARY KEY (export_id, position)
    ) WITHOUT ROWID, STRICT;

    -- Whose turn it is: each organisation's number grows when one of its exports is taken, and the smallest
    -- number is served first. A count and not a time, so that a clock that jumps changes no order.
    CREATE TABLE export_turn (
      organisation_id INTEGER PRIMARY KEY REFERENCES organisation,
      turn INTEGER NOT NULL
    ) STRICT;
    """

  /// Found and ordered without a temporary table: what is running, then what waits, each in its order.
  static let openExports = """
    DROP INDEX export_open;
    CREATE INDEX export_open ON export (organisation_id, status) WHERE ended_at IS NULL;
    """
}
