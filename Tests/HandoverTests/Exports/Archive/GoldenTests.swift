import Testing

@testable import Handover

/// Every byte of the CSVs of a small organisation.
@Suite struct GoldenTests {
  @Test("The files are in their order")
  func files() throws {
    let small = try SmallOffice()
    let archive = try small.office.export(small.organisation)
    #expect(
      archive.names == [
        "Deals.csv", "Contacts.csv", "Notes.csv", "Tasks.csv", "DealContacts.csv", "Users.csv",
        VerifyPage.file, "datapackage.json",
        "README.txt", Manifest.file,
      ])
  }

  @Test("Deals have names, primary contacts, amounts and rates")
  func deals() throws {
    let small = try SmallOffice()
    expect(
      try small.office.export(small.organisation).text("Deals.csv"),
      #"""
      deal_id,deal_ref,deal_name,workflow,stage,status,owner_id,owner_name,owner_email,primary_contact_id,\#
      primary_contact_name,contact_ids,deal_value,currency,loan_amount,loan_purpose,loan_type,lender,product,\#
      interest_rate,rate_type,loan_term_months,security_address,security_value,finance_due_date,\#
      estimated_settlement_date,settled_date,referrer,labels,summary,archived,created_at,updated_at,source_id
      D-1,,"Smith, ""House""",,,,U-1,"Ann, ""A""",ann.2@example.com,C-1,王秀英,C-2; C-1,-0.05,,650000.00,,,,,\#
      5.89,,360,,,,,,,a; b,"one\#u{2424}two",false,2026-05-02T09:30:00Z,2026-05-03T00:00:00Z,
      D-2,,'=cmd,,,,U-2,Bob,,,,C-3; C-1,1.00,,,,,,,6,,,,,,,,,,,true,2026-05-02T09:30:00Z,,
      D-12,,,,,,U-1,"Ann, ""A""",ann.2@example.com,,,,,,,,,,,,,,,,,,,,,,,2026-05-02T09:30:00Z,,
      """#)
  }

  @Test("Contacts have their deals, leading zeros and telephone numbers")
  func contacts() throws {
    let small = try SmallOffice()
    expect(
      try small.office.export(small.organisation).text("Contacts.csv"),
      #"""
      contact_id,contact_type,full_name,title,first_name,middle_name,last_name,company_name,email,secondary_email,\#
      mobile,home_phone,work_phone,date_of_birth,marital_status,residential_status,address_line_1,address_line_2,\#
      suburb,state,postcode,country,occupation,employer_name,owner_id,owner_name,owner_email,deal_ids,labels,\#
      archived,created_at,updated_at,source_id
      C-1,person,王秀英,,,,,,,,+61 491 570 006,,,1980-02-29,,,,,,,0800,,,,U-2,Bob,,D-1; D-2,,false,2026-05-02T09:30:00Z,,
      C-2,person,'@home,,,,,,,,-5,,,,,,,,,,2000,,,,U-2,Bob,,D-1,,true,2026-05-02T09:30:00Z,,
      C-3,company,Three,,,,,,,,,,,,,,,,,,,,,,,,,D-2,,false,2026-05-02T09:30:00Z,,
      C-4,,Four,,,,,,,,,,,,,,,,,,,,,,U-1,"Ann, ""A""",ann.2@example.com,,,,2026-05-02T09:30:00Z,,
      C-5,person,Five,,,,,,,,,,,,,,,,,,,,,,U-5,,cid.2@example.com,,,false,2026-05-02T09:30:00Z,,
      C-6,person,Six,,,,,,,,,,,,,,,,,,,,,,U-2,Bob,,,,false,2026-05-02T09:30:00Z,,
      """#)
  }

  @Test("Notes and tasks have the names of deals, contacts and people")
  func notesAndTasks() throws {
    let small = try SmallOffice()
    let archive = try small.office.export(small.organisation)
    expect(
      archive.text("Notes.csv"),
      #"""
      note_id,deal_id,deal_name,contact_id,contact_name,note_content,author_id,author_name,author_email,important,\#
      archived,created_at,updated_at,source_id
      N-1,D-1,"Smith, ""House""",,,"a,b",U-1,"Ann, ""A""",ann.2@example.com,true,false,2026-05-02T09:30:00Z,,
      N-2,D-2,'=cmd,C-4,Four,,U-2,Bob,,false,false,2026-05-02T09:30:00Z,,
      N-3,D-12,,C-5,Five,''quoted,U-5,,cid.2@example.com,false,false,2026-05-02T09:30:00Z,,
      N-4,,,C-4,Four,"x\#ry",,,,,,2026-05-02T09:30:00Z,,
      N-5,,,C-5,Five,🎉,U-1,"Ann, ""A""",ann.2@example.com,false,false,2026-05-02T09:30:00Z,,
      N-6,,,,,-1.50,U-1,"Ann, ""A""",ann.2@example.com,false,true,2026-05-02T09:30:00Z,,
      N-7,,,,,b,U-2,Bob,,false,false,2026-05-02T09:30:00Z,,
      N-8,D-2,'=cmd,,,by Ann,U-1,"Ann, ""A""",ann.2@example.com,false,false,2026-05-02T09:30:00Z,,
      """#)
    expect(
      archive.text("Tasks.csv"),
      #"""
      task_id,deal_id,deal_name,contact_id,contact_name,task_name,task_details,assigned_to_id,assigned_to_name,\#
      assigned_to_email,due_date,status,completed_at,priority,archived,created_at,updated_at,source_id
      T-1,D-12,,,,Call,,U-2,Bob,,2026-05-02,completed,2026-05-02T10:00:00Z,,,2026-05-02T09:30:00Z,,
      T-2,D-2,'=cmd,C-1,王秀英,No,,U-1,"Ann, ""A""",ann.2@example.com,,open,,,,2026-05-02T09:30:00Z,,
      T-3,D-1,"Smith, ""House""",C-6,Six,Six,,,,,,,,,,2026-05-02T09:30:00Z,,
      T-4,,,,,,,U-1,"Ann, ""A""",ann.2@example.com,,open,,,,2026-05-02T09:30:00Z,,
      T-5,,,C-6,Six,Six alone,,U-1,"Ann, ""A""",ann.2@example.com,,open,,,,2026-05-02T09:30:00Z,,
      """#)
  }

  @Test("Links and users have all their columns")
  func linksAndUsers() throws {
    let small = try SmallOffice()
    let archive = try small.office.export(small.organisation)
    expect(
      archive.text("DealContacts.csv"),
      #"""
      deal_id,contact_id,role,position
      D-1,C-2,co-borrower,1
      D-1,C-1,primary,2
      D-2,C-3,guarantor,1
      D-2,C-1,,3
      """#)
    expect(
      archive.text("Users.csv"),
      #"""
      user_id,name,email,role,active
      U-1,"Ann, ""A""",ann.2@example.com,owner,true
      U-2,Bob,,user,true
      U-5,,cid.2@example.com,admin,false
      """#)
  }

  /// Byte order mark, CRLF after every record; the line feed within a field is written as one.
  private func expect(_ text: String, _ expected: String, _ location: SourceLocation = #_sourceLocation) {
    let lines = expected.split(separator: "\n").map { $0.replacing("\u{2424}", with: "\n") }
    #expect(text == "\u{FEFF}" + lines.joined(separator: "\r\n") + "\r\n", sourceLocation: location)
  }
}
