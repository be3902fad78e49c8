import Testing

@testable import Handover

@Suite struct ImportPeopleTests {
  let fixture: ImportFixture

  init() throws {
    fixture = try ImportFixture()
  }

  private var users: [String] {
    get throws {
      try fixture.rows("SELECT id, name, email, role, active, password_hash FROM user ORDER BY id")
    }
  }

  private func addUser(_ email: String, _ role: Role = .user) throws {
    _ = try fixture.database.write {
      try $0.users.add(
        of: fixture.organisation, name: "There", email: email, role: role, at: ImportFixture.now)
    }
  }

  @Test("An organisation without users gets them as they are, without passwords")
  func emptyOrganisation() throws {
    let report = try fixture.importFolder([
      "Users.csv": """
      user_id,name,email,role,active
      U-7,Olga,olga@example.com,owner,true
      U-3,Ann,,admin,true
      U-5,,bob@example.com,user,false
      """
    ])
    #expect(
      try users == ["3|Ann||admin|1|", "5||bob@example.com|user|0|", "7|Olga|olga@example.com|owner|1|"])
    #expect(report.usersMade == 3 && report.usersMatched == 0)
  }

  @Test("People are matched by address, and references follow")
  func matchedByAddress() throws {
    try addUser("Ann@Example.com")
    try addUser("zoe@example.com")
    let report = try fixture.importFolder([
      "Users.csv": """
      user_id,name,email,role
      U-9,Other,ann@example.COM,admin
      U-1,Bob,bob@example.com,user
      U-2,Cid,cid@example.com,user
      """,
      "Deals.csv": "deal_id,owner_id\nD-1,U-9\nD-2,U-1\nD-3,U-2\n",
    ])
    // 1 and 2 are taken; 10 is the next that nobody in the files wants.
    #expect(
      try users == [
        "1|There|Ann@Example.com|user|1|", "2|There|zoe@example.com|user|1|",
        "10|Bob|bob@example.com|user|1|",
        "11|Cid|cid@example.com|user|1|",
      ])
    #expect(try fixture.rows("SELECT deal_id, owner_id FROM deal") == ["1|1", "2|10", "3|11"])
    #expect(report.usersMade == 2 && report.usersMatched == 1)
  }

  @Test("An address that no e-mail can be sent to is refused, wherever it stands")
  func unmailable() throws {
    for address in ["maria", "maria@", "maria example.com", "märia@example.com", "maria@ex_ample.com", "n/a"]
    {
      for files in [
        ["Users.csv": "user_id,email\nU-1,\(address)\n"],
        ["Deals.csv": "deal_id,owner_email\nD-1,\(address)\n"],
        ["Notes.csv": "note_id,author_id,author_email\nN-1,U-1,\(address)\n"],
      ] {
        let problems = try fixture.refusal(of: files)
        #expect(problems.count == 1)
        #expect(
          problems[0].hasSuffix(
            "\"\(address)\" is not an e-mail address; write it as maria@example.com, or leave the cell empty"),
          "\(problems)")
      }
    }
  }

  @Test("A domain with other letters is stored as e-mail is sent to it, and leads to whoever has it")
  func internationalDomain() throws {
    try addUser("ann@bücher.example")
    try fixture.importFolder([
      "Users.csv": "user_id,email\nU-1, ann@BÜCHER.example \nU-2,bob@bücher.example\n"
    ])
    #expect(
      try users.map { $0.split(separator: "|")[..<3].joined(separator: "|") } == [
        "1|There|ann@bücher.example", "2|bob@xn--bcher-kva.example|user",
      ])
    let same = ["user_id,email\nU-1,bob@bücher.example\nU-2,bob@xn--bcher-kva.example\n"]
    #expect(try fixture.refusal(of: ["Users.csv": same[0]]).first?.contains("appears twice") == true)
    let found = try fixture.database.read { connection in
      try ["ann@bücher.example", "BOB@bücher.example", "bob@xn--bcher-kva.example"].map {
        try connection.users.find(email: $0, of: fixture.organisation)?.id.description
      }
    }
    #expect(found == ["U-1", "U-2", "U-2"])
  }

  @Test("An owner stays one only where there is none, and else becomes an admin")
  func owner() throws {
    try addUser("boss@example.com", .owner)
    try fixture.importFolder(["Users.csv": "user_id,role\nU-5,owner\n"])
    #expect(try users.last == "5|||admin|1|")
  }

  @Test("Of two owners the first stays one, and a disabled one doesn't")
  func twoOwners() throws {
    try fixture.importFolder([
      "Users.csv": "user_id,role,active\nU-1,owner,false\nU-2,owner,true\nU-3,owner,true\n"
    ])
    #expect(try users == ["1|||admin|0|", "2|||owner|1|", "3|||admin|1|"])
  }

  @Test("Without Users.csv the addresses in any file say whose an id is")
  func withoutUsers() throws {
    try addUser("ann@example.com")
    let report = try fixture.importFolder([
      "Contacts.csv": "contact_id,owner_id\nC-1,U-8\nC-2,U-9\n",
      "Deals.csv":
        "deal_id,owner_id,owner_email,owner_name\nD-1,U-8,ANN@example.com,Ann\nD-2,U-9,'=b@example.com,Bob\n",
    ])
    #expect(try users == ["1|There|ann@example.com|user|1|", "9|Bob|=b@example.com|user|0|"])
    #expect(try fixture.rows("SELECT owner_id FROM contact") == ["1", "9"])
    #expect(report.usersMade == 1 && report.usersMatched == 1)
  }

  @Test("A person known only by an address becomes a disabled user", arguments: [true, false])
  func addressOnly(hasUsers: Bool) throws {
    var files = [
      "Tasks.csv":
        "task_id,assigned_to_email,assigned_to_name\nT-1,a@example.com,Ann\nT-2,A@example.com,\nT-3,,\n"
    ]
    if hasUsers { files["Users.csv"] = "user_id,email\nU-1,b@example.com\n" }
    try fixture.importFolder(files)
    #expect(try users.last == "\(hasUsers ? 2 : 1)|Ann|a@example.com|user|0|")
    #expect(
      try fixture.rows("SELECT assigned_to_id IS NOT NULL FROM task ORDER BY task_id") == ["1", "1", "0"])
  }

  @Test("An id without an address anywhere is refused")
  func unexplainedID() throws {
    #expect(
      try fixture.refusal(of: [
        "Users.csv": "user_id\nU-1\n", "Notes.csv": "note_id,author_id\nN-1,U-1\nN-2,U-2\n",
      ])
        == ["Notes.csv, line 3, column author_id: U-2 is not in Users.csv"])
    #expect(
      try fixture.refusal(of: ["Notes.csv": "note_id,author_id\nN-1,U-2\n"]) == [
        "Notes.csv, line 2, column author_id: U-2 has no e-mail address beside it in any file, and there is no Users.csv"
      ])
  }

  @Test("One id with two addresses is refused")
  func twoAddresses() throws {
    #expect(
      try fixture.refusal(of: [
        "Deals.csv": "deal_id,owner_id,owner_email\nD-1,U-1,a@example.com\nD-2,U-1,b@example.com\n"
      ]) == [
        "Deals.csv, line 3, column owner_id: U-1 has two e-mail addresses: here \"b@example.com\", elsewhere "
          + "\"a@example.com\""
      ])
  }

  @Test("Addresses and ids are unique")
  func unique() throws {
    #expect(
      try fixture.refusal(of: [
        "Users.csv": "email,user_id\na@example.com,U-1\nb@example.com,U-2\nA@EXAMPLE.com,U-2\n"
      ]) == [
        "Users.csv, line 4, column user_id: U-2 appears twice, first in line 3",
        "Users.csv, line 4, column email: \"A@EXAMPLE.com\" appears twice, first in line 2",
      ])
  }

  @Test("Names that differ in their bytes alone are two, and spellings of one domain are one")
  func equivalentAddresses() throws {
    let files = [
      "Users.csv":
        "user_id,name,email\nU-1,Ren\u{E9},a@r\u{E9}.fr\nU-2,Rene\u{301},b@re\u{301}.fr\nU-3,Rene,c@re.fr\n",
      "Deals.csv": "deal_id,owner_email\nD-1,b@r\u{E9}.fr\nD-2,d@re.fr\n",
    ]
    let report = try fixture.importFolder(files)
    #expect(report.usersMade == 4)
    #expect(try fixture.rows("SELECT hex(name) FROM user WHERE id < 3") == ["52656EC3A9", "52656E65CC81"])
    #expect(try fixture.rows("SELECT deal_id, owner_id FROM deal") == ["1|2", "2|4"])
    let zip = try fixture.export()
    #expect(try Verification(of: zip).isSound)
    let again = try fixture.addOrganisation()
    #expect(try fixture.importFiles(at: zip, into: again).usersMade == 4)
    #expect(try fixture.tables(of: fixture.export(again)) == fixture.tables(of: zip))
  }

  @Test("The largest id leaves room for others")
  func largestID() throws {
    try fixture.importFolder([
      "Users.csv": "user_id\nU-9007199254740991\n",
      "Notes.csv": "note_id,author_email\nN-1,a@example.com\n",
    ])
    #expect(try fixture.rows("SELECT id FROM user ORDER BY id") == ["1", "9007199254740991"])
  }
}
