import Foundation
import SQLite
import Secrets
import TestSupport
import Testing

@testable import Handover

@Suite("What people can do with documents")
struct DocumentTests {
  let site: TestSite
  let owner: User
  let broker: User
  /// The owner's, and the broker's.
  let deal: DealID
  let other: DealID

  init() throws {
    site = try TestSite()
    let organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    broker = try site.addUser("Ben Cole", .user, to: organisation)
    deal = try site.addDeal(12, to: organisation.id, of: owner)
    other = try site.addDeal(13, to: organisation.id, of: broker)
  }

  private var organisation: OrganisationID { owner.organisation }

  @Test(
    "A file becomes a document: stored by its hash for the server alone, with who and when, and in the trail")
  func adds() throws {
    let id = try site.addDocument("Payslip.pdf", "pay", to: deal, by: owner)
    let document = try site.document(id, of: organisation)
    let hash = SHA256.hash(Array("pay".utf8))
    #expect(id.description == "F-1" && document.deal == deal && document.name == "Payslip.pdf")
    #expect(document.bytes == 3 && document.sha256 == hash && document.addedAt == site.clock.now)
    #expect(document.addedBy?.id == owner.id && document.state == .notLinked)
    #expect(site.documentFiles == ["\(organisation.rawValue)/\(hex(hash).prefix(2))/\(hex(hash))"])
    for (path, mode) in [
      (site.documents.path(of: document), 0o600), (site.documents.folder.path, 0o700),
      (site.documents.folder.folder(of: organisation), 0o700),
    ] {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
    }
    #expect(try String(contentsOfFile: site.documents.path(of: document), encoding: .utf8) == "pay")
    let event = try #require(try events.first)
    #expect(event.kind == .documentAdded && event.subject == "F-1" && event.actor.user == owner.id)
    #expect(event.detail == "Payslip.pdf of D-12, 3 bytes")
  }

  @Test("The same content is stored once, whatever it is called and wherever it is")
  func contentOnce() throws {
    let ids = try [
      site.addDocument("a.pdf", "same", to: deal, by: owner),
      site.addDocument("b.pdf", "same", to: deal, by: owner),
      site.addDocument("a.pdf", "same", to: other, by: owner),
    ]
    #expect(ids.map(\.rawValue) == [1, 2, 3] && site.documentFiles.count == 1)
    #expect(try site.database.read { try $0.documents.storedBytes(of: organisation) } == 4)
  }

  @Test("The same name with the same content is there already; with another content it is another document")
  func nothingTwice() throws {
    let first = try site.addDocument("a.pdf", "one", to: deal, by: owner)
    let outcome = try site.documents.add(
      site.upload([("a.pdf", "one"), ("a.pdf", "two"), ("a.pdf", "two")], to: deal, by: owner), to: deal,
      by: owner, from: "")
    guard case .done(let added) = outcome else { throw Unexpected("\(outcome)") }
    #expect(added.map(\.wasThere) == [true, false, true])
    #expect(added.map(\.id.rawValue) == [first.rawValue, 2, 2])
    let all = try site.database.read { try $0.documents.all(of: deal, of: organisation) }
    #expect(all.map(\.name) == ["a.pdf", "a.pdf"] && all.map(\.bytes) == [3, 3])
  }

  @Test(
    "A document keeps the name that people gave it, without the path and without what turns or controls a text",
    arguments: [
      ("C:\\Scans\\Payslip May.pdf", "Payslip May.pdf"), ("/home/mia/a.pdf", "a.pdf"), ("..", ".."),
      ("CON", "CON"), ("Ange\u{301}le 🏠.pdf", "Angéle 🏠.pdf"), ("pay\u{202E}fdp.exe", "payfdp.exe"),
      ("a\nb\u{7}.pdf", "ab.pdf"), (".hidden", ".hidden"),
      (String(repeating: "ä", count: 150) + ".pdf", String(repeating: "ä", count: 150) + ".pdf"),
    ])
  func names(given: String, kept: String) throws {
    let id = try site.addDocument(given, "x", to: deal, by: owner)
    #expect(try Array(site.document(id, of: organisation).name.utf8) == Array(kept.utf8))
  }

  @Test(
    "A name that shows nothing, or that no file can have, is refused",
    arguments: ["", "/", "\u{7}", " ", "\u{200B}", "a/"])
  func wrongNames(name: String) throws {
    let upload = try site.upload([], to: deal, by: owner)
    let outcome = try upload.take(name) { nil }
    #expect(name == "a/" ? outcome == .done : outcome == .wrongName(name))
    #expect(try upload.take(String(repeating: "a", count: 1_001)) { nil } != .done)
    #expect(try upload.take(String(repeating: "a", count: 1_000)) { nil } == .done)
  }

  @Test("An empty file is a document as any other")
  func empty() throws {
    let id = try site.addDocument("empty.txt", "", to: deal, by: owner)
    let document = try site.document(id, of: organisation)
    #expect(document.bytes == 0 && document.sha256 == SHA256.hash([]))
    #expect(try site.documents.look(at: document) != .missing)
  }

  @Test(
    "What is replaced keeps its name, and Undo puts back what it held; pressed twice it changes nothing more")
  func replaces() throws {
    let id = try site.addDocument("Payslip.pdf", "old", to: deal, by: owner)
    #expect(
      try replace(id, ("scan0001.PDF", "newer"))
        == .done([.init(id: id, name: "Payslip.pdf", wasThere: false)]))
    var document = try site.document(id, of: organisation)
    #expect(document.bytes == 5 && document.former?.bytes == 3 && document.canRestore(at: site.clock.now))
    let held = hex(document.sha256)
    for expected in [Documents.ChangeOutcome.done, .asBefore] {
      #expect(try site.documents.restore(id, holding: held, by: owner, from: "") == expected)
    }
    document = try site.document(id, of: organisation)
    #expect(document.bytes == 3 && document.former?.bytes == 5 && document.name == "Payslip.pdf")
    #expect(try events.prefix(2).map(\.kind) == [.documentRestored, .documentReplaced])
  }

  @Test("What is replaced by a file of another kind gets its ending, and loses it by Undo")
  func endings() throws {
    let id = try site.addDocument("Application form.docx", "old", to: deal, by: owner)
    _ = try replace(id, ("signed.pdf", "new"))
    #expect(try site.document(id, of: organisation).name == "Application form.pdf")
    #expect(try site.documents.restore(id, by: owner, from: "") == .done)
    #expect(try site.document(id, of: organisation).name == "Application form.docx")
    #expect(DocumentName.replacing("a", by: "b.pdf") == "a.pdf")
    #expect(DocumentName.replacing(".profile", by: "b") == ".profile")
    #expect(DocumentName.replacing("a.tar.gz", by: "b") == "a.tar")
  }

  @Test("To replace a document takes one file, a document that is there, and another content")
  func replacesWrongly() throws {
    let id = try site.addDocument("a.pdf", "old", to: deal, by: owner)
    #expect(try replace(id, ("a.pdf", "1"), ("b.pdf", "2")) == .empty && replace(id) == .empty)
    #expect(try replace(DocumentID(rawValue: 99), ("a.pdf", "1")) == .notFound)
    #expect(try replace(id, ("z.pdf", "old")) == .done([.init(id: id, name: "a.pdf", wasThere: true)]))
    _ = try site.documents.remove(id, by: owner, from: "")
    #expect(try replace(id, ("a.pdf", "1")) == .notFound)
    #expect(try site.document(id, of: organisation).former == nil)
  }

  @Test("A removed document can be put back for 30 days, and its id is never another's")
  func removes() throws {
    let id = try site.addDocument("a.pdf", "x", to: deal, by: owner)
    #expect(try site.documents.remove(id, by: owner, from: "192.0.2.9") == .done)
    #expect(try site.documents.remove(id, by: owner, from: "") == .asBefore)
    #expect(try site.document(id, of: organisation).state == .removed)
    #expect(try listed.isEmpty && removed.map(\.id) == [id])
    #expect(try site.addDocument("b.pdf", "x", to: deal, by: owner).rawValue == 2)
    site.clock.move(by: Document.kept - .seconds(1))
    #expect(try site.documents.restore(id, by: owner, from: "") == .done)
    #expect(try listed.map(\.id.rawValue) == [1, 2])
    _ = try site.documents.remove(id, by: owner, from: "")
    site.clock.move(by: Document.kept)
    #expect(try site.documents.restore(id, by: owner, from: "") == .gone && removed.isEmpty)
    #expect(try events.filter { $0.kind == .documentRemoved }.count == 2)
  }

  @Test("Adding what was removed puts it back; putting back what was added anew is not done twice")
  func twins() throws {
    let id = try site.addDocument("a.pdf", "x", to: deal, by: owner)
    _ = try site.documents.remove(id, by: owner, from: "")
    #expect(try site.addDocument("a.pdf", "x", to: deal, by: owner) == id && listed.count == 1)
    #expect(try events.first?.kind == .documentRestored)
    _ = try site.documents.remove(id, by: owner, from: "")
    let twin = try site.addDocument("b.pdf", "x", to: deal, by: owner)
    _ = try site.database.write { try $0.run("UPDATE document SET name = 'a.pdf' WHERE id = ?", twin) }
    #expect(try site.documents.restore(id, by: owner, from: "") == .present(twin))
    #expect(try listed.map(\.id) == [twin])
  }

  @Test("A user reaches the documents of the user's own deals, an admin all, another organisation none")
  func scope() throws {
    let admin = try site.addUser("Ana Diaz", .admin, to: require())
    let stranger = try site.addUser("Olga Else", .owner, to: site.addOrganisation("Other"))
    let mine = try site.addDocument("a.pdf", "x", to: other, by: broker)
    let theirs = try site.addDocument("b.pdf", "y", to: deal, by: admin)
    func finds(_ id: DocumentID, _ user: User) throws -> Bool {
      try site.database.read { try $0.documents.find(id, for: user) } != nil
    }
    #expect(try finds(mine, broker) && !finds(theirs, broker))
    #expect(try finds(mine, admin) && finds(theirs, admin) && !finds(mine, stranger))
    for (user, id) in [(broker, theirs), (stranger, mine), (stranger, theirs)] {
      #expect(try site.documents.remove(id, by: user, from: "") == .notFound)
      #expect(try site.documents.restore(id, by: user, from: "") == .notFound)
      #expect(try site.documents.retry(id, by: user) == .notFound)
    }
    for (user, deal) in [(broker, deal), (stranger, deal), (owner, DealID(rawValue: 99))] {
      guard case .notFound = try site.documents.receive(1, for: deal, by: user) else {
        throw Unexpected("\(user.displayName) may add")
      }
    }
    // Whose deal it was when the files began to come in is not asked.
    let upload = try site.upload([("c.pdf", "z")], to: other, by: broker)
    _ = try site.database.write { try $0.run("UPDATE deal SET owner_id = NULL") }
    #expect(try site.documents.add(upload, to: other, by: broker, from: "") == .notFound)
    #expect(try !finds(mine, broker))
  }

  @Test("Who was disabled meanwhile changes nothing")
  func disabled() throws {
    let id = try site.addDocument("a.pdf", "x", to: other, by: broker)
    let upload = try site.upload([("b.pdf", "y")], to: other, by: broker)
    var gone = broker
    gone.isActive = false
    try site.database.write { try $0.users.update(gone, at: site.clock.now) }
    #expect(try site.documents.add(upload, to: other, by: broker, from: "") == .notFound)
    #expect(try site.documents.replace(id, by: upload, by: broker, from: "") == .notFound)
    #expect(try site.documents.remove(id, by: broker, from: "") == .notFound)
  }

  @Test("A deal that is gone keeps its documents: admins find them without a deal, and nothing is added")
  func withoutDeal() throws {
    let id = try site.addDocument("a.pdf", "x", to: other, by: broker)
    let removed = try site.addDocument("b.pdf", "y", to: other, by: broker)
    try site.addDocument("c.pdf", "z", to: deal, by: owner)
    _ = try site.documents.remove(removed, by: owner, from: "")
    try site.removeDeal(other, of: organisation)
    let found = try site.database.read { connection in
      (
        try connection.documents.withoutDeal(of: organisation, limit: 50),
        try connection.documents.countWithoutDeal(of: organisation),
        try connection.documents.find(id, for: broker)
      )
    }
    #expect(found.0.map(\.id) == [id] && found.1 == 1 && found.2 == nil)
    guard case .notFound = try site.documents.receive(1, for: other, by: owner) else {
      throw Unexpected("files are taken in")
    }
    #expect(try site.documents.remove(id, by: owner, from: "") == .done)
    #expect(try site.documents.restore(id, by: owner, from: "") == .done)
  }

  @Test("A quota counts each content once, what was removed too; what is there already takes no more room")
  func quota() throws {
    let site = try TestSite(["HANDOVER_DOCUMENTS_GIB": "1"])
    let owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    let deal = try site.addDeal(1, to: owner.organisation)
    let id = try site.addDocument("a.pdf", "x", to: deal, by: owner)
    _ = try site.database.write {
      try $0.run("UPDATE document_content SET bytes = ?", 1 << 30 - 1)
    }
    let full = Documents.AddOutcome.full(quota: 1 << 30, stored: 1 << 30 - 1)
    func add(_ files: (String, String)...) throws -> Documents.AddOutcome {
      try site.documents.add(site.upload(files, to: deal, by: owner), to: deal, by: owner, from: "")
    }
    #expect(try add(("b.pdf", "12")) == full && add(("b.pdf", "1"), ("c.pdf", "2")) == full)
    #expect(
      try site.documents.replace(
        id, by: site.upload([("a.pdf", "12")], to: deal, by: owner), by: owner, from: "") == full)
    for name in ["b.pdf", "c.pdf"] {
      guard case .done = try add((name, "x")) else { throw Unexpected("refused") }
    }
    guard case .done = try add(("d.pdf", "2"), ("e.pdf", "2")) else { throw Unexpected("refused") }
    _ = try site.documents.remove(id, by: owner, from: "")
    #expect(try add(("f.pdf", "3")) != full)
    #expect(site.documentFiles.count == 2)
  }

  @Test("Nobody brings more than 50 files at once")
  func tooMany() throws {
    let files = (1...DocumentUpload.mostFiles).map { ("\($0).txt", "\($0)") }
    let upload = try site.upload(files, to: deal, by: owner)
    #expect(try upload.take("51.txt") { nil } == .tooMany)
    guard case .done(let added) = try site.documents.add(upload, to: deal, by: owner, from: "") else {
      throw Unexpected("refused")
    }
    #expect(added.map(\.id.rawValue) == Array(1...50))
  }

  @Test("What is there and damaged is whole again once the same file is added")
  func heals() throws {
    let document = try site.document(
      site.addDocument("a.pdf", "whole", to: deal, by: owner), of: organisation)
    try Data("wh".utf8).write(to: URL(filePath: site.documents.path(of: document)))
    #expect(try site.documents.look(at: document) == .damaged)
    try site.addDocument("a.pdf", "whole", to: deal, by: owner)
    #expect(try String(contentsOfFile: site.documents.path(of: document), encoding: .utf8) == "whole")
  }

  @Test("What the operator adds has nobody who added it, and is in the trail as the operator’s")
  func trailOfOperator() throws {
    let outcome = try site.documents.receive(1, of: organisation)
    guard case .done(let upload) = outcome else { throw Unexpected("\(outcome)") }
    var rest = [Array("x".utf8)][...]
    _ = try upload.take("a.pdf") { rest.popFirst() }
    #expect(
      try site.documents.add(upload, to: deal, of: organisation)
        == .done([.init(id: DocumentID(rawValue: 1), name: "a.pdf", wasThere: false)]))
    #expect(try site.document(DocumentID(rawValue: 1), of: organisation).addedBy == nil)
    #expect(try events.first?.actor.kind == .operator)
  }

  private func replace(_ id: DocumentID, _ files: (String, String)...) throws -> Documents.AddOutcome {
    try site.documents.replace(id, by: site.upload(files, to: deal, by: owner), by: owner, from: "")
  }

  private func require() throws -> Organisation {
    try site.database.read { try $0.organisations.require(organisation) }
  }

  private var listed: [Document] {
    get throws { try site.database.read { try $0.documents.all(of: deal, of: organisation) } }
  }

  private var removed: [Document] {
    get throws {
      try site.database.read { try $0.documents.removed(of: deal, of: organisation, at: site.clock.now) }
    }
  }

  /// The newest first.
  private var events: [Event] {
    get throws { try site.database.read { try $0.activity.events(of: organisation, limit: 100) } }
  }
}
