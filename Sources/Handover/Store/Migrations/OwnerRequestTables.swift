extension Migrations {
  static let ownerRequests = """
    -- Somebody who may not export asked the owner to. It waits until the owner exports or declines.
    CREATE TABLE owner_request (
      id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      user_id INTEGER NOT NULL,
      message TEXT NOT NULL,
      asked_at INTEGER NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('waiting', 'exported', 'declined')),
      answered_at INTEGER CHECK ((answered_at IS NULL) = (outcome = 'waiting')),
      FOREIGN KEY (organisation_id, user_id) REFERENCES user
    ) STRICT;
    CREATE INDEX owner_request_user ON owner_request (organisation_id, user_id, asked_at DESC);
    CREATE INDEX owner_request_waiting ON owner_request (organisation_id, asked_at) WHERE outcome = 'waiting';
    """
}
