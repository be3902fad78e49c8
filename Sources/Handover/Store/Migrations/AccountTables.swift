extension Migrations {
  static let accounts = """
    -- A customer. Everything else belongs to exactly one organisation and carries its id.
    CREATE TABLE organisation (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL CHECK (name <> ''),
      time_zone TEXT NOT NULL CHECK (time_zone <> ''),
      created_at INTEGER NOT NULL
    ) STRICT;

    -- A person of an organisation. The id counts within it (U-1). One without an e-mail address or without a
    -- password can't sign in; a disabled one keeps its records.
    CREATE TABLE user (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      id INTEGER NOT NULL CHECK (id > 0),
      name TEXT CHECK (name <> ''),
      email TEXT CHECK (email <> ''),
      role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'user')),
      active INTEGER NOT NULL CHECK (active IN (0, 1)),
      password_hash TEXT CHECK (password_hash LIKE '$%'),
      created_at INTEGER NOT NULL,
      -- When the user was last active; NULL before the first sign-in.
      last_seen_at INTEGER,
      CHECK (active = 1 OR role <> 'owner'),
      PRIMARY KEY (organisation_id, id)
    ) WITHOUT ROWID, STRICT;
    CREATE UNIQUE INDEX user_owner ON user (organisation_id) WHERE role = 'owner';
    CREATE UNIQUE INDEX user_email ON user (organisation_id, email COLLATE NOCASE) WHERE email IS NOT NULL;
    -- On the whole server an address leads to one person who can sign in.
    CREATE UNIQUE INDEX user_sign_in ON user (email COLLATE NOCASE)
      WHERE active = 1 AND password_hash IS NOT NULL;

    -- A browser that is signed in. The token is in its cookie; here is only the token's SHA-256.
    CREATE TABLE session (
      token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
      organisation_id INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      used_at INTEGER NOT NULL,
      address TEXT NOT NULL,
      agent TEXT NOT NULL,
      FOREIGN KEY (organisation_id, user_id) REFERENCES user ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX session_user ON session (organisation_id, user_id);

    -- A link to set a password: an invitation or a reset. Good once; here is only the token's SHA-256. One that
    -- was used or has run out is kept for a while, to say so to whoever follows it.
    CREATE TABLE password_link (
      token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
      organisation_id INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      purpose TEXT NOT NULL CHECK (purpose IN ('invitation', 'reset')),
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      ended_at INTEGER,
      FOREIGN KEY (organisation_id, user_id) REFERENCES user ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX password_link_user ON password_link (organisation_id, user_id);
    """
}
