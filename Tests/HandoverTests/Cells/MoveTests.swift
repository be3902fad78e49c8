import Foundation
import HTTP
import Mail
import SQLite
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

/// Two cells of one machine; in the first one an office that has something of all that there is.
private struct MovingOffice {
  let folder: TemporaryFolder
  let a: TestSite
  let b: TestSite
  let office: Organisation
  let owner: User
  let browser: TestBrowser
  /// Tokens of links in e-mails.
  let token = "a link in an e-mail"
  /// What all hosts reach.
  var store: CellStore?

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    a = try TestSite(cell: CellID("a:1"), in: folder)
    b = try TestSite(cell: CellID("b:2"), in: folder)
    // The numbers of both cells' rows are others.
    for cell in [b, a] {
      let other = try cell.addOrganisation("Somebody else")
      let ulf = try cell.addUser("Ulf", .owner, to: other)
      try cell.directory?.settle(by: cell.database)
      _ = try cell.signedIn(ulf)
    }
    office = try a.addOrganisation("Harbour Street Finance")
    owner = try a.addUser("Olivia", .owner, to: office)
    try a.directory?.settle(by: a.database)
    browser = try a.signedIn(owner)
    try fill()
  }

  private func fill() throws {
    let now = a.clock.now
    try a.database.write { connection in
      let edition = try connection.editions.current(of: office.id).rawValue
      let id = office.id.rawValue
      let digits = String(repeating: "ab", count: 32)
      let hash = "x'\(digits)'"
      let export = String(repeating: "e", count: 32)
      try connection.execute(
        """
        INSERT INTO deal (edition_id, deal_id, deal_name, owner_id, created_at)
          VALUES (\(edition), 7, 'House', 1, '2026-01-01T00:00:00Z'), (\(edition), 9, 'Boat', 1, '2026-01-01T00:00:00Z');
        INSERT INTO deal_search (edition_id, deal_id, owner_id, status, folded) VALUES (\(edition), 7, 1, NULL, 'house');
        INSERT INTO contact (edition_id, contact_id, full_name, created_at) VALUES (\(edition), 3, 'Ng', '2026-01-01T00:00:00Z');
        INSERT INTO contact_search (edition_id, contact_id, folded) VALUES (\(edition), 3, 'ng');
        INSERT INTO deal_contact (edition_id, deal_id, position, contact_id) VALUES (\(edition), 7, 1, 3);
        INSERT INTO note (edition_id, note_id, deal_id, note_content, created_at)
          VALUES (\(edition), 1, 7, 'Ring', '2026-01-01T00:00:00Z');
        INSERT INTO task (edition_id, task_id, deal_id, task_name, created_at)
          VALUES (\(edition), 1, 7, 'Call', '2026-01-01T00:00:00Z');
        UPDATE edition SET version = 5, counted_version = 5 WHERE id = \(edition);
        INSERT INTO last_number (organisation_id, kind, number) VALUES (\(id), 'deal', 9);
        INSERT INTO source_number (organisation_id, kind, source_id, number) VALUES (\(id), 'deal', 'x', 9);
        INSERT INTO record_count (organisation_id, user_id, deals, contacts, notes, tasks, links, users)
          VALUES (\(id), 0, 2, 1, 1, 1, 1, 1);
        INSERT INTO export (id, organisation_id, scope, requested_by, requested_at, status, not_before, started_at, ended_at,
          snapshot_at, rows, size, sha256, milliseconds, key_id, completed_at, expires_at)
          VALUES ('\(export)', \(id), 'organisation', 1, \(now.rawValue), 'completed', 0, 1, \(now.rawValue), 1, 1, 4, \(hash),
            1, 'k', \(now.rawValue), \(now.rawValue + 86400));
        INSERT INTO export_file (export_id, position, name, rows, bytes, crc32) VALUES ('\(export)', 1, 'Deals.csv', 1, 1, 1);
        INSERT INTO export_left_out (export_id, deals, notes, tasks, other_notes, other_tasks, unowned_deals, unowned_contacts)
          VALUES ('\(export)', 1, 1, 1, 1, 1, 1, 1);
        INSERT INTO ledger (organisation_id, number, export_id, entry, head, sha256, seal, entered_at)
          VALUES (\(id), 1, '\(export)', 'x', '\(digits)', '\(digits)', '\(digits)', 1);
        INSERT INTO document_content (organisation_id, sha256, bytes, added_at) VALUES (\(id), \(hash), 4, 1);
        INSERT INTO document (organisation_id, id, deal_id, name, bytes, sha256, added_at) VALUES (\(id), 1, 7, 'a.pdf', 4, \(hash), 1);
        INSERT INTO told (organisation_id, email, since) VALUES (\(id), 'told@x.example', 1);
        """)
      try connection.passwordLinks.add(token: token, for: owner, .reset, at: now)
      for (subject, wait) in [("due", Duration.zero), ("later", .hours(1)), ("sent", .zero)] {
        try connection.letters.add(
          StoredLetter(
            kind: "x", messageID: "\(subject)@x.example", to: Recipient(name: "O", email: "o@x.example"),
            subject: subject, text: "t", html: "h", writtenAt: now, wait: wait), of: office.id)
      }
      try connection.run("UPDATE letter SET sent_at = 1, text = '', html = '' WHERE subject = 'sent'")
    }
    for (path, content) in [
      ("exports/\(String(repeating: "e", count: 32)).zip", "PK.."),
      ("documents/\(office.id.rawValue)/ab/\(String(repeating: "ab", count: 32))", "%PDF"),
      ("documents/\(office.id.rawValue)/x.part", "part"),
    ] {
      let file = URL(filePath: "\(a.configuration.data.path)/\(path)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content.utf8).write(to: file)
    }
  }

  func mover(of cell: TestSite) throws -> Mover {
    let directory = try #require(cell.directory)
    return Mover(
      directory: directory, cell: directory.cell, database: cell.database, clock: cell.clock.clock,
      log: Log(level: .debug, clock: cell.clock.clock, write: cell.log.add), group: nil, store: store)
  }

  @discardableResult
  func move(to cell: String) throws -> MoveReport {
    try mover(of: a).move(office.id, to: cell) { _ in }
  }

  /// All that a cell has of the office, but for the numbers that are each cell's own: by table, a text for each row.
  func rows(in cell: TestSite) throws -> [String: [String]] {
    try cell.database.read { connection in
      let moved = connection.movedRows(of: office.id, at: cell.clock.now)
      let edition: Int64? = try connection.value(
        "SELECT edition_id FROM organisation WHERE id = ?", office.id)
      var all: [String: [String]] = [:]
      for table in try moved.tables() where !["move", "forwarding", "job_turn"].contains(table) {
        let columns = try connection.all("SELECT name FROM pragma_table_info(?)", table) {
          try $0["name"] as String
        }
        let own = ["activity.id", "letter.id", "export.number", "import.number", "sync.number"]
        let shown = columns.filter { $0 != "edition_id" && !own.contains("\(table).\($0)") }
        let condition =
          if table == "organisation" {
            "id = \(office.id.rawValue)"
          } else if let owned = MovedRowsTable.owned[table] {
            "\(owned.column) IN (SELECT \(owned.key) FROM \(owned.owner) WHERE organisation_id = \(office.id.rawValue))"
          } else if table == "edition" {
            "id = \(edition ?? -1)"
          } else if columns.contains("organisation_id") {
            "organisation_id = \(office.id.rawValue)"
          } else if columns.contains("edition_id") {
            "edition_id = \(edition ?? -1)"
          } else {
            "false"
          }
        let list = shown.filter { table != "edition" || $0 != "id" }.map { "quote(\($0))" }
          .joined(separator: " || ' ' || ")
        all[table] = try connection.all(
          "SELECT \(list) AS line FROM \(table) WHERE \(condition) ORDER BY 1"
        ) { try $0["line"] }
      }
      return all.filter { !$0.value.isEmpty }
    }
  }

  func next(_ response: Response) -> String? {
    response.headers["X-Accel-Redirect"] == "@handed_on" ? response.headers["X-Handover-Cell"] : nil
  }

  func request(
    _ target: String, by method: HTTP.Method = .get, cookie: String? = nil, body: String = ""
  ) -> Request {
    var request = Request(method, target, body: Array(body.utf8))
    request.headers.append("Host", "localhost")
    if !body.isEmpty { request.headers.append("Content-Type", "application/x-www-form-urlencoded") }
    if let cookie { request.headers.append("Cookie", cookie) }
    return request
  }

  var session: String {
    "\(a.site.cookies.session)=\(browser.cookies[a.site.cookies.session] ?? "")"
  }

  func brokenReferences(in cell: TestSite) throws -> [String] {
    try cell.database.read { try $0.foreignKeyCheck() }
  }
}

/// A mail server that takes nothing, and gives one e-mail back.
private struct Refusing: Transport {
  let id: MessageID

  func send(_ message: Message, isStopping: () -> Bool) throws(MailError) { throw .permanent("nobody there") }

  func returned(except known: Set<String>) -> [ReturnedMessage] {
    [ReturnedMessage(name: "1", id: id, reason: "no such user")].filter { !known.contains($0.name) }
  }
}

@Suite("Moves of organisations between cells") struct MoveTests {
  @Test("All rows and files of an organisation move, and what it was is nowhere but in its records of before")
  func move() throws {
    let office = try MovingOffice()
    let before = try office.rows(in: office.a)
    #expect(before.count >= 24, "\(before.keys.sorted())")
    let report = try office.move(to: "b")
    #expect(report.from == "a" && report.to == "b" && report.files == 2)
    var after = try office.rows(in: office.b)
    // One that was due is sent from where it is.
    #expect(after["letter"]?.count == 2 && after["letter"]?.contains { $0.contains("'due'") } == false)
    let due = try #require(before["letter"]?.filter { $0.contains("'due'") })
    after["letter"] = ((after["letter"] ?? []) + due).sorted()
    for (table, rows) in before { #expect(after[table] == rows, "\(table)") }
    #expect(after.keys.sorted() == before.keys.sorted())
    #expect(
      report.rows == after.values.joined().count - 3, "not the organisation, its edition, and the letter")
    let left = try office.rows(in: office.a)
    #expect(
      Set(left.keys) == [
        "organisation", "edition", "deal", "contact", "deal_contact", "note", "task", "deal_search",
        "contact_search", "letter",
      ])
    #expect(left["letter"] == due)
    for path in [
      "exports/\(String(repeating: "e", count: 32)).zip",
      "documents/\(office.office.id.rawValue)/ab/\(String(repeating: "ab", count: 32))",
    ] {
      #expect(
        FileManager.default.fileExists(atPath: "\(office.b.configuration.data.path)/\(path)"), "\(path)")
    }
    #expect(
      !FileManager.default.fileExists(
        atPath: "\(office.b.configuration.data.path)/documents/\(office.office.id.rawValue)/x.part"))
    for cell in [office.a, office.b] { #expect(try office.brokenReferences(in: cell) == []) }
    #expect(try office.a.directory?.cell(of: office.office.id) == "b")
    #expect(try office.a.directory?.cell(signingIn: office.owner.email ?? "") == "b")
    for cell in [office.a, office.b] { try cell.directory?.settle(by: cell.database) }
    #expect(try office.a.database.read { try $0.organisations.all() }.map(\.name) == ["Somebody else"])
  }

  @Test(
    "What its documents hold is in the new cell's part of the store; while that is away nothing has moved")
  func stored() throws {
    var office = try MovingOffice()
    let name = "\(office.office.id.rawValue)/ab/\(String(repeating: "ab", count: 32))"
    func store(at root: String) -> CellStore {
      CellStore(
        CellStore.Place(root: root, configuration: "/dev/null"), of: "a", from: "h",
        ProcessInfo.processInfo.environment)
    }
    office.store = store(at: "nowhere:")
    #expect(throws: StoreAway.self) { try office.move(to: "b") }
    #expect(try office.a.directory?.cell(of: office.office.id) == "a")
    office.store = store(at: office.folder.file("store"))
    try office.move(to: "b")
    #expect(try office.a.directory?.cell(of: office.office.id) == "b")
    #expect(try office.store?.part(of: "b").documents().keys.sorted() == [name])
    #expect(try office.store?.documents().isEmpty == true)
  }

  @Test("Every table is one of which is said whose its rows are, and nothing is added to one that has left")
  func everyTable() throws {
    let office = try MovingOffice()
    let open = try office.a.database.read { connection in
      try connection.movedRows(of: office.office.id, at: office.a.clock.now).tables().filter { table in
        let columns = try connection.all("SELECT name FROM pragma_table_info(?)", table) {
          try $0["name"] as String
        }
        return try columns.contains("organisation_id")
          && !connection.exists(
            "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = ?",
            "\(table)_is_not_of_one_that_left")
      }
    }
    // What goes along with the records, which stay for a day, and what is of no use to anybody.
    #expect(open == ["edition", "forwarding", "job_turn", "last_number", "move", "record_count"])
    try office.b.database.write { try $0.execute("CREATE TABLE new (a TEXT) STRICT") }
    #expect(throws: HandoverError("nobody has said whose the rows of new are")) { try office.move(to: "b") }
    try office.b.database.write { try $0.execute("DROP TABLE new") }
    #expect(try office.rows(in: office.b).isEmpty)
    try office.move(to: "b")
    for change in [
      "INSERT INTO told (organisation_id, email, since) VALUES (\(office.office.id.rawValue), 'x@x.example', 1)",
      """
      INSERT INTO activity (organisation_id, at, actor, who, what, subject, detail, address, route)
      VALUES (\(office.office.id.rawValue), 1, 'server', '', 'a.b', '', '', '', '')
      """,
    ] {
      #expect(throws: SQLiteError.self) { try office.a.database.write { try $0.execute(change) } }
    }
  }

  @Test("Sessions, links in e-mails and sign-ins lead to the new cell, and go on there")
  func ways() throws {
    let office = try MovingOffice()
    let (a, b) = (office.a.site, office.b.site)
    let page = office.request("/settings/export", cookie: office.session)
    #expect(a.respond(to: page).status == .ok)
    try office.move(to: "b")
    let sessionAndWay = "\(office.session); \(a.cookies.cell)=a"
    for target in [
      "/settings/export", "/deals", "/exports/\(String(repeating: "e", count: 32))", "/nowhere-known",
    ] {
      let answer = a.respond(to: office.request(target, cookie: sessionAndWay))
      #expect(office.next(answer) == "b", "\(target)")
    }
    #expect(
      office.next(
        a.respond(to: office.request("/settings/export", by: .post, cookie: office.session, body: "a=b")))
        == "b")
    let link = "/password/reset?token=\(office.token.replacing(" ", with: "+"))&cell=a"
    #expect(office.next(a.respond(to: office.request(link))) == "b")
    var handed = office.request(link)
    handed.isHandedOn = true
    #expect(office.next(a.respond(to: handed)) == "b", "whoever led it here")
    let body = "email=\(office.owner.email ?? "")&password=x"
    #expect(office.next(a.respond(to: office.request("/login", by: .post, body: body))) == "b")
    #expect(
      office.next(a.respond(to: office.request("/settings/export", cookie: "\(a.cookies.session)=made-up")))
        == nil)
    for target in ["/settings/export", link] {
      var request = office.request(target, cookie: office.session)
      request.isHandedOn = true
      let answer = b.respond(to: request)
      #expect(answer.status == .ok, "\(target)")
      #expect(answer.headers.values(of: "Set-Cookie").contains { $0.hasPrefix("\(a.cookies.cell)=b") })
    }
    // A week later nobody can have a session or a link of before.
    office.a.clock.move(by: .days(9))
    try office.mover(of: office.a).removeRemains()
    #expect(try office.a.database.read { try $0.value("SELECT count(*) FROM forwarding") } == 0)
  }

  @Test("A request that has begun where the organisation has been is handed on, whatever it has come to")
  func underway() throws {
    let office = try MovingOffice()
    let body = Form(["name": "Olivia Two"]).encoded
    let form = office.request("/settings/export", by: .post, cookie: office.session, body: body)
    // The move comes between the look at the session and the change.
    let before = try office.a.site.admitForTest(office.browser, form)
    try office.move(to: "b")
    #expect(throws: (any Error).self) {
      try office.a.database.write { connection in
        try connection.activity.record(
          Event(.signedOut, of: office.office.id, by: before.user.actor(from: ""), at: office.a.clock.now))
      }
    }
    #expect(office.next(office.a.site.respond(to: form)) == "b")
  }

  @Test("Nothing begins of an organisation that leaves, and what runs is waited for")
  func jobs() throws {
    let office = try MovingOffice()
    let id = String(repeating: "f", count: 32)
    try office.a.database.write {
      try $0.execute(
        """
        INSERT INTO export (id, organisation_id, scope, requested_by, requested_at, status, not_before, started_at)
        VALUES ('\(id)', \(office.office.id.rawValue), 'organisation', 1, 1, 'processing', 0, 1)
        """)
    }
    let told = Locked<[String]>([])
    let mover = try office.mover(of: office.a)
    let organisation = office.office.id
    let report = Locked<MoveReport?>(nil)
    let thread = try System.Thread(name: "move") {
      let done = try? mover.move(organisation, to: "b") { progress in
        if case .waiting(let jobs) = progress { told.withLock { $0.append("\(jobs)") } }
      }
      report.withLock { $0 = done }
    }
    try eventually("waits") { told.withLock { $0 == ["1"] } }
    #expect(try office.a.database.read { try $0.moves.find(organisation)?.state } == .leaving)
    try office.a.database.write {
      try $0.execute("UPDATE export SET status = 'queued', started_at = NULL WHERE id = '\(id)'")
    }
    thread.join()
    #expect(report.withLock { $0?.to } == "b")
    func next(_ cell: TestSite) throws -> String? {
      try cell.database.read {
        try $0.jobs(.export).next(at: cell.clock.now, longestPause: .hours(1), as: ExportID.self)?.0.rawValue
      }
    }
    #expect(try next(office.b) == id && next(office.a) == nil)
    try office.b.database.write {
      try $0.moves.set(organisation, .arriving, cell: "a", at: office.b.clock.now)
    }
    #expect(try next(office.b) == nil)
  }

  @Test("What a killed move has left is ended, one way or the other, by whoever looks")
  func settling() throws {
    // Announced, and no more.
    var office = try MovingOffice()
    let before = try office.rows(in: office.a)
    try office.a.database.write {
      try $0.moves.set(office.office.id, .leaving, cell: "b", at: office.a.clock.now)
    }
    try office.mover(of: office.a).settle()
    #expect(try office.a.database.read { try $0.moves.find(office.office.id) } == nil)
    // Part of the records are copied.
    try office.a.database.write {
      try $0.moves.set(office.office.id, .leaving, cell: "b", at: office.a.clock.now)
    }
    try office.b.database.write(reading: office.a.database) { connection in
      try connection.moves.set(office.office.id, .arriving, cell: "a", at: office.b.clock.now)
      let moved = connection.movedRows(of: office.office.id, at: office.b.clock.now)
      try moved.begin()
      let edition = try connection.editions.add(of: office.office.id)
      let former: EditionID? = try connection.value(
        "SELECT edition_id FROM source.organisation WHERE id = ?", office.office.id)
      _ = try moved.copyRecords(
        of: "deal", by: "deal_id", from: try #require(former), into: edition, after: 0, limit: 1)
    }
    #expect(try office.b.database.read { try $0.organisations.all() }.map(\.name) == ["Somebody else"])
    try office.mover(of: office.b).settle()
    #expect(try office.rows(in: office.b).isEmpty && office.rows(in: office.a) == before)
    #expect(try office.b.database.read { try $0.moves.find(office.office.id) } == nil)
    #expect(try office.b.database.read { try $0.value("SELECT count(*) FROM edition") } == 1)
    #expect(try office.brokenReferences(in: office.b) == [])

    // The commit that decides was the last thing; either cell brings it to its end.
    for first in ["a", "b"] {
      office = try MovingOffice()
      try office.move(to: "b")
      try office.a.database.write {
        try $0.moves.set(office.office.id, .left, cell: "b", at: office.a.clock.now)
      }
      try office.b.database.write {
        try $0.moves.set(office.office.id, .arriving, cell: "a", at: office.b.clock.now)
      }
      try office.a.directory?.turn(office.office.id, signingIn: [office.owner.email ?? ""], to: "a")
      try office.mover(of: first == "a" ? office.a : office.b).settle()
      #expect(try office.a.directory?.cell(of: office.office.id) == "b")
      #expect(try office.a.directory?.cell(signingIn: office.owner.email ?? "") == "b")
      #expect(try office.a.database.read { try $0.moves.find(office.office.id)?.state } == .gone)
      #expect(try office.b.database.read { try $0.moves.find(office.office.id)?.state } == .arrived)
    }
    // All but the former cell's own row is done: the next command does that, too.
    office = try MovingOffice()
    try office.move(to: "b")
    try office.a.database.write {
      try $0.moves.set(office.office.id, .left, cell: "b", at: office.a.clock.now)
    }
    #expect(throws: HandoverError.self) {
      try office.mover(of: office.b).move(office.office.id, to: "b") { _ in }
    }
    #expect(try office.a.database.read { try $0.moves.find(office.office.id)?.state } == .gone)

    // It has gone on from there: where it is now is not where it went then.
    office = try MovingOffice()
    try office.move(to: "b")
    try office.a.database.write {
      try $0.moves.set(office.office.id, .left, cell: "b", at: office.a.clock.now)
    }
    try office.b.database.write {
      try $0.moves.set(office.office.id, .gone, cell: "c", at: office.b.clock.now)
    }
    try office.a.directory?.turn(office.office.id, signingIn: [], to: "a")
    try office.mover(of: office.a).settle()
    #expect(try office.a.directory?.cell(of: office.office.id) == "a", "not touched")
    #expect(try office.a.database.read { try $0.moves.find(office.office.id)?.state } == .gone)
    // An older database was put back where it went, or where it came from: nobody guesses.
    for state in [Move.State.left, .arriving] {
      office = try MovingOffice()
      try office.move(to: "b")
      let (cell, other) = state == .left ? (office.a, office.b) : (office.b, office.a)
      try cell.database.write {
        try $0.moves.set(office.office.id, state, cell: state == .left ? "b" : "a", at: office.a.clock.now)
      }
      try other.database.writeUnchecked {
        try $0.execute("DELETE FROM move; DELETE FROM organisation WHERE id = \(office.office.id.rawValue)")
      }
      let before = try office.rows(in: cell)
      #expect(throws: HandoverError.self) { try office.mover(of: cell).settle() }
      #expect(try office.rows(in: cell) == before)
    }
    // While one is under way nobody interferes.
    office = try MovingOffice()
    let lock = try FileLock(path: office.folder.file("move.lock"))
    #expect(lock.tryLock())
    try office.a.database.write {
      try $0.moves.set(office.office.id, .leaving, cell: "b", at: office.a.clock.now)
    }
    try office.mover(of: office.a).settle()
    #expect(try office.a.database.read { try $0.moves.find(office.office.id)?.state } == .leaving)
    #expect(throws: HandoverError("another organisation is being moved: try again when that is done")) {
      try office.move(to: "a")
    }
  }

  @Test("It comes back as it was, also on the same day; after a day its records are gone where it was")
  func back() throws {
    let office = try MovingOffice()
    let before = try office.rows(in: office.a)
    try office.move(to: "b")
    try office.move(to: "a")
    #expect(
      try office.rows(in: office.a).mapValues(\.count)
        == before.mapValues(\.count).merging(["letter": 2]) { $1 })
    try office.a.database.write { try $0.execute("DELETE FROM letter WHERE subject = 'due'") }
    #expect(try office.rows(in: office.b).count == 9)
    try office.move(to: "b")
    office.a.clock.move(by: .hours(23))
    try office.mover(of: office.a).removeRemains()
    #expect(try !office.rows(in: office.a).isEmpty)
    office.a.clock.move(by: .hours(2))
    try office.mover(of: office.a).removeRemains()
    #expect(try office.rows(in: office.a).isEmpty)
    #expect(try office.a.database.read { try $0.value("SELECT count(*) FROM edition") } == 1)
    for cell in [office.a, office.b] { #expect(try office.brokenReferences(in: cell) == []) }
    // Its number is its own for ever.
    #expect(try office.a.addOrganisation().id.rawValue == office.office.id.rawValue + 1)
    try office.move(to: "a")
    #expect(try office.rows(in: office.a)["deal"] == before["deal"])
  }

  @Test("What can't be moved stays where it is, and says why")
  func refusals() throws {
    let office = try MovingOffice()
    let before = try office.rows(in: office.a)
    let id = office.office.id.rawValue
    #expect(throws: HandoverError("there is no cell 'c'; handover cell list shows all")) {
      try office.move(to: "c")
    }
    #expect(throws: HandoverError("organisation \(id) is in the cell a already")) { try office.move(to: "a") }
    #expect(throws: HandoverError("there is no organisation 77 in any cell")) {
      try office.mover(of: office.a).move(OrganisationID(rawValue: 77), to: "b") { _ in }
    }
    try office.b.database.write { try $0.execute("PRAGMA user_version = 9999") }
    #expect(throws: HandoverError.self) { try office.move(to: "b") }
    try office.b.database.write { try $0.execute("PRAGMA user_version = \(Schema.migrations.count)") }
    // Somebody there signs in with the same address, whatever the directory says.
    let other = try office.b.addOrganisation()
    try office.b.database.write {
      try $0.execute(
        """
        INSERT INTO user (organisation_id, id, email, role, active, password_hash, created_at)
        VALUES (\(other.id.rawValue), 9, '\(office.owner.email ?? "")', 'user', 1, '$x', 1)
        """)
    }
    #expect(throws: SQLiteError.self) { try office.move(to: "b") }
    #expect(try office.rows(in: office.a) == before && office.rows(in: office.b).isEmpty)
    #expect(try office.a.directory?.cell(of: office.office.id) == "a")
    #expect(try office.a.database.read { try $0.moves.open() }.isEmpty)
    try office.b.database.write { try $0.execute("DELETE FROM user WHERE id = 9") }
    try office.move(to: "b")
    #expect(throws: HandoverError("organisation \(id) is in the cell b")) {
      try office.a.database.read { _ = try $0.organisations.require(office.office.id) }
    }
  }

  @Test("A backup of before is not said to lack, or to have, what has moved since")
  func backups() throws {
    let office = try MovingOffice()
    for (cell, isFirst) in [(office.a, true), (office.b, false)] {
      let copy = office.folder.file("\(isFirst)-copy.sqlite")
      try cell.database.backup(to: copy, of: cell.configuration.data, at: cell.clock.now)
    }
    try office.move(to: "b")
    for (cell, isFirst) in [(office.a, true), (office.b, false)] {
      let connection = try Connection(path: office.folder.file("\(isFirst)-copy.sqlite"), mode: .reader)
      try connection.attach(cell.configuration.data.database, as: "live", isReadOnly: true)
      #expect(try connection.live.differences(since: cell.clock.now + .hours(1), from: "the backup") == [])
    }
  }

  @Test(
    "What comes late for one that has left is written where it is: a refusal, and the receipt of a download")
  func late() throws {
    let office = try MovingOffice()
    let session = try #require(try office.a.site.session(of: office.request("/", cookie: office.session)))
    let export = try #require(
      try office.a.database.read {
        try $0.exports.find(ExportID(rawValue: String(repeating: "e", count: 32)), of: office.office.id)
      })
    try office.move(to: "b")
    office.a.accounts.recordRefusal(of: "GET /x", at: "x", to: session.user, from: "192.0.2.1")
    try office.a.exports.recordDownload(of: export, by: session, from: "192.0.2.1", .whole)
    let events = try office.b.events(of: office.office)
    #expect(events.suffix(2) == [.accessRefused, .exportDownloaded], "\(events)")
    #expect(try office.b.letters.contains { $0.kind == "export_downloaded" })
    let other = try #require(
      try office.a.database.read { try $0.organisations.all() }.first { $0.name == "Somebody else" })
    #expect(try !office.a.events(of: other).contains(.accessRefused))
  }

  @Test(
    "A link that was asked for just before comes, and an e-mail that comes back is noted where its organisation is"
  )
  func mails() throws {
    let office = try MovingOffice()
    let email = try #require(office.owner.email)
    _ = try office.a.accounts.mailReset(to: email, from: "192.0.2.1")
    try office.move(to: "b")
    office.a.accounts.mailResets()
    #expect(try office.b.letters.contains { $0.kind == "password_reset" && $0.to.email == email })
    let mailer = Mailer(
      database: office.a.database, transport: Refusing(id: try #require(MessageID("sent@x.example"))),
      sender: try #require(Address("h@x.example")), clock: office.a.clock.clock,
      log: Log(level: .debug, clock: office.a.clock.clock, write: office.a.log.add), written: Wakeup())
    for _ in 1...2 { mailer.noteWhatCameBack() }
    #expect(try office.b.events(of: office.office).filter { $0 == .mailGivenUp }.count == 1)
    // The one that was due stayed, and is given up there.
    mailer.sendWhatIsDue()
    #expect(try office.b.events(of: office.office).filter { $0 == .mailGivenUp }.count == 2)
    let due = "SELECT count(*) FROM letter WHERE subject = 'due' AND given_up_at IS NOT NULL"
    #expect(try office.a.database.read { try $0.value(due) } == 1)
  }

  @Test("Of writes that nobody waits for, one that can't be made keeps no other from being made")
  func laterWrites() throws {
    let office = try MovingOffice()
    try office.a.database.startWritingLater()
    defer { office.a.database.stopWritingLater() }
    let id = office.office.id
    try office.a.database.write { _ in
      for name in ["x", "", "y"] {
        office.a.database.writeLater {
          try $0.run("UPDATE organisation SET name = name || ? WHERE id = ?", name, id)
          if name.isEmpty { try $0.run("UPDATE organisation SET name = '' WHERE id = ?", id) }
        }
      }
    }
    try eventually("written") {
      try office.a.database.read { try $0.organisations.find(office.office.id)?.name }?.hasSuffix("xy")
        == true
    }
  }
}

extension Handover.Site {
  /// The session that a request came with, as it was looked up at its beginning.
  fileprivate func admitForTest(_ browser: TestBrowser, _ request: Request) throws -> Session {
    try #require(try session(of: request))
  }
}
