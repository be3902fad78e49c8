import Foundation
import HTTP
import TestSupport
import Testing

@testable import Handover

/// Every actor on every route: AccessMatrix.csv has a row for each route, with the form to post and the
/// status for each actor. The ids in the paths belong to the first organisation; the stranger owns a second
/// one.
@Suite("Access")
struct AccessTests {
  @Test("Every route has one row of the matrix, and every row a route")
  func complete() throws {
    #expect(try Row.all().map(\.route) == Route.allCases.map(\.rawValue))
  }

  @Test("The matrix holds, and nothing of it is kept by a cache", arguments: try Row.all())
  func matrix(_ row: Row) throws {
    // What only reads changes nothing for the next one.
    let shared = row.isPost ? nil : try TwoOffices()
    for (actor, expected) in row.expected {
      let page = try (shared ?? TwoOffices()).ask(row, as: actor)
      #expect(page.status == expected, "\(row.route) as \(actor)")
      #expect(page["Cache-Control"]?.contains("no-store") == true, "\(row.route) as \(actor)")
      if actor == "nobody" || actor == "disabled", expected == 303, row.route != "GET /" {
        #expect(page.location?.hasPrefix("/login") == true, "\(row.route) as \(actor)")
      }
    }
  }

  @Test("Without the token of the form no POST does anything", arguments: try Row.all().filter(\.isPost))
  func token(_ row: Row) throws {
    let office = try TwoOffices()
    for token in ["", "wrong", csrfToken(for: "another session", under: [UInt8](repeating: 7, count: 32))] {
      #expect(try office.ask(row, as: "owner", csrf: token).status == 403)
    }
  }

  @Test("A form of another site is refused", arguments: try Row.all().filter(\.isPost))
  func origin(_ row: Row) throws {
    let office = try TwoOffices()
    for header: KeyValuePairs<Headers.Name, String> in [
      ["Origin": "http://evil.example"], ["Origin": "http://localhost:8081"],
      ["Origin": "https://localhost:8080"],
      ["Origin": "http://localhost:8080.evil.example"], ["Sec-Fetch-Site": "cross-site"],
      ["Sec-Fetch-Site": "same-site"], ["Origin": "http://localhost:8080", "Sec-Fetch-Site": "cross-site"],
    ] {
      #expect(try office.ask(row, as: "owner", headers: header).status == 403)
    }
  }

  @Test("What browsers leave out, or say of the site itself, is allowed")
  func ownOrigin() throws {
    let row = try #require(try Row.all().first { $0.route == "POST /settings" })
    for header: KeyValuePairs<Headers.Name, String> in [
      [:], ["Origin": "null"], ["Origin": "http://localhost:8080"], ["Sec-Fetch-Site": "same-origin"],
      ["Origin": "null", "Sec-Fetch-Site": "same-origin"], ["Sec-Fetch-Site": "none"],
    ] {
      #expect(try Row.ask(row, as: "owner", headers: header).status == 303)
    }
  }

  @Test(
    "What is another organisation's gets the same bytes as what isn't there",
    arguments: try Row.all().filter(\.hasID))
  func sameBytes(_ row: Row) throws {
    let office = try TwoOffices()
    let browser = try office.signedIn("stranger")
    let method = row.isPost ? Method.post : .get
    let form = row.form + "&csrf_token=" + (browser.csrfToken ?? "")
    let foreign = browser.send(method, try office.path(of: row), body: row.isPost ? form : "")
    let unknown = browser.send(method, office.unknownPath(of: row), body: row.isPost ? form : "")
    #expect(foreign.status == 404)
    #expect(foreign.response.body == unknown.response.body)
    #expect(foreign.response.headers == unknown.response.headers)
  }
}

/// A row of AccessMatrix.csv.
struct Row: Sendable, CustomTestStringConvertible {
  let route: String
  let form: String
  let expected: [(actor: String, status: Int)]

  var isPost: Bool { route.hasPrefix("POST") }
  var hasID: Bool { route.contains("{id}") }
  var testDescription: String { route }

  static func all() throws -> [Row] {
    let text = try String(
      contentsOfFile: Repository.path + "/Tests/HandoverTests/Pages/AccessMatrix.csv", encoding: .utf8)
    let lines = text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let actors = lines[0].dropFirst(2)
    return lines.dropFirst().map { cells in
      Row(
        route: cells[0], form: cells[1], expected: zip(actors, cells.dropFirst(2)).map { ($0, Int($1) ?? 0) })
    }
  }

  /// Sends the request to a fresh site, so that no answer depends on another.
  static func ask(
    _ row: Row, as actor: String, csrf: String? = nil, headers: KeyValuePairs<Headers.Name, String> = [:],
    after wait: Duration = .zero
  ) throws -> Page {
    try TwoOffices().ask(row, as: actor, csrf: csrf, headers: headers, after: wait)
  }
}

/// Two organisations with one of everything.
private struct TwoOffices {
  let site: TestSite
  let users: [String: User]
  let export: ExportID
  let request: OwnerRequestID
  /// One that waits for Confirm.
  let imported: ImportID
  /// Of a deal that is nobody's.
  let document: DocumentID
  /// One of the owner's.
  let session: SessionID

  init() throws {
    site = try TestSite()
    let organisation = try site.addOrganisation()
    let owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    let admin = try site.addUser("Ana Diaz", .admin, to: organisation)
    let user = try site.addUser("Ben Cole", .user, to: organisation)
    let asked = try site.addUser("Cleo Asks", .user, to: organisation)
    let stranger = try site.addUser("Olga Else", .owner, to: site.addOrganisation("Other TwoOffices"))
    users = ["owner": owner, "admin": admin, "user": user, "stranger": stranger, "disabled": asked]
    let browser = try site.open(owner)
    browser.post("/settings/export", ["scope": "organisation"])
    try site.open(asked).post("/settings/export/ask", ["message": "Mine, please"])
    let ids = try site.database.read { connection in
      (
        try connection.value("SELECT id FROM export") as ExportID?,
        try connection.value("SELECT id FROM owner_request") as OwnerRequestID?,
        try connection.value(
          "SELECT id FROM session WHERE organisation_id = ? AND user_id = ?", organisation.id, owner.id)
          as SessionID?
      )
    }
    export = try #require(ids.0)
    request = try #require(ids.1)
    session = try #require(ids.2)
    imported = try site.addImport(.ready, by: owner)
    let deal = try site.addDeal(12, to: organisation.id)
    document = try site.addDocument("Payslip.pdf", "pay", to: deal, by: owner)
  }

  func signedIn(_ actor: String) throws -> TestBrowser {
    guard let user = users[actor] else {
      let browser = site.browser()
      browser.get("/login")
      return browser
    }
    let browser = try site.open(user)
    if actor == "disabled" {
      var user = user
      user.isActive = false
      try site.database.write { try $0.users.update(user, at: site.clock.now) }
      browser.get("/login")
    }
    return browser
  }

  func ask(
    _ row: Row, as actor: String, csrf: String? = nil, headers: KeyValuePairs<Headers.Name, String> = [:],
    after wait: Duration = .zero
  ) throws -> Page {
    let browser = try signedIn(actor)
    site.clock.move(by: wait)
    browser.headers = headers
    let path = try path(of: row)
    guard row.isPost else { return browser.get(path) }
    let token = csrf ?? browser.csrfToken ?? ""
    return browser.send(.post, path, body: row.form + "&" + Form(["csrf_token": token]).encoded)
  }

  func path(of row: Row) throws -> String {
    let id =
      switch row.kind {
      case .user: "U-3"
      case .export: export.rawValue
      case .request: request.rawValue
      case .session: session.rawValue
      case .import: imported.rawValue
      case .deal: "D-12"
      case .document: document.description
      }
    return row.template.replacing("{id}", with: id)
  }

  func unknownPath(of row: Row) -> String {
    let unknown =
      switch row.kind {
      case .user: "U-99"
      case .deal: "D-99"
      case .document: "F-99"
      default: String(repeating: "0", count: 32)
      }
    return row.template.replacing("{id}", with: unknown)
  }
}

extension Row {
  fileprivate enum Kind {
    case user
    case export
    case request
    case session
    case `import`
    case deal
    case document
  }

  fileprivate var template: String { String(route.split(separator: " ")[1]) }

  fileprivate var kind: Kind {
    if route.contains("/users/") { return .user }
    if route.contains("/sessions/") { return .session }
    if route.contains("/import/") { return .import }
    if route.contains("/deals/") { return .deal }
    if route.contains("/documents/") { return .document }
    return route.contains("/ask/") ? .request : .export
  }
}
