import Foundation
import SQLite
import Testing

@testable import Handover

extension TestSite {
  /// An import whose files are there, in a state that a worker would have brought it into.
  func addImport(
    _ status: Import.Status = .uploaded, by owner: User, _ files: [String: String] = TestSite.files
  ) throws -> ImportID {
    guard case .done(let upload) = try imports.upload(100, by: owner) else { throw Unexpected("no upload") }
    for (name, content) in files.sorted(by: { $0.key < $1.key }) {
      var rest = [Array(content.utf8)][...]
      #expect(try upload.take(name) { rest.popFirst() })
    }
    guard case .done(let id) = try imports.add(upload, by: owner, from: "192.0.2.1") else {
      throw Unexpected("not added")
    }
    try bring(id, to: status)
    return id
  }

  /// Files as an export has them. Two of them are a folder.
  static let files = [
    "Deals.csv": "deal_id,deal_name\r\nD-1,First home\r\n",
    "Contacts.csv": "contact_id,full_name\r\nC-1,Mei\r\n",
  ]

  /// As a comparison reports.
  static let report = """
    {"files":[{"table":"Deals","rows":1203,"added":12,"changed":3,"gone":2},
      {"table":"Contacts","rows":1,"added":1,"changed":0,"gone":0}],
    "linksFromLists":4,"usersMade":1,"usersMatched":2,
    "notes":[{"file":"deals.csv","column":"team","message":"it is not imported"}],"furtherNotes":7}
    """

  func bring(_ id: ImportID, to status: Import.Status, reason: String? = nil, problems: String? = nil) throws
  {
    if status == .uploaded { return }
    if status == .completed {
      try Data("difference".utf8).write(to: URL(filePath: imports.folder.difference(of: id)))
    }
    let isEnded = ![.queued, .processing, .ready].contains(status)
    let step: Import.Step =
      switch status {
      case .completed: .apply
      case .undone: .undo
      default: .compare
      }
    _ = try database.write {
      try $0.run(
        """
        UPDATE import SET status = ?2, step = ?3, report = ?4, ended_at = ?5, reason = ?6, problems = ?7,
          started_at = ?8, attempt = 1, can_undo = ?9, applied_at = ?10, undone_at = ?11 WHERE id = ?1
        """, id, status.rawValue, step.rawValue, status == .failed ? nil : Self.report,
        isEnded ? clock.now : nil, status == .failed ? reason ?? "Why." : nil, problems, clock.now,
        status == .completed, [.completed, .undone].contains(status) ? clock.now : nil,
        status == .undone ? clock.now : nil)
    }
  }
}
