// The columns of every file, in their order. The documentation follows this list, and so does the schema,
// whose columns carry the same names.

extension Table {
  static let deals = Table(
    name: .deals,
    columns: [
      Column("deal_id", .id(.deals), "The deal's id, the same in every export."),
      Column("deal_ref", .text, "The reference that the office gave the deal."),
      Column("deal_name", .text, "The deal's name."),
      Column("workflow", .text, "The workflow (elsewhere: pipeline) that the deal is in."),
      Column("stage", .text, "The stage of the workflow that the deal has reached."),
      Column("status", .text, "Where the deal stands, such as open, won or lost."),
      Column("owner_id", .id(.users), "The user who owns the deal."),
      Column("owner_name", .text, .userName(of: "owner_id"), "That user's name."),
      Column("owner_email", .text, .userEmail(of: "owner_id"), "That user's e-mail address."),
      Column("primary_contact_id", .id(.contacts), .primaryContact, "The contact whose role is primary."),
      Column("primary_contact_name", .text, .primaryContactName, "That contact's full name."),
      Column("contact_ids", .ids(.contacts), .links, "All contacts of the deal, by position."),
      Column("deal_value", .money, "What the deal is worth to the office."),
      Column("currency", .text, "The currency of the amounts, as an ISO 4217 code."),
      Column("loan_amount", .money, "The amount of the loan."),
      Column("loan_purpose", .text, "What the loan is for."),
      Column("loan_type", .text, "The type of the loan."),
      Column("lender", .text, "The lender."),
      Column("product", .text, "The lender's product."),
      Column("interest_rate", .rate, "The interest rate, in percent a year."),
      Column("rate_type", .text, "The type of the rate, such as fixed or variable."),
      Column("loan_term_months", .integer, "The term of the loan, in months."),
      Column("security_address", .text, "The address of the property that secures the loan."),
      Column("security_value", .money, "The value of that property."),
      Column("finance_due_date", .date, "The day by which finance must be approved."),
      Column("estimated_settlement_date", .date, "The day on which the loan is expected to settle."),
      Column("settled_date", .date, "The day on which the loan settled."),
      Column("referrer", .text, "Who referred the deal."),
      Column("labels", .texts, "The deal's labels."),
      Column("summary", .text, "A summary in free text."),
      Column("archived", .boolean, "Whether the deal is archived."),
      Column("created_at", .time, "When the deal was created."),
      Column("updated_at", .time, "When the deal was last changed."),
      Column("source_id", .text, "The deal's id where it comes from, as the last import named it."),
    ],
    primaryKey: ["deal_id"],
    meaning: "Every deal (loan application), one a row."
  )

  static let contacts = Table(
    name: .contacts,
    columns: [
      Column("contact_id", .id(.contacts), "The contact's id, the same in every export."),
      Column("contact_type", .oneOf(["person", "company"]), "Whether the contact is a person or a company."),
      Column("full_name", .text, "The contact's whole name."),
      Column("title", .text, "The title, such as Ms or Dr."),
      Column("first_name", .text, "The first name."),
      Column("middle_name", .text, "The middle name."),
      Column("last_name", .text, "The last name."),
      Column("company_name", .text, "The name of the company."),
      Column("email", .text, "The first e-mail address."),
      Column("secondary_email", .text, "The second e-mail address."),
      Column("mobile", .text, "The mobile number."),
      Column("home_phone", .text, "The phone number at home."),
      Column("work_phone", .text, "The phone number at work."),
      Column("date_of_birth", .date, "The date of birth."),
      Column("marital_status", .text, "The marital status."),
      Column("residential_status", .text, "The residential status, such as owner or renting."),
      Column("address_line_1", .text, "The first line of the address."),
      Column("address_line_2", .text, "The second line of the address."),
      Column("suburb", .text, "The suburb or town."),
      Column("state", .text, "The state."),
      Column("postcode", .text, "The postcode, with its leading zeros."),
      Column("country", .text, "The country."),
      Column("occupation", .text, "The occupation."),
      Column("employer_name", .text, "The name of the employer."),
      Column("owner_id", .id(.users), "The user who owns the contact."),
      Column("owner_name", .text, .userName(of: "owner_id"), "That user's name."),
      Column("owner_email", .text, .userEmail(of: "owner_id"), "That user's e-mail address."),
      Column("deal_ids", .ids(.deals), .links, "All deals of the contact that are in the export, by id."),
      Column("labels", .texts, "The contact's labels."),
      Column("archived", .boolean, "Whether the contact is archived."),
      Column("created_at", .time, "When the contact was created."),
      Column("updated_at", .time, "When the contact was last changed."),
      Column("source_id", .text, "The contact's id where it comes from, as the last import named it."),
    ],
    primaryKey: ["contact_id"],
    meaning: "Every contact (borrower, guarantor, company), one a row."
  )

  static let notes = Table(
    name: .notes,
    columns: [
      Column("note_id", .id(.notes), "The note's id, the same in every export."),
      Column("deal_id", .id(.deals), "The deal that the note hangs on."),
      Column("deal_name", .text, .recordName(of: "deal_id"), "That deal's name."),
      Column("contact_id", .id(.contacts), "The contact that the note hangs on."),
      Column("contact_name", .text, .recordName(of: "contact_id"), "That contact's full name."),
      Column("note_content", .text, "The text of the note, with its own line breaks."),
      Column("author_id", .id(.users), "The user who wrote the note."),
      Column("author_name", .text, .userName(of: "author_id"), "That user's name."),
      Column("author_email", .text, .userEmail(of: "author_id"), "That user's e-mail address."),
      Column("important", .boolean, "Whether the note is marked as important."),
      Column("archived", .boolean, "Whether the note is archived."),
      Column("created_at", .time, "When the note was created."),
      Column("updated_at", .time, "When the note was last changed."),
      Column("source_id", .text, "The note's id where it comes from, as the last import named it."),
    ],
    primaryKey: ["note_id"],
    meaning: "Every note, one a row."
  )

  static let tasks = Table(
    name: .tasks,
    columns: [
      Column("task_id", .id(.tasks), "The task's id, the same in every export."),
      Column("deal_id", .id(.deals), "The deal that the task hangs on."),
      Column("deal_name", .text, .recordName(of: "deal_id"), "That deal's name."),
      Column("contact_id", .id(.contacts), "The contact that the task hangs on."),
      Column("contact_name", .text, .recordName(of: "contact_id"), "That contact's full name."),
      Column("task_name", .text, "The task's name."),
      Column("task_details", .text, "What is to be done, in free text."),
      Column("assigned_to_id", .id(.users), "The user whom the task is assigned to."),
      Column("assigned_to_name", .text, .userName(of: "assigned_to_id"), "That user's name."),
      Column("assigned_to_email", .text, .userEmail(of: "assigned_to_id"), "That user's e-mail address."),
      Column("due_date", .date, "The day on which the task is due."),
      Column("status", .oneOf(["open", "completed"]), "Whether the task is open or completed."),
      Column("completed_at", .time, "When the task was completed."),
      Column("priority", .text, "The task's priority."),
      Column("archived", .boolean, "Whether the task is archived."),
      Column("created_at", .time, "When the task was created."),
      Column("updated_at", .time, "When the task was last changed."),
      Column("source_id", .text, "The task's id where it comes from, as the last import named it."),
    ],
    primaryKey: ["task_id"],
    meaning: "Every task, one a row."
  )

  static let dealContacts = Table(
    name: .dealContacts,
    columns: [
      Column("deal_id", .id(.deals), "The deal."),
      Column("contact_id", .id(.contacts), "The contact on that deal."),
      Column(
        "role", .oneOf(["primary", "co-borrower", "guarantor", "other"]),
        "What the contact is on the deal; at most one is primary."),
      Column("position", .integer, "The contact's place among the deal's contacts, from 1."),
    ],
    primaryKey: ["deal_id", "contact_id"],
    meaning: "Which contacts are on which deals, one link a row."
  )

  static let users = Table(
    name: .users,
    columns: [
      Column("user_id", .id(.users), "The user's id, the same in every export."),
      Column("name", .text, "The user's name."),
      Column("email", .text, "The user's e-mail address."),
      Column("role", .oneOf(["owner", "admin", "user"]), "The user's role in the organisation."),
      Column("active", .boolean, "Whether the user can sign in."),
    ],
    primaryKey: ["user_id"],
    meaning: "Every user that the other files name, one a row."
  )

  /// Not of the records that an import compares: what documents hold lies in files.
  static let documents = Table(
    name: .documents,
    columns: [
      Column("document_id", .id(.documents), "The document's id, the same in every export."),
      Column(
        "deal_id", .id(.deals), "The deal that the document is of; empty where an import has removed it."),
      Column("name", .text, "The document's name, as its owner wrote it."),
      Column("bytes", .integer, "The document's size, in bytes."),
      Column("sha256", .digest, "The SHA-256 of what the document holds."),
      Column("added_at", .time, "When the document was added."),
      Column("synced_at", .time, "When it was copied to the linked storage; empty where it is not there."),
      Column(
        "provider", .oneOf(["dropbox", "google", "s3", "sftp", "webdav"]),
        "The linked storage that it is copied to; empty where it isn't to be."),
      Column("remote_path", .text, "Where it is in the linked storage; empty where it is not there."),
      Column(
        "state",
        .oneOf([
          "waiting", "syncing", "synced", "name changed", "failed", "removed", "not linked", "switched off",
        ]),
        "How it stands with the linked storage: 'name changed' is synced under another name; 'removed' is "
          + "removed here, and still there."),
    ],
    primaryKey: ["document_id"],
    meaning: "Every document of these deals, and whether it is in the linked storage, one a row."
  )
}
