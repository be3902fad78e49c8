import Foundation
import Testing

@testable import Handover

@Suite struct ImportRefusalTests {
  let fixture: ImportFixture

  init() throws {
    fixture = try ImportFixture()
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let file: String
    let content: String
    let problem: String
    var testDescription: String { problem }

    init(_ file: String, _ content: String, _ problem: String) {
      self.file = file
      self.content = content
      self.problem = problem
    }
  }

  private static let marks = "a" + String(repeating: "\u{0301}", count: 500)
  private static let x = String(repeating: "x", count: 300)

  static let cells: [Case] = [
    Case(
      "Users", "user_id,name\nU-1,\(x)\n",
      "name: \"\(x.prefix(40))…\" is too long: at most 200 characters in 800 bytes"),
    Case(
      "Users", "user_id,name\nU-1,\(marks)\n",
      "name: \"\(String(marks.unicodeScalars.prefix(40)))…\" is too long: at most 200 characters in 800 bytes"
    ),
    Case(
      "Users", "user_id,email\nU-1,\(x)@example.com\n",
      "email: \"\(x.prefix(40))…\" is too long: at most 254 characters in 254 bytes"),
    Case(
      "Deals", "deal_id,owner_email\nD-1,\(x)@example.com\n",
      "owner_email: \"\(x.prefix(40))…\" is too long: at most 254 characters in 254 bytes"),
    Case(
      "Notes", "note_id,author_name,author_email\nN-1,\(x),ada@example.com\n",
      "author_name: \"\(x.prefix(40))…\" is too long: at most 200 characters in 800 bytes"),
    Case(
      "Users", "user_id,name\nU-1,\u{3164}\u{2800}\n",
      "name: the name shows nothing; write one that people can see, or leave the cell empty"),
    Case(
      "Notes", "note_id,author_name,author_email\nN-1,\u{301},ada@example.com\n",
      "author_name: the name shows nothing; write one that people can see, or leave the cell empty"),
    Case(
      "Deals", "deal_id,deal_value\nD-1,92233720368547758.08\n",
      "deal_value: \"92233720368547758.08\" is not an amount; write it as 12000.00"),
    Case(
      "Deals", "deal_id,interest_rate\nD-1,5.89001\n",
      "interest_rate: \"5.89001\" is not a number with at most four decimals; write it as 5.89"),
    Case("Deals", "deal_id,archived\nD-1,maybe\n", "archived: \"maybe\" is not true or false"),
    Case(
      "Deals", "deal_id,settled_date\nD-1,2026-02-29\n",
      "settled_date: \"2026-02-29\" is not a date; write it as 2026-05-02"),
    Case(
      "Deals", "deal_id,created_at\nD-1,2026-05-02T24:00:00Z\n",
      "created_at: \"2026-05-02T24:00:00Z\" is not a time; write it as 2026-05-02T09:30:00Z, in UTC"),
    Case("Tasks", "task_id,status\nT-1,done\n", "status: \"done\" is not one of open, completed"),
    Case("Notes", "note_id,deal_id\nN-1,C-1\n", "deal_id: \"C-1\" is not an id; write it as D-12"),
    Case("Contacts", "contact_id\nC-01\n", "contact_id: \"C-01\" is not an id; write it as C-12"),
    Case("Contacts", "full_name,contact_id\nAnn,\n", "contact_id: \"\" is not an id; write it as C-12"),
    Case(
      "Contacts", "contact_id\nC-9223372036854775808\n",
      "contact_id: \"C-9223372036854775808\" is not an id; write it as C-12"),
    Case(
      "Contacts", "contact_id\nC-9007199254740992\n",
      "contact_id: \"C-9007199254740992\" is not an id: the last one is C-9007199254740991"),
    Case(
      "Users", "user_id\nU-9223372036854775807\n",
      "user_id: \"U-9223372036854775807\" is not an id: the last one is U-9007199254740991"),
    Case(
      "Notes", "note_id\nN-9007199254740993\n",
      "note_id: \"N-9007199254740993\" is not an id: the last one is N-9007199254740991"),
    Case(
      "Tasks", "task_id,deal_id\nT-1,D-9223372036854775807\n",
      "deal_id: \"D-9223372036854775807\" is not an id: the last one is D-9007199254740991"),
    Case(
      "Tasks", "task_id,assigned_to_id\nT-1,U-9007199254740992\n",
      "assigned_to_id: \"U-9007199254740992\" is not an id: the last one is U-9007199254740991"),
    Case(
      "Deals", "deal_id,contact_ids\nD-1,C-1; C-9007199254740992\n",
      "contact_ids: \"C-1; C-9007199254740992\" is not a list of ids: the last one is C-9007199254740991"),
    Case("Users", "user_id,role\nU-1,boss\n", "role: \"boss\" is not one of owner, admin, user"),
    Case("Users", "user_id,active\nU-1,2\n", "active: \"2\" is not true or false"),
    Case("Notes", "note_id,author_id\nN-1,3\n", "author_id: \"3\" is not an id; write it as U-12"),
    Case("Notes", "note_id,deal_id\nN-1,D-5\n", "deal_id: D-5 leads nowhere: there is no Deals.csv"),
  ]

  @Test("A wrong cell is reported with its file, line and column", arguments: cells)
  func wrongCell(_ bad: Case) throws {
    let problems = try fixture.refusal(of: ["\(bad.file).csv": bad.content])
    #expect(problems == ["\(bad.file).csv, line 2, column \(bad.problem)"])
  }

  static let wholes: [Case] = [
    Case("Deals", "", "Deals.csv: the file is empty; its first line has to name its columns"),
    Case("Deals", "deal_id,deal_id\n", "Deals.csv, line 1: the column deal_id appears twice"),
    Case("Deals", "deal_name\nHome\n", "Deals.csv, line 1: the column deal_id is missing"),
    Case("DealContacts", "deal_id\nD-1\n", "DealContacts.csv, line 1: the column contact_id is missing"),
    Case(
      "Deals", "deal_id,deal_name\nD-1\n",
      "Deals.csv, line 2, column 1: The record has 1 field and the header 2 fields. Put a field that holds a comma, a quote or a line break in quotes."
    ),
    Case(
      "Deals", "deal_id,deal_name\nD-1,\"a\n\n",
      "Deals.csv, line 2, column 5: The quote that opens here is not closed. Add a quote at the field's end."),
    Case(
      "Deals", "deal_id,deal_name\nD-1,a\0\n",
      "Deals.csv, line 2, column 6: The file holds a NUL character. Remove it, or save the file as UTF-8."),
  ]

  @Test("A wrong file is reported", arguments: wholes)
  func wrongFile(_ bad: Case) throws {
    #expect(try fixture.refusal(of: ["\(bad.file).csv": bad.content]) == [bad.problem])
  }

  @Test("An unknown column is named, and so is the one that it may be")
  func unknownColumn() throws {
    let problems = try fixture.refusal(of: ["Users.csv": "user_id,e-mail\n"])
    #expect(
      problems == [
        "Users.csv, line 1: \"e-mail\" is not a column of this file; call it email, if it is that"
      ])
  }

  @Test("The headers of all files are checked before any row")
  func headersFirst() throws {
    let problems = try fixture.refusal(of: [
      "Deals.csv": "deal_id\nX\n", "Notes.csv": "\n", "Tasks.csv": "name\n",
    ])
    #expect(problems.count == 2)
    #expect(
      problems.allSatisfy {
        $0.hasPrefix("Notes.csv: the file is empty") || $0.hasPrefix("Tasks.csv, line 1: ")
      })
  }

  @Test("UTF-32 and damaged UTF-8 are refused")
  func encodings() throws {
    var utf32: [UInt8] = [0xFF, 0xFE, 0, 0]
    for byte in "deal_id\n".utf8 { utf32 += [byte, 0, 0, 0] }
    #expect(
      try fixture.refusal { try fixture.importFolder(["Deals.csv": utf32]) }
        == ["Deals.csv, line 1: the file is UTF-32; save it as UTF-8"])
    // It began as UTF-8, so that the rest is no other encoding.
    let damaged = Array("deal_id,deal_name\nD-1,Zoë\nD-2,".utf8) + [0xEB, 0x0A]
    #expect(
      try fixture.refusal { try fixture.importFolder(["Deals.csv": damaged]) }
        == ["Deals.csv, line 3, column 5: A character is not UTF-8. Save the file as UTF-8."])
  }

  @Test("A damaged file after good ones leaves nothing of them")
  func nothingStays() throws {
    let problems = try fixture.refusal(of: [
      "Deals.csv": "deal_id\nD-1\n", "Contacts.csv": "contact_id\nC-1\n",
      "Users.csv": "user_id,email\nU-1,a@example.com\n",
      "DealContacts.csv": "deal_id,contact_id\nD-1,C-1\n", "Notes.csv": "note_id\nN-1\n",
      "Tasks.csv": "task_id,task_name\nT-1,\"open\n",
    ])
    #expect(problems.count == 1 && problems[0].hasPrefix("Tasks.csv, line 2"))
  }

  @Test(
    "An id that appears twice is reported with both lines",
    arguments: [
      "Deals.csv/deal_id/D", "Contacts.csv/contact_id/C", "Notes.csv/note_id/N", "Tasks.csv/task_id/T",
    ])
  func duplicateID(_ file: String) throws {
    let parts = file.split(separator: "/").map(String.init)
    let content = "\(parts[1])\n\(parts[2])-2\n\(parts[2])-1\n\(parts[2])-3\n\(parts[2])-1\n"
    #expect(
      try fixture.refusal(of: [parts[0]: content])
        == ["\(parts[0]), line 5, column \(parts[1]): \(parts[2])-1 appears twice, first in line 3"])
  }

  @Test("Ids that lead nowhere are reported with their column")
  func danglingID() throws {
    let good = ["Deals.csv": "deal_id\nD-1\n", "Contacts.csv": "contact_id\nC-1\n"]
    let notes = "note_id,deal_id,contact_id\nN-1,D-1,C-1\nN-2,D-2,\nN-3,D-1,C-2\nN-4,,\n"
    #expect(
      try fixture.refusal(of: good.merging(["Notes.csv": notes]) { $1 }) == [
        "Notes.csv, line 3, column deal_id: D-2 is not in Deals.csv",
        "Notes.csv, line 4, column contact_id: C-2 is not in Contacts.csv",
      ])
    let links = "deal_id,contact_id\nD-1,C-1\nD-1,C-2\nD-3,C-1\n"
    #expect(
      try fixture.refusal(of: good.merging(["DealContacts.csv": links]) { $1 }) == [
        "DealContacts.csv, line 3, column contact_id: C-2 is not in Contacts.csv",
        "DealContacts.csv, line 4, column deal_id: D-3 is not in Deals.csv",
      ])
    #expect(
      try fixture.refusal(
        of: good.merging(["Deals.csv": "deal_id,contact_ids\nD-1,C-1; C-4\nD-2,C-1;C\nD-3,C-1; C-1\n"]) {
          $1
        })
        == [
          "Deals.csv, line 2, column contact_ids: C-4 is not in Contacts.csv",
          "Deals.csv, line 3, column contact_ids: \"C-1; C\" is not a list of ids; write it as C-7; C-12",
          "Deals.csv, line 4, column contact_ids: C-1 is in the list twice",
        ])
  }

  @Test("A link, a position and a primary contact can't appear twice")
  func duplicateLink() throws {
    #expect(
      try fixture.refusal(of: [
        "Deals.csv": "deal_id\nD-1\n", "Contacts.csv": "contact_id\nC-1\nC-2\nC-3\n",
        "DealContacts.csv": """
        deal_id,contact_id,role,position
        D-1,C-1,primary,1
        D-1,C-1,other,2
        D-1,C-2,other,1
        D-1,C-3,primary,3
        D-1,C-3,other,0
        """,
      ]) == [
        "DealContacts.csv, line 3, column contact_id: C-1 is on the deal D-1 already",
        "DealContacts.csv, line 4, column position: the deal D-1 has a contact at position 1 already",
        "DealContacts.csv, line 5, column role: the deal D-1 has a primary contact already",
        "DealContacts.csv, line 6, column position: a position is a number from 1 to 9007199254740991",
      ])
  }

  @Test("A position beyond the last one is refused, also where the program would choose it")
  func lastPosition() throws {
    let files = [
      "Deals.csv": "deal_id\nD-1\n", "Contacts.csv": "contact_id\nC-1\nC-2\n",
      "DealContacts.csv": "deal_id,contact_id,position\nD-1,C-1,9223372036854775807\n",
    ]
    let problem = "column position: a position is a number from 1 to 9007199254740991"
    #expect(try fixture.refusal(of: files) == ["DealContacts.csv, line 2, \(problem)"])
    let next = files.merging([
      "DealContacts.csv": "deal_id,contact_id,position\nD-1,C-1,9007199254740991\nD-1,C-2,\n"
    ]) { $1 }
    #expect(try fixture.refusal(of: next) == ["DealContacts.csv, line 3, \(problem)"])
  }

  @Test("At most twenty problems are listed")
  func limit() throws {
    let rows = (1...50).map { "D-\($0),x\n" }.joined()
    let problems = try fixture.refusal(of: ["Deals.csv": "deal_id,archived\n" + rows])
    #expect(problems.count == 20)
    #expect(problems.last == "Deals.csv, line 21, column archived: \"x\" is not true or false")
  }

  @Test("A cell's text is shown on one line, and shortened")
  func longCell() throws {
    let cell = "a\u{1B}[31m\u{202E}" + String(repeating: "é", count: 100)
    let problems = try fixture.refusal(of: ["Deals.csv": "deal_id,archived\nD-1,\"\(cell)\"\n"])
    let shown = "a [31m " + String(repeating: "é", count: 33)
    #expect(problems == ["Deals.csv, line 2, column archived: \"\(shown)…\" is not true or false"])
  }

  @Test("A field over 16 MiB is refused, one of 16 MiB is not")
  func largeField() throws {
    let most = String(repeating: "x", count: 16 << 20)
    let problems = try fixture.refusal(of: ["Notes.csv": "note_id,note_content\nN-1,\(most)x\n"])
    #expect(
      problems.count == 1 && problems[0].hasPrefix("Notes.csv, line 2, column 5: The field is larger than"))
    try fixture.importFolder(["Notes.csv": "note_id,note_content\nN-1,\(most)\n"])
    #expect(try fixture.rows("SELECT length(note_content) FROM note") == ["16777216"])
  }

  @Test(
    "A text at the limit is exported, verified and imported again, whatever protection and quotes add to it",
    arguments: ["'", "\""])
  func largestText(first: String) throws {
    let text =
      first == "\""
      ? String(repeating: first, count: 16 << 20) : first + String(repeating: "x", count: (16 << 20) - 1)
    let quoted = "\"\(first == "'" ? first : "")\(text.replacing("\"", with: "\"\""))\""
    try fixture.importFolder([
      "Deals.csv": "deal_id,deal_name\nD-1,\(quoted)\n",
      "Tasks.csv": "task_id,deal_id,task_name,task_details\nT-1,D-1,a,\(quoted)\n",
    ])
    let zip = try fixture.export()
    #expect(try Verification(of: zip).problems == [])
    let other = try fixture.addOrganisation()
    try fixture.importFiles(at: zip, into: other)
    #expect(
      try fixture.rows(
        """
        SELECT count(*) FROM task a JOIN task b ON a.task_id = b.task_id AND a.edition_id < b.edition_id
        WHERE a.task_details = b.task_details AND length(CAST(a.task_details AS BLOB)) = 16777216
        """) == ["1"])
  }

  @Test("A record of more than 64 MiB of its own is refused")
  func largeRecord() throws {
    let text = String(repeating: "x", count: 16 << 20)
    let columns = ["summary", "deal_name", "lender", "product", "referrer"]
    let row = columns.map { _ in text }.joined(separator: ",")
    let problems = try fixture.refusal(of: [
      "Deals.csv": "deal_id,\(columns.joined(separator: ","))\nD-1,\(row)\n"
    ])
    #expect(
      problems.count == 1 && problems[0].contains("the record is larger than 67108864 bytes"), "\(problems)")
  }
}
