import SQLite
import Secrets
import TestSupport
import Testing

@testable import Handover

/// What happens between the look at the role, before a page, and the transaction of its verb.
@Suite("Somebody who is disabled or demoted while a request is on its way")
struct StaleCallerTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let admin: User
  let user: User
  let other: User
  /// An export in each state, and a request to the owner.
  let exports: [Export.Status: ExportID]
  let asked: OwnerRequestID
  /// An import in each state that a button changes.
  let imports: [Import.Status: ImportID]

  init() throws {
    site = try TestSite()
    let site = site
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    admin = try site.addUser("Ana Diaz", .admin, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
    other = try site.addUser("Cy Young", .user, to: organisation, hasPassword: false)
    for member in [owner, admin, user] { _ = try site.open(member) }
    let ids = [Export.Status.queued: "1", .failed: "2", .completed: "3"].mapValues {
      ExportID(rawValue: String(repeating: $0, count: 32))
    }
    exports = ids
    let request = OwnerRequestID(rawValue: String(repeating: "4", count: 32))
    asked = request
    try site.database.write { [organisation, user, owner, other] connection in
      for (status, id) in ids {
        let subject = [.queued: owner, .failed: user, .completed: other][status] ?? user
        try connection.exports.add(
          id, of: organisation.id, .user(subject.id), by: owner.id, at: site.clock.now)
        guard status != .queued else { continue }
        try connection.run(
          """
          UPDATE export SET status = ?1, started_at = 1, ended_at = 2, reason = 'Why',
            completed_at = iif(?1 = 'completed', 2, NULL), expires_at = iif(?1 = 'completed', 9e9, NULL),
            snapshot_at = 1, rows = 1, size = 1, sha256 = zeroblob(32), milliseconds = 1, key_id = 'k'
          WHERE id = ?2
          """, status.rawValue, id)
      }
      try connection.twoSteps.addUnconfirmed([UInt8](repeating: 1, count: 20), for: user, at: site.clock.now)
      try connection.twoSteps.confirm(user, step: 1, at: site.clock.now)
      let completed = try #require(
        try connection.exports.find(
          ExportID(rawValue: String(repeating: "3", count: 32)), of: organisation.id))
      try connection.hands.add(
        HandID(rawValue: request.rawValue), completed, to: other.id, by: owner.id, at: site.clock.now)
      try connection.ownerRequests.add(request, of: other, .user, message: "", at: site.clock.now)
    }
    let states: [Import.Status] = [.uploaded, .ready, .failed, .completed]
    imports = try Dictionary(
      uniqueKeysWithValues: states.map { [owner] in ($0, try site.addImport($0, by: owner)) })
  }

  /// Every verb of the pages that writes in somebody's name.
  enum Verb: CaseIterable {
    case rename, changePassword, signOutEverywhere, ask, makeRecoveryCodes, turnOffTwoStep
    case requestEmail, addUser, addUsers, invite, setRole, disable, signOutUser
    case changeOrganisation, setTold, transferOwnership, requestExport, cancelExport, retryExport,
      revokeExport,
      hand, takeBack, decline, removeTwoStep
    case addImport, compareImport, confirmImport, cancelImport, retryImport, undoImport

    /// Who may.
    var role: Role {
      switch self {
      case .rename, .changePassword, .signOutEverywhere, .ask, .makeRecoveryCodes, .turnOffTwoStep,
        .requestEmail:
        .user
      case .addUser, .addUsers, .invite, .setRole, .disable, .signOutUser: .admin
      default: .owner
      }
    }
  }

  @Test("Whoever is disabled meanwhile changes nothing", arguments: Verb.allCases)
  func disabled(_ verb: Verb) throws {
    try expectNothing(of: verb) { user in
      user.role = user.role == .owner ? .admin : user.role
      user.isActive = false
    }
  }

  @Test(
    "Whoever is demoted meanwhile changes nothing that the new role does not allow",
    arguments: Verb.allCases.filter { $0.role != .user }, [Role.admin, .user])
  func demoted(_ verb: Verb, _ role: Role) throws {
    if verb.role == role { return }
    try expectNothing(of: verb) { $0.role = role }
  }

  @Test("Whoever is still who they were changes something", arguments: Verb.allCases)
  func unchanged(_ verb: Verb) throws {
    let caller = caller(of: verb)
    let session = try site.session(of: caller)
    let before = try contents()
    try run(verb, by: caller, in: session)
    #expect(try contents() != before)
  }

  private func expectNothing(of verb: Verb, after change: (inout User) -> Void) throws {
    let stale = caller(of: verb)
    let session = try site.session(of: stale)
    var now = stale
    change(&now)
    try site.database.write { try $0.users.update(now, at: site.clock.now) }
    let before = try contents()
    try run(verb, by: stale, in: session)
    #expect(try contents() == before)
  }

  private func caller(of verb: Verb) -> User {
    switch verb.role {
    case .owner: owner
    case .admin: admin
    case .user: user
    }
  }

  private func run(_ verb: Verb, by caller: User, in session: Session) throws {
    let (accounts, address) = (site.accounts, "192.0.2.1")
    let browser = Browser(address: address, agent: "")
    switch verb {
    case .rename: _ = try accounts.rename(caller, to: "Somebody Else", from: address)
    case .changePassword:
      _ = try accounts.changePassword(
        of: session, current: TestSite.password, to: "another long password", from: browser)
    case .signOutEverywhere: try accounts.signOutEverywhere(caller, from: address)
    case .ask: _ = try site.exports.ask("Please", by: caller, from: address)
    case .makeRecoveryCodes: _ = try accounts.makeRecoveryCodes(of: caller, from: address)
    case .turnOffTwoStep: try accounts.turnOffTwoStep(of: caller, from: address)
    case .removeTwoStep: _ = try accounts.removeTwoStep(of: user.id, by: caller, from: address)
    case .addUser:
      _ = try accounts.addUser(
        name: "New One", email: "new@example.com", role: .user, by: caller, from: address)
    case .addUsers:
      _ = try accounts.addUsers(
        InvitationList("new@example.com"), role: .user, by: caller, from: address)
    case .invite: _ = try accounts.invite(other.id, by: caller, from: address)
    case .setRole: _ = try accounts.setRole(.admin, of: other.id, by: caller, from: address)
    case .signOutUser: _ = try accounts.signOut(user.id, by: caller, from: address)
    case .requestEmail: _ = try accounts.requestEmail("new@example.com", by: caller, from: address)
    case .disable: _ = try accounts.setActive(false, of: other.id, by: caller, from: address)
    case .changeOrganisation:
      _ = try accounts.changeOrganisation(
        name: "Mine", timeZone: "UTC", twoStep: .optional, by: caller, from: address)
    case .setTold: _ = try accounts.setTold(.admins, by: caller, from: address)
    case .transferOwnership:
      _ = try accounts.transferOwnership(to: user.id, by: caller, from: address)
    case .requestExport: _ = try site.exports.request(.organisation, by: caller, from: address)
    case .cancelExport: _ = try site.exports.cancel(export(.queued), by: caller, from: address)
    case .retryExport: _ = try site.exports.retry(export(.failed), by: caller, from: address)
    case .revokeExport: _ = try site.exports.revoke(export(.completed), by: caller, from: address)
    case .hand: _ = try site.exports.hand(export(.completed), to: user.id, by: caller, from: address)
    case .takeBack:
      _ = try site.exports.takeBack(export(.completed), from: other.id, by: caller, from: address)
    case .addImport:
      guard case .done(let upload) = try site.imports.upload(1, by: caller) else { return }
      var content = [[UInt8(1)]][...]
      _ = try upload.take("a.csv") { content.popFirst() }
      _ = try site.imports.add(upload, by: caller, from: address)
    case .compareImport:
      _ = try site.imports.compare(imported(.uploaded), ImportChoice(), by: caller, from: address)
    case .confirmImport: _ = try site.imports.confirm(imported(.ready), by: caller, from: address)
    case .cancelImport: _ = try site.imports.cancel(imported(.ready), by: caller, from: address)
    case .retryImport: _ = try site.imports.retry(imported(.failed), by: caller, from: address)
    case .undoImport: _ = try site.imports.undo(imported(.completed), by: caller, from: address)
    case .decline: _ = try site.exports.decline(asked, reply: "", by: caller, from: address)
    }
  }

  private func export(_ status: Export.Status) throws -> ExportID { try #require(exports[status]) }

  private func imported(_ status: Import.Status) throws -> ImportID { try #require(imports[status]) }

  /// All rows, but those of the audit trail and of the throttle.
  private func contents() throws -> [String] {
    try site.database.read { connection in
      let tables = try connection.all(
        """
        SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('activity', 'attempt') ORDER BY name
        """
      ) { try $0["name"] as String }
      return try tables.flatMap { table in
        var rows: [String] = []
        var statement = try connection.prepare("SELECT * FROM \"\(table)\"")
        while try statement.step() {
          let cells = (0..<statement.columnCount).map { column in
            switch statement.cell(at: column) {
            case .integer(let value): String(value)
            case .real(let value): String(value)
            case .text(let bytes), .blob(let bytes):
              hex(unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) })
            case .null: "-"
            }
          }
          rows.append("\(table): \(cells.joined(separator: " "))")
        }
        return rows.sorted()
      }
    }
  }
}
