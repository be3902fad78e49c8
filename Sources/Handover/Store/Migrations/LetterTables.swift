extension Migrations {
  static let letters = """
    -- The outbox: a mail, written in the transaction of its cause and sent later. Bodies are removed once
    -- the mail is sent or given up, because they can hold links.
    CREATE TABLE letter (
      id INTEGER PRIMARY KEY,
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      kind TEXT NOT NULL CHECK (kind <> ''),
      -- The same for every attempt, so that a mail that was sent twice is shown once.
      message_id TEXT NOT NULL UNIQUE,
      recipient_name TEXT NOT NULL,
      recipient_email TEXT NOT NULL,
      subject TEXT NOT NULL,
      text TEXT NOT NULL,
      html TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      -- Counts the attempts that failed.
      failures INTEGER NOT NULL DEFAULT 0,
      next_attempt_at INTEGER NOT NULL,
      sent_at INTEGER,
      given_up_at INTEGER CHECK (given_up_at IS NULL OR sent_at IS NULL),
      -- Why the last attempt failed.
      error TEXT,
      CHECK ((sent_at IS NULL AND given_up_at IS NULL) OR (text = '' AND html = ''))
    ) STRICT;
    CREATE INDEX letter_waiting ON letter (next_attempt_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
    """
}
