import Foundation
import System
import TestSupport

/// What must hold when all is quiet: looked at in the database, the folders and the mails, as an operator could.
struct LastLook {
  let site: SoakSite
  let soak: Soak
  /// What there was.
  let weather: [Weather]
  private var judge: Judge { soak.judge }

  /// Beside a running server: all that was asked for has ended, and all mails are out.
  func whileRunning() throws {
    let open = """
      SELECT (SELECT count(*) FROM export WHERE ended_at IS NULL)
        + (SELECT count(*) FROM letter WHERE sent_at IS NULL AND given_up_at IS NULL)
      """
    try eventually(
      "all is done: \(try site.site.rows("SELECT * FROM export WHERE ended_at IS NULL"))",
      within: .seconds(240)
    ) {
      try site.site.count(open) == 0
    }
    for office in soak.offices { try look(at: office) }
    let reasons = try site.site.rows("SELECT DISTINCT reason FROM export WHERE status = 'failed'")
    expect(Set(reasons).subtracting(weather.compactMap(\.reason)), [], "why exports failed")
    try lookAtProcess()
  }

  private func look(at office: Office) throws {
    let rows = try site.site.rows("SELECT id, status FROM export WHERE organisation_id = \(office.number)")
    let there = Dictionary(
      uniqueKeysWithValues: rows.map { ($0.prefix(32).description, $0.dropFirst(33).description) })
    let stories = office.stories
    expect(
      Set(there.keys), Set(stories.filter { $0.scope != nil }.map(\.id)), "the exports of \(office.marker)")
    let window = Window(from: .now, to: .now)
    for story in stories {
      guard let status = there[story.id], let state = Story.State(rawValue: status),
        story.allows(state, in: window), !state.isOpen
      else {
        judge.complain(
          "\(story.id) is \(there[story.id] ?? "lost") at the end, after it was \(story.state())")
        continue
      }
    }
    try lookAtPages(of: office, there)
    let receipts = try receipts(of: office)
    for story in stories where !(story.fewestReceipts...story.mostReceipts ~= receipts[story.id, default: 0])
    {
      judge.complain(
        "\(story.id) has \(receipts[story.id, default: 0]) receipts of \(story.fewestReceipts) to \(story.mostReceipts)"
      )
    }
    try lookAtHands(of: office)
    let ledger = try site.site.handover("ledger", "--organisation", "\(office.number)")
    expect(ledger.error, "", "the ledger of \(office.marker)")
    let owners = try site.site.rows(
      "SELECT id FROM user WHERE organisation_id = \(office.number) AND role = 'owner'")
    expect(
      owners, office.people.filter { $0.role == .owner }.map { $0.id.dropFirst(2).description }, "the owner")
    for member in office.people {
      let row = try site.site.rows(
        "SELECT role, active FROM user WHERE organisation_id = \(office.number) AND id = \(member.id.dropFirst(2))"
      )
      expect(row, ["\(member.role)|\(member.isActive ? 1 : 0)"], member.email)
    }
  }

  /// What is in somebody's hands may be there, once, and with one mail.
  private func lookAtHands(of office: Office) throws {
    let wrong = try site.site.rows(
      """
      SELECT hand.id FROM export_hand AS hand JOIN export ON export.id = export_id
      JOIN user ON user.organisation_id = hand.organisation_id AND user.id = hand.user_id
      WHERE hand.organisation_id = \(office.number) AND (export.organisation_id <> hand.organisation_id
        OR hand.ended_at IS NULL AND status = 'completed' AND (NOT active OR role = 'owner'))
      """)
    expect(wrong, [], "hands in which no export may be")
    let counts = try site.site.rows(
      """
      SELECT (SELECT count(*) FROM export_hand WHERE organisation_id = \(office.number))
        - (SELECT count(*) FROM letter WHERE organisation_id = \(office.number) AND kind = 'export_handed')
      """)
    expect(counts, ["0"], "hands without a mail")
  }

  private func receipts(of office: Office) throws -> [String: Int] {
    let rows = try site.site.rows(
      """
      SELECT subject, sum(times) FROM activity
      WHERE organisation_id = \(office.number) AND what = 'export.downloaded' GROUP BY subject
      """)
    return Dictionary(
      uniqueKeysWithValues: rows.map { ($0.prefix(32).description, Int($0.dropFirst(33)) ?? 0) })
  }

  /// Its owner finds each export on the pages, in the state of its row.
  private func lookAtPages(of office: Office, _ there: [String: String]) throws {
    guard let owner = office.people.first(where: { $0.role == .owner }) else {
      return judge.complain("\(office.marker) has no owner")
    }
    let client = site.site.client()
    client.source = owner.source
    try client.signIn(owner.email, owner.password)
    var shown: [String: String] = [:]
    for page in 1...max(1, there.count / 20 + 2) {
      let answer = try client.get("/settings/export?page=\(page)")
      for export in ShownExport.all(in: answer.body) {
        shown[export.id] = export.state.rawValue
        guard export.state == .completed else { continue }
        let sum = office.story(export.id)?.sha256
        if sum != nil, sum != export.sha256 { judge.complain("the page of \(export.id) has another SHA-256") }
      }
    }
    expect(shown, there, "the pages of \(office.marker)")
  }

  /// Neither descriptors nor memory grow, and no thread or program is left over.
  private func lookAtProcess() throws {
    guard let server = site.site.server else { return }
    let folder = "/proc/\(server.pid)"
    let descriptors = try FileManager.default.contentsOfDirectory(atPath: folder + "/fd").count
    let status = try String(contentsOfFile: folder + "/status", encoding: .utf8)
    let memory = status.firstMatch(of: /VmRSS:\s+([0-9]+)/).flatMap { Int($0.1) } ?? .max
    let peak = status.firstMatch(of: /VmHWM:\s+([0-9]+)/).flatMap { Int($0.1) } ?? .max
    print("soak: \(descriptors) descriptors, \(memory / 1_024) MiB of memory, at most \(peak / 1_024)")
    if descriptors > Self.mostDescriptors { judge.complain("\(descriptors) descriptors are open") }
    // A sanitizer takes several times as much.
    if Checkout.isRelease, memory > Self.mostMemory { judge.complain("\(memory) KiB of memory are in use") }
  }

  /// Readers of the database, the socket, the log, and what a few mails may have open.
  private static let mostDescriptors = 80
  /// KiB. Two passwords that are hashed take 128 MiB, which go back to the system.
  private static let mostMemory = 160 * 1_024

  /// After the stop.
  func afterStop() throws {
    expect(try site.site.rows("PRAGMA integrity_check"), ["ok"], "the database")
    expect(try site.site.rows("PRAGMA foreign_key_check"), [], "the database's references")
    let completed = try site.site.rows("SELECT id FROM export WHERE status = 'completed'")
    expect(try site.site.exportFiles(), completed.map { "\($0).zip" }.sorted(), "the folder of exports")
    let names = try FileManager.default.contentsOfDirectory(atPath: site.site.data.path)
    expect(Set(names).subtracting(Self.ofFolder), [], "what else is in the data folder")
    try lookForOrphans()
    try lookAtMails()
  }

  private static let ofFolder: Set<String> = [
    "documents", "imports", "handover.sqlite", "handover.sqlite-wal", "handover.sqlite-shm", "operation",
    "exports", "keys", "write.lock", "server.lock", "nginx", "assets", "mail", "handover.sock",
  ]

  private func lookForOrphans() throws {
    let own = site.site.data.path
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(name) != nil {
      guard let environment = try? Data(contentsOf: URL(filePath: "/proc/\(name)/environ")),
        Array(environment).holds("HANDOVER_DATA=\(own)\0"),
        let command = try? String(contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8)
      else { continue }
      judge.complain("process \(name) is left over: \(command.replacing("\0", with: " "))")
    }
  }

  private func lookAtMails() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: site.mails.path)
    var bodies: [String: [UInt8]] = [:]
    var twice = 0
    for file in files where file.hasPrefix("mail.") {
      let mail = try String(contentsOf: site.mails.appending(path: file), encoding: .utf8)
      // Quoted-printable ends a line wherever it is too long.
      let body = Array(mail.replacing("=\r\n", with: "").replacing("=\n", with: "").utf8)
      guard let id = body.texts(between: "Message-ID: <", and: ">").first else {
        judge.complain("a mail without a Message-ID: \(file)")
        continue
      }
      if let other = bodies[id], other != body { judge.complain("two mails are called \(id)") }
      if bodies.updateValue(body, forKey: id) != nil { twice += 1 }
    }
    expect(
      Set(bodies.keys), Set(try site.site.rows("SELECT message_id FROM letter WHERE sent_at IS NOT NULL")),
      "the mails")
    print("soak: \(bodies.count) mails, \(twice) of them sent twice")
    for body in bodies.values {
      let owners = soak.offices.filter { body.holds($0.marker) }
      if owners.count > 1 { judge.complain("a mail names \(owners.map(\.marker))") }
    }
    let completed = try site.site.rows("SELECT subject FROM activity WHERE what = 'export.completed'")
    expect(Set(completed).count, completed.count, "exports that were completed twice")
    let told = bodies.values
      .filter { $0.holds("SHA-256 of the ZIP:") && !$0.holds("has handed you an export") }
      .flatMap { Set($0.texts(between: "/exports/", and: "/download")) }
    expect(told.sorted(), completed.sorted(), "the mails of completed exports")
    for office in soak.offices {
      for (email, isSure) in office.with({ $0.invited }) where isSure {
        let count = bodies.values.count {
          $0.holds("To: ") && $0.holds("<\(email)>") && $0.holds("Choose a password:")
        }
        if count != 1 { judge.complain("\(count) mails invite \(email)") }
      }
    }
  }

  private func expect<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) {
    if found != expected {
      judge.complain(
        "\(what): \(String("\(found)".prefix(600))) and not \(String("\(expected)".prefix(600)))")
    }
  }
}
