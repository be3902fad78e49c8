import Foundation
import Secrets
import TestSupport
import Testing
import ZIP

@testable import Handover

/// `handover verify` against archives with one fault each.
@Suite struct VerificationTests {
  let fixture: ImportFixture
  /// A small archive without a fault.
  let zip: String

  init() throws {
    fixture = try ImportFixture()
    try fixture.importFolder(Self.office)
    zip = try fixture.export()
  }

  static let office = [
    "Users.csv": """
    user_id,name,email,role,active
    U-1,Olga,olga@example.com,owner,true
    U-2,Bob,bob@example.com,user,false
    """,
    "Contacts.csv": """
    contact_id,contact_type,full_name,owner_id,date_of_birth
    C-1,person,Ann,U-1,1970-01-01
    C-2,person,'=Bea,U-2,
    C-5,company,"Cid, Ltd",,
    """,
    "Deals.csv": """
    deal_id,deal_name,owner_id,loan_amount,interest_rate,archived
    D-1,Home,U-2,12000.5,5.89,false
    D-2,Car,U-1,,,true
    D-3,,,1,,
    """,
    "DealContacts.csv": """
    deal_id,contact_id,role,position
    D-1,C-2,,1
    D-1,C-1,primary,2
    D-3,C-1,guarantor,1
    """,
    "Notes.csv": "note_id,deal_id,contact_id,author_id,note_content\nN-1,D-1,C-5,U-1,\"a\nb\"\nN-2,,,,\n",
    "Tasks.csv": "task_id,deal_id,contact_id,status,due_date\nT-1,D-2,C-1,open,2026-05-02\n",
  ]

  @Test("A sound archive is described")
  func sound() throws {
    let result = try Verification(of: zip)
    #expect(result.problems == [] && result.isSound)
    #expect(result.files.map(\.rows) == [3, 3, 2, 1, 3, 2])
    #expect(result.files.map(\.name) == Table.Name.ofAll.map(\.file))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: zip))
    #expect(result.size == bytes.count)
    #expect(result.digest == hex(SHA256.hash([UInt8](bytes))))
  }

  @Test("An archive of one contact says no more of others than their names; one that does is refused")
  func oneContact() throws {
    let path = try fixture.export(nil, .contact(ContactID(rawValue: 1)))
    #expect(try Verification(of: path).problems == [])
    for (file, old, new, problem) in [
      (
        "Contacts.csv", "C-2,,'=Bea,", "C-2,person,'=Bea,",
        "Contacts.csv, line 3, column contact_type: the cell is not empty, but the archive is of C-1 alone"
      ),
      (
        "datapackage.json", "\"contact_id\" : \"C-1\"", "\"contact_id\" : \"C-99\"",
        "Contacts.csv: the contact of whom the archive is, C-99, has no row"
      ),
      (
        "datapackage.json", "\"contact_id\" : \"C-1\"", "\"contact_id\" : \"1\"",
        "datapackage.json: the scope is none of an export: organisation, user with user_id alone, contact with contact_id alone"
      ),
      (
        "datapackage.json", "\"type\" : \"contact\"", "\"type\" : \"organisation\"",
        "Contacts.csv, line 3, column created_at: the cell is empty"
      ),
    ] {
      let problems = try problems(of: path) { files in
        let index = try #require(files.firstIndex { $0.name == file })
        let text = String(decoding: files[index].bytes, as: UTF8.self)
        #expect(text.contains(old))
        files[index].bytes = Array(text.replacing(old, with: new).utf8)
      }
      #expect(problems.contains(problem), "\(problems)")
    }
  }

  @Test("A flipped bit anywhere is found")
  func flippedBit() throws {
    let sound = [UInt8](try Data(contentsOf: URL(fileURLWithPath: zip)))
    let damaged = fixture.path("damaged.zip")
    for place in stride(from: 0, to: sound.count, by: 41) {
      var bytes = sound
      bytes[place] ^= 1 << UInt8(place % 8)
      try Data(bytes).write(to: URL(fileURLWithPath: damaged))
      #expect(try !Verification(of: damaged).isSound, "byte \(place)")
    }
  }

  @Test("A cut anywhere, and an extra byte at either end, is found")
  func cut() throws {
    let sound = try Data(contentsOf: URL(fileURLWithPath: zip))
    let damaged = fixture.path("damaged.zip")
    for count in stride(from: 0, to: sound.count, by: 97) {
      try sound.prefix(count).write(to: URL(fileURLWithPath: damaged))
      #expect(try !Verification(of: damaged).isSound, "\(count) bytes")
    }
    for bytes in [sound + [0], [0] + sound, sound.prefix(sound.count - 1)] {
      try bytes.write(to: URL(fileURLWithPath: damaged))
      #expect(try !Verification(of: damaged).isSound)
    }
  }

  @Test("A file that can't be read is an error, not a finding")
  func unreadable() throws {
    #expect(throws: HandoverError("can't read /nowhere.zip: No such file or directory")) {
      try Verification(of: "/nowhere.zip")
    }
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    let file: String
    let old: String
    let new: String
    let problem: String
    var testDescription: String { problem }

    init(_ file: String, _ old: String, _ new: String, _ problem: String) {
      self.file = file
      self.old = old
      self.new = new
      self.problem = problem
    }
  }

  static let faults: [Fault] = [
    Fault(
      "Deals.csv", "Car", "Bus",
      "Tasks.csv, line 2, column deal_name: the cell is not what Deals.csv has for D-2"),
    Fault(
      "Deals.csv", "12000.50", "12000.5",
      "Deals.csv, line 2, column loan_amount: the cell is not written as in an export (quotes, formula protection, zeros)"
    ),
    Fault(
      "Deals.csv", "12000.50", "x",
      "Deals.csv, line 2, column loan_amount: \"x\" is not an amount; write it as 12000.00"),
    Fault("Deals.csv", ",true,", ",yes,", "Deals.csv, line 3, column archived: \"yes\" is not true or false"),
    Fault("Deals.csv", "U-2,Bob", "U-3,Bob", "Deals.csv, line 2, column owner_id: U-3 is not in Users.csv"),
    Fault(
      "Deals.csv", "U-2,Bob", "U-2,Rob",
      "Deals.csv, line 2, column owner_name: the cell is not what Users.csv has for U-2"),
    Fault(
      "Deals.csv", "olga@", "Olga@",
      "Deals.csv, line 3, column owner_email: the cell is not what Users.csv has for U-1"),
    Fault(
      "Deals.csv", "C-2; C-1", "C-1; C-2",
      "Deals.csv, line 2, column contact_ids: the list is not that of the contacts in DealContacts.csv, by position"
    ),
    Fault(
      "Deals.csv", "C-1,Ann,", "C-2,'=Bea,",
      "Deals.csv, line 2, column primary_contact_id: the contact is not the one with the role primary in DealContacts.csv"
    ),
    Fault("Deals.csv", "\r\nD-2", "\r\nD-1", "Deals.csv, line 3, column deal_id: D-1 appears twice"),
    Fault(
      "Deals.csv", "\r\nD-2", "\r\nD-7",
      "Deals.csv, line 4, column deal_id: D-3 stands after D-7: rows are in the order of ids"),
    Fault(
      "Deals.csv", "2026-05-02T09:30:00Z,,\r\nD-2", ",,\r\nD-2",
      "Deals.csv, line 2, column created_at: the cell is empty"),
    Fault(
      "Deals.csv", "deal_id,", "id,", "Deals.csv, line 1: the header does not name the columns of an export"),
    Fault("Deals.csv", "\u{FEFF}", "", "Deals.csv, line 1, column deal_id: the byte order mark is missing"),
    Fault(
      "Contacts.csv", "D-1; D-3", "D-1",
      "Contacts.csv, line 2, column deal_ids: the list is not that of the deals in DealContacts.csv, by id"),
    Fault(
      "Contacts.csv", "1970-01-01", "1970-02-29",
      "Contacts.csv, line 2, column date_of_birth: \"1970-02-29\" is not a date; write it as 2026-05-02"),
    Fault(
      "Contacts.csv", "'=Bea", "=Bea",
      "Contacts.csv, line 3, column full_name: the cell is not written as in an export (quotes, formula protection, zeros)"
    ),
    Fault(
      "Contacts.csv", "\"Cid, Ltd\"", "Cid, Ltd",
      "Contacts.csv, line 4, column 1: The record has 34 fields and the header 33 fields. Put a field that holds a comma, a quote or a line break in quotes."
    ),
    Fault(
      "Contacts.csv", "Ann", "\"Ann\"",
      "Contacts.csv, line 2, column full_name: the cell is not written as in an export (quotes, formula protection, zeros)"
    ),
    Fault(
      "Notes.csv", "\r\nN-2", "\nN-2",
      "Notes.csv, line 3, column source_id: the row does not end as in an export, with CRLF"),
    Fault("Notes.csv", "D-1,Home", "D-9,Home", "Notes.csv, line 2, column deal_id: D-9 is not in Deals.csv"),
    Fault("Notes.csv", "C-5,", "C-6,", "Notes.csv, line 2, column contact_id: C-6 is not in Contacts.csv"),
    Fault(
      "Notes.csv", "N-2,,,", "N-2,,Home,",
      "Notes.csv, line 4, column deal_name: the cell is no one's, as the id is empty"),
    Fault(
      "Tasks.csv", "open", "closed",
      "Tasks.csv, line 2, column status: \"closed\" is not one of open, completed"),
    Fault(
      "DealContacts.csv", "D-3,C-1", "D-3,C-9",
      "DealContacts.csv, line 4, column contact_id: C-9 is not in Contacts.csv"),
    Fault(
      "DealContacts.csv", "D-1,C-1", "D-1,C-2",
      "DealContacts.csv, line 3, column contact_id: C-2 is on the deal twice"),
    Fault(
      "DealContacts.csv", "primary,2", "primary,1",
      "DealContacts.csv, line 3, column position: the position is not larger than that of the row before"),
    Fault(
      "DealContacts.csv", "C-2,,1", "C-2,primary,1",
      "DealContacts.csv, line 3, column role: the deal has a primary contact already"),
    Fault(
      "Users.csv", "user,false", "owner,false",
      "Users.csv, line 3, column role: the organisation has an owner already"),
    Fault("Users.csv", "user,false", "user,", "Users.csv, line 3, column active: the cell is empty"),
    Fault(
      "Users.csv", "U-2,Bob,bob@example.com,user,false\r\n", "",
      "Users.csv: the file has 1 rows, but datapackage.json says 2"),
    Fault(
      "datapackage.json", "\"rows\" : 14", "\"rows\" : 13",
      "datapackage.json: it says 13 rows in all, but those of its files are 14"),
    Fault(
      "datapackage.json", "\"type\" : \"boolean\"", "\"type\" : \"string\"",
      "datapackage.json: Deals.csv: the field archived is not described as in an export"),
    Fault(
      "datapackage.json", "\"path\" : \"Deals.csv\"", "\"path\" : \"Deal.csv\"",
      "datapackage.json: it describes Deal.csv, which is not a file of an export"),
    Fault("datapackage.json", "\"resources\"", "\"resourcez\"", "datapackage.json: resources is missing"),
    Fault(
      "datapackage.json", "{", "[",
      "datapackage.json, line 2: a comma or a closing bracket is missing here"),
  ]

  /// The fault is put into the file and the archive packed anew by Handover's own writer, so that only the
  /// files themselves can tell.
  @Test("A planted fault is found, and its place", arguments: faults)
  func planted(_ fault: Fault) throws {
    let problems = try problems { files in
      let index = try #require(files.firstIndex { $0.name == fault.file })
      let old = Array(fault.old.utf8)
      let content = files[index].bytes
      let place = try #require(content.indices.first { content[$0...].starts(with: old) }, "\(fault.old)")
      files[index].bytes.replaceSubrange(place..<(place + old.count), with: Array(fault.new.utf8))
    }
    #expect(problems.contains(fault.problem), "\(problems)")
  }

  @Test(
    "A description that programs read in two ways is refused",
    arguments: [
      ("{", "\u{FEFF}{", "datapackage.json: it begins with a byte order mark, which JSON doesn't have"),
      (
        "  \"rows\" :", "  \"rows\" : 1,\n  \"rows\" :",
        "\"rows\" stands twice in one object"
      ),
      (
        "  \"rows\" :", "  \"a\" : {\"b\" : 1, \"\\u0062\" : 2},\n  \"rows\" :",
        "\"b\" stands twice in one object"
      ),
      ("  \"rows\" : 14", "  \"rows\" : 14.0", "14.0 is not a whole number from 0 to 9007199254740991"),
      ("  \"rows\" : 14", "  \"rows\" : 014", "014 is not a whole number from 0 to 9007199254740991"),
      ("  \"rows\" : 14", "  \"rows\" : -14", "-14 is not a whole number from 0 to 9007199254740991"),
      (
        "  \"rows\" : 14", "  \"a\" : 9007199254740992,\n  \"rows\" : 14",
        "9007199254740992 is not a whole number from 0 to 9007199254740991"
      ),
      ("\"title\" : \"", "\"title\" : \"\\ud800", "a backslash stands before something that it can't"),
      ("\n}\n", ",\n}\n", "a name in double quotes is missing here"),
      ("\n}\n", "\n}\n// hi\n", "something stands after the end of the JSON"),
      (
        "  \"rows\" :",
        "  \"a\" : " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
          + ",\n  \"rows\" :",
        "lists and objects stand too deep in each other"
      ),
    ])
  func twoReadings(_ old: String, _ new: String, _ problem: String) throws {
    let problems = try changed(zip, DataPackage.file, old, new)
    #expect(problems.count == 1 && problems[0].hasPrefix("datapackage.json"), "\(problems)")
    #expect(problems.first?.hasSuffix(problem) == true, "\(problems)")
  }

  @Test("Lists and objects may be many, if they are not in each other")
  func manyLists() throws {
    let many = [String](repeating: "[], {}", count: 50).joined(separator: ", ")
    #expect(try changed(zip, DataPackage.file, "  \"rows\" :", "  \"a\" : [\(many)],\n  \"rows\" :") == [])
  }

  @Test("A description in UTF-16 is refused")
  func utf16() throws {
    let problems = try problems { files in
      let index = try #require(files.firstIndex { $0.name == DataPackage.file })
      let text = String(decoding: files[index].bytes, as: UTF8.self)
      files[index].bytes = Array(try #require(text.data(using: .utf16LittleEndian)))
    }
    #expect(problems.count == 1 && problems[0].hasPrefix("datapackage.json, line 1: "), "\(problems)")
  }

  @Test(
    "What the description says of a file, and of itself, is compared with an export's, but for what is for people",
    arguments: [
      ("\"mediatype\" : \"text/csv\"", "\"mediatype\" : \"text/html\"", "the mediatype"),
      ("\"encoding\" : \"utf-8\"", "\"encoding\" : \"iso-8859-1\"", "the encoding"),
      ("\"delimiter\" : \",\"", "\"delimiter\" : \";\"", "the dialect"),
      ("\"header\" : true", "\"header\" : false", "the dialect"),
      ("\"type\" : \"table\"", "\"type\" : \"file\"", "the type"),
      ("\"format\" : \"csv\"", "\"format\" : \"json\"", "the format"),
      ("\"name\" : \"deals\"", "\"name\" : \"deal\"", "the name"),
      ("\"title\" : \"Deals\"", "\"title\" : \"Deal\"", "the title"),
    ])
  func resource(_ old: String, _ new: String, _ member: String) throws {
    #expect(
      try changed(zip, DataPackage.file, old, new) == [
        "datapackage.json: Deals.csv: \(member) is not that of an export"
      ])
  }

  @Test("The package's own name and profile are an export's")
  func profile() throws {
    for (old, new) in [("profiles/2.0", "profiles/2.1"), ("handover-export", "export")] {
      #expect(
        try changed(zip, DataPackage.file, old, new).map { $0.prefix(28) } == ["datapackage.json: $schema is"]
      )
    }
  }

  @Test(
    "A scope that is none is refused",
    arguments: [
      ["type": "galaxy"], ["type": "user"], ["type": "user", "user_id": "3"],
      ["type": "user", "user_id": "U-1", "contact_id": "C-1"], ["type": "organisation", "user_id": "U-1"],
      ["type": "organisation\nsnapshot: x"], ["type": "organisation U-1"],
    ])
  func scope(_ scope: [String: String]) throws {
    let problems = try problems { files in
      let index = try #require(files.firstIndex { $0.name == DataPackage.file })
      let object = try JSONSerialization.jsonObject(with: Data(files[index].bytes)) as? [String: Any]
      var package = try #require(object)
      package["scope"] = scope
      files[index].bytes = Array(try JSONSerialization.data(withJSONObject: package))
    }
    #expect(
      problems == [
        "datapackage.json: the scope is none of an export: organisation, user with user_id alone, contact with contact_id alone"
      ])
  }

  @Test("An archive of one user holds the user, and deals and loose notes and tasks of nobody else")
  func oneUser() throws {
    let path = try fixture.export(nil, .user(UserID(rawValue: 2)))
    #expect(try Verification(of: path).problems == [])
    let other = try changed(path, DataPackage.file, "\"U-2\"", "\"U-1\"")
    #expect(
      other.first
        == "Deals.csv, line 2, column owner_id: the row is not U-1's, but the archive is of U-1 alone",
      "\(other)"
    )
    let nobody = try changed(path, DataPackage.file, "\"U-2\"", "\"U-9\"")
    #expect(
      nobody.contains("Users.csv: the user of whom the archive is, U-9, has no row"), "\(nobody)")
    let all = try changed(
      zip, DataPackage.file, "\"organisation\"\n", "\"user\",\n    \"user_id\" : \"U-1\"\n")
    for problem in [
      "Deals.csv, line 2, column owner_id: the row is not U-1's, but the archive is of U-1 alone",
      "Notes.csv, line 4, column author_id: the row is not U-1's, but the archive is of U-1 alone",
    ] { #expect(all.contains(problem), "\(all)") }
  }

  @Test("What is wrong is told in lines that leave a terminal alone")
  func terminal() {
    let hostile = "a\nb\u{1B}[2J\u{9B}2J\u{2028}c\u{202E}d\te"
    let text = FileProblem(file: hostile, record: hostile, column: hostile, hostile).description
    #expect(text == "a b [2J 2J c d e, a b [2J 2J c d e, column a b [2J 2J c d e: a b [2J 2J c d e")
    #expect(quotation(of: hostile.utf8.span) == "\"a b [2J 2J c d e\"")
  }

  @Test("A ZIP of somebody else is told in a sentence")
  func foreign() throws {
    let holiday = try fixture.zip([("holiday.txt", Array("Sun".utf8)), ("README.txt", [])])
    #expect(
      try Verification(of: holiday).problems.map(\.description) == [
        "This ZIP is not an export of Handover: it has none of its files."
      ])
  }

  @Test("What is no file is refused before it is read")
  func noFile() throws {
    let pipe = fixture.path("pipe")
    try run("mkfifo", pipe)
    for (path, reason) in [(pipe, "no regular file"), ("/dev/zero", "no regular file"), ("/tmp", "a folder")]
    {
      #expect(throws: HandoverError("can't read \(path): it is \(reason)")) { try Verification(of: path) }
    }
  }

  /// What is found after a text in a file, which is there, became another.
  private func changed(_ archive: String, _ file: String, _ old: String, _ new: String) throws -> [String] {
    try problems(of: archive) { files in
      let index = try #require(files.firstIndex { $0.name == file })
      let text = String(decoding: files[index].bytes, as: UTF8.self)
      let place = try #require(text.firstRange(of: old), "\(old)")
      files[index].bytes = Array(text.replacingCharacters(in: place, with: new).utf8)
    }
  }

  @Test("The description's sizes and CRC-32 are compared with the files")
  func description() throws {
    let problems = try problems { files in
      let index = try #require(files.firstIndex { $0.name == "Tasks.csv" })
      files[index].bytes = Array(
        String(decoding: files[index].bytes, as: UTF8.self).replacing("2026-05-02,", with: ",").utf8)
    }
    #expect(problems.count == 3)
    #expect(problems[0].hasPrefix("Tasks.csv: the file has "))
    #expect(problems[1].contains(" as its CRC-32, but datapackage.json says "))
    #expect(problems[2].contains(" as its SHA-256, but datapackage.json says "))
  }

  @Test(
    "A missing file is found",
    arguments: [
      "Deals.csv", "Users.csv", "DealContacts.csv", "datapackage.json", "README.txt", Manifest.file,
      VerifyPage.file,
    ])
  func missingFile(_ name: String) throws {
    let problems = try problems { $0.removeAll { $0.name == name } }
    #expect(problems.contains("\(name): the file is missing"), "\(problems)")
  }

  @Test("An extra file is found")
  func extraFile() throws {
    let problems = try problems { $0.append(("Extra.csv", [])) }
    #expect(problems == ["Extra.csv: the file is not one of an export"])
  }

  @Test("A name that appears twice is found")
  func duplicateName() throws {
    let twice = try repacked(zip) { $0.append(("Nates.csv", $0[2].bytes)) }
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: twice)))
    for place in bytes.indices where bytes[place...].starts(with: Array("Nates".utf8)) {
      bytes[place + 1] = UInt8(ascii: "o")
    }
    try Data(bytes).write(to: URL(fileURLWithPath: twice))
    #expect(
      try Verification(of: twice).problems.map(\.description) == [
        "Notes.csv: the archive has two files of this name",
        "\(Manifest.file), line 10: \"Nates.csv\" is not in the archive, or listed twice",
      ])
  }

  @Test("Many problems are counted, and the first ones listed")
  func manyProblems() throws {
    let problems = try problems { files in
      for index in files.indices where files[index].name == "Users.csv" {
        files[index].bytes =
          Array("\u{FEFF}user_id,name,email,role,active\r\n".utf8)
          + (1...100).flatMap { "U-\($0),,,nobody,true\r\n".utf8 }
      }
    }
    #expect(problems.count == 20)
    let result = try Verification(of: fixture.path("repacked.zip"))
    #expect(result.problemCount > 100)
  }

  @Test("An archive that another program packed again is sound if its files are")
  func packedAgain() throws {
    let python = """
      import sys, zipfile
      old = zipfile.ZipFile(sys.argv[1]); new = zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED)
      for name in reversed(old.namelist()):
        data = old.read(name)
        new.writestr(name, data.replace(b'Car', b'Bus') if len(sys.argv) > 3 and name == 'Deals.csv' else data)
      new.close()
      """
    let again = fixture.path("again.zip")
    try run("python3", "-c", python, zip, again)
    let whole = try Verification(of: again)
    #expect(whole.problems == [] && !whole.isOriginal)
    #expect(try Verification(of: zip).isOriginal)
    try run("python3", "-c", python, zip, again, "changed")
    let problems = try Verification(of: again).problems.map(\.description)
    #expect(
      problems.first == "Tasks.csv, line 2, column deal_name: the cell is not what Deals.csv has for D-2")
    #expect(problems.count == 4)
  }

  @Test("An archive of version 1.0, whose records have no source ids, is sound")
  func former() throws {
    let tables = ["Deals.csv", "Contacts.csv", "Notes.csv", "Tasks.csv"]
    func strip(_ files: inout [(name: String, bytes: [UInt8])]) {
      for index in files.indices where tables.contains(files[index].name) {
        let text = String(decoding: files[index].bytes, as: UTF8.self)
        files[index].bytes = Array(
          text.replacing(",source_id\r\n", with: "\r\n").replacing(",\r\n", with: "\r\n").utf8)
      }
    }
    let entries = try ArchiveReader(path: repacked(zip, true, strip)).entries
    let problems = try problems { files in
      strip(&files)
      let index = try #require(files.firstIndex { $0.name == "datapackage.json" })
      let json = try JSONSerialization.jsonObject(with: Data(files[index].bytes))
      var package = try #require(json as? [String: Any])
      var resources = try #require(package["resources"] as? [[String: Any]])
      for place in resources.indices {
        guard let path = resources[place]["path"] as? String, tables.contains(path),
          let entry = entries.first(where: { $0.name == path }),
          var schema = resources[place]["schema"] as? [String: Any],
          let fields = schema["fields"] as? [[String: Any]]
        else { continue }
        schema["fields"] = fields.filter { $0["name"] as? String != "source_id" }
        resources[place]["schema"] = schema
        resources[place]["bytes"] = entry.summary.bytes
        resources[place]["crc32"] = String(format: "%08x", entry.summary.crc32)
      }
      for place in resources.indices { resources[place]["sha256"] = nil }
      package["ledger"] = nil
      package["resources"] = resources
      files[index].bytes = Array(try JSONSerialization.data(withJSONObject: package))
      files.removeAll { [Manifest.file, VerifyPage.file].contains($0.name) }
    }
    #expect(problems == [])
  }

  @Test("What the manifest says is compared with the files")
  func manifest() throws {
    func found(_ change: (inout [String]) -> Void) throws -> [String] {
      try problems(renewingManifest: false) { files in
        let index = try #require(files.firstIndex { $0.name == Manifest.file })
        var lines = String(decoding: files[index].bytes, as: UTF8.self).components(separatedBy: "\n")
        change(&lines)
        files[index].bytes = Array(lines.joined(separator: "\n").utf8)
      }
    }
    #expect(try found { _ in } == [])
    #expect(
      try found { $0.swapAt(0, 1) } == [
        "\(Manifest.file), line 1: Contacts.csv stands in another place than in the ZIP"
      ])
    let other = String(repeating: "0", count: 64)
    let changed = try found { $0[1] = other + $0[1].dropFirst(64) }
    #expect(changed.count == 1)
    #expect(changed[0].hasPrefix("\(Manifest.file), line 2: the SHA-256 of Contacts.csv is "))
    #expect(try found { $0.remove(at: 0) } == ["\(Manifest.file): it does not list Deals.csv"])
    #expect(
      try found { $0.insert($0[2], at: 0) } == [
        "\(Manifest.file), line 4: \"Notes.csv\" is not in the archive, or listed twice"
      ])
    #expect(
      try found { $0.insert("Deals.csv", at: 1) } == [
        "\(Manifest.file), line 2: the line is not a SHA-256, two blanks and a name"
      ])
    #expect(
      try found { $0.removeLast() }.last?.hasSuffix(": the line has no end") == true)
  }

  @Test("sha256sum finds the manifest right, and what was changed since")
  func sha256sum() throws {
    let folder = fixture.path("unpacked")
    try run("unzip", "-q", zip, "-d", folder)
    let check = ["-c", "cd '\(folder)' && sha256sum --check --strict \(Manifest.file)"]
    let first = try Tool.run("sh", check)
    #expect(first.succeeded && first.output.split(separator: "\n").count == 9, "\(first)")
    try Data("D".utf8).write(to: URL(fileURLWithPath: "\(folder)/Deals.csv"))
    #expect(try Tool.run("sh", check).output.contains("Deals.csv: FAILED"))
  }

  @Test("An archive of before, without hashes of its files, is sound; one that lost some is not")
  func withoutHashes() throws {
    func strip(_ files: inout [(name: String, bytes: [UInt8])], all: Bool) throws {
      let index = try #require(files.firstIndex { $0.name == "datapackage.json" })
      var lines = String(decoding: files[index].bytes, as: UTF8.self).components(separatedBy: "\n")
      let hashes = lines.indices.filter { lines[$0].contains("\"sha256\"") }
      for line in (all ? hashes : Array(hashes.prefix(1))).reversed() { lines.remove(at: line) }
      if all, let ledger = lines.firstIndex(of: "  \"ledger\" : {") {
        lines.removeSubrange(ledger..<(ledger + 4))
      }
      files[index].bytes = Array(lines.joined(separator: "\n").utf8)
    }
    #expect(
      try problems { files in
        try strip(&files, all: true)
        files.removeAll { [Manifest.file, VerifyPage.file].contains($0.name) }
      } == [])
    #expect(
      try problems { try strip(&$0, all: false) } == ["datapackage.json: it has no SHA-256 of Deals.csv"])
  }

  @Test(
    "The head of an archive's entry in the ledger is made anew from what it holds, and another one is found")
  func entry() throws {
    let id = ExportID(rawValue: String(repeating: "4f", count: 16))
    let entered = try fixture.export(as: id)
    let sound = try Verification(of: entered)
    let ledger = try #require(sound.ledger)
    #expect(
      sound.problems == [] && ledger.organisation == fixture.organisation.rawValue && ledger.number == 1)
    #expect(ledger.previous == LedgerEntry.none && ledger.head?.count == 64)
    let unentered = try #require(try Verification(of: zip).ledger)
    #expect(unentered.number == nil && unentered.head == nil && unentered.previous == LedgerEntry.none)

    /// What is told of another text in a file of the archive.
    func found(_ old: String, _ new: String, in file: String = DataPackage.file) throws -> [String] {
      try problems(of: entered) { files in
        let index = try #require(files.firstIndex { $0.name == file })
        let text = String(decoding: files[index].bytes, as: UTF8.self)
        #expect(text.contains(old), "\(old)")
        files[index].bytes = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
      }
    }
    let other = String(repeating: "a", count: 64)
    let head = try #require(ledger.head)
    let zeros = LedgerEntry.none
    let place = "\"organisation\" : \(ledger.organisation)"
    let isOther = "datapackage.json: the head of its entry in the ledger is "
    #expect(try found("created", "created") == [])
    // Whatever datapackage.json and README.txt say.
    for (old, new, file) in [
      (place, "\"organisation\" : 77", DataPackage.file),
      (id.rawValue, String(other.prefix(32)), DataPackage.file),
      ("Export of", "Expert of", DataPackage.file),
      ("README.txt tells more", "Nothing more", DataPackage.file),
      ("\"snapshot_local\" : \"", "\"snapshot_local\" : \"9", DataPackage.file),
      ("{", "{ ", DataPackage.file), ("Export of", "Expert of", DataPackage.readMe),
      ("number 1\r\n", "number 1\r\n\r\n  number 1\r\n", DataPackage.readMe),
    ] {
      let told = try found(old, new, in: file)
      #expect(told.contains { $0.hasPrefix(isOther) }, "\(old): \(told)")
      #expect(
        told.allSatisfy {
          $0.hasPrefix(isOther) || $0.hasPrefix("datapackage.json: created")
            || $0.hasPrefix(DataPackage.readMe)
        }, "\(told)")
    }
    for (old, new) in [
      (head, other), ("  number 1", "  number 2"), ("  \(zeros)", "  \(other)"), ("  \(zeros)", "  \(head)"),
    ] {
      #expect(
        try found(old, new, in: DataPackage.readMe).first
          == "README.txt: its number and heads are not those that datapackage.json says")
    }
    for (old, new) in [
      (head, "a"), (head, other.uppercased()), ("\"number\" : 1", "\"number\" : 0"),
      ("\"number\" : 1", "\"number\" : 2"), ("\"number\" : 1", "\"number\" : 1000000000000000"),
      ("\"number\" : 1,", ""), ("\"export\" : \"\(id.rawValue)\"", "\"export\" : \"x\""),
      ("\"previous\" : \"\(zeros)\"", "\"previous\" : \"\(other)\""),
      ("\"previous_seal\" : \"\(zeros)\"", "\"previous_seal\" : \"\(other)\""),
      ("\"previous_seal\"", "\"previous_seals\""), (place, "\"organisation\" : 0"),
    ] {
      #expect(
        try found(old, new) == ["datapackage.json: what it says of the ledger is not what an export says"],
        "\(old) \(new)")
    }
    #expect(
      try found("\"ledger\" :", "\"ledgers\" :") == [
        "datapackage.json: it does not say which entry of the ledger the archive is"
      ])
    let changed = try problems(of: entered) { files in
      let index = try #require(files.firstIndex { $0.name == "Notes.csv" })
      files[index].bytes = Array(
        String(decoding: files[index].bytes, as: UTF8.self).replacing("b\"", with: "c\"").utf8)
    }
    #expect(changed.contains { $0.contains("the head of its entry in the ledger is ") }, "\(changed)")
  }

  @Test(
    "What an archive says of its moment are times, and the local one is of a zone",
    arguments: [
      ("created", "2026-13-02T09:30:00Z"), ("created", "2026-05-02T09:30:01Z"), ("snapshot", "yesterday"),
      ("snapshot_local", "yesterday"), ("snapshot_local", "2 May 1926, 19:30:00 AEST"),
      ("snapshot_local", "2 Mai 2026, 19:30:00 AEST"), ("snapshot_local", "-2 May 2026, 19:30:00 AEST"),
      ("snapshot_local", "2 May 2026"),
      ("snapshot_local", "99999999999999999999 May 2026, 1 Z"),
    ])
  func moments(member: String, other: String) throws {
    let told = try problems { files in
      let index = try #require(files.firstIndex { $0.name == DataPackage.file })
      let text = String(decoding: files[index].bytes, as: UTF8.self)
      let changed = text.replacing(
        try Regex("\"\(member)\" : \"[^\"]*\""), with: "\"\(member)\" : \"\(other)\"")
      #expect(changed != text)
      files[index].bytes = Array(changed.utf8)
    }
    #expect(told == ["datapackage.json: created, snapshot and snapshot_local are not times of one moment"])
  }

  /// What is found in the archive after a change of its files.
  private func problems(
    of archive: String? = nil, renewingManifest: Bool = true,
    after change: (inout [(name: String, bytes: [UInt8])]) throws -> Void
  ) throws -> [String] {
    try Verification(of: repacked(archive ?? zip, renewingManifest, change)).problems.map(\.description)
  }

  /// - Parameter renewingManifest: whether the manifest is that of the changed files.
  private func repacked(
    _ archive: String, _ renewingManifest: Bool = true,
    _ change: (inout [(name: String, bytes: [UInt8])]) throws -> Void
  ) throws -> String {
    var files = try fixture.files(of: archive)
    try change(&files)
    if renewingManifest { fixture.renewManifest(of: &files) }
    let target = fixture.path("repacked.zip")
    try? FileManager.default.removeItem(atPath: target)
    try FileManager.default.moveItem(atPath: fixture.zip(files), toPath: target)
    return target
  }

  private func run(_ program: String, _ arguments: String...) throws {
    let result = try Tool.run(program, arguments)
    #expect(result.succeeded, "\(result.error)")
  }
}
