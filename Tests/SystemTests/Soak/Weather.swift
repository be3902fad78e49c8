import Foundation
import TestSupport
import Testing

/// A bad moment: what is done to the server while everybody works on, and which answers that excuses. Each is a value in
/// `all`.
struct Weather: Sendable {
  let name: String
  let tolerance: Tolerance
  /// The reason with which an export may end as failed that had all its tries in this weather.
  var reason: String?
  /// Begins and ends it. Returns when the site is well again.
  let pass: @Sendable (SoakSite, Soak, inout SeededGenerator) throws -> Void

  /// What comes in each round, in an order of the seed's.
  static let all = [
    kill, stop, rotation, backup, slowDisk, fullDisk, stuckLog, exportsAway, hangingMail,
  ]

  /// What `/health` says while something is wrong that pages get over.
  private static let unwell: Set<Come> = [.status(503)]

  static let kill = Weather(
    name: "kill", tolerance: .away, reason: "The server was interrupted while the export was being made."
  ) { site, _, _ in
    site.site.server?.kill()
    try site.startServer()
    try site.site.waitForHealth()
  }

  static let stop = Weather(name: "stop", tolerance: .away) { site, _, _ in
    guard let status = try site.site.server?.stop(within: .seconds(20)), status == 0 else {
      throw HarnessError("the stop was no clean one")
    }
    try site.startServer()
    try site.site.waitForHealth()
  }

  static let rotation = Weather(name: "rotation", tolerance: .none) { site, _, _ in
    let rotated = try site.site.handover("keys", "rotate")
    guard rotated.succeeded else { throw HarnessError("keys rotate: \(rotated.error)") }
  }

  static let backup = Weather(name: "backup", tolerance: .none) { site, soak, _ in
    let folder = try TemporaryFolder()
    let file = folder.appending("copy.sqlite").path
    let made = try site.site.handover("backup", file)
    guard made.succeeded else { throw HarnessError("backup: \(made.error)") }
    for (question, answer) in [("PRAGMA integrity_check", "ok"), ("PRAGMA foreign_key_check", "")] {
      let result = try Tool.run("sqlite3", ["-readonly", file, question])
      guard result.output.trimmingCharacters(in: .newlines) == answer else {
        throw HarnessError("the backup: \(question): \(result)")
      }
    }
    for office in soak.offices {
      let question = """
        SELECT count(*) FROM deal
        WHERE edition_id = (SELECT edition_id FROM organisation WHERE id = \(office.number))
        """
      let deals = try Tool.run("sqlite3", ["-readonly", file, question])
      guard deals.output == "\(office.records.deals)\n" else {
        throw HarnessError("the backup has \(deals.output) deals of \(office.marker)")
      }
    }
  }

  /// Each fdatasync takes this much longer. A change that can't begin in its time is refused, and says so.
  static let slowDisk = Weather(
    name: "slow disk", tolerance: Tolerance(changing: [.status(503)], health: unwell)
  ) { site, _, random in
    let delay = [20_000, 100_000, 400_000].randomElement(using: &random) ?? 0
    let trace = try Strace(site.site.server, "fdatasync", "delay_enter=\(delay)")
    wait(.random(in: 2...4, using: &random))
    trace.detach()
    try site.site.waitForHealth()
  }

  /// What can't be written is refused. What is there is read and downloaded.
  static let fullDisk = Weather(
    name: "full disk", tolerance: Tolerance(changing: [.status(503)], health: unwell),
    reason: "There is not enough space on the server."
  ) { site, _, random in
    guard let disk = site.disk else { return }
    try disk.fill()
    wait(.random(in: 2...4, using: &random))
    try disk.empty()
    try site.site.waitForHealth()
  }

  static let stuckLog = Weather(name: "stuck log", tolerance: Tolerance(health: unwell)) { site, _, random in
    site.stopReading()
    wait(.random(in: 3...6, using: &random))
    site.readOn()
    try site.site.waitForHealth()
  }

  /// A link is good again when the folder is back, which the server sees within a second or two.
  static let exportsAway = Weather(
    name: "exports away", tolerance: Tolerance(downloading: [.status(503)], health: unwell)
  ) { site, _, random in
    let folder = site.site.data.appending(path: "exports")
    let away = site.site.data.appending(path: "exports.away")
    try FileManager.default.moveItem(at: folder, to: away)
    wait(.random(in: 2...5, using: &random))
    try FileManager.default.moveItem(at: away, to: folder)
    wait(2)
    try site.site.waitForHealth()
  }

  static let hangingMail = Weather(name: "hanging mail", tolerance: .none) { site, _, random in
    try Data().write(to: site.hanging)
    wait(.random(in: 2...5, using: &random))
    try FileManager.default.removeItem(at: site.hanging)
  }

  /// How long it lasts: here time is what is tried.
  static func wait(_ seconds: Double) { usleep(UInt32(seconds * 1_000_000)) }
}

extension Double {
  fileprivate static func random(in range: ClosedRange<Int>, using random: inout SeededGenerator) -> Double {
    Double.random(in: Double(range.lowerBound)...Double(range.upperBound), using: &random)
  }
}

/// The weather of a soak: rounds of all kinds, with calm between.
struct Climate {
  private let kinds: [Weather]
  private var random: SeededGenerator

  init(_ kinds: [Weather], seed: UInt64) {
    self.kinds = kinds
    random = SeededGenerator(seed: seed)
  }

  /// - Throws: where a kind of weather could not be made, or its site did not get well.
  mutating func pass(over site: SoakSite, _ soak: Soak, until end: ContinuousClock.Instant) throws {
    while ContinuousClock.now < end, !soak.isOver {
      for weather in kinds.shuffled(using: &random) {
        Weather.wait(.random(in: 2...4, using: &random))
        if ContinuousClock.now >= end || soak.isOver { return }
        soak.judge.warn(of: weather.name, weather.tolerance)
        try weather.pass(site, soak, &random)
        soak.judge.clear()
      }
      if kinds.isEmpty { Weather.wait(0.2) }
    }
  }
}
