import CSV
import Foundation
import TestSupport
import Testing

@testable import Handover

/// Files of an export as people have them.
@Suite struct ExportFilesTests {
  let fixture: ImportFixture

  init() throws {
    fixture = try ImportFixture()
  }

  /// What the importer gets of each table.
  struct Reading: Equatable {
    var rows: [Table.Name: [[String]]] = [:]
    var notes: [String] = []
    var problems: [String] = []
  }

  func read(at path: String) throws -> Reading {
    var reading = Reading()
    let problems = ImportProblems()
    do {
      let files = try ExportFiles(at: path)
      for table in Table.Name.allCases where files.headers[table] != nil {
        let count = files.headers[table]?.columns.count ?? 0
        var rows: [[String]] = []
        try files.eachRecord(of: table, problems, counting: uncounted) { record in
          rows.append((0..<count).map { String(copying: record[$0]) })
        }
        reading.rows[table] = rows
      }
      reading.notes = files.notes.map(\.description)
      try problems.refuseIfAny()
    } catch let refusal as ImportRefusal {
      reading.problems = refusal.problems.map(\.description)
    }
    return reading
  }

  func read(_ files: [String: [UInt8]]) throws -> Reading {
    let place = fixture.path(UUID().uuidString)
    for (name, bytes) in files {
      let url = URL(fileURLWithPath: "\(place)/\(name)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
    return try read(at: place)
  }

  func read(_ text: String, as name: String = "Deals.csv") throws -> Reading {
    try read([name: Array(text.utf8)])
  }

  private let two = [["D-1", "Home"], ["D-2", "Flat"]]

  @Test(
    "Other separators, marks, blank lines, padded titles and a line for Excel are read as if they were an export's",
    arguments: [
      "deal_id;deal_name\nD-1;Home\nD-2;Flat\n",
      "deal_id\tdeal_name\r\nD-1\tHome\r\nD-2\tFlat",
      "sep=;\r\ndeal_id;deal_name\r\nD-1;Home\r\nD-2;Flat\r\n",
      "\u{FEFF}sep=,\ndeal_id,deal_name\nD-1,Home\nD-2,Flat\n",
      "\u{FEFF}\u{FEFF}deal_id,deal_name\nD-1,Home\nD-2,Flat\n",
      "\n\n DEAL_ID ,Deal Name\u{A0}\n\nD-1,Home\n,\nD-2,Flat\n\n  \n",
      "deal_id,deal_name,,\nD-1,Home,,\n,,,\nD-2,Flat,,\n",
      "deal_id,deal_name\nD-1,Home,\nD-2,Flat,,\n",
      "deal_id,,deal_name\nD-1,,Home\nD-2,,Flat\n",
      "deal_id|deal_name\n\"D-1\"|Home\nD-2|\"Flat\"\n",
      " deal_id,deal_name\n D-1 ,Home\nD-2\t,Flat\n",
    ])
  func dialects(_ text: String) throws {
    #expect(try read(text) == Reading(rows: [.deals: two]))
  }

  @Test("UTF-16 is read by its mark, and without one by its zeros")
  func utf16() throws {
    for (mark, isLittle) in [("\u{FEFF}", true), ("\u{FEFF}", false), ("", true), ("", false)] {
      let bytes = (mark + "deal_id\tdeal_name\nD-1\tZoë\n").utf16.flatMap { unit in
        let bytes = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        return isLittle ? bytes : bytes.reversed()
      }
      #expect(try read(["Deals.csv": bytes]) == Reading(rows: [.deals: [["D-1", "Zoë"]]]))
    }
  }

  @Test("Windows-1252 is told with the first text that was read so")
  func windows1252() throws {
    let bytes = "deal_id,deal_name\nD-1,Home\nD-2,Zoë\nD-3,Müller\n".unicodeScalars.map { UInt8($0.value) }
    let reading = try read(["Deals.csv": bytes])
    #expect(reading.rows == [.deals: [["D-1", "Home"], ["D-2", "Zoë"], ["D-3", "Müller"]]])
    #expect(
      reading.notes == [
        "Deals.csv, line 3, column deal_name: \"Zoë\" is read as Windows-1252, since the file is not UTF-8; where it looks wrong, save the file as CSV UTF-8"
      ])
  }

  @Test(
    "What could be read in two ways, or is something else, is refused in one sentence",
    arguments: [
      (
        "a;deal_id,b\n1;2,3\n",
        "Deals.csv, line 1: cells could be separated by commas or by semicolons; put a line such as sep=; above the titles"
      ),
      ("%PDF-1.7\n", "Deals.csv: this is a PDF; export the records as CSV"),
      (
        "deal_id,deal_name,,\nD-1,Home,,x\n",
        "Deals.csv, line 2: \"x\" stands in column 4, which has no title; give it one in line 1"
      ),
      (
        "deal_id,,deal_name\nD-1,x,Home\n",
        "Deals.csv, line 2: \"x\" stands in column 2, which has no title; give it one in line 1"
      ),
      (
        "deal_id,deal_name\nD-1,Home,x\n",
        "Deals.csv, line 2, column 1: The record has 3 fields and the header 2 fields. Put a field that holds a comma, a quote or a line break in quotes."
      ),
      (
        "deal_id,deal_nam\n",
        "Deals.csv, line 1: \"deal_nam\" is not a column of this file; call it deal_name, if it is that"
      ),
      (
        "deal_id,Forecast\n",
        "Deals.csv, line 1: \"Forecast\" is not a column of this file; take it out, or bring the file in by a mapping"
      ),
      (
        "deal_id,A,B,C,D,E,F,G\n",
        "Deals.csv, line 1: \"A\", \"B\", \"C\", \"D\", \"E\" and 2 more are not columns of this file; take them out, or bring the file in by a mapping"
      ),
      ("Deal_ID,deal_id\n", "Deals.csv, line 1: the column deal_id appears twice"),
    ])
  func refused(_ text: String, _ problem: String) throws {
    #expect(try read(text).problems == [problem])
  }

  @Test("Workbooks of long ago and renamed ones are named")
  func workbooksByContent() throws {
    #expect(
      try read(["Deals.csv": [0xD0, 0xCF, 0x11, 0xE0, 0xA1]]).problems
        == [
          "Deals.csv: this is a workbook of Excel 97 to 2003, or one with a password; save it as .xlsx without, or as CSV UTF-8"
        ])
    #expect(
      try read(["Deals.csv": [0x50, 0x4B, 3, 4, 20]]).problems
        == ["Deals.csv: this is a ZIP or a workbook, by its content; give it the ending .zip or .xlsx"])
    let reading = try read(["Deals.csv": Array("deal_id\nD-1\n".utf8), "old.xls": [0xD0]])
    #expect(reading.rows == [.deals: [["D-1"]]])
    #expect(
      reading.notes == [
        "old.xls: the file is not read; save it as .xlsx or as CSV UTF-8, if there are records in it"
      ])
  }

  @Test("A file of another name is known by its columns, and a name by any case")
  func names() throws {
    #expect(try read("deal_id,deal_name\nD-1,Home\nD-2,Flat\n", as: "night export.CSV").rows == [.deals: two])
    #expect(
      try read("deal_id,contact_id\nD-1,C-1\n", as: "links.csv").rows == [.dealContacts: [["D-1", "C-1"]]])
    #expect(try read("deal_id\nD-1\n", as: "DEALS.csv").rows == [.deals: [["D-1"]]])
    #expect(
      try read("deal_id,contact_id\nD-1,C-1\n", as: "deal_contacts.csv").rows == [
        .dealContacts: [["D-1", "C-1"]]
      ])
    let known = "Deals.csv, Contacts.csv, Notes.csv, Tasks.csv, DealContacts.csv, Users.csv"
    #expect(
      try read("name\nx\n", as: "people.csv").problems == [
        "people.csv: the file is none of \(known), neither by its name nor by its columns; name it so, or bring it in by a mapping"
      ])
    let twice = ["Deals.csv": Array("deal_id\nD-1\n".utf8), "deals old.csv": Array("deal_id\nD-1\n".utf8)]
    #expect(
      try read(twice).problems
        == ["deals old.csv: Deals.csv has the same columns; leave one of them, or put them into one"])
  }

  @Test("A single file of any name, a ZIP in a folder and a folder in a folder are found")
  func places() throws {
    let deals = Array("deal_id,deal_name\nD-1,Home\nD-2,Flat\n".utf8)
    let single = fixture.path("download (3)")
    try Data(deals).write(to: URL(fileURLWithPath: single))
    #expect(try read(at: single).rows == [.deals: two])
    #expect(
      try read([
        "a/b/Deals.csv": deals, "a/b/.DS_Store": [0], "__MACOSX/a/b/._Deals.csv": [1], "a/b/~$x.xlsx": [2],
      ]).rows == [.deals: two])
    #expect(
      try read(["export/Deals.csv": deals, "export/Documents/D-1/budget.csv": Array("x\n".utf8)]).rows == [
        .deals: two
      ])
    let zip = try fixture.zip([("x/y/Deals.csv", deals)])
    #expect(
      try read(["whole.zip": [UInt8](try Data(contentsOf: URL(fileURLWithPath: zip)))]).rows == [.deals: two])
  }

  struct Cell: Sendable, CustomTestStringConvertible {
    let column: String
    let text: String
    let value: String
    var testDescription: String { "\(column) \(text)" }

    init(_ column: String, _ text: String, _ value: String) {
      self.column = column
      self.text = text
      self.value = value
    }
  }

  static let cells = [
    Cell("archived", "TRUE", "true"), Cell("archived", "False", "false"), Cell("archived", "0", "false"),
    Cell("archived", "Yes", "true"), Cell("loan_amount", "1.234,56", "1234.56"),
    Cell("loan_amount", "1,234.56", "1234.56"), Cell("loan_amount", "1,234,567", "1234567"),
    Cell("loan_amount", "1 234 567,5", "1234567.5"), Cell("loan_amount", "12'000.00", "12000.00"),
    Cell("loan_amount", "1234,5", "1234.5"), Cell("loan_amount", "0,500", "0.50"),
    Cell("loan_amount", "450000.0000", "450000.00"), Cell("loan_amount", "(12.50)", "-12.50"),
    Cell("loan_amount", "-1.234,00", "-1234.00"), Cell("loan_amount", ".5", "0.5"),
    Cell("loan_amount", " 12 ", "12"), Cell("interest_rate", "5,89", "5.89"),
    Cell("interest_rate", "5.890", "5.890"),
    Cell("interest_rate", "5.89 %", "5.89"), Cell("loan_term_months", "360.0", "360"),
    Cell("settled_date", "2026/5/2", "2026-05-02"), Cell("settled_date", "02.05.2026", "2026-05-02"),
    Cell("settled_date", "2026-05-02 00:00:00", "2026-05-02"),
    Cell("settled_date", "25/12/2026", "2026-12-25"),
    Cell("settled_date", "2 May 2026", "2026-05-02"), Cell("settled_date", "05/05/2026", "2026-05-05"),
    Cell("created_at", "2026-05-02T09:30:00+10:00", "2026-05-01T23:30:00Z"),
    Cell("created_at", "2026-05-02 09:30 UTC", "2026-05-02T09:30:00Z"),
    Cell("created_at", "2026-05-02T09:30:00.000Z", "2026-05-02T09:30:00Z"),
    Cell("contact_ids", "C-1;C-2 ; C-3", "C-1; C-2; C-3"), Cell("contact_ids", "C-1, C-2", "C-1; C-2"),
    Cell("deal_name", " TRUE 1,5 ", " TRUE 1,5 "), Cell("deal_name", "'=1", "'=1"),
  ]

  @Test(
    "A value that means one thing is brought into the form of an export, and a text stays as it is",
    arguments: cells)
  func tidied(_ cell: Cell) throws {
    let reading = try read("deal_id;\(cell.column)\nD-1;\"\(cell.text)\"\n")
    #expect(reading == Reading(rows: [.deals: [["D-1", cell.value]]]))
  }

  static let doubtful = [
    Cell("loan_amount", "1,200", "could be two numbers: thousands or decimals; write it as 12000.00"),
    Cell("loan_amount", "1.005", "could be two numbers: thousands or decimals; write it as 12000.00"),
    Cell("loan_amount", "€1.200", "could be two numbers: thousands or decimals; write it as 12000.00"),
    Cell("interest_rate", "5,890", "could be two numbers: thousands or decimals; write it as 12000.00"),
    Cell("loan_amount", "1,23,456", "is not an amount; write it as 12000.00"),
    Cell("loan_amount", "1.2.3,4", "is not an amount; write it as 12000.00"),
    Cell("loan_amount", "12.345678", "is not an amount; write it as 12000.00"),
    Cell("loan_amount", "AUD 12", "is not an amount; write it as 12000.00"),
    Cell("loan_amount", "1.2E+05", "is not an amount; write it as 12000.00"),
    Cell("loan_amount", "--5", "is not an amount; write it as 12000.00"),
    Cell("loan_term_months", "12.5", "is not a whole number; write it as 360"),
    Cell("archived", "maybe", "is not true or false"),
    Cell(
      "settled_date", "02/05/2026",
      "could be two days; write it as 2026-05-02, or bring the file in by a mapping that says which"),
    Cell("settled_date", "31/02/2026", "is not a date; write it as 2026-05-02"),
    Cell("settled_date", "2026-05-02 09:30", "is not a date; write it as 2026-05-02"),
    Cell("created_at", "2026-05-02 09:30:00", "is not a time; write it as 2026-05-02T09:30:00Z, in UTC"),
  ]

  @Test(
    "A value that could be two is refused with its reason, and one that is none as before",
    arguments: doubtful)
  func doubtfulCells(_ cell: Cell) throws {
    let problems = try fixture.refusal(of: ["Deals.csv": "deal_id,\(cell.column)\nD-1,\"\(cell.text)\"\n"])
    #expect(problems == ["Deals.csv, line 2, column \(cell.column): \"\(cell.text)\" \(cell.value)"])
  }

  @Test("What a reading leaves out is told once a column")
  func losses() throws {
    let reading = try read(
      "deal_id;loan_amount;created_at\nD-1;$1,200;2026-05-02T09:30:00.5Z\nD-2;12.000,50 €;2026-05-02T09:30:00Z\n"
    )
    #expect(
      reading.rows == [
        .deals: [["D-1", "1200", "2026-05-02T09:30:00Z"], ["D-2", "12000.50", "2026-05-02T09:30:00Z"]]
      ])
    #expect(
      reading.notes == [
        "Deals.csv, line 2, column loan_amount: \"$1,200\" and others in the column are read as amounts, without the sign of their currency",
        "Deals.csv, line 2, column created_at: \"2026-05-02T09:30:00.5Z\" and others in the column are read without fractions of a second",
      ])
  }

  @Test("Words of closed lists are taken in any case")
  func words() throws {
    #expect(
      try read(
        "deal_id,contact_id,role\nD-1,C-1,Co Borrower\nD-1,C-2,PRIMARY\nD-1,C-3,boss\n",
        as: "DealContacts.csv"
      ).rows
        == [
          .dealContacts: [
            ["D-1", "C-1", "co-borrower"], ["D-1", "C-2", "primary"], ["D-1", "C-3", "boss"],
          ]
        ])
  }

  @Test("Names and addresses stand for the ids beside which they are")
  func naming() throws {
    let place = try fixture.zip([
      ("Notes.csv", Array("note_id,deal_name,author_email,Author Name,contact_id\n".utf8)),
      ("Deals.csv", Array("deal_id,primary_contact_name,contact_ids\n".utf8)),
    ])
    let files = try ExportFiles(at: place)
    let notes = try #require(files.headers[.notes])
    #expect(
      notes.columns.map(\.column.name) == ["note_id", "deal_id", "author_id", "author_id", "contact_id"])
    #expect(notes.columns.map(\.naming) == [.id, .name, .email, .name, .id])
    #expect(
      notes.columns.map(\.title) == ["note_id", "deal_name", "author_email", "Author Name", "contact_id"])
    #expect(notes.place(of: "author_id", by: .name) == 3 && notes.place(of: "author_id") == nil)
    let deals = try #require(files.headers[.deals])
    #expect(deals.place(of: "primary_contact_id", by: .name) == 1 && deals.place(of: "contact_ids") == 2)
  }

  @Test("Problems name the file, the line and the title as people have them")
  func lines() throws {
    let place = fixture.path("loans.csv")
    try Data("sep=;\n\nDEAL_ID;;Archived\nD-1;;yes\n\nD-2;;maybe\n".utf8).write(
      to: URL(fileURLWithPath: place))
    let files = try ExportFiles(at: place)
    var problems: [String] = []
    try files.eachRecord(of: .deals, ImportProblems(), counting: uncounted) { record in
      problems.append(files.problem(at: 1, of: record, in: .deals, "wrong").description)
    }
    #expect(
      problems == ["loans.csv, line 4, column Archived: wrong", "loans.csv, line 6, column Archived: wrong"])
  }
}
