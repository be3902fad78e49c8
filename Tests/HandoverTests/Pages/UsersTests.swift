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
    let past = browser.get(path + "?q=user&page=4")
    #expect(
      past.contains("There is no page 4.") && past.contains("href=\"\(path)?q=user\">Back to the first page"))
    #expect(past.contains("98 users") && !past.contains(">Previous<") && !past.contains("No user"))
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
    #expect(page.location == path + "#U-4")
    #expect(
      browser.follow(page).contains(
        "<bdi>Zoë Park</bdi> is added, and an invitation is on its way to <bdi>zoe@x.example</bdi>."))
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
    #expect(page.contains(problem) && page.contains("value=\"\(email)\""))
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
    #expect(browser.post(path + "/U-3/role", ["role": "admin"]).location == path + "#U-3")
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
    #expect(browser.get(path).contains("href=\"\(path)/U-3/sessions/end\" data-asks"))
    #expect(browser.post(path + "/U-3/sessions/end").location == path + "#U-3")
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

  @Test("The list is narrowed by role and state, and ordered by name, role or when somebody was last seen")
  func filter() throws {
    let gone = try site.addUser("Gone Person", .admin, to: organisation, isActive: false)
    let invited = try site.addUser("New Person", .user, to: organisation, hasPassword: false)
    let imported = try site.addUser("Old Person", .user, to: organisation, hasPassword: false)
    _ = try site.accounts.invite(invited.id, by: owner, from: "")
    try site.database.write { try $0.users.setLastSeen(user, at: site.clock.now + .minutes(1)) }
    let browser = try site.open(admin)
    func ids(_ query: String) -> [String] {
      browser.get(path + query).text.matches(of: /data-user="(U-[0-9]+)"/).map { String($0.1) }
    }
    #expect(ids("?role=admin") == ["\(admin.id)", "\(gone.id)"])
    #expect(ids("?role=owner") == ["\(owner.id)"])
    #expect(ids("?state=active") == ["\(owner.id)", "\(admin.id)", "\(user.id)"])
    #expect(ids("?state=invited") == ["\(invited.id)"] && ids("?state=uninvited") == ["\(imported.id)"])
    #expect(ids("?state=disabled&role=admin&q=person") == ["\(gone.id)"])
    #expect(ids("?state=disabled&role=user").isEmpty && ids("?role=boss&state=x&sort=y").count == 6)
    #expect(ids("?sort=seen").first == "\(user.id)")
    #expect(ids("?sort=role").prefix(3) == ["\(owner.id)", "\(admin.id)", "\(gone.id)"])
    let page = browser.get(path + "?role=user&sort=role&state=invited&q=new")
    #expect(page.contains("<option value=\"user\" selected>User</option>"))
    #expect(page.contains("<option value=\"invited\" selected>Invited</option>"))
    let none = browser.get(path + "?role=owner&state=disabled")
    #expect(none.contains("No user is of this role and state.") && none.contains(">Show all</a>"))
  }

  @Test("The rows' actions carry the list's query on, and its page")
  func keptQuery() throws {
    for number in 1...60 { _ = try site.addUser("Mia \(number)", .user, to: organisation) }
    let page = try site.open(admin).get(path + "?q=mia&role=user&state=active&sort=role&page=2")
    let query = "q=mia&amp;role=user&amp;state=active&amp;sort=role&amp;page=2\""
    for action in ["role", "sessions/end", "disable"] {
      #expect(page.text.contains("/\(action)?\(query)"), "\(action)")
    }
    #expect(page.contains("?q=mia&amp;role=user&amp;state=active&amp;sort=role&amp;page=1\">Previous"))
    #expect(try site.open(admin).get(path + "?q=ben").contains("/U-3/disable?q=ben\""))
    #expect(try site.open(admin).get(path).contains("/U-3/disable\""))
  }

  @Test("The page tells when an invitation ends, and that it has")
  func invitationEnds() throws {
    let browser = try site.open(admin)
    browser.post(path, ["name": "Zoë Park", "email": "zoe@x.example", "role": "user"])
    let fresh = browser.get(path + "?q=zoe")
    #expect(fresh.contains("warn\">Invited<") && fresh.contains("Invitation ends <time"))
    #expect(fresh.contains("title=\"9 May 2026, 19:30:00 AEST\">in 7 days<"))
    site.clock.move(by: PasswordLink.Purpose.invitation.lifetime + .hours(2))
    let late = try site.open(admin).get(path + "?q=zoe")
    #expect(
      late.contains(">Invitation ended<") && late.contains(">2 hours ago<")
        && !late.contains("warn\">Invited<"))
    #expect(late.contains("Invite again</a>"))
  }

  @Test("The menu of roles says what each may do, and leads the owner alone to the ownership")
  func roleMenu() throws {
    let browser = try site.open(owner)
    #expect(browser.get(path + "?q=cole").contains("href=\"\(path)/U-3/role?q=cole\" data-asks"))
    let page = browser.get(path + "/U-3/role?q=cole")
    #expect(page.contains("action=\"\(path)/U-3/role?q=cole\""))
    #expect(page.contains("<strong>User, as now</strong> <span class=\"hint\">\(Role.user.mayDo)"))
    #expect(
      page.contains(
        "name=\"role\" value=\"admin\"><span><strong>Admin</strong> <span class=\"hint\">\(Role.admin.mayDo)")
    )
    #expect(page.contains("/settings/organisation/ownership?user_id=U-3"))
    let other = try site.open(admin).get(path + "/U-3/role")
    #expect(other.status == 200 && !other.contains("/settings/organisation/ownership"))
    #expect(try site.open(admin).get(path + "/U-2/role").status == 409)
  }

  @Test("A pasted list is invited as a whole")
  func several() throws {
    let browser = try site.open(admin)
    let list =
      "Γιώργος Π. <giorgos@x.example>\r\n\r\nahmad@x.example\r\n\"Lee, Jo\" <jo@x.example>; Kim\tkim@x.example"
    let page = browser.post(path, ["people": list, "role": "admin"])
    #expect(page.status == 303)
    #expect(browser.follow(page).contains("4 users are added, and their invitations are on their way."))
    let users = try site.database.read { try $0.users.all(of: organisation.id) }.dropFirst(3)
    #expect(users.map(\.name) == ["Γιώργος Π.", nil, "Lee, Jo", "Kim"])
    #expect(users.map(\.email) == ["giorgos@x.example", "ahmad@x.example", "jo@x.example", "kim@x.example"])
    #expect(users.allSatisfy { $0.role == .admin && !$0.hasPassword })
    #expect(try site.letters.map(\.kind) == Array(repeating: "invitation", count: 4))
  }

  @Test("What is wrong with a list is told line by line, the list is kept, and nobody is invited")
  func wrongList() throws {
    let browser = try site.open(admin)
    let list = "mia@x.example\nNobody\nben.cole@1.example\nMIA@x.example\nx@@y"
    let page = browser.post(path, ["people": list, "role": "user"])
    #expect(page.status == 422 && page.contains(">\n\(list)</textarea>"))
    // A browser leaves `autofocus` alone where the address names another place of the page.
    #expect(page.contains("aria-invalid=\"true\" autofocus>") && !page.contains("users#several\""))
    for text in [
      "Line 2: “Nobody” has no e-mail address.", "Line 3: “ben.cole@1.example” is a user here already.",
      "Line 4: “MIA@x.example” is in line 1 already.", "Line 5: “x@@y” is not an e-mail address.",
    ] { #expect(page.contains(text), "\(text)") }
    #expect(browser.post(path, ["people": " \n", "role": "user"]).contains("at least one e-mail address"))
    #expect(browser.post(path, ["people": "a@x.example", "role": "owner"]).status == 422)
    let many = (1...201).map { "u\($0)@x.example" }.joined(separator: "\n")
    #expect(browser.post(path, ["people": many, "role": "user"]).contains("This list has 201 people."))
    #expect(try site.database.read { try $0.users.all(of: organisation.id) }.count == 3)
    #expect(try site.letters.isEmpty)
  }

  @Test("A list longer than what may be invited today invites nobody, and says how many may be")
  func limitedList() throws {
    let browser = try site.open(admin)
    func list(_ name: String, _ count: Int) -> String {
      (1...count).map { "\(name)\($0)@x.example" }.joined(separator: "\n")
    }
    #expect(browser.post(path, ["people": list("a", 198), "role": "user"]).status == 303)
    site.clock.move(by: .hours(20))
    let evening = try site.open(admin)
    let refused = evening.post(path, ["people": list("b", 3), "role": "user"])
    #expect(refused.status == 429 && refused.contains("this list has 3 users"))
    #expect(
      refused.contains("2 are left") && refused.contains("again in 4 hours")
        && refused.contains("b3@x.example</textarea>"))
    #expect(evening.post(path, ["people": list("b", 2), "role": "user"]).status == 303)
    #expect(try site.database.read { try $0.users.all(of: organisation.id) }.count == 203)
  }
}
