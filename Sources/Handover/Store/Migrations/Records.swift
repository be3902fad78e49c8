extension Migrations {
  static let records = """
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
}
