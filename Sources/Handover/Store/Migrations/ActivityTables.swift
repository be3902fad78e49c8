extension Migrations {
  static let activity = """
    -- The audit trail: what happened in an organisation, who did it, and from where. Rows are only ever added.
    CREATE TABLE activity (
      id INTEGER PRIMARY KEY,
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL CHECK (actor IN ('user', 'visitor', 'operator', 'server')),
      user_id INTEGER CHECK ((user_id IS NOT NULL) = (actor = 'user')),
      -- As the user was called then; of a visitor the e-mail address that was tried.
      who TEXT NOT NULL CHECK ((who = '') = (actor IN ('operator', 'server'))),
      -- A stable word, as in 'export.completed'.
      what TEXT NOT NULL CHECK (what GLOB '?*.?*'),
      -- The id of what it happened to, as in 'U-3', or nothing.
      subject TEXT NOT NULL,
      -- For people to read, or nothing.
      detail TEXT NOT NULL,
      -- The network address that it came from, or nothing.
      address TEXT NOT NULL
    ) STRICT;
    CREATE INDEX activity_organisation ON activity (organisation_id, id);
    CREATE INDEX activity_subject ON activity (organisation_id, subject, what) WHERE subject <> '';
    CREATE TRIGGER activity_is_not_changed BEFORE UPDATE ON activity
      BEGIN SELECT RAISE(ABORT, 'activity is never changed'); END;
    CREATE TRIGGER activity_is_not_deleted BEFORE DELETE ON activity
      BEGIN SELECT RAISE(ABORT, 'activity is never deleted'); END;
    """
}
