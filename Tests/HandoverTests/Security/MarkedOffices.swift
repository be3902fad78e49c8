import Foundation
import HTTP
import SQLite
import Testing

@testable import Handover

/// Two organisations on one server, each with one of everything. Every text holds its organisation's mark; an
/// answer that shows it to the other organisation is a leak.
struct MarkedOffices {
  let site: TestSite
  let first: Office
  let second: Office

  struct Office {
    let mark: String
    let organisation: Organisation
    let owner: User
    let admin: User
    let user: User
    /// Disabled; was a user.
    let leaver: User
    /// A completed export of the entire organisation, and its link.
    let export: ExportID
    let link: String
    /// A queued export, of the user alone.
    let queued: ExportID
    /// What the user has asked the owner for.
    let request: OwnerRequestID
    /// Waits for Confirm.
    let imported: ImportID

    func person(_ actor: String) -> User? {
      ["owner": owner, "admin": admin, "user": user, "disabled": leaver][actor]
    }
  }

  init() throws {
    site = try TestSite()
    // The first has more users, so that some of their ids are unused in the second.
    first = try site.openOffice(mark: "CANARY-A", extras: 3)
    second = try site.openOffice(mark: "CANARY-B", extras: 0)
  }
}

extension TestSite {
  /// An organisation with its people, a completed export, a queued one, and a request.
  func openOffice(mark: String, extras: Int = 0) throws -> MarkedOffices.Office {
    let organisation = try addOrganisation("\(mark) Finance")
    let owner = try addUser("\(mark) Owner", .owner, to: organisation)
    let admin = try addUser("\(mark) Admin", .admin, to: organisation)
    let user = try addUser("\(mark) User", .user, to: organisation)
    let leaver = try addUser("\(mark) Leaver", .user, to: organisation, isActive: false)
    for number in 0..<extras { _ = try addUser("\(mark) Extra \(number)", .user, to: organisation) }
    try open(user).post("/settings/export/ask", ["message": "\(mark) message"])
    let export = try completedExport(by: owner)
    let queued = try request(.user(user.id), by: owner)
    let request: OwnerRequestID? = try database.read {
      try $0.value("SELECT id FROM owner_request WHERE organisation_id = ?", organisation.id)
    }
    return MarkedOffices.Office(
      mark: mark, organisation: organisation, owner: owner, admin: admin, user: user, leaver: leaver,
      export: export, link: try link(of: export, organisation), queued: queued,
      request: try #require(request),
      imported: try addImport(.ready, by: owner, ["\(mark).csv": "\(mark)\r\n", "b.csv": "\(mark)\r\n"]))
  }

  func request(_ scope: Scope, by owner: User) throws -> ExportID {
    guard case .done(let id) = try exports.request(scope, by: owner, from: "192.0.2.1") else {
      throw Unexpected("refused")
    }
    return id
  }

  /// An export that is completed, with a file of five bytes.
  func completedExport(_ scope: Scope = .organisation, by owner: User) throws -> ExportID {
    let id = try request(scope, by: owner)
    while let job = try exports.takeNext() {
      let archive = try makeArchive(job, in: exports.folder, now: clock.now, database)
      let isCompleted = try exports.complete(job, archive, after: .seconds(2))
      #expect(isCompleted)
      if job.export.id == id { return id }
    }
    throw Unexpected("never taken")
  }

  /// The link as the owner's page and mail have it.
  func link(of id: ExportID, _ organisation: Organisation) throws -> String {
    let export = try #require(try database.read { try $0.exports.find(id, of: organisation.id) })
    return try #require(try exports.links().link(of: export)?.target)
  }

  /// Everything that the database holds of the organisation, a line for each row, and its files.
  func holdings(of organisation: Organisation) throws -> [String] {
    try database.read { connection in
      let tables = try connection.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
      ) { try $0["name"] as String }
      var rows: [String] = []
      for table in tables {
        let columns = try connection.all("SELECT name FROM pragma_table_info('\(table)')") {
          try $0["name"] as String
        }
        let key =
          table == "organisation" ? "id" : columns.contains("edition_id") ? "edition_id" : "organisation_id"
        guard columns.contains(key) else { continue }
        let value = key == "edition_id" ? "(SELECT edition_id FROM organisation WHERE id = ?)" : "?"
        let row = columns.map { "quote(\"\($0)\")" }.joined(separator: " || '|' || ")
        rows += try connection.all(
          "SELECT '\(table) ' || \(row) AS row FROM \"\(table)\" WHERE \(key) = \(value) ORDER BY 1",
          organisation.id
        ) { try $0["row"] as String }
      }
      return rows
    }
  }
}

extension Page {
  /// Whether the answer, headers included, shows the text in upper or lower case.
  func shows(_ text: String) -> Bool {
    let headers = response.headers.fields.map { "\($0.name.text): \($0.value)" }.joined(separator: "\n")
    return (headers + "\n" + self.text).lowercased().contains(text.lowercased())
  }
}
