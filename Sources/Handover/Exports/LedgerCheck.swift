import SQLite
import Secrets
import System

/// What the ledger of an organisation says, and what is wrong with it. `handover ledger` prints it.
///
/// Each entry is computed again from its text, from the one before it, and from the row of its export; and the audit trail
/// has to tell of the same completions. Who can write the database can also make all of that sound in itself: only the heads
/// that owners have by e-mail tell it from the true one.
///
/// Texts of the database come out of here fit for a terminal.
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
    let rows = try table.rows(of: organisation)
    for row in rows {
      let entry = LedgerEntry(text: row.text)
      entries.append(Entry(row, entry))
      miss(between: last?.number ?? 0, and: row.number)
      check(row, entry, after: last)
      try checkExport(of: row, entry, organisation, connection)
      last = row
    }
    let counted = try table.count(of: organisation)
    miss(between: last?.number ?? 0, and: counted.adding(saturating: 1))
    if let last, last.number > counted {
      add(nil, "the organisation counts \(counted) entries, but there is an entry \(last.number)")
    }
    try checkUnentered(table, of: organisation, since: rows.first { $0.number == 1 }?.enteredAt)
    try checkTrail(table, of: organisation)
    for stranger in try table.strangers() {
      add(nil, "there are entries of organisation \(stranger), which is not there")
    }
  }

  /// The numbers may be any: the database's.
  private mutating func miss(between last: Int, and next: Int) {
    let distance = next.subtracting(saturating: last)
    guard distance > 1 else { return }
    add(last + 1, "is missing" + (distance == 2 ? "" : ", and so are all up to entry \(next - 1)"))
  }

  private mutating func check(
    _ row: LedgerRow, _ entry: LedgerEntry?, after last: LedgerRow?
  ) {
    if hex(SHA256.hash(Array(row.text.utf8))) != row.head {
      add(row.number, "its head is not the SHA-256 of its text")
    }
    guard let entry else { return add(row.number, "its text is not that of an entry") }
    if entry.organisation != organisation || entry.number != row.number {
      add(row.number, "its text is of entry \(entry.number) of organisation \(entry.organisation)")
    }
    if entry.export != row.export.rawValue {
      add(row.number, "its text is of another export, \(shown(entry.export))")
    }
    // Behind a gap nobody knows what was there.
    guard row.number == (last?.number ?? 0).adding(saturating: 1) else { return }
    if entry.previous != last?.head ?? LedgerEntry.none {
      add(row.number, "it follows another head than that before it")
    }
    if entry.previousSeal != last?.seal ?? LedgerEntry.none {
      add(row.number, "it follows another seal than that before it")
    }
  }

  private mutating func checkExport(
    of row: LedgerRow, _ entry: LedgerEntry?, _ organisation: OrganisationID, _ connection: Connection
  ) throws {
    let export: Export?
    do {
      export = try connection.exports.find(row.export, of: organisation)
    } catch let error where error is HandoverError || (error as? SQLiteError)?.isMismatch == true {
      return add(row.number, "the row of its export holds a word or a value that is none of an export")
    }
    guard let export, let archive = export.archive else {
      return add(
        row.number, "its export, \(shown(row.export.rawValue)), is not among the completed ones")
    }
    func compare(_ what: String, _ ofExport: String, _ ofEntry: String) {
      if ofExport != ofEntry {
        add(
          row.number,
          "the row of its export has another \(what): \(shown(ofExport)), and the ledger \(shown(ofEntry))")
      }
    }
    let seal = LedgerEntry.seal(
      head: row.head, sha256: row.sha256, size: archive.size, page: archive.pageSHA256)
    if seal != row.seal {
      add(row.number, "its seal is not that of its head and its ZIP (SHA-256, size and page)")
    }
    compare("number", "\(archive.entry?.number ?? 0)", "\(row.number)")
    compare("SHA-256", hex(archive.sha256), row.sha256)
    compare("time of completion", archive.completedAt.iso8601, row.enteredAt.iso8601)
    guard let entry else { return }
    compare("scope", DataPackage.Subject(export.scope).words, entry.scope)
    compare("snapshot", archive.snapshotAt.iso8601, entry.snapshot)
    compare("number of rows", "\(archive.rows)", "\(entry.rows)")
    let files = try connection.exports.files(of: [row.export], in: organisation)[row.export] ?? []
    compare("number of rows in its files", "\(files.map(\.rows).saturatingSum)", "\(entry.rows)")
  }

  /// - Parameter beginning: when the first entry was made; nil where it isn't there.
  private mutating func checkUnentered(
    _ table: LedgerTable, of organisation: OrganisationID, since beginning: UnixTime?
  ) throws {
    for export in try table.unentered(of: organisation) {
      let id = shown(export.id)
      guard let completed = export.completedAt else {
        add(nil, "the export \(id) has a ZIP's SHA-256, but is not completed, and has no entry")
        continue
      }
      if !export.isBefore {
        add(nil, "the export \(id), completed at \(completed.iso8601), has no entry")
        continue
      }
      exportsBefore += 1
      if let beginning, completed > beginning {
        add(
          nil,
          "the export \(id) has no entry, as one of before the ledger, but was completed after entry 1, at "
            + completed.iso8601)
      }
    }
    let expected = try table.countBefore(of: organisation)
    if exportsBefore != expected {
      add(nil, "\(expected) exports were completed before the ledger began, but \(exportsBefore) are there")
    }
  }

  private mutating func checkTrail(_ table: LedgerTable, of organisation: OrganisationID) throws {
    for line in try table.unknownCompletions(of: organisation) {
      let row = line.completedAt.map { "its row says \($0.iso8601)" } ?? "is not among the completed ones"
      add(
        nil, "the export \(shown(line.id)) was completed at \(line.at.iso8601) by the audit trail, but \(row)"
      )
    }
    for number in try table.unwitnessed(of: organisation) {
      add(number, "the audit trail does not say that its export was completed")
    }
  }

  private mutating func add(_ number: Int?, _ message: String) {
    problems.append(Problem(number: number, message: message))
  }
}

extension LedgerCheck.Entry {
  fileprivate init(_ row: LedgerRow, _ entry: LedgerEntry?) {
    self.init(
      number: row.number, entered: row.enteredAt.iso8601, export: shown(row.export.rawValue),
      scope: (entry?.scope).map(shown), snapshot: (entry?.snapshot).map(shown), rows: entry?.rows,
      head: digest(row.head), sha256: digest(row.sha256), seal: digest(row.seal))
  }
}

/// A text of the database: as it is where it could be a hash, an id, a scope or a time, and in quotes, fit for one line of a
/// terminal, where it is anything else.
private func shown(_ text: String) -> String {
  let isWord = text.utf8.count <= 32 && text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9: -]*/) != nil
  return isWord ? text : digest(text)
}

private func digest(_ text: String) -> String {
  CellText.isDigest(text) ? text : quotation(of: Array(text.utf8).span)
}
