import Foundation
import HTTP
import System
import TestSupport
import Testing

@testable import Handover

/// Two cells of one machine, each with its site.
private struct TwoCells {
  let folder: TemporaryFolder
  let a: TestSite
  let b: TestSite

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    a = try TestSite(cell: CellID("a:1"), in: folder)
    b = try TestSite(cell: CellID("b:2"), in: folder)
  }

  /// Whom the web server asks next.
  func next(_ response: Response) -> String? {
    response.headers["X-Accel-Redirect"] == "@handed_on" ? response.headers["X-Handover-Cell"] : nil
  }
}

@Suite("Cells of one site") struct CellSiteTests {
  @Test("An organisation's id is from the range of its cell, and the next one follows it")
  func ids() throws {
    let cells = try TwoCells()
    #expect(try cells.a.addOrganisation().id.rawValue == 4_294_967_297)
    #expect(try cells.a.addOrganisation().id.rawValue == 4_294_967_298)
    #expect(try cells.b.addOrganisation().id.rawValue == 8_589_934_593)
  }

  @Test(
    "A sign-in and a forgotten password are handed to the cell of the address, known or not, and nothing else is"
  )
  func signIn() throws {
    let cells = try TwoCells()
    let ben = try cells.b.addUser("Ben", .owner, to: try cells.b.addOrganisation())
    let email = try #require(ben.email)
    #expect(try cells.b.directory?.take(email) == true)
    for path in ["/login", "/password/forgotten"] {
      var request = Request(.post, path, body: Array("email=\(email)&password=x".utf8))
      request.headers.append("Content-Type", "application/x-www-form-urlencoded")
      request.headers.append("Host", "localhost")
      #expect(cells.next(cells.a.site.respond(to: request)) == "b", "\(path)")
      #expect(cells.next(cells.b.site.respond(to: request)) == nil)
      request.isHandedOn = true
      let answer = cells.a.site.respond(to: request)
      #expect(cells.next(answer) == nil)
    }
    let unknown = try (1...30).map { number in
      var request = Request(.post, "/login", body: Array("email=nobody-\(number)@x.example&password=x".utf8))
      request.headers.append("Content-Type", "application/x-www-form-urlencoded")
      request.headers.append("Host", "localhost")
      return (
        cells.next(cells.a.site.respond(to: request)),
        try #require(cells.b.directory).cell(signingIn: "nobody-\(number)@x.example")
      )
    }
    #expect(unknown.allSatisfy { $0.0 == ($0.1 == "b" ? "b" : nil) } && Set(unknown.map(\.1)).count == 2)
  }

  @Test(
    "A link in an e-mail and the cookie name the cell; what nobody has named or there isn't is answered here")
  func ways() throws {
    let cells = try TwoCells()
    func next(_ target: String, cookie: String? = nil, isHandedOn: Bool = false) -> String? {
      var request = Request(.get, target)
      request.headers.append("Host", "localhost")
      if let cookie { request.headers.append("Cookie", "\(cells.a.site.cookies.cell)=\(cookie)") }
      request.isHandedOn = isHandedOn
      return cells.next(cells.a.site.respond(to: request))
    }
    #expect(next("/password/reset?token=x&cell=b") == "b" && next("/told?token=x&cell=b") == "b")
    #expect(next("/password/reset?token=x&cell=b", isHandedOn: true) == nil)
    #expect(next("/settings/export", cookie: "b") == "b" && next("/settings/export?cell=b") == nil)
    for cookie in ["a", "c", "B", "../b", "b;b", ""] where cookie != "b;b" {
      #expect(next("/settings/export", cookie: cookie) == nil, "\(cookie)")
    }
    for path in ["/health", "/metrics", "/health/live"] {
      #expect(next(path, cookie: "b") == nil, "\(path)")
    }
    // Where there is no page, the cell that knows who asks says so; it may have a file of another version.
    #expect(next("/nowhere", cookie: "b") == "b" && next("/assets/style.00000000.css", cookie: "b") == "b")
    #expect(next("/nowhere") == nil && next("/nowhere", cookie: "b", isHandedOn: true) == nil)
  }

  @Test("Who was handed on, or came by a link in an e-mail, gets the cookie that leads there at once, once")
  func cookie() throws {
    let cells = try TwoCells()
    var request = Request(.get, "/login")
    request.headers.append("Host", "localhost")
    func cookies(_ response: Response) -> [String] {
      response.headers.values(of: "Set-Cookie").filter { $0.hasPrefix("cell-") }
    }
    #expect(cookies(cells.b.site.respond(to: request)) == [])
    request.isHandedOn = true
    #expect(
      cookies(cells.b.site.respond(to: request)).first?.contains("=b; Path=/; Max-Age=43200; HttpOnly")
        == true)
    request.headers.append("Cookie", "\(cells.b.site.cookies.cell)=b")
    #expect(cookies(cells.b.site.respond(to: request)) == [])
    var link = Request(.get, "/password/reset?token=x&cell=b")
    link.headers.append("Host", "localhost")
    #expect(cookies(cells.b.site.respond(to: link)).count == 1)
  }

  @Test("Before a large body is read, the cell that isn't asked for it lets it pass")
  func uploads() throws {
    let cells = try TwoCells()
    for path in ["/settings/import/upload", "/documents/upload"] {
      var request = Request(.get, path)
      request.headers.append("Host", "localhost")
      #expect(cells.a.site.respond(to: request).status.code == 401)
      request.headers.append("Cookie", "\(cells.a.site.cookies.cell)=b")
      #expect(cells.a.site.respond(to: request).status.code == 204)
      #expect(cells.b.site.respond(to: request).status.code == 401)
    }
  }

  @Test(
    "Nobody signs in to two cells with one address: an invitation, a new address, an account enabled again, a command"
  )
  func oneAddress() throws {
    let cells = try TwoCells()
    #expect(try cells.a.directory?.take("ben@x.example") == true)
    let organisation = try cells.b.addOrganisation()
    let ben = User(
      organisation: organisation.id, id: UserID(rawValue: 1), name: "Ben", email: "ben@x.example",
      role: .user,
      isActive: true, hasPassword: false)
    let anna = User(
      organisation: organisation.id, id: UserID(rawValue: 2), name: "Anna", email: "anna@x.example",
      role: .user,
      isActive: true, hasPassword: false)
    let taken = try cells.b.database.write { connection in
      try [ben, anna].map { try cells.b.accounts.isTakenElsewhere($0, in: connection) }
    }
    #expect(taken == [true, false])
    #expect(try cells.a.directory?.take("anna@x.example") == false)
    let administration = Administration(accounts: cells.b.accounts)
    #expect(
      throws: HandoverError(
        "somebody of another organisation signs in with ben@x.example; use another address")
    ) {
      try administration.addUser(
        to: organisation.id, name: "Ben", email: "ben@x.example", role: .user, password: TestSite.password)
    }
  }

  @Test("Without cells nginx's site says nothing of them; with them each that has a database has its way")
  func nginx() throws {
    let folder = try TemporaryFolder(inMemory: true)
    for name in ["a", "b", "c", "x.y"] {
      try FileManager.default.createDirectory(at: folder.appending(name), withIntermediateDirectories: false)
      if name != "c" { try Data().write(to: folder.appending(name + "/handover.sqlite")) }
    }
    func site(_ environment: [String: String]) throws -> Tool.Result {
      try Tool.run(Repository.appending("Scripts/site").path, environment: environment)
    }
    let single = try site(["HANDOVER_DATA": folder.file("a")]).output
    #expect(
      single.firstMatch(of: /cell|handed|@[a-z_]+@|\$home/) == nil
        && single.contains("fastcgi_pass handover;"))
    let cells = try site(["HANDOVER_DATA": folder.file("a"), "HANDOVER_CELL": "a:1"]).output
    #expect(!cells.contains("fastcgi_pass handover;") && cells.firstMatch(of: /@[a-z_]+@/) == nil)
    let upstreams = cells.matches(of: /upstream ([a-z_]+)[ ]/).map { String($0.1) }
    #expect(upstreams == ["cell_b", "handover"] || upstreams == ["handover", "cell_b"])
    #expect(cells.contains("\"unix:\(folder.file("b"))/handover.sock\""))
    #expect(cells.contains("try_files /a$uri /b$uri =404;"))
    let wrong = try site(["HANDOVER_DATA": folder.file("a"), "HANDOVER_CELL": "b:1"])
    #expect(!wrong.succeeded && wrong.error.contains("it must have its name"), "\(wrong.error)")
  }

  @Test("The links of a cell's mails name it, and files are served from its folder")
  func links() throws {
    let cells = try TwoCells()
    let addresses = MailAddresses(cells.b.configuration)
    #expect(addresses.reset(token: "x").hasSuffix("/password/reset?token=x&cell=b"))
    #expect(addresses.told(token: "x").hasSuffix("/told?token=x&cell=b"))
    let single = try TestSite()
    #expect(MailAddresses(single.configuration).reset(token: "x").hasSuffix("?token=x"))
    #expect(NginxPath.archive("f.zip", of: CellID("b:2")) == "/-/cells/b/exports/f.zip")
    #expect(NginxPath.archive("f.zip", of: nil) == "/-/exports/f.zip")
    #expect(cells.a.configuration.data.keys == cells.b.configuration.data.keys)
  }
}

@Suite("The database of a cell") struct CellDatabaseTests {
  @Test("An address that is taken, and whose owner is not stored yet, isn't let go")
  func settling() throws {
    let cells = try TwoCells()
    let directory = try #require(cells.a.directory)
    let organisation = try cells.a.addOrganisation()
    var settler: System.Thread?
    try cells.a.database.write { connection in
      _ = try directory.take("maria@harbour.example")
      let database = cells.a.database
      settler = try System.Thread(name: "settler") { try? directory.settle(by: database) }
      usleep(100_000)
      _ = try connection.users.add(
        of: organisation.id, name: "Maria", email: "maria@harbour.example", role: .owner, passwordHash: "$x",
        at: cells.a.clock.now)
    }
    settler?.join()
    #expect(try cells.b.directory?.take("maria@harbour.example") == false)
    try directory.settle(by: cells.a.database)
    #expect(try cells.b.directory?.take("maria@harbour.example") == false)
  }

  @Test("A database stays the cell that it has become, and is no other's")
  func other() throws {
    let cells = try TwoCells()
    try requireCell(CellID("a:1"), in: cells.a.database)
    for other in ["a:2", "b:1", nil] {
      let error = #expect(throws: HandoverError.self) {
        try requireCell(other.flatMap { CellID($0) }, in: cells.a.database)
      }
      #expect(error?.message.contains("is that of the cell a:1") == true && error?.needsOperator == true)
    }
    try become(try #require(CellID("a:2")), cells.a.database)
    #expect(try cells.a.database.read { try $0.installation.cell() } == "a:1")
    let single = try TestSite()
    try requireCell(nil, in: single.database)
    try requireCell(CellID("a:0"), in: single.database)
  }

  @Test("A restore puts the keys back where the cells have none, and leaves those that they have")
  func keys() throws {
    let folder = try TemporaryFolder(inMemory: true)
    let data = DataFolder(path: folder.file("a"), cells: folder.path)
    try FileManager.default.createDirectory(at: folder.appending("a"), withIntermediateDirectories: false)
    func restore(_ keys: String) throws {
      let restoration = Restoration(folder: data)
      try restoration.stage { try keys.write(toFile: $0 + "/keys", atomically: true, encoding: .utf8) }
      _ = try restoration.commit(at: UnixTime(rawValue: 7))
    }
    try restore("first")
    #expect(try String(contentsOfFile: folder.file("keys"), encoding: .utf8) == "first")
    try restore("second")
    #expect(try String(contentsOfFile: folder.file("keys"), encoding: .utf8) == "first")
    #expect(!FileManager.default.fileExists(atPath: folder.file("a/keys")))
  }
}
