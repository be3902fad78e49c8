import SQLite

/// The schema, as an append-only list of migrations, read from top to bottom: a released migration is never
/// edited.
///
/// Times of the product are whole seconds since 1970-01-01 UTC; times and dates of the records are text, as
/// an export writes them. The tables of the records are clustered by (organisation, id), so that an export
/// reads its rows in order; pages of 16 KiB keep a row of some kilobytes in one piece.
enum Schema {
  /// Of what all migrations make (`Migrator.fingerprint`). A test names the right one where they have changed.
  static let fingerprint: UInt64 = 0xDC5D_59B2_6234_47AB

  static let migrations = [
    Migration(name: "accounts", sql: accounts),
    Migration(name: "throttle", sql: throttle),
    Migration(name: "records", sql: records),
    Migration(name: "activity", sql: activity),
    Migration(name: "letters", sql: letters),
    Migration(name: "exports", sql: exports),
    Migration(name: "owner requests", sql: ownerRequests),
    Migration(name: "open exports", sql: openExports),
    Migration(name: "views of users", sql: userViews),
    Migration(name: "single sessions", sql: singleSessions),
    Migration(name: "known browsers", sql: knownBrowsers),
    Migration(name: "two-step sign-in", sql: twoStep),
    Migration(name: "changes of address", sql: emailChanges),
    Migration(name: "lengths", sql: lengths),
    Migration(name: "actors and refusals", sql: actorsAndRefusals),
    Migration(name: "downloads of sessions", sql: sessionDownloads),
    Migration(name: "retention", sql: retention),
    Migration(name: "installation", sql: installation),
    Migration(name: "waiting exports", sql: waitingExports),
    Migration(name: "counted downloads", sql: countedDownloads),
    Migration(name: "clocks set back", sql: clocksSetBack),
    Migration(name: "lists of users", sql: userLists),
    Migration(name: "lanes of mail", sql: mailLanes),
    Migration(name: "folded names", sql: foldedNames, then: foldNames),
    Migration(name: "answers to mails", sql: mailAnswers),
    Migration(name: "replies to requests", sql: repliesToRequests),
    Migration(name: "searched activity", sql: searchedActivity, then: foldActivity),
    Migration(name: "handing over", sql: handingOver),
    Migration(name: "who is told", sql: whoIsTold),
    Migration(name: "answers to requests", sql: answersToRequests),
    Migration(name: "search of contacts", sql: contactSearch, then: foldContacts),
    Migration(name: "hands with names", sql: handsWithNames),
    Migration(name: "what is left out", sql: whatIsLeftOut),
    Migration(name: "editions of records", sql: editions),
    Migration(name: "imports", sql: imports),
    Migration(name: "last numbers", sql: lastNumbers),
    Migration(name: "documents", sql: documents),
    Migration(name: "linked storage", sql: linkedStorage),
    Migration(name: "search of deals", sql: dealSearch, then: foldDeals),
    Migration(name: "formats of exports", sql: formatsOfExports),
    Migration(name: "pages of exports", sql: pagesOfExports),
    Migration(name: "ledger", sql: ledger),
    Migration(name: "count of the ledger", sql: countOfLedger),
    Migration(name: "workbooks of exports", sql: workbooksOfExports),
    Migration(name: "cells", sql: cells),
    Migration(name: "moves", sql: moves),
  ]

  private static let accounts = """
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

  private static let throttle = """
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

  private static let records = """
    -- A loan application. Money is in hundredths, the rate in ten-thousandths of a percent. In all tables of
    -- records NULL is what nobody has stated; an export leaves the cell empty.
    CREATE TABLE deal (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      deal_id INTEGER NOT NULL CHECK (deal_id > 0),
      deal_ref TEXT,
      deal_name TEXT,
      workflow TEXT,
      stage TEXT,
      status TEXT,
      owner_id INTEGER,
      deal_value INTEGER,
      currency TEXT,
      loan_amount INTEGER,
      loan_purpose TEXT,
      loan_type TEXT,
      lender TEXT,
      product TEXT,
      interest_rate INTEGER,
      rate_type TEXT,
      loan_term_months INTEGER,
      security_address TEXT,
      security_value INTEGER,
      finance_due_date TEXT CHECK (finance_due_date IS date(finance_due_date)),
      estimated_settlement_date TEXT CHECK (estimated_settlement_date IS date(estimated_settlement_date)),
      settled_date TEXT CHECK (settled_date IS date(settled_date)),
      referrer TEXT,
      labels TEXT,
      summary TEXT,
      archived INTEGER CHECK (archived IN (0, 1)),
      created_at TEXT NOT NULL CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%SZ', created_at)),
      updated_at TEXT CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%SZ', updated_at)),
      PRIMARY KEY (organisation_id, deal_id),
      FOREIGN KEY (organisation_id, owner_id) REFERENCES user
    ) WITHOUT ROWID, STRICT;
    -- The indexes by person serve exports of one user and, being narrow, the counts.
    CREATE INDEX deal_owner ON deal (organisation_id, owner_id);
    -- The names stand beside the ids in every note and task: looked up here, not in the wide rows.
    CREATE INDEX deal_named ON deal (organisation_id, deal_id, deal_name);

    -- A person or a company: borrower, guarantor, solicitor.
    CREATE TABLE contact (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      contact_id INTEGER NOT NULL CHECK (contact_id > 0),
      contact_type TEXT CHECK (contact_type IN ('person', 'company')),
      full_name TEXT,
      title TEXT,
      first_name TEXT,
      middle_name TEXT,
      last_name TEXT,
      company_name TEXT,
      email TEXT,
      secondary_email TEXT,
      mobile TEXT,
      home_phone TEXT,
      work_phone TEXT,
      date_of_birth TEXT CHECK (date_of_birth IS date(date_of_birth)),
      marital_status TEXT,
      residential_status TEXT,
      address_line_1 TEXT,
      address_line_2 TEXT,
      suburb TEXT,
      state TEXT,
      postcode TEXT,
      country TEXT,
      occupation TEXT,
      employer_name TEXT,
      owner_id INTEGER,
      labels TEXT,
      archived INTEGER CHECK (archived IN (0, 1)),
      created_at TEXT NOT NULL CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%SZ', created_at)),
      updated_at TEXT CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%SZ', updated_at)),
      PRIMARY KEY (organisation_id, contact_id),
      FOREIGN KEY (organisation_id, owner_id) REFERENCES user
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX contact_owner ON contact (organisation_id, owner_id);
    CREATE INDEX contact_named ON contact (organisation_id, contact_id, full_name);

    -- Which contacts are on which deals (n:m), by position.
    CREATE TABLE deal_contact (
      organisation_id INTEGER NOT NULL,
      deal_id INTEGER NOT NULL,
      position INTEGER NOT NULL CHECK (position > 0),
      contact_id INTEGER NOT NULL,
      role TEXT CHECK (role IN ('primary', 'co-borrower', 'guarantor', 'other')),
      PRIMARY KEY (organisation_id, deal_id, position),
      FOREIGN KEY (organisation_id, deal_id) REFERENCES deal,
      FOREIGN KEY (organisation_id, contact_id) REFERENCES contact
    ) WITHOUT ROWID, STRICT;
    CREATE UNIQUE INDEX deal_contact_contact ON deal_contact (organisation_id, contact_id, deal_id);
    CREATE UNIQUE INDEX deal_contact_primary ON deal_contact (organisation_id, deal_id)
      WHERE role = 'primary';

    -- A note, on a deal, on a contact, on both or on neither.
    CREATE TABLE note (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      note_id INTEGER NOT NULL CHECK (note_id > 0),
      deal_id INTEGER,
      contact_id INTEGER,
      note_content TEXT,
      author_id INTEGER,
      important INTEGER CHECK (important IN (0, 1)),
      archived INTEGER CHECK (archived IN (0, 1)),
      created_at TEXT NOT NULL CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%SZ', created_at)),
      updated_at TEXT CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%SZ', updated_at)),
      PRIMARY KEY (organisation_id, note_id),
      FOREIGN KEY (organisation_id, deal_id) REFERENCES deal,
      FOREIGN KEY (organisation_id, contact_id) REFERENCES contact,
      FOREIGN KEY (organisation_id, author_id) REFERENCES user
    ) WITHOUT ROWID, STRICT;
    -- All that a scope of one user asks of a note, without its content; and narrow enough for the count.
    CREATE INDEX note_scope ON note (organisation_id, deal_id, contact_id, author_id);

    -- A task, on a deal, on a contact, on both or on neither.
    CREATE TABLE task (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      task_id INTEGER NOT NULL CHECK (task_id > 0),
      deal_id INTEGER,
      contact_id INTEGER,
      task_name TEXT,
      task_details TEXT,
      assigned_to_id INTEGER,
      due_date TEXT CHECK (due_date IS date(due_date)),
      status TEXT CHECK (status IN ('open', 'completed')),
      completed_at TEXT CHECK (completed_at IS strftime('%Y-%m-%dT%H:%M:%SZ', completed_at)),
      priority TEXT,
      archived INTEGER CHECK (archived IN (0, 1)),
      created_at TEXT NOT NULL CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%SZ', created_at)),
      updated_at TEXT CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%SZ', updated_at)),
      PRIMARY KEY (organisation_id, task_id),
      FOREIGN KEY (organisation_id, deal_id) REFERENCES deal,
      FOREIGN KEY (organisation_id, contact_id) REFERENCES contact,
      FOREIGN KEY (organisation_id, assigned_to_id) REFERENCES user
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX task_scope ON task (organisation_id, deal_id, contact_id, assigned_to_id);

    -- How many records an export has, kept when records are written: of each user, and under 0 of the entire
    -- organisation.
    CREATE TABLE record_count (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      user_id INTEGER NOT NULL,
      deals INTEGER NOT NULL,
      contacts INTEGER NOT NULL,
      notes INTEGER NOT NULL,
      tasks INTEGER NOT NULL,
      links INTEGER NOT NULL,
      users INTEGER NOT NULL,
      PRIMARY KEY (organisation_id, user_id)
    ) WITHOUT ROWID, STRICT;
    """

  private static let activity = """
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

  private static let letters = """
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

  private static let exports = """
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

  private static let ownerRequests = """
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

  /// Found and ordered without a temporary table: what is running, then what waits, each in its order.
  private static let openExports = """
    DROP INDEX export_open;
    CREATE INDEX export_open ON export (organisation_id, status) WHERE ended_at IS NULL;
    """

  /// In triggers, so that longer texts of before are still read, and rows that have one are changed otherwise.
  private static let lengths = """
    -- How many bytes a text from outside may have; `TextLimit` has the same figures.
    CREATE TRIGGER organisation_is_short_when_added BEFORE INSERT ON organisation
      WHEN length(CAST(NEW.name AS BLOB)) > 800 OR
        length(CAST(NEW.time_zone AS BLOB)) > 100
      BEGIN SELECT RAISE(ABORT, 'a text of organisation is too long'); END;
    CREATE TRIGGER organisation_is_short_when_changed BEFORE UPDATE OF name, time_zone ON organisation
      WHEN length(CAST(NEW.name AS BLOB)) > 800 OR
        length(CAST(NEW.time_zone AS BLOB)) > 100
      BEGIN SELECT RAISE(ABORT, 'a text of organisation is too long'); END;
    CREATE TRIGGER user_is_short_when_added BEFORE INSERT ON user
      WHEN length(CAST(NEW.name AS BLOB)) > 800 OR
        length(CAST(NEW.email AS BLOB)) > 254
      BEGIN SELECT RAISE(ABORT, 'a text of user is too long'); END;
    CREATE TRIGGER user_is_short_when_changed BEFORE UPDATE OF name, email ON user
      WHEN length(CAST(NEW.name AS BLOB)) > 800 OR
        length(CAST(NEW.email AS BLOB)) > 254
      BEGIN SELECT RAISE(ABORT, 'a text of user is too long'); END;
    CREATE TRIGGER session_is_short_when_added BEFORE INSERT ON session
      WHEN length(CAST(NEW.address AS BLOB)) > 100 OR
        length(CAST(NEW.agent AS BLOB)) > 300
      BEGIN SELECT RAISE(ABORT, 'a text of session is too long'); END;
    CREATE TRIGGER session_is_short_when_changed BEFORE UPDATE OF address, agent ON session
      WHEN length(CAST(NEW.address AS BLOB)) > 100 OR
        length(CAST(NEW.agent AS BLOB)) > 300
      BEGIN SELECT RAISE(ABORT, 'a text of session is too long'); END;
    CREATE TRIGGER owner_request_is_short_when_added BEFORE INSERT ON owner_request
      WHEN length(CAST(NEW.message AS BLOB)) > 4000
      BEGIN SELECT RAISE(ABORT, 'a text of owner_request is too long'); END;
    CREATE TRIGGER owner_request_is_short_when_changed BEFORE UPDATE OF message ON owner_request
      WHEN length(CAST(NEW.message AS BLOB)) > 4000
      BEGIN SELECT RAISE(ABORT, 'a text of owner_request is too long'); END;
    CREATE TRIGGER letter_is_short_when_added BEFORE INSERT ON letter
      WHEN length(CAST(NEW.recipient_name AS BLOB)) > 800 OR
        length(CAST(NEW.recipient_email AS BLOB)) > 254 OR
        length(CAST(NEW.subject AS BLOB)) > 2000 OR
        length(CAST(NEW.text AS BLOB)) > 100000 OR
        length(CAST(NEW.html AS BLOB)) > 100000 OR
        length(CAST(NEW.error AS BLOB)) > 4000
      BEGIN SELECT RAISE(ABORT, 'a text of letter is too long'); END;
    CREATE TRIGGER letter_is_short_when_changed BEFORE UPDATE OF recipient_name, recipient_email, subject, text, html, error ON letter
      WHEN length(CAST(NEW.recipient_name AS BLOB)) > 800 OR
        length(CAST(NEW.recipient_email AS BLOB)) > 254 OR
        length(CAST(NEW.subject AS BLOB)) > 2000 OR
        length(CAST(NEW.text AS BLOB)) > 100000 OR
        length(CAST(NEW.html AS BLOB)) > 100000 OR
        length(CAST(NEW.error AS BLOB)) > 4000
      BEGIN SELECT RAISE(ABORT, 'a text of letter is too long'); END;
    CREATE TRIGGER activity_is_short BEFORE INSERT ON activity
      WHEN length(CAST(NEW.who AS BLOB)) > 800 OR
        length(CAST(NEW.subject AS BLOB)) > 2000 OR
        length(CAST(NEW.detail AS BLOB)) > 4000 OR
        length(CAST(NEW.address AS BLOB)) > 100
      BEGIN SELECT RAISE(ABORT, 'a text of activity is too long'); END;
    """

  private static let actorsAndRefusals = """
    -- The e-mail address that the user had then.
    ALTER TABLE activity ADD COLUMN email TEXT NOT NULL DEFAULT ''
      CHECK (length(CAST(email AS BLOB)) <= 254);
    -- Of a refusal: what was refused. Further refusals of the same user there, within the same minute, are
    -- counted in the row.
    ALTER TABLE activity ADD COLUMN route TEXT NOT NULL DEFAULT '' CHECK (length(CAST(route AS BLOB)) <= 100);
    ALTER TABLE activity ADD COLUMN times INTEGER NOT NULL DEFAULT 1 CHECK (times > 0);
    CREATE INDEX activity_refusal ON activity (organisation_id, route, at) WHERE route <> '';
    DROP TRIGGER activity_is_not_changed;
    CREATE TRIGGER activity_is_not_changed BEFORE UPDATE ON activity
      WHEN OLD.route = '' OR NEW.times <= OLD.times OR NEW.id <> OLD.id
        OR NEW.organisation_id <> OLD.organisation_id OR NEW.at <> OLD.at OR NEW.actor <> OLD.actor
        OR NEW.user_id IS NOT OLD.user_id OR NEW.who <> OLD.who OR NEW.email <> OLD.email OR NEW.what <> OLD.what
        OR NEW.subject <> OLD.subject OR NEW.detail <> OLD.detail OR NEW.address <> OLD.address
        OR NEW.route <> OLD.route
      BEGIN SELECT RAISE(ABORT, 'activity is never changed'); END;
    -- INSERT OR REPLACE would delete a row without asking the trigger against deletion.
    CREATE TRIGGER activity_is_not_replaced BEFORE INSERT ON activity
      WHEN EXISTS (SELECT 1 FROM activity WHERE id = NEW.id)
      BEGIN SELECT RAISE(ABORT, 'activity is never changed'); END;
    """

  private static let sessionDownloads = """
    -- When a session last began to download an export: for an hour a later part of it goes on with that
    -- download, and leaves no receipt of its own.
    CREATE TABLE session_download (
      session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
      export_id TEXT NOT NULL REFERENCES export (id) ON DELETE CASCADE,
      began_at INTEGER NOT NULL,
      PRIMARY KEY (session_id, export_id)
    ) WITHOUT ROWID, STRICT;
    """

  private static let retention = """
    -- Seven years, by the longest ones. `Event.kept` has the same figure.
    DROP TRIGGER activity_is_not_deleted;
    CREATE TRIGGER activity_is_not_deleted BEFORE DELETE ON activity
      WHEN OLD.at > CAST(strftime('%s', 'now') AS INTEGER) - 221356800
      BEGIN SELECT RAISE(ABORT, 'activity is not deleted before its time'); END;
    CREATE INDEX activity_at ON activity (at);
    CREATE INDEX letter_ended ON letter (coalesce(sent_at, given_up_at));
    """

  private static let installation = """
    -- Where the database lies and which server uses it: one row. NULL until a server has started on it.
    CREATE TABLE installation (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      -- Random, of the last start: in a database that was replaced under a running server it is another one.
      started TEXT CHECK (length(started) = 32),
      -- Inodes. A copy of the database has another one; so has an empty mount point, if the archives are away.
      database_inode INTEGER,
      exports_inode INTEGER
    ) STRICT;
    INSERT INTO installation (only) VALUES (1);
    """

  /// Narrow, and all that the queue and its estimates ask.
  private static let waitingExports = """
    CREATE INDEX export_waiting ON export (status, organisation_id, number, not_before) WHERE status = 'queued';
    CREATE INDEX export_made ON export (organisation_id, scope, subject_id, number, milliseconds, size)
      WHERE milliseconds IS NOT NULL;
    """

  /// The receipts of an export are counted from the index alone, and the newest ones are found in it.
  private static let countedDownloads = """
    DROP INDEX activity_subject;
    CREATE INDEX activity_subject ON activity (organisation_id, subject, what, id, times) WHERE subject <> '';
    """

  private static let clocksSetBack = """
    -- Where the clock was set back below a time: since when it counts instead, and when link and file end.
    ALTER TABLE export ADD COLUMN counted_at INTEGER CHECK (counted_at <= requested_at);
    ALTER TABLE export ADD COLUMN ends_at INTEGER CHECK (ends_at <= expires_at);
    ALTER TABLE owner_request ADD COLUMN counted_at INTEGER CHECK (counted_at <= asked_at);
    DROP INDEX export_organisation;
    CREATE INDEX export_counted ON export (organisation_id, coalesce(counted_at, requested_at));
    -- What is ahead of now is looked for every half minute.
    CREATE INDEX export_dated ON export (coalesce(counted_at, requested_at));
    CREATE INDEX owner_request_dated ON owner_request (coalesce(counted_at, asked_at));
    CREATE INDEX session_created ON session (created_at);
    CREATE INDEX session_used ON session (used_at);
    CREATE INDEX session_proved ON session (proved_at);
    CREATE INDEX session_awaiting ON session (created_at) WHERE awaits_code;
    CREATE INDEX password_link_created ON password_link (created_at);
    CREATE INDEX email_change_created ON email_change (created_at);
    """

  /// Users in the order of their list, with all that a search of it looks at.
  private static let userLists = """
    CREATE INDEX user_listed
      ON user (organisation_id, role <> 'owner', coalesce(name, email, '') COLLATE NOCASE, id, name, email, role);
    """

  private static let userViews = """
    -- A user as the product reads it: whether there is a password, and not its hash.
    CREATE VIEW user_account AS
      SELECT organisation_id, id, name, email, role, active, password_hash IS NOT NULL AS has_password, last_seen_at
      FROM user;

    -- A request to the owner, with the user who asked.
    CREATE VIEW owner_request_with_user AS
      SELECT owner_request.id AS request_id, message, asked_at, outcome, answered_at,
        owner_request.organisation_id, owner_request.user_id AS id, name, email, role, active, has_password
      FROM owner_request
      JOIN user_account
        ON user_account.organisation_id = owner_request.organisation_id AND user_account.id = owner_request.user_id;
    """

  /// The sessions get an id, by which their user can end one of them, and the time of their last proof.
  private static let singleSessions = """
    CREATE TABLE session_with_id (
      token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
      -- Random, and no secret: pages show it.
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
      organisation_id INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      used_at INTEGER NOT NULL,
      -- When the user last proved who they are: at the sign-in, or since.
      proved_at INTEGER NOT NULL,
      address TEXT NOT NULL,
      agent TEXT NOT NULL,
      FOREIGN KEY (organisation_id, user_id) REFERENCES user ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    INSERT INTO session_with_id
      SELECT token_hash, lower(hex(randomblob(16))), organisation_id, user_id, created_at, used_at, created_at,
        address, agent
      FROM session;
    DROP TABLE session;
    -- A browser that is signed in. The token is in its cookie; here is only the token's SHA-256.
    ALTER TABLE session_with_id RENAME TO session;
    CREATE INDEX session_user ON session (organisation_id, user_id);
    """

  private static let knownBrowsers = """
    -- A browser in which a user has proved who they are. It has a random cookie; here is only its SHA-256.
    CREATE TABLE browser (
      organisation_id INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
      known_since INTEGER NOT NULL,
      used_at INTEGER NOT NULL,
      -- 0 where a reset was completed and nobody has signed in yet.
      has_signed_in INTEGER NOT NULL CHECK (has_signed_in IN (0, 1)),
      PRIMARY KEY (organisation_id, user_id, token_hash),
      FOREIGN KEY (organisation_id, user_id) REFERENCES user ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX browser_token ON browser (token_hash);
    CREATE INDEX browser_used ON browser (used_at);
    """

  private static let twoStep = """
    -- Of whom two-step sign-in is required: of nobody, of owner and admins, of all.
    ALTER TABLE organisation ADD COLUMN two_step TEXT NOT NULL DEFAULT 'optional'
      CHECK (two_step IN ('optional', 'admins', 'all'));

    -- The password was right, and the second step is still to come: no session yet.
    ALTER TABLE session ADD COLUMN awaits_code INTEGER NOT NULL DEFAULT 0 CHECK (awaits_code IN (0, 1));

    -- The key that a user's authenticator app makes codes of. Without confirmed_at it is one that the user was
    -- shown and has not given a code of yet, and counts for nothing.
    CREATE TABLE two_step (
      organisation_id INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      key BLOB NOT NULL CHECK (length(key) = 20),
      created_at INTEGER NOT NULL,
      confirmed_at INTEGER,
      -- Of the last code that was accepted (RFC 6238's T); only later ones are.
      last_step INTEGER NOT NULL DEFAULT 0 CHECK (last_step >= 0),
      PRIMARY KEY (organisation_id, user_id),
      FOREIGN KEY (organisation_id, user_id) REFERENCES user ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;

    -- What stands in for a lost phone, each good once. Here is only the code's SHA-256.
    CREATE TABLE recovery_code (
      organisation_id INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      code_hash BLOB NOT NULL CHECK (length(code_hash) = 32),
      used_at INTEGER,
      PRIMARY KEY (organisation_id, user_id, code_hash),
      FOREIGN KEY (organisation_id, user_id) REFERENCES two_step ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;

    DROP VIEW owner_request_with_user;
    DROP VIEW user_account;
    -- A user as the product reads it: whether there are a password and a second step, and neither hash nor key.
    CREATE VIEW user_account AS
      SELECT organisation_id, id, name, email, role, active, password_hash IS NOT NULL AS has_password,
        EXISTS (SELECT 1 FROM two_step
          WHERE two_step.organisation_id = user.organisation_id AND user_id = user.id AND confirmed_at IS NOT NULL)
          AS has_two_step,
        last_seen_at
      FROM user;

    -- A request to the owner, with the user who asked.
    CREATE VIEW owner_request_with_user AS
      SELECT owner_request.id AS request_id, message, asked_at, outcome, answered_at,
        owner_request.organisation_id, owner_request.user_id AS id, name, email, role, active, has_password,
        has_two_step
      FROM owner_request
      JOIN user_account
        ON user_account.organisation_id = owner_request.organisation_id AND user_account.id = owner_request.user_id;
    """

  private static let emailChanges = """
    -- A user wants another e-mail address, which a link mailed there confirms. Good once; here is only the SHA-256
    -- of its token. One that was used or has run out is kept for a while, as links that set a password are.
    CREATE TABLE email_change (
      token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
      organisation_id INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      email TEXT NOT NULL CHECK (email <> '' AND length(CAST(email AS BLOB)) <= 254),
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
      ended_at INTEGER,
      FOREIGN KEY (organisation_id, user_id) REFERENCES user ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX email_change_email ON email_change (email COLLATE NOCASE, created_at);
    -- At most one of a user is open.
    CREATE UNIQUE INDEX email_change_open ON email_change (organisation_id, user_id) WHERE ended_at IS NULL;
    CREATE INDEX email_change_user ON email_change (organisation_id, user_id, created_at);
    """

  private static let mailLanes = """
    -- Which mails wait for which: links that somebody waits for, what an account tells its user, what exports report.
    ALTER TABLE letter ADD COLUMN lane INTEGER NOT NULL DEFAULT 2 CHECK (lane IN (0, 1, 2));
    UPDATE letter SET lane = 0 WHERE kind IN ('password_reset', 'email_confirmation') AND sent_at IS NULL;
    DROP INDEX letter_waiting;
    CREATE INDEX letter_line ON letter (lane, failures > 0, next_attempt_at, id)
      WHERE sent_at IS NULL AND given_up_at IS NULL;
    """

  private static let repliesToRequests = """
    -- What the owner wrote to the user whose request was declined; `TextLimit.message` has the same figure.
    ALTER TABLE owner_request ADD COLUMN reply TEXT NOT NULL DEFAULT '' CHECK (length(CAST(reply AS BLOB)) <= 4000);
    DROP VIEW owner_request_with_user;
    -- A request to the owner, with the user who asked.
    CREATE VIEW owner_request_with_user AS
      SELECT owner_request.id AS request_id, message, asked_at, outcome, answered_at, reply,
        owner_request.organisation_id, owner_request.user_id AS id, name, email, role, active, has_password,
        has_two_step
      FROM owner_request
      JOIN user_account
        ON user_account.organisation_id = owner_request.organisation_id AND user_account.id = owner_request.user_id;
    """

  private static let foldedNames = """
    -- Name and address as searches and orders compare them, a line each; see `String.folded`.
    ALTER TABLE user ADD COLUMN folded TEXT NOT NULL DEFAULT '';
    DROP INDEX user_listed;
    CREATE INDEX user_listed ON user (organisation_id, role <> 'owner', folded, id, role, active);
    """

  /// Texts of before may be longer than the limits, and no UTF-8.
  @Sendable private static func foldNames(_ connection: Connection) throws {
    let users = try connection.all("SELECT organisation_id, id, name, email FROM user") {
      (
        organisation: try $0["organisation_id"] as Int64, id: try $0["id"] as Int64,
        folded: foldedName(try $0["name"], try $0["email"])
      )
    }
    for user in users {
      try connection.run(
        "UPDATE user SET folded = ? WHERE organisation_id = ? AND id = ?", user.folded, user.organisation,
        user.id)
    }
  }

  private static let mailAnswers = """
    -- Whom an answer reaches; NULL where nobody reads answers.
    ALTER TABLE letter ADD COLUMN reply_name TEXT CHECK (length(CAST(reply_name AS BLOB)) <= 800);
    ALTER TABLE letter ADD COLUMN reply_email TEXT
      CHECK (reply_email <> '' AND length(CAST(reply_email AS BLOB)) <= 254);
    -- The export that a mail waits for a moment to say more of; NULL for mails that are not taken back.
    ALTER TABLE letter ADD COLUMN about TEXT CHECK (length(CAST(about AS BLOB)) <= 100);
    CREATE INDEX letter_about ON letter (about)
      WHERE about IS NOT NULL AND sent_at IS NULL AND given_up_at IS NULL;
    """

  private static let searchedActivity = """
    -- What a search looks into, as `Event.folded` writes it.
    ALTER TABLE activity ADD COLUMN folded TEXT NOT NULL DEFAULT '';
    DROP TRIGGER activity_is_not_changed;
    """

  /// Writes the new column of the events of before. Only then no row may be changed any more.
  @Sendable private static func foldActivity(_ connection: Connection) throws {
    var last: Int64 = 0
    while true {
      let rows = try connection.all("SELECT * FROM activity WHERE id > ? ORDER BY id LIMIT 1000", last) {
        let actor: String = try $0["actor"]
        let who: String = try ["operator": "The operator", "server": "The server"][actor] ?? $0["who"]
        let number = (try $0["user_id"] as Int64?).map { "U-\($0)" } ?? ""
        return (
          id: try $0["id"] as Int64,
          folded: foldedLines([
            who, try $0["email"], number, try $0["subject"], try $0["detail"], try $0["address"],
          ])
        )
      }
      for row in rows {
        try connection.run("UPDATE activity SET folded = ? WHERE id = ?", row.folded, row.id)
      }
      guard let end = rows.last?.id else { break }
      last = end
    }
    try connection.execute(
      """
      CREATE TRIGGER activity_is_not_changed BEFORE UPDATE ON activity
        WHEN OLD.route = '' OR NEW.times <= OLD.times OR NEW.id <> OLD.id
          OR NEW.organisation_id <> OLD.organisation_id OR NEW.at <> OLD.at OR NEW.actor <> OLD.actor
          OR NEW.user_id IS NOT OLD.user_id OR NEW.who <> OLD.who OR NEW.email <> OLD.email OR NEW.what <> OLD.what
          OR NEW.subject <> OLD.subject OR NEW.detail <> OLD.detail OR NEW.address <> OLD.address
          OR NEW.route <> OLD.route OR NEW.folded <> OLD.folded
        BEGIN SELECT RAISE(ABORT, 'activity is never changed'); END;
      """)
  }

  /// The exports get a third scope, which their CHECK would refuse: so the table is made anew, with all that it had.
  private static let handingOver = """
    DROP VIEW export_with_names;
    CREATE TABLE export_of_scopes (
      -- Grows with each export, so that it orders those of one second.
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      scope TEXT NOT NULL CHECK (scope IN ('organisation', 'user', 'contact')),
      subject_id INTEGER CHECK ((subject_id IS NOT NULL) = (scope = 'user')),
      -- The contact, and what it was called when the export was asked for: a record may go, its exports stay.
      contact_id INTEGER CHECK ((contact_id IS NOT NULL) = (scope = 'contact')),
      contact_name TEXT CHECK ((contact_name IS NOT NULL) = (scope = 'contact')),
      -- What for, in the owner's words; `TextLimit.message` has the same figure.
      purpose TEXT NOT NULL DEFAULT '' CHECK (length(CAST(purpose AS BLOB)) <= 4000),
      -- The user to whom it is handed as soon as it is completed.
      hand_to INTEGER,
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
      -- Where the clock was set back below a time: since when it counts instead, and when link and file end.
      counted_at INTEGER CHECK (counted_at <= requested_at),
      ends_at INTEGER CHECK (ends_at <= expires_at),
      CHECK ((completed_at IS NOT NULL) = (status IN ('completed', 'revoked', 'expired'))),
      CHECK (completed_at IS NULL OR (snapshot_at IS NOT NULL AND rows IS NOT NULL AND size IS NOT NULL
        AND sha256 IS NOT NULL AND milliseconds IS NOT NULL AND key_id IS NOT NULL AND expires_at IS NOT NULL)),
      FOREIGN KEY (organisation_id, subject_id) REFERENCES user,
      FOREIGN KEY (organisation_id, hand_to) REFERENCES user,
      FOREIGN KEY (organisation_id, requested_by) REFERENCES user
    ) STRICT;
    INSERT INTO export_of_scopes (number, id, organisation_id, scope, subject_id, requested_by, requested_at, status,
        attempt, failures, not_before, started_at, ended_at, reason, snapshot_at, rows, size, sha256, milliseconds,
        key_id, completed_at, expires_at, warned_at, counted_at, ends_at)
      SELECT number, id, organisation_id, scope, subject_id, requested_by, requested_at, status,
        attempt, failures, not_before, started_at, ended_at, reason, snapshot_at, rows, size, sha256, milliseconds,
        key_id, completed_at, expires_at, warned_at, counted_at, ends_at FROM export;
    DROP TABLE export;
    ALTER TABLE export_of_scopes RENAME TO export;
    CREATE INDEX export_number ON export (organisation_id, number);
    CREATE INDEX export_open ON export (organisation_id, status) WHERE ended_at IS NULL;
    CREATE INDEX export_status ON export (status, organisation_id)
      WHERE status IN ('queued', 'processing', 'completed');
    -- One running export of the entire organisation, one of each user, and one of each contact.
    CREATE UNIQUE INDEX export_running_organisation ON export (organisation_id)
      WHERE scope = 'organisation' AND status IN ('queued', 'processing');
    CREATE UNIQUE INDEX export_running_user ON export (organisation_id, subject_id)
      WHERE scope = 'user' AND status IN ('queued', 'processing');
    CREATE UNIQUE INDEX export_running_contact ON export (organisation_id, contact_id)
      WHERE scope = 'contact' AND status IN ('queued', 'processing');
    CREATE INDEX export_waiting ON export (status, organisation_id, number, not_before) WHERE status = 'queued';
    CREATE INDEX export_made ON export (organisation_id, scope, subject_id, contact_id, number, milliseconds, size)
      WHERE milliseconds IS NOT NULL;
    CREATE INDEX export_counted ON export (organisation_id, coalesce(counted_at, requested_at));
    CREATE INDEX export_dated ON export (coalesce(counted_at, requested_at));

    -- An export with the names of the people in it, as they are now.
    CREATE VIEW export_with_names AS
      SELECT export.*, coalesce(requester.name, requester.email, 'U-' || requester.id) AS requested_by_name,
        requester.active AS requested_by_active,
        coalesce(subject.name, subject.email, 'U-' || subject.id) AS subject_name, subject.active AS subject_active,
        coalesce(recipient.name, recipient.email, 'U-' || recipient.id) AS hand_to_name,
        recipient.active AS hand_to_active
      FROM export
      JOIN user requester
        ON requester.organisation_id = export.organisation_id AND requester.id = export.requested_by
      LEFT JOIN user subject
        ON subject.organisation_id = export.organisation_id AND subject.id = export.subject_id
      LEFT JOIN user recipient
        ON recipient.organisation_id = export.organisation_id AND recipient.id = export.hand_to;

    -- A completed export in the hands of a user: the owner lets that user download it. It ends with the export, or
    -- before it, when it is taken back or the user disabled; it never begins again, another one does.
    CREATE TABLE export_hand (
      -- In the text that is signed.
      id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      export_id TEXT NOT NULL REFERENCES export (id) ON DELETE CASCADE,
      user_id INTEGER NOT NULL,
      handed_by INTEGER NOT NULL,
      handed_at INTEGER NOT NULL,
      ended_at INTEGER,
      -- The user who took it back; NULL where the user was disabled.
      ended_by INTEGER CHECK (ended_by IS NULL OR ended_at IS NOT NULL),
      FOREIGN KEY (organisation_id, user_id) REFERENCES user,
      FOREIGN KEY (organisation_id, handed_by) REFERENCES user,
      FOREIGN KEY (organisation_id, ended_by) REFERENCES user
    ) STRICT;
    -- An export is in the same hands once.
    CREATE UNIQUE INDEX export_hand_open ON export_hand (export_id, user_id) WHERE ended_at IS NULL;
    CREATE INDEX export_hand_user ON export_hand (organisation_id, user_id, handed_at DESC);
    CREATE INDEX export_hand_export ON export_hand (export_id, handed_at);

    -- What is asked for, and the export that was made for it.
    ALTER TABLE owner_request ADD COLUMN scope TEXT NOT NULL DEFAULT 'user'
      CHECK (scope IN ('user', 'organisation'));
    ALTER TABLE owner_request ADD COLUMN export_id TEXT REFERENCES export (id);
    DROP VIEW owner_request_with_user;
    -- A request to the owner, with the user who asked.
    CREATE VIEW owner_request_with_user AS
      SELECT owner_request.id AS request_id, scope, message, asked_at, outcome, answered_at, reply, export_id,
        owner_request.organisation_id, owner_request.user_id AS id, name, email, role, active, has_password,
        has_two_step
      FROM owner_request
      JOIN user_account
        ON user_account.organisation_id = owner_request.organisation_id AND user_account.id = owner_request.user_id;
    CREATE INDEX owner_request_export ON owner_request (export_id) WHERE export_id IS NOT NULL;
    """

  private static let whoIsTold = """
    -- Who beside the owner is told of exports. Nobody is where there is no row.
    CREATE TABLE told (
      organisation_id INTEGER NOT NULL PRIMARY KEY REFERENCES organisation,
      -- An address that its holder has confirmed; NULL for all admins.
      email TEXT CHECK (email <> '' AND length(CAST(email AS BLOB)) <= 254),
      since INTEGER NOT NULL
    ) STRICT;
    -- The owner wants an address to be told, which a link mailed there confirms. Good once; here is only the SHA-256 of
    -- its token. One that was used or has run out is kept for a while, as links that set a password are.
    CREATE TABLE told_change (
      token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
      organisation_id INTEGER NOT NULL,
      email TEXT NOT NULL CHECK (email <> '' AND length(CAST(email AS BLOB)) <= 254),
      asked_by INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
      ended_at INTEGER,
      FOREIGN KEY (organisation_id, asked_by) REFERENCES user ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX told_change_email ON told_change (email COLLATE NOCASE, created_at);
    -- At most one of an organisation is open.
    CREATE UNIQUE INDEX told_change_open ON told_change (organisation_id) WHERE ended_at IS NULL;
    CREATE INDEX told_change_organisation ON told_change (organisation_id, created_at);
    CREATE INDEX told_change_created ON told_change (created_at);
    """

  private static let answersToRequests = """
    DROP VIEW owner_request_with_user;
    -- A request to the owner, with the user who asked, and with what the export that answers it has come to.
    CREATE VIEW owner_request_with_user AS
      SELECT owner_request.id AS request_id, owner_request.scope, message, asked_at, outcome, answered_at, reply,
        export_id, export.status AS export_status, export.hand_to IS owner_request.user_id AS is_for_asker,
        (SELECT export_hand.ended_at IS NULL FROM export_hand
          WHERE export_hand.export_id = owner_request.export_id AND export_hand.user_id = owner_request.user_id
          ORDER BY export_hand.ended_at IS NULL DESC LIMIT 1) AS is_in_hand,
        owner_request.organisation_id, owner_request.user_id AS id, name, email, role, active, has_password,
        has_two_step
      FROM owner_request
      JOIN user_account
        ON user_account.organisation_id = owner_request.organisation_id AND user_account.id = owner_request.user_id
      LEFT JOIN export ON export.id = owner_request.export_id;
    """

  private static let contactSearch = """
    -- What a search of contacts looks into: name and addresses, folded, a line each. Apart from the contacts, which are
    -- too wide to be looked through while somebody types.
    CREATE TABLE contact_search (
      organisation_id INTEGER NOT NULL,
      contact_id INTEGER NOT NULL,
      folded TEXT NOT NULL,
      PRIMARY KEY (organisation_id, contact_id),
      FOREIGN KEY (organisation_id, contact_id) REFERENCES contact ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    """

  @Sendable private static func foldContacts(_ connection: Connection) throws {
    try connection.each("SELECT organisation_id, contact_id, full_name, email, secondary_email FROM contact")
    { row in
      try connection.run(
        "INSERT INTO contact_search (organisation_id, contact_id, folded) VALUES (?, ?, ?)",
        row["organisation_id"] as Int64, row["contact_id"] as Int64,
        foldedContact(row["full_name"], row["email"], row["secondary_email"]))
    }
  }

  private static let handsWithNames = """
    -- An export in the hands of a user, with the names of the people as they are now, and when the user began to
    -- download it for the last time.
    CREATE VIEW export_hand_with_names AS
      SELECT export_hand.*, coalesce(recipient.name, recipient.email, 'U-' || recipient.id) AS user_name,
        recipient.active AS user_active, coalesce(giver.name, giver.email, 'U-' || giver.id) AS handed_by_name,
        giver.active AS handed_by_active,
        (SELECT max(at) FROM activity WHERE activity.organisation_id = export_hand.organisation_id
          AND subject = export_id AND subject <> '' AND what = 'export.downloaded'
          AND activity.user_id = export_hand.user_id AND at >= handed_at) AS downloaded_at
      FROM export_hand
      JOIN user recipient
        ON recipient.organisation_id = export_hand.organisation_id AND recipient.id = export_hand.user_id
      JOIN user giver ON giver.organisation_id = export_hand.organisation_id AND giver.id = export_hand.handed_by;
    """

  private static let whatIsLeftOut = """
    -- Of a single user's completed export: the records that stay behind, counted at the same moment; see `LeftOut`.
    CREATE TABLE export_left_out (
      export_id TEXT NOT NULL PRIMARY KEY REFERENCES export (id) ON DELETE CASCADE,
      deals INTEGER NOT NULL CHECK (deals >= 0),
      notes INTEGER NOT NULL CHECK (notes >= 0),
      tasks INTEGER NOT NULL CHECK (tasks >= 0),
      other_notes INTEGER NOT NULL CHECK (other_notes >= 0),
      other_tasks INTEGER NOT NULL CHECK (other_tasks >= 0),
      unowned_deals INTEGER NOT NULL CHECK (unowned_deals >= 0),
      unowned_contacts INTEGER NOT NULL CHECK (unowned_contacts >= 0)
    ) WITHOUT ROWID, STRICT;
    """

  private static let editions = """
    -- The records of an organisation, as a whole: `organisation.edition_id` is the one that everybody sees. A large
    -- import makes another one beside it, in pieces that nobody sees, and then takes its place in one step.
    CREATE TABLE edition (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      -- Grows with each change of its records.
      version INTEGER NOT NULL DEFAULT 0,
      -- The version of which `record_count` tells.
      counted_version INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX edition_organisation ON edition (organisation_id);
    INSERT INTO edition (id, organisation_id) SELECT id, id FROM organisation;
    ALTER TABLE organisation ADD COLUMN edition_id INTEGER REFERENCES edition;
    UPDATE organisation SET edition_id = id;
    CREATE UNIQUE INDEX organisation_edition ON organisation (edition_id);
    CREATE TRIGGER organisation_has_edition AFTER INSERT ON organisation BEGIN
      INSERT INTO edition (organisation_id) VALUES (NEW.id);
      UPDATE organisation SET edition_id = last_insert_rowid() WHERE id = NEW.id;
    END;

    -- The tables of the records are made anew, since their key changes. They name users of the organisation, which no
    -- foreign key can say any longer: imports look them up, and each export checks them.
    CREATE TABLE new_deal (
      edition_id INTEGER NOT NULL REFERENCES edition,
      deal_id INTEGER NOT NULL CHECK (deal_id > 0),
      deal_ref TEXT,
      deal_name TEXT,
      workflow TEXT,
      stage TEXT,
      status TEXT,
      owner_id INTEGER,
      deal_value INTEGER,
      currency TEXT,
      loan_amount INTEGER,
      loan_purpose TEXT,
      loan_type TEXT,
      lender TEXT,
      product TEXT,
      interest_rate INTEGER,
      rate_type TEXT,
      loan_term_months INTEGER,
      security_address TEXT,
      security_value INTEGER,
      finance_due_date TEXT CHECK (finance_due_date IS date(finance_due_date)),
      estimated_settlement_date TEXT CHECK (estimated_settlement_date IS date(estimated_settlement_date)),
      settled_date TEXT CHECK (settled_date IS date(settled_date)),
      referrer TEXT,
      labels TEXT,
      summary TEXT,
      archived INTEGER CHECK (archived IN (0, 1)),
      created_at TEXT NOT NULL CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%SZ', created_at)),
      updated_at TEXT CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%SZ', updated_at)),
      source_id TEXT CHECK (source_id <> ''),
      PRIMARY KEY (edition_id, deal_id)
    ) WITHOUT ROWID, STRICT;
    INSERT INTO new_deal (
      edition_id, deal_id, deal_ref, deal_name, workflow, stage, status, owner_id, deal_value, currency,
        loan_amount, loan_purpose, loan_type, lender, product, interest_rate, rate_type,
        loan_term_months, security_address, security_value, finance_due_date, estimated_settlement_date,
        settled_date, referrer, labels, summary, archived, created_at, updated_at)
      SELECT
      organisation_id, deal_id, deal_ref, deal_name, workflow, stage, status, owner_id, deal_value,
        currency, loan_amount, loan_purpose, loan_type, lender, product, interest_rate, rate_type,
        loan_term_months, security_address, security_value, finance_due_date, estimated_settlement_date,
        settled_date, referrer, labels, summary, archived, created_at, updated_at
      FROM deal;
    CREATE TABLE new_contact (
      edition_id INTEGER NOT NULL REFERENCES edition,
      contact_id INTEGER NOT NULL CHECK (contact_id > 0),
      contact_type TEXT CHECK (contact_type IN ('person', 'company')),
      full_name TEXT,
      title TEXT,
      first_name TEXT,
      middle_name TEXT,
      last_name TEXT,
      company_name TEXT,
      email TEXT,
      secondary_email TEXT,
      mobile TEXT,
      home_phone TEXT,
      work_phone TEXT,
      date_of_birth TEXT CHECK (date_of_birth IS date(date_of_birth)),
      marital_status TEXT,
      residential_status TEXT,
      address_line_1 TEXT,
      address_line_2 TEXT,
      suburb TEXT,
      state TEXT,
      postcode TEXT,
      country TEXT,
      occupation TEXT,
      employer_name TEXT,
      owner_id INTEGER,
      labels TEXT,
      archived INTEGER CHECK (archived IN (0, 1)),
      created_at TEXT NOT NULL CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%SZ', created_at)),
      updated_at TEXT CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%SZ', updated_at)),
      source_id TEXT CHECK (source_id <> ''),
      PRIMARY KEY (edition_id, contact_id)
    ) WITHOUT ROWID, STRICT;
    INSERT INTO new_contact (
      edition_id, contact_id, contact_type, full_name, title, first_name, middle_name, last_name,
        company_name, email, secondary_email, mobile, home_phone, work_phone, date_of_birth,
        marital_status, residential_status, address_line_1, address_line_2, suburb, state, postcode,
        country, occupation, employer_name, owner_id, labels, archived, created_at, updated_at)
      SELECT
      organisation_id, contact_id, contact_type, full_name, title, first_name, middle_name, last_name,
        company_name, email, secondary_email, mobile, home_phone, work_phone, date_of_birth,
        marital_status, residential_status, address_line_1, address_line_2, suburb, state, postcode,
        country, occupation, employer_name, owner_id, labels, archived, created_at, updated_at
      FROM contact;
    CREATE TABLE new_deal_contact (
      edition_id INTEGER NOT NULL,
      deal_id INTEGER NOT NULL,
      position INTEGER NOT NULL CHECK (position > 0),
      contact_id INTEGER NOT NULL,
      role TEXT CHECK (role IN ('primary', 'co-borrower', 'guarantor', 'other')),
      PRIMARY KEY (edition_id, deal_id, position),
      FOREIGN KEY (edition_id, deal_id) REFERENCES deal,
      FOREIGN KEY (edition_id, contact_id) REFERENCES contact
    ) WITHOUT ROWID, STRICT;
    INSERT INTO new_deal_contact (
      edition_id, deal_id, position, contact_id, role)
      SELECT
      organisation_id, deal_id, position, contact_id, role
      FROM deal_contact;
    CREATE TABLE new_note (
      edition_id INTEGER NOT NULL REFERENCES edition,
      note_id INTEGER NOT NULL CHECK (note_id > 0),
      deal_id INTEGER,
      contact_id INTEGER,
      note_content TEXT,
      author_id INTEGER,
      important INTEGER CHECK (important IN (0, 1)),
      archived INTEGER CHECK (archived IN (0, 1)),
      created_at TEXT NOT NULL CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%SZ', created_at)),
      updated_at TEXT CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%SZ', updated_at)),
      source_id TEXT CHECK (source_id <> ''),
      PRIMARY KEY (edition_id, note_id),
      FOREIGN KEY (edition_id, deal_id) REFERENCES deal,
      FOREIGN KEY (edition_id, contact_id) REFERENCES contact
    ) WITHOUT ROWID, STRICT;
    INSERT INTO new_note (
      edition_id, note_id, deal_id, contact_id, note_content, author_id, important, archived,
        created_at, updated_at)
      SELECT
      organisation_id, note_id, deal_id, contact_id, note_content, author_id, important, archived,
        created_at, updated_at
      FROM note;
    CREATE TABLE new_task (
      edition_id INTEGER NOT NULL REFERENCES edition,
      task_id INTEGER NOT NULL CHECK (task_id > 0),
      deal_id INTEGER,
      contact_id INTEGER,
      task_name TEXT,
      task_details TEXT,
      assigned_to_id INTEGER,
      due_date TEXT CHECK (due_date IS date(due_date)),
      status TEXT CHECK (status IN ('open', 'completed')),
      completed_at TEXT CHECK (completed_at IS strftime('%Y-%m-%dT%H:%M:%SZ', completed_at)),
      priority TEXT,
      archived INTEGER CHECK (archived IN (0, 1)),
      created_at TEXT NOT NULL CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%SZ', created_at)),
      updated_at TEXT CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%SZ', updated_at)),
      source_id TEXT CHECK (source_id <> ''),
      PRIMARY KEY (edition_id, task_id),
      FOREIGN KEY (edition_id, deal_id) REFERENCES deal,
      FOREIGN KEY (edition_id, contact_id) REFERENCES contact
    ) WITHOUT ROWID, STRICT;
    INSERT INTO new_task (
      edition_id, task_id, deal_id, contact_id, task_name, task_details, assigned_to_id, due_date,
        status, completed_at, priority, archived, created_at, updated_at)
      SELECT
      organisation_id, task_id, deal_id, contact_id, task_name, task_details, assigned_to_id, due_date,
        status, completed_at, priority, archived, created_at, updated_at
      FROM task;
    CREATE TABLE new_contact_search (
      edition_id INTEGER NOT NULL,
      contact_id INTEGER NOT NULL,
      folded TEXT NOT NULL,
      PRIMARY KEY (edition_id, contact_id),
      FOREIGN KEY (edition_id, contact_id) REFERENCES contact ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    INSERT INTO new_contact_search (edition_id, contact_id, folded)
      SELECT organisation_id, contact_id, folded FROM contact_search;
    DROP TABLE contact_search;
    ALTER TABLE new_contact_search RENAME TO contact_search;
    DROP TABLE deal_contact;
    ALTER TABLE new_deal_contact RENAME TO deal_contact;
    DROP TABLE note;
    ALTER TABLE new_note RENAME TO note;
    DROP TABLE task;
    ALTER TABLE new_task RENAME TO task;
    DROP TABLE contact;
    ALTER TABLE new_contact RENAME TO contact;
    DROP TABLE deal;
    ALTER TABLE new_deal RENAME TO deal;
    CREATE INDEX deal_owner ON deal (edition_id, owner_id);
    CREATE INDEX deal_named ON deal (edition_id, deal_id, deal_name);
    CREATE INDEX contact_owner ON contact (edition_id, owner_id);
    CREATE INDEX contact_named ON contact (edition_id, contact_id, full_name);
    CREATE UNIQUE INDEX deal_contact_contact ON deal_contact (edition_id, contact_id, deal_id);
    CREATE UNIQUE INDEX deal_contact_primary ON deal_contact (edition_id, deal_id) WHERE role = 'primary';
    CREATE INDEX note_scope ON note (edition_id, deal_id, contact_id, author_id);
    CREATE INDEX task_scope ON task (edition_id, deal_id, contact_id, assigned_to_id);
    -- What a record is called where it comes from.
    CREATE UNIQUE INDEX deal_source ON deal (edition_id, source_id) WHERE source_id IS NOT NULL;
    CREATE UNIQUE INDEX contact_source ON contact (edition_id, source_id) WHERE source_id IS NOT NULL;
    CREATE UNIQUE INDEX note_source ON note (edition_id, source_id) WHERE source_id IS NOT NULL;
    CREATE UNIQUE INDEX task_source ON task (edition_id, source_id) WHERE source_id IS NOT NULL;

    -- The number that a source id has got, which it keeps for ever, also while its record is away.
    CREATE TABLE source_number (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      kind TEXT NOT NULL CHECK (kind IN ('deal', 'contact', 'note', 'task')),
      source_id TEXT NOT NULL CHECK (source_id <> ''),
      number INTEGER NOT NULL CHECK (number > 0),
      PRIMARY KEY (organisation_id, kind, source_id)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX source_number_number ON source_number (organisation_id, kind, number);
    """

  private static let imports = """
    -- Whose turn it is, for exports and imports alike.
    ALTER TABLE export_turn RENAME TO job_turn;

    -- Files that are brought into an organisation's records: compared, looked at, confirmed, applied, and perhaps
    -- undone. Only this row says the state. Files and difference lie in a folder of its id.
    CREATE TABLE import (
      -- Grows with each import, so that it orders those of one second.
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      -- NULL for the operator's.
      requested_by INTEGER,
      requested_at INTEGER NOT NULL,
      -- The names of the files, as people chose them; `TextLimit.subject` has the same figure.
      files TEXT NOT NULL CHECK (files <> '' AND length(CAST(files AS BLOB)) <= 2000),
      size INTEGER NOT NULL CHECK (size >= 0),
      -- The name of a mapping that is built in, or one as JSON; empty for the export's own format.
      mapping TEXT NOT NULL CHECK (length(CAST(mapping AS BLOB)) <= 1000000),
      keeps_missing INTEGER NOT NULL CHECK (keeps_missing IN (0, 1)),
      -- In percent; NULL for any number.
      allowed_removals INTEGER CHECK (allowed_removals BETWEEN 0 AND 100),
      status TEXT NOT NULL CHECK (status IN
        ('uploaded', 'queued', 'processing', 'ready', 'completed', 'undone', 'failed', 'cancelled')),
      -- What waits, runs or has been done last.
      step TEXT NOT NULL CHECK (step IN ('compare', 'apply', 'undo')),
      -- Since when somebody may go on with it: files that nobody goes on with are removed.
      since INTEGER NOT NULL,
      -- Counts the runs; every change that a run makes is conditional on it.
      attempt INTEGER NOT NULL DEFAULT 0,
      -- Counts the runs that failed since the step was asked for.
      failures INTEGER NOT NULL DEFAULT 0,
      -- Not run before this time (the pause before another try).
      not_before INTEGER NOT NULL,
      started_at INTEGER CHECK (status <> 'processing' OR started_at IS NOT NULL),
      ended_at INTEGER CHECK ((ended_at IS NULL) = (status IN ('uploaded', 'queued', 'processing', 'ready'))),
      -- Why the last run failed, or what there is to know of the state: a sentence for the owner.
      reason TEXT CHECK (reason <> '' AND (status <> 'failed' OR reason IS NOT NULL)),
      -- What is wrong with the files, and what would change, or has: both as JSON.
      problems TEXT,
      report TEXT CHECK (report IS NOT NULL OR step = 'compare' AND status <> 'ready'),
      -- The export of how it was before.
      before_export TEXT REFERENCES export (id),
      confirmed_at INTEGER,
      applied_at INTEGER CHECK ((applied_at IS NOT NULL) = (status IN ('completed', 'undone') OR step = 'undo')),
      undone_at INTEGER CHECK ((undone_at IS NOT NULL) = (status = 'undone')),
      -- Whether its difference is kept: of the newest that was applied.
      can_undo INTEGER NOT NULL DEFAULT 0 CHECK (can_undo = 0 OR applied_at IS NOT NULL AND undone_at IS NULL),
      FOREIGN KEY (organisation_id, requested_by) REFERENCES user
    ) STRICT;
    CREATE INDEX import_number ON import (organisation_id, number);
    CREATE INDEX import_waiting ON import (status, organisation_id, number, not_before) WHERE status = 'queued';
    CREATE INDEX import_status ON import (status, since);
    CREATE INDEX import_since ON import (since);
    CREATE INDEX import_before ON import (before_export) WHERE before_export IS NOT NULL;
    -- One of an organisation waits for its turn or runs, and one can be undone.
    CREATE UNIQUE INDEX import_running ON import (organisation_id) WHERE status IN ('queued', 'processing');
    CREATE UNIQUE INDEX import_undo ON import (organisation_id) WHERE can_undo;

    -- An import with the name of who asked for it, as it is now.
    CREATE VIEW import_with_names AS
      SELECT import.*, coalesce(name, email, 'U-' || user.id) AS requested_by_name, active AS requested_by_active
      FROM import
      LEFT JOIN user ON user.organisation_id = import.organisation_id AND user.id = import.requested_by;
    """

  private static let lastNumbers = """
    -- The largest id that a record of the organisation ever had.
    CREATE TABLE last_number (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      kind TEXT NOT NULL CHECK (kind IN ('deal', 'contact', 'note', 'task')),
      number INTEGER NOT NULL CHECK (number >= 0),
      PRIMARY KEY (organisation_id, kind)
    ) WITHOUT ROWID, STRICT;
    """

  private static let documents = """
    -- What documents hold lies in the folder of documents, by its hash: the same once for an organisation.
    CREATE TABLE document_content (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      added_at INTEGER NOT NULL,
      PRIMARY KEY (organisation_id, sha256)
    ) WITHOUT ROWID, STRICT;

    -- A document of a deal. The id counts within the organisation (F-13) and is never given twice: the row stays when
    -- the document is removed, and what it held goes after a while.
    CREATE TABLE document (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      id INTEGER NOT NULL CHECK (id > 0),
      -- The number of the deal. An import may remove the deal; its documents stay.
      deal_id INTEGER NOT NULL CHECK (deal_id > 0),
      -- As its owner calls it; `TextLimit.fileName` has the same figure.
      name TEXT NOT NULL CHECK (name <> '' AND length(CAST(name AS BLOB)) <= 1000),
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      added_at INTEGER NOT NULL,
      -- NULL for the operator's.
      added_by INTEGER,
      -- What it was before it was replaced, as long as that is kept.
      former_name TEXT CHECK ((former_name IS NOT NULL) = (former_sha256 IS NOT NULL)),
      former_bytes INTEGER CHECK ((former_bytes IS NOT NULL) = (former_sha256 IS NOT NULL)),
      former_sha256 BLOB CHECK (length(former_sha256) = 32),
      replaced_at INTEGER CHECK (replaced_at IS NOT NULL OR former_sha256 IS NULL),
      removed_at INTEGER,
      -- NULL for the operator's.
      removed_by INTEGER CHECK (removed_by IS NULL OR removed_at IS NOT NULL),
      -- The import that has added it, so that its Undo removes it.
      import_id TEXT REFERENCES import (id),
      PRIMARY KEY (organisation_id, id),
      FOREIGN KEY (organisation_id, added_by) REFERENCES user,
      FOREIGN KEY (organisation_id, removed_by) REFERENCES user
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX document_deal ON document (organisation_id, deal_id, id);
    CREATE INDEX document_holds ON document (organisation_id, sha256);
    CREATE INDEX document_held ON document (organisation_id, former_sha256) WHERE former_sha256 IS NOT NULL;
    -- How many there are and what they hold, for the dialog of exports.
    CREATE INDEX document_kept ON document (organisation_id, bytes) WHERE removed_at IS NULL;
    CREATE INDEX document_removed ON document (removed_at) WHERE removed_at IS NOT NULL;
    CREATE INDEX document_import ON document (import_id) WHERE import_id IS NOT NULL;
    CREATE INDEX document_replaced ON document (replaced_at) WHERE former_sha256 IS NOT NULL;

    -- Whether the archive has the documents themselves.
    ALTER TABLE export ADD COLUMN documents INTEGER NOT NULL DEFAULT 0 CHECK (documents IN (0, 1));
    -- What a completed one says of documents, in words; NULL where there were none.
    ALTER TABLE export ADD COLUMN documents_text TEXT CHECK (documents_text <> '');
    """

  private static let linkedStorage = """
    -- An account at a provider, or a place of the operator's, that the documents of an organisation are copied to. One
    -- that was unlinked stays, so that the same account goes on where it stopped; its secrets are in a file.
    CREATE TABLE storage_link (
      -- Grows with each link, so that it orders those of one second.
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      provider TEXT NOT NULL CHECK (provider IN ('dropbox', 'google', 's3', 'sftp', 'webdav')),
      -- What the provider calls the account for ever, and what people know it by.
      account_id TEXT NOT NULL CHECK (account_id <> ''),
      account TEXT NOT NULL CHECK (account <> ''),
      -- 'signed-out': the provider accepts the tokens no longer, and syncs wait.
      status TEXT NOT NULL CHECK (status IN ('linked', 'signed-out', 'unlinked')),
      -- Why it is signed out: a sentence for the owner.
      reason TEXT CHECK (reason <> '' AND (status <> 'signed-out' OR reason IS NOT NULL)),
      -- Whether the documents of all deals are copied; else of those in `storage_folder` that are on.
      all_deals INTEGER NOT NULL CHECK (all_deals IN (0, 1)),
      -- The folder of all folders, as it was made: its name, and the provider's id where it has one.
      root TEXT NOT NULL DEFAULT '',
      root_id TEXT,
      -- No sync before this: the provider wants a pause.
      not_before INTEGER NOT NULL DEFAULT 0,
      -- When the first sync of all documents was complete, and when the owner was told last of some that failed.
      complete_at INTEGER,
      told_failed_at INTEGER,
      -- NULL for the operator.
      linked_by INTEGER,
      linked_at INTEGER NOT NULL,
      unlinked_at INTEGER CHECK ((unlinked_at IS NOT NULL) = (status = 'unlinked')),
      FOREIGN KEY (organisation_id, linked_by) REFERENCES user
    ) STRICT;
    CREATE UNIQUE INDEX storage_link_current ON storage_link (organisation_id) WHERE status <> 'unlinked';
    CREATE UNIQUE INDEX storage_link_account ON storage_link (organisation_id, provider, account_id);

    -- A deal's folder in a linked storage.
    CREATE TABLE storage_folder (
      link_id TEXT NOT NULL REFERENCES storage_link (id),
      deal_id INTEGER NOT NULL CHECK (deal_id > 0),
      is_on INTEGER NOT NULL DEFAULT 0 CHECK (is_on IN (0, 1)),
      -- Its name when it was last seen, and the provider's id where it has one; NULL until it was made.
      folder TEXT,
      folder_id TEXT,
      PRIMARY KEY (link_id, deal_id)
    ) WITHOUT ROWID, STRICT;

    -- An owner who is away at a provider, to link an account. Good once; here is only the SHA-256 of its state. One that
    -- was used or has run out is kept for a while, as links that set a password are.
    CREATE TABLE storage_state (
      state_hash BLOB NOT NULL PRIMARY KEY CHECK (length(state_hash) = 32),
      organisation_id INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      -- The session that went, and no other may come back.
      session_id TEXT NOT NULL CHECK (length(session_id) = 32),
      provider TEXT NOT NULL CHECK (provider IN ('dropbox', 'google')),
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
      ended_at INTEGER,
      FOREIGN KEY (organisation_id, user_id) REFERENCES user ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX storage_state_created ON storage_state (created_at);

    -- A document on its way to a linked storage, or there. Only this row says the state.
    CREATE TABLE sync (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
      organisation_id INTEGER NOT NULL,
      link_id TEXT NOT NULL REFERENCES storage_link (id),
      document_id INTEGER NOT NULL,
      -- 'cancelled': nobody wants it there any longer; what was copied stays there.
      status TEXT NOT NULL CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'cancelled')),
      -- Counts the runs; every change that a run makes is conditional on it.
      attempt INTEGER NOT NULL DEFAULT 0,
      -- Counts the runs that failed since it was last asked for.
      failures INTEGER NOT NULL DEFAULT 0,
      -- Not run before this time (the pause before another try).
      not_before INTEGER NOT NULL,
      started_at INTEGER CHECK (status <> 'processing' OR started_at IS NOT NULL),
      ended_at INTEGER CHECK ((ended_at IS NULL) = (status IN ('queued', 'processing'))),
      -- Why the last run failed: a sentence for the owner.
      reason TEXT CHECK (reason <> '' AND (status <> 'failed' OR reason IS NOT NULL)),
      -- The file's name there, chosen before the first copy, and what others of the deal may not have; and whether a run
      -- has begun to write it, so that what lies there is ours.
      name TEXT CHECK (name <> ''),
      folded_name TEXT CHECK ((folded_name IS NULL) = (name IS NULL)),
      is_written INTEGER NOT NULL DEFAULT 0 CHECK (is_written IN (0, 1)),
      -- What is there: its content, where it is from the root on, and since when; NULL until the first copy.
      sha256 BLOB CHECK (length(sha256) = 32),
      path TEXT CHECK (path <> ''),
      -- Whether the storage takes the name as it is.
      has_own_name INTEGER CHECK (has_own_name IN (0, 1)),
      file_id TEXT,
      synced_at INTEGER,
      CHECK ((sha256 IS NULL) = (path IS NULL) AND (sha256 IS NULL) = (synced_at IS NULL)
        AND (sha256 IS NULL) = (has_own_name IS NULL)),
      CHECK (status <> 'completed' OR sha256 IS NOT NULL),
      UNIQUE (link_id, document_id),
      FOREIGN KEY (organisation_id, document_id) REFERENCES document
    ) STRICT;
    CREATE INDEX sync_document ON sync (organisation_id, document_id);
    CREATE INDEX sync_waiting ON sync (status, organisation_id, number, not_before, link_id)
      WHERE status = 'queued';
    CREATE INDEX sync_name ON sync (link_id, folded_name);
    CREATE INDEX sync_processing ON sync (organisation_id) WHERE status = 'processing';
    CREATE INDEX sync_status ON sync (link_id, status);

    -- A document and what there is to know of it in the storage that is linked now.
    CREATE VIEW document_with_sync AS
      SELECT document.*, coalesce(adder.name, adder.email, 'U-' || adder.id) AS added_by_name,
        adder.active AS added_by_active,
        storage_link.id AS link_id, provider, sync.id AS sync_id, synced_at, sync.sha256 AS synced_sha256,
        path AS remote_path, sync.reason AS sync_reason, sync.not_before AS sync_not_before, failures AS sync_failures,
        CASE
          WHEN removed_at IS NOT NULL THEN 'removed'
          WHEN storage_link.id IS NULL THEN 'not linked'
          WHEN sync.status = 'queued' THEN 'waiting'
          WHEN sync.status = 'processing' THEN 'syncing'
          WHEN sync.status = 'failed' THEN 'failed'
          -- Of a deal that is switched off by now it may be what the document held before.
          WHEN sync.status = 'completed' AND sync.sha256 = document.sha256
            THEN iif(has_own_name, 'synced', 'name changed')
          ELSE 'switched off'
        END AS state
      FROM document
      LEFT JOIN user adder
        ON adder.organisation_id = document.organisation_id AND adder.id = document.added_by
      LEFT JOIN storage_link
        ON storage_link.organisation_id = document.organisation_id AND storage_link.status <> 'unlinked'
      LEFT JOIN sync ON sync.link_id = storage_link.id AND sync.document_id = document.id;

    -- Turns are of lanes: the documents of an organisation cost its exports none.
    CREATE TABLE lane_turn (
      lane TEXT NOT NULL CHECK (lane IN ('records', 'documents')),
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      turn INTEGER NOT NULL,
      PRIMARY KEY (lane, organisation_id)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX lane_turn_last ON lane_turn (lane, turn);
    INSERT INTO lane_turn (lane, organisation_id, turn) SELECT 'records', organisation_id, turn FROM job_turn;
    DROP TABLE job_turn;
    ALTER TABLE lane_turn RENAME TO job_turn;
    """

  private static let dealSearch = """
    -- What a search of deals looks into (`folded`: name, reference, lender and address of the security, a line each), and
    -- what narrows a list of them. Apart from the deals, which are too wide to be looked through while somebody waits.
    CREATE TABLE deal_search (
      edition_id INTEGER NOT NULL,
      deal_id INTEGER NOT NULL,
      owner_id INTEGER,
      status TEXT,
      folded TEXT NOT NULL,
      PRIMARY KEY (edition_id, deal_id),
      FOREIGN KEY (edition_id, deal_id) REFERENCES deal ON DELETE CASCADE
    ) WITHOUT ROWID, STRICT;
    """

  @Sendable private static func foldDeals(_ connection: Connection) throws {
    try connection.each(
      "SELECT edition_id, deal_id, owner_id, status, deal_name, deal_ref, lender, security_address FROM deal"
    ) { row in
      try connection.run(
        "INSERT INTO deal_search (edition_id, deal_id, owner_id, status, folded) VALUES (?, ?, ?, ?, ?)",
        row["edition_id"] as Int64, row["deal_id"] as Int64, row["owner_id"] as Int64?,
        row["status"] as String?,
        foldedDeal([row["deal_name"], row["deal_ref"], row["lender"], row["security_address"]]))
    }
  }

  private static let formatsOfExports = """
    -- What the records are written as: CSV files, an Excel workbook, or both.
    ALTER TABLE export ADD COLUMN format TEXT NOT NULL DEFAULT 'csv' CHECK (format IN ('csv', 'xlsx', 'both'));
    """

  private static let pagesOfExports = """
    -- The SHA-256 of the page in the archive that checks it (verify.html).
    ALTER TABLE export ADD COLUMN page_sha256 BLOB CHECK (length(page_sha256) = 32);
    """

  private static let workbooksOfExports = """
    -- Of the workbook in the archive; NULL where there is none: its size, and how many texts are cut in it.
    ALTER TABLE export ADD COLUMN workbook_bytes INTEGER CHECK (workbook_bytes > 0);
    ALTER TABLE export ADD COLUMN cut_texts INTEGER CHECK (cut_texts >= 0);
    """

  private static let cells = """
    -- Which cell this is, as HANDOVER_CELL has it; NULL where it is none. It stays that one.
    ALTER TABLE installation ADD COLUMN cell TEXT CHECK (cell <> '');
    """

  private static let ledger = """
    -- The ledger: the completed exports of an organisation, each chained to the one before it (`LedgerEntry`). A row stays
    -- as it is. It refers to no export, so that the chain stands by itself.
    CREATE TABLE ledger (
      organisation_id INTEGER NOT NULL REFERENCES organisation,
      -- Counts from 1, without a gap.
      number INTEGER NOT NULL CHECK (number > 0),
      export_id TEXT NOT NULL UNIQUE CHECK (length(export_id) = 32),
      -- The text whose SHA-256 is the head, which the ZIP, the page and the owner's mail have.
      entry TEXT NOT NULL CHECK (entry <> ''),
      head TEXT NOT NULL CHECK (length(head) = 64),
      -- Of the ZIP.
      sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
      -- Of head and ZIP; stands in the text of the next entry.
      seal TEXT NOT NULL CHECK (length(seal) = 64),
      entered_at INTEGER NOT NULL,
      PRIMARY KEY (organisation_id, number)
    ) WITHOUT ROWID, STRICT;

    -- The number of the last entry, so that its removal is seen; and how many exports were completed before there was a
    -- ledger, and are not in it.
    ALTER TABLE organisation ADD COLUMN ledger_number INTEGER NOT NULL DEFAULT 0 CHECK (ledger_number >= 0);
    ALTER TABLE organisation ADD COLUMN exports_before_ledger INTEGER NOT NULL DEFAULT 0
      CHECK (exports_before_ledger >= 0);
    -- The number of its entry; NULL until it is completed, 0 where that was before there was a ledger.
    ALTER TABLE export ADD COLUMN ledger_number INTEGER CHECK (ledger_number >= 0);
    UPDATE export SET ledger_number = 0 WHERE completed_at IS NOT NULL;
    UPDATE organisation SET exports_before_ledger =
      (SELECT count(*) FROM export WHERE organisation_id = organisation.id AND completed_at IS NOT NULL);

    CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger
      BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END;
    CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger
      BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END;
    -- INSERT OR REPLACE would delete a row without asking the trigger against deletion.
    CREATE TRIGGER ledger_goes_on BEFORE INSERT ON ledger
      WHEN EXISTS (SELECT 1 FROM ledger WHERE export_id = NEW.export_id)
        OR NEW.number <> 1 + max(
          (SELECT ledger_number FROM organisation WHERE id = NEW.organisation_id),
          (SELECT coalesce(max(number), 0) FROM ledger WHERE organisation_id = NEW.organisation_id))
      BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is behind its last one'); END;
    CREATE TRIGGER ledger_is_counted AFTER INSERT ON ledger
      BEGIN UPDATE organisation SET ledger_number = NEW.number WHERE id = NEW.organisation_id; END;
    CREATE TRIGGER ledger_count_grows BEFORE UPDATE OF ledger_number ON organisation
      WHEN NEW.ledger_number <= OLD.ledger_number
      BEGIN SELECT RAISE(ABORT, 'the ledger never goes back'); END;

    -- An export with the names of the people in it, as they are now, and its head in the ledger.
    DROP VIEW export_with_names;
    CREATE VIEW export_with_names AS
      SELECT export.*, coalesce(requester.name, requester.email, 'U-' || requester.id) AS requested_by_name,
        requester.active AS requested_by_active,
        coalesce(subject.name, subject.email, 'U-' || subject.id) AS subject_name, subject.active AS subject_active,
        coalesce(recipient.name, recipient.email, 'U-' || recipient.id) AS hand_to_name,
        recipient.active AS hand_to_active, ledger.head AS ledger_head
      FROM export
      JOIN user requester
        ON requester.organisation_id = export.organisation_id AND requester.id = export.requested_by
      LEFT JOIN user subject
        ON subject.organisation_id = export.organisation_id AND subject.id = export.subject_id
      LEFT JOIN user recipient
        ON recipient.organisation_id = export.organisation_id AND recipient.id = export.hand_to
      LEFT JOIN ledger
        ON ledger.organisation_id = export.organisation_id AND ledger.number = export.ledger_number;
    """

  private static let countOfLedger = """
    -- The count is that of an entry, and no entry has a number that no other can follow.
    DROP TRIGGER ledger_count_grows;
    CREATE TRIGGER ledger_count_grows BEFORE UPDATE OF ledger_number ON organisation
      WHEN NEW.ledger_number <= OLD.ledger_number OR NOT EXISTS
        (SELECT 1 FROM ledger WHERE organisation_id = NEW.id AND number = NEW.ledger_number)
      BEGIN SELECT RAISE(ABORT, 'the ledger never goes back, and counts its entries alone'); END;
    CREATE TRIGGER ledger_number_is_short BEFORE INSERT ON ledger
      WHEN NEW.number > 999999999999999
      BEGIN SELECT RAISE(ABORT, 'the number of an entry is too large'); END;
    """

  private static let moves = """
    -- An organisation that goes to another cell or comes from there, or has (`Move`). The row stays, so that its id is no
    -- other one's.
    CREATE TABLE move (
      organisation_id INTEGER PRIMARY KEY,
      state TEXT NOT NULL CHECK (state IN ('leaving', 'left', 'gone', 'arriving', 'arrived')),
      -- The other cell.
      cell TEXT NOT NULL CHECK (cell <> ''),
      since INTEGER NOT NULL
    ) STRICT;

    -- What leads to an organisation that has left: the SHA-256 of a token, or the mark of an address in the directory.
    CREATE TABLE forwarding (
      mark BLOB NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
      organisation_id INTEGER NOT NULL REFERENCES move
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX forwarding_organisation ON forwarding (organisation_id);

    \(closedTables.map(closing).joined(separator: "\n"))

    -- What is kept for ever goes along with its organisation.
    DROP TRIGGER activity_is_not_deleted;
    CREATE TRIGGER activity_is_not_deleted BEFORE DELETE ON activity
      WHEN OLD.at > CAST(strftime('%s', 'now') AS INTEGER) - 221356800 AND NOT EXISTS (
        SELECT 1 FROM move WHERE organisation_id = OLD.organisation_id AND state IN ('left', 'gone', 'arriving'))
      BEGIN SELECT RAISE(ABORT, 'activity is not deleted before its time'); END;
    DROP TRIGGER ledger_is_not_deleted;
    CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger
      WHEN NOT EXISTS (
        SELECT 1 FROM move WHERE organisation_id = OLD.organisation_id AND state IN ('left', 'gone', 'arriving'))
      BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END;
    """

  /// Nothing is added to an organisation that has left, by whoever has not noticed: it would be lost. What such a one
  /// changes is not there any more.
  private static let closedTables = [
    "activity", "browser", "document", "document_content", "email_change", "export", "export_hand", "import",
    "ledger", "letter", "owner_request", "password_link", "recovery_code", "session", "source_number",
    "storage_link", "storage_state", "sync", "told", "told_change", "two_step", "user",
  ]

  /// What SQLite says of such a row.
  static let hasLeft = "the organisation is in another cell"

  private static func closing(_ table: String) -> String {
    """
    CREATE TRIGGER \(table)_is_not_of_one_that_left BEFORE INSERT ON \(table)
      WHEN EXISTS (SELECT 1 FROM move WHERE organisation_id = NEW.organisation_id AND state IN ('left', 'gone'))
      BEGIN SELECT RAISE(ABORT, '\(hasLeft)'); END;
    """
  }
}
