import SQLite
import Secrets

/// What the ledger of an organisation says, and what is wrong with it. `handover ledger` prints it.
///
/// Each entry is computed again from its text, from the one before it, and from the row of its export. Who can write the
/// database can also make a chain that is sound in itself: only the heads that owners have by e-mail tell that from the
/// true one.
package struct LedgerCheck: Sendable, Encodable {
  package struct Entry: Sendable, Encodable {
    package let number: Int
    /// `2026-05-02T09:30:00Z`.
    package let entered: String
    package let export: String
    /// Nil where its text can't be read; as are `snapshot` and `rows`.
    package let scope: String?
    package let snapshot: String?
    package let rows: Int?
    package let head: String
    /// Of the ZIP.
    package let sha256: String
    package let seal: String
  }

  package struct Problem: Sendable, Equatable, Encodable, CustomStringConvertible {
    /// Of the entry; nil where it is of none.
    package let number: Int?
    package let message: String

    package var description: String { (number.map { "entry \($0): " } ?? "") + message }
  }

  /// Of the report for programs, which Documentation/Operations.md describes.
  let version = 1
  let organisation: Int64
  package private(set) var entries: [Entry] = []
  /// How many exports were completed before there was a ledger, and are not in it.
  package private(set) var exportsBefore = 0
  package private(set) var problems: [Problem] = []
}

extension LedgerCheck {
  init(of organisation: OrganisationID, _ connection: Connection) throws {
    self.organisation = organisation.rawValue
    let table = connection.ledger
    var last: LedgerRow?
    for row in try table.rows(of: organisation) {
      let entry = LedgerEntry(text: row.text)
      entries.append(Entry(row, entry))
      miss(between: last?.number ?? 0, and: row.number)
      check(row, entry, after: last)
      try check(row, entry, against: connection.exports.find(row.export, of: organisation))
      last = row
    }
    let counted = try table.count(of: organisation)
    miss(between: last?.number ?? 0, and: counted + 1)
    if let last, last.number > counted {
      add(nil, "the organisation counts \(counted) entries, but there is an entry \(last.number)")
    }
    try checkUnentered(table, of: organisation)
  }

  private mutating func miss(between last: Int, and next: Int) {
    guard last + 1 < next else { return }
    add(last + 1, "is missing" + (last + 2 == next ? "" : ", and so are all up to entry \(next - 1)"))
  }

  private mutating func check(
    _ row: LedgerRow, _ entry: LedgerEntry?, after last: LedgerRow?
  ) {
    if hex(SHA256.hash(Array(row.text.utf8))) != row.head {
      add(row.number, "its head is not the SHA-256 of its text")
    }
    if LedgerEntry.seal(head: row.head, sha256: row.sha256) != row.seal {
      add(row.number, "its seal is not that of its head and its ZIP")
    }
    guard let entry else { return add(row.number, "its text is not that of an entry") }
    if entry.organisation != organisation || entry.number != row.number {
      add(row.number, "its text is of entry \(entry.number) of organisation \(entry.organisation)")
    }
    if entry.export != row.export.rawValue {
      add(row.number, "its text is of another export, \(entry.export)")
    }
    // Behind a gap nobody knows what was there.
    guard row.number == (last?.number ?? 0) + 1 else { return }
    if entry.previous != last?.head ?? LedgerEntry.none {
      add(row.number, "it follows another head than that before it")
    }
    if entry.previousSeal != last?.seal ?? LedgerEntry.none {
      add(row.number, "it follows another seal than that before it")
    }
  }

  private mutating func check(_ row: LedgerRow, _ entry: LedgerEntry?, against export: Export?) {
    guard let archive = export?.archive, let export else {
      return add(row.number, "its export, \(row.export), is not among the completed ones")
    }
    func compare(_ what: String, _ ofExport: String, _ ofEntry: String) {
      if ofExport != ofEntry {
        add(row.number, "the row of its export has another \(what): \(ofExport), and the ledger \(ofEntry)")
      }
    }
    compare("number", "\(archive.entry?.number ?? 0)", "\(row.number)")
    compare("SHA-256", hex(archive.sha256), row.sha256)
    compare("time of completion", archive.completedAt.iso8601, row.enteredAt.iso8601)
    guard let entry else { return }
    compare("scope", DataPackage.Subject(export.scope).words, entry.scope)
    compare("snapshot", archive.snapshotAt.iso8601, entry.snapshot)
    compare("number of rows", "\(archive.rows)", "\(entry.rows)")
  }

  private mutating func checkUnentered(_ table: LedgerTable, of organisation: OrganisationID) throws {
    for export in try table.unentered(of: organisation) {
      if export.isBefore {
        exportsBefore += 1
      } else {
        add(nil, "the export \(export.id), completed at \(export.completedAt.iso8601), has no entry")
      }
    }
    let expected = try table.countBefore(of: organisation)
    if exportsBefore != expected {
      add(nil, "\(expected) exports were completed before the ledger began, but \(exportsBefore) are there")
    }
  }

  private mutating func add(_ number: Int?, _ message: String) {
    problems.append(Problem(number: number, message: message))
  }
}

extension LedgerCheck.Entry {
  fileprivate init(_ row: LedgerRow, _ entry: LedgerEntry?) {
    self.init(
      number: row.number, entered: row.enteredAt.iso8601, export: row.export.rawValue, scope: entry?.scope,
      snapshot: entry?.snapshot, rows: entry?.rows, head: row.head, sha256: row.sha256, seal: row.seal)
  }
}
