import Testing

@testable import Handover

@Suite("Settings > Organisation > Users")
struct UsersTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let admin: User
  let user: User
  let path = "/settings/organisation/users"

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    admin = try site.addUser("Ana Diaz", .admin, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  @Test("The owner comes first and is marked, and the page names the owner")
  func ownerFirst() throws {
    let page = try site.signedIn(admin).get(path)
    #expect(page.contains("The owner is <strong><bdi>Maria Rossi</bdi></strong>"))
    #expect(page.text.matches(of: /mark owner/).count == 1)
    let places = try ["U-1", "U-2", "U-3"].map {
      try #require(page.text.range(of: "data-user=\"\($0)\"")).lowerBound
    }
    #expect(places == places.sorted())
  }

  @Test("Search finds parts of names and addresses")
  func search() throws {
    let browser = try site.signedIn(admin)
    let page = browser.get(path + "?q=COLE")
    #expect(page.contains("data-user=\"U-3\"") && !page.contains("data-user=\"U-2\""))
    #expect(browser.get(path + "?q=ana.diaz@").contains("data-user=\"U-2\""))
    let none = browser.get(path + "?q=%25%3Cb%3E")
    #expect(none.contains("No user has “<bdi>%&lt;b&gt;</bdi>”"))
  }

  @Test(
    "Search finds words in any order, whatever their case and accents, and takes no sign for another",
    arguments: [
      ("jose", "José Núñez"), ("NUNEZ josé", "José Núñez"), ("  zoe\u{308}\u{A0}king ", "Zoë King"),
      ("μαρια παπ", "Μαρία Παπαδοπούλου"), ("ΠΑΠΑΔΟΠΟΎΛΟΥ", "Μαρία Παπαδοπούλου"), ("елкин", "Пётр Ёлкин"),
      ("dang", "Đặng Thị Ngọc"), ("ngoc đặng", "Đặng Thị Ngọc"), ("isik", "Işıl Işık"), ("IŞIL", "Işıl Işık"),
      ("احمد", "أَحْمَد علي"), ("jose nunez@", "José Núñez"), ("100%", "Ann 100% Sure"),
      ("oneill", "Bo O’Neill"),
    ])
  func folded(_ sought: String, _ name: String) throws {
    for name in [
      "José Núñez", "Zoë King", "Μαρία Παπαδοπούλου", "Пётр Ёлкин", "Đặng Thị Ngọc", "Işıl Işık", "أَحْمَد علي",
      "Ann 100% Sure", "Bo O’Neill",
    ] {
      _ = try site.addUser(name, .user, to: organisation)
    }
    let found = try site.database.read {
      try $0.users.page(1, of: 50, matching: sought, in: organisation.id).users.map(\.user.name)
    }
    #expect(found == [name])
  }

  @Test(
    "What is in nobody's name is found nowhere",
    arguments: ["%", "_", "'", "\\", "*", "[\"ben\"]", "ben rossi", "U-3"])
  func foundNowhere(_ sought: String) throws {
    let found = try site.database.read {
      try $0.users.page(1, of: 50, matching: sought, in: organisation.id)
    }
    #expect(found.users.isEmpty && found.count == 0)
  }

  @Test("Another name or address is found at once, the former no longer")
  func renamed() throws {
    _ = try site.accounts.rename(user, to: "Žofie Cole", from: "")
    let renamed = try #require(try site.current(user))
    try site.database.write { try $0.users.setEmail("zofka@x.example", of: renamed) }
    let browser = try site.signedIn(admin)
    for sought in ["zofie", "zofka", "zofka%20COLE"] {
      #expect(browser.get(path + "?q=" + sought).contains("data-user=\"U-3\""))
    }
    #expect(!browser.get(path + "?q=ben").contains("data-user"))
  }

  @Test("Names are in the order of their letters, whatever their accents")
  func order() throws {
    for name in ["William", "Íñigo", "zoë", "Émile", "Łukasz", "Ömer"] {
      _ = try site.addUser(name, .user, to: organisation)
    }
    let names = try site.database.read {
      try $0.users.page(1, of: 50, matching: "", in: organisation.id).users.map(\.user.displayName)
    }
    #expect(
      names == [
        "Maria Rossi", "Ana Diaz", "Ben Cole", "Émile", "Íñigo", "Łukasz", "Ömer", "William", "zoë",
      ])
  }

  @Test("Fifty users make a page")
  func pages() throws {
    for number in 1...98 {
      _ = try site.addUser("User \(number)", .user, to: organisation, hasPassword: false)
    }
    let browser = try site.signedIn(admin)
    let first = browser.get(path)
    #expect(first.text.matches(of: /data-user=/).count == 50)
    #expect(
      first.contains("1 to 50 of 101 users") && first.contains("page=2") && !first.contains(">Previous<"))
    let last = browser.get(path + "?q=&page=3")
    #expect(last.text.matches(of: /data-user=/).count == 1)
    #expect(last.contains(">Previous<") && !last.contains(">Next<"))
    for page in ["0", "-1", "x", "99999999999999999999", "400"] {
      #expect(browser.get(path + "?page=\(page)").status == 200)
    }
  }

  @Test("A name with markup is shown as it is")
  func escaping() throws {
    _ = try site.addUser("<script>alert(1)</script>", .user, to: organisation)
    let page = try site.signedIn(admin).get(path)
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script>alert"))
  }

  @Test("An admin adds a user, who is invited by mail")
  func add() throws {
    let browser = try site.signedIn(admin)
    let page = browser.post(path, ["name": " Zoë Park ", "email": " zoe@x.example ", "role": "admin"])
    #expect(page.location == path + "?done=invited")
    let added = try #require(
      try site.database.read { try $0.users.find(email: "ZOE@x.example", of: organisation.id) })
    #expect(added.name == "Zoë Park" && added.role == .admin && added.isActive && !added.hasPassword)
    #expect(browser.get(path).contains("Invited"))
    #expect(try site.events(of: organisation) == [.signedIn, .userAdded])
  }

  @Test("Who came with an import and was never invited is not called invited")
  func uninvited() throws {
    _ = try site.database.write {
      try $0.users.add(
        of: organisation.id, name: "Kim Imported", email: "kim@x.example", role: .user,
        at: UnixTime(rawValue: 0))
    }
    let page = try site.signedIn(admin).get(path + "?q=Kim")
    #expect(page.contains("Not invited") && page.contains(">Invite</button>"))
  }

  @Test(
    "What is wrong is said beside the fields, which keep what was typed",
    arguments: [
      ("", "zoe@x.example", "add-name-problem"), ("Zoe", "zoe", "add-email-problem"),
      ("Zoe", "", "add-email-problem"), ("Zoe", "BEN.COLE@1.example", "add-email-problem"),
    ])
  func invalid(_ name: String, _ email: String, _ problem: String) throws {
    let page = try site.signedIn(admin).post(path, ["name": name, "email": email, "role": "user"])
    #expect(page.status == 422)
    #expect(
      page.contains(problem) && page.contains("value=\"\(email)\"") && page.contains("<details")
        && page.contains(" open>"))
    #expect(try site.letters.isEmpty)
  }

  @Test("Nobody is added as owner, or in a role that there isn't", arguments: ["owner", "root", ""])
  func roleOfAdded(_ role: String) throws {
    let page = try site.signedIn(owner).post(path, ["name": "Zoe", "email": "zoe@x.example", "role": role])
    #expect(page.status == 422)
    #expect(try site.database.read { try $0.users.all(of: organisation.id) }.count == 3)
  }

  @Test("Roles are changed, but not to owner")
  func role() throws {
    let browser = try site.signedIn(admin)
    #expect(browser.post(path + "/U-3/role", ["role": "admin"]).location == path + "?done=role-changed")
    #expect(try site.current(user)?.role == .admin)
    #expect(browser.post(path + "/U-3/role", ["role": "owner"]).status == 422)
    #expect(browser.post(path + "/U-3/role").status == 422)
    #expect(try site.current(user)?.role == .admin)
    #expect(try site.events(of: organisation) == [.signedIn, .roleChanged])
  }

  @Test("A changed role is told to the user, with who did it and from where; the same one again is not")
  func roleTold() throws {
    let browser = try site.signedIn(admin, at: "203.0.113.7")
    browser.post(path + "/U-3/role", ["role": "user"])
    #expect(try site.letters.isEmpty)
    browser.post(path + "/U-3/role", ["role": "admin"])
    let letter = try #require(try site.letters.first)
    #expect(letter.kind == "account_changed" && letter.to.email == user.email)
    #expect(letter.subject == "Your role was changed")
    #expect(
      letter.text.contains(
        "\(admin.name ?? "?") gave you another role: you are an admin from now on. That was"))
    #expect(letter.text.contains(", from 203.0.113.7."))
  }

  @Test("An admin signs a user out everywhere, but not the owner or themselves here")
  func signOut() throws {
    let browser = try site.signedIn(admin)
    let sessions = [try site.signedIn(user), try site.signedIn(user)]
    let ownersOwn = try site.signedIn(owner)
    #expect(browser.get(path).contains("action=\"\(path)/U-3/sessions/end\""))
    #expect(browser.post(path + "/U-3/sessions/end").location == path + "?done=user-signed-out")
    for session in sessions { #expect(session.get("/settings").status == 303) }
    #expect(try site.events(of: organisation).last == .userSignedOut)
    for id in [owner.id, admin.id] {
      #expect(!browser.get(path).contains("\(id)/sessions/end"))
      #expect(browser.post(path + "/\(id)/sessions/end").status == 409)
    }
    #expect(browser.post(path + "/U-99/sessions/end").status == 404)
    #expect(ownersOwn.get("/settings").status == 200 && browser.get("/settings").status == 200)
    #expect(ownersOwn.post(path + "/\(admin.id)/sessions/end").status == 303)
    #expect(browser.get("/settings").status == 303)
    #expect(try site.browser().signIn(user).status == 303)
  }

  @Test("Nobody disables or demotes the owner, not even the owner", arguments: [true, false])
  func ownerStays(_ isAdmin: Bool) throws {
    let browser = try site.signedIn(isAdmin ? admin : owner)
    for (action, form) in [("role", "user"), ("role", "admin"), ("disable", "")] {
      let page = browser.post(path + "/U-1/\(action)", ["role": form])
      #expect(page.status == 409)
      #expect(page.contains("The owner stays as it is."))
    }
    #expect(try site.current(owner) == owner)
  }

  @Test("An admin can't demote or disable themselves")
  func oneself() throws {
    let browser = try site.signedIn(admin)
    #expect(browser.post(path + "/U-2/role", ["role": "user"]).status == 409)
    #expect(browser.post(path + "/U-2/disable").status == 409)
    #expect(try site.current(admin) == admin)
  }

  @Test("Disabling and enabling twice is the same as once")
  func twice() throws {
    let browser = try site.signedIn(owner)
    for _ in 1...2 { #expect(browser.post(path + "/U-3/disable").status == 303) }
    #expect(browser.get(path).contains("Disabled"))
    for _ in 1...2 { #expect(browser.post(path + "/U-3/enable").status == 303) }
    #expect(try site.events(of: organisation) == [.signedIn, .userDisabled, .userEnabled])
  }

  @Test("Only somebody who has no password yet is invited again")
  func inviteAgain() throws {
    let invited = try site.addUser("New Person", .user, to: organisation, hasPassword: false)
    let browser = try site.signedIn(admin)
    #expect(browser.post(path + "/\(invited.id)/invitation").status == 303)
    #expect(browser.post(path + "/U-3/invitation").status == 409)
    #expect(try site.letters.count == 1)
  }

  @Test("Enabling somebody whose address signs in elsewhere by now takes the old password away")
  func enableTaken() throws {
    let disabled = try site.addUser("Sam Lee", .user, to: organisation, isActive: false)
    let other = try site.addOrganisation("Other Office")
    try site.database.write {
      _ = try $0.users.add(
        of: other.id, name: "Sam Lee", email: disabled.email, role: .user,
        passwordHash: site.passwords.hash(TestSite.password, for: .local),
        at: site.clock.now)
    }
    let page = try site.signedIn(owner).post(path + "/\(disabled.id)/enable")
    #expect(page.status == 303)
    let enabled = try #require(try site.current(disabled))
    #expect(enabled.isActive && !enabled.hasPassword)
  }

  @Test("The buttons are only for what is allowed")
  func buttons() throws {
    let page = try site.signedIn(admin).get(path).text
    #expect(!page.contains("/U-1/") && !page.contains("/U-2/"))
    #expect(page.contains("\(path)/U-3/role") && page.contains("\(path)/U-3/disable"))
    #expect(!page.contains("\(path)/U-3/enable") && !page.contains("\(path)/U-3/invitation"))
  }

  @Test("Another organisation's users are not there")
  func foreign() throws {
    let other = try site.addOrganisation("Other Office")
    for number in 1...4 { _ = try site.addUser("Marked \(number)", number == 1 ? .owner : .user, to: other) }
    let browser = try site.signedIn(owner)
    #expect(!browser.get(path + "?q=Marked").contains("data-user"))
    #expect(browser.post(path + "/U-4/disable").status == 404)
    let foreign = try site.database.read { try $0.users.all(of: other.id) }
    #expect(!foreign.contains { !$0.isActive })
  }

  @Test(
    "An id that is none is not found",
    arguments: ["U-9", "U-0", "U-03", "3", "u-3", "U-3%20", "U-9223372036854775808"])
  func unknown(_ id: String) throws {
    let browser = try site.signedIn(owner)
    for action in ["role", "disable", "enable", "invitation"] {
      #expect(browser.post(path + "/\(id)/\(action)", ["role": "user"]).status == 404)
    }
  }

  @Test(
    "The list of users and its search are read in an index",
    arguments: [
      "SELECT id FROM user WHERE organisation_id = 1",
      "SELECT id FROM user WHERE organisation_id = 1 AND instr(folded, 'a')",
    ])
  func plans(_ sql: String) throws {
    let order = " ORDER BY role <> 'owner', folded, id"
    let plan = try site.database.read {
      try $0.all("EXPLAIN QUERY PLAN " + sql + order) { try $0["detail"] as String }
    }
    #expect(plan.count == 1 && plan[0].contains("COVERING INDEX user_listed"), "\(plan)")
  }
}
