import Secrets
import System

// The ledger
//
// The completed exports of an organisation are chained, so that none can be changed, removed or added later without a
// trace. An entry is a text of a dozen lines: which export it is, what its ZIP holds, and the head and the seal of the
// entry before it. The head is the SHA-256 of the text. Owners have it by e-mail, which nobody can take back.
//
// The head stands in the ZIP, and so can't cover the ZIP's own hash. What it covers of the ZIP is `contents`: the
// manifest's lines for all files that are older than the head, which is all but datapackage.json, README.txt and the
// manifest; and `description` and `readme`: those two, with zeros in the place of the head. The seal covers the head and
// the whole ZIP. It is kept in the row, and in the text of the next entry.
//
// A ZIP says all of the text (`DataPackage.Ledger` and facts of datapackage.json; `contents` is hashed anew), so that
// anybody can compute its head again: `handover verify`, verify.html, or a person with sha256sum. Documentation/
// ExportFormat.md has the exact form, which never changes: another one would be another version.

/// One export in the ledger of its organisation.
struct LedgerEntry: Sendable, Equatable {
  let organisation: Int64
  /// Counts the entries of the organisation, from 1.
  let number: Int
  let export: String
  /// `organisation`, `user U-3` or `contact C-7`.
  let scope: String
  let snapshot: String
  let rows: Int
  /// SHA-256 of the manifest's lines before the one of datapackage.json. This and what follows: 64 hexadecimal digits.
  let contents: String
  /// `covered` of datapackage.json, and of README.txt: zeros until they are written.
  var description = LedgerEntry.none
  var readMe = LedgerEntry.none
  let previous: String
  let previousSeal: String

  /// No entry has a larger number.
  static let largest = 999_999_999_999_999

  /// Stands for the head and the seal before the first entry.
  static let none = String(repeating: "0", count: 64)

  var text: String {
    """
    Handover ledger, version 1
    organisation: \(organisation)
    number: \(number)
    export: \(export)
    scope: \(scope)
    snapshot: \(snapshot)
    rows: \(rows)
    contents: \(contents)
    description: \(description)
    readme: \(readMe)
    previous: \(previous)
    previous seal: \(previousSeal)

    """
  }

  var head: String { hex(SHA256.hash(Array(text.utf8))) }

  /// The SHA-256 of a text with zeros in the place of the head that it says.
  static func covered(_ text: [UInt8], head: String) -> String {
    hex(SHA256.hash(text.replacing(Array(head.utf8), with: Array(none.utf8), maxReplacements: 1)))
  }

  /// - Parameters:
  ///   - sha256: of the ZIP.
  ///   - size: of the ZIP, in bytes.
  ///   - page: the SHA-256 of its verify.html, 32 bytes.
  static func seal(head: String, sha256: String, size: Int, page: [UInt8]?) -> String {
    hex(SHA256.hash(Array("\(head)\n\(sha256)\n\(size)\n\(hex(page ?? []))\n".utf8)))
  }
}

extension LedgerEntry {
  /// - Returns: nil for whatever is not, byte for byte, the text of an entry.
  init?(text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
    func value(_ name: String) -> String? {
      guard let line = lines.popFirst(), line.hasPrefix("\(name): ") else { return nil }
      return String(line.dropFirst(name.count + 2))
    }
    guard let organisation = value("organisation").flatMap({ Int64($0) }),
      let number = value("number").flatMap({ Int($0) }), let export = value("export"),
      let scope = value("scope"),
      let snapshot = value("snapshot"), let rows = value("rows").flatMap({ Int($0) }),
      let contents = value("contents"), let description = value("description"), let readMe = value("readme"),
      let previous = value("previous"),
      let previousSeal = value("previous seal")
    else { return nil }
    self.init(
      organisation: organisation, number: number, export: export, scope: scope, snapshot: snapshot,
      rows: rows, contents: contents, description: description, readMe: readMe, previous: previous,
      previousSeal: previousSeal)
    guard self.text.isSame(as: text) else { return nil }
  }
}

/// Where the ledger of an organisation ends.
struct LedgerEnd: Sendable, Equatable {
  let organisation: OrganisationID
  /// Of the last entry; 0 where there is none.
  var number = 0
  var head = LedgerEntry.none
  var seal = LedgerEntry.none

  /// Whether an entry can come behind it. None can where all rows were removed, or hold what no entry does.
  var canGoOn: Bool {
    (0..<LedgerEntry.largest).contains(number)
      && [head, seal].allSatisfy { CellText.isDigest($0) && ($0 == LedgerEntry.none) == (number == 0) }
  }
}

extension LedgerEntry {
  /// The entry that comes behind the end, which can go on.
  init(
    after end: LedgerEnd, _ export: ExportID, _ scope: Scope, at snapshot: UnixTime, rows: Int,
    contents: String
  ) {
    self.init(
      organisation: end.organisation.rawValue, number: end.number.adding(saturating: 1),
      export: export.rawValue, scope: DataPackage.Subject(scope).words, snapshot: snapshot.iso8601,
      rows: rows, contents: contents,
      previous: end.head, previousSeal: end.seal)
  }

  func follows(_ end: LedgerEnd) -> Bool {
    organisation == end.organisation.rawValue && number == end.number.adding(saturating: 1)
      && previous == end.head && previousSeal == end.seal
  }
}

extension DataPackage {
  /// The ZIP's place in the ledger of its organisation.
  struct Ledger: Codable, Equatable {
    let organisation: Int64
    /// Nil, as are `export`, `previousSeal` and `head`, where it isn't entered: the command has made it.
    var number: Int?
    var export: String?
    /// The head of the entry before it; where it isn't entered, of the last one.
    let previous: String
    var previousSeal: String?
    var head: String?

    private enum CodingKeys: String, CodingKey {
      case organisation, number, export, previous, head
      case previousSeal = "previous_seal"
    }
  }

  /// The entry that the ZIP says it is; nil where it says that it isn't entered, or says too little.
  ///
  /// - Parameters:
  ///   - contents: SHA-256 of the manifest's lines before the one of datapackage.json.
  ///   - text: of datapackage.json.
  ///   - readMe: of README.txt.
  func entry(of contents: String, _ text: [UInt8], _ readMe: [UInt8]) -> LedgerEntry? {
    guard let ledger, let number = ledger.number, let export = ledger.export, let seal = ledger.previousSeal,
      let head = ledger.head
    else { return nil }
    return LedgerEntry(
      organisation: ledger.organisation, number: number, export: export, scope: scope.words,
      snapshot: snapshot, rows: rows, contents: contents,
      description: LedgerEntry.covered(text, head: head), readMe: LedgerEntry.covered(readMe, head: head),
      previous: ledger.previous, previousSeal: seal)
  }
}

extension DataPackage.Ledger {
  /// - Parameter head: zeros until it is made.
  init(_ entry: LedgerEntry, head: String) {
    self.init(
      organisation: entry.organisation, number: entry.number, export: entry.export, previous: entry.previous,
      previousSeal: entry.previousSeal, head: head)
  }

  /// Of a ZIP that isn't entered.
  init(unenteredAfter end: LedgerEnd) {
    self.init(
      organisation: end.organisation.rawValue, previous: end.canGoOn ? end.head : LedgerEntry.none)
  }
}

extension DataPackage.Ledger {
  /// As it stands in `README.txt`; nil where it isn't entered.
  var place: String? {
    guard let number, let head else { return nil }
    return "  number \(number)\n  \(head)\n  \(previous)"
  }
}

extension DataPackage.Subject {
  /// As an entry of the ledger says it.
  var words: String { ([type] + [userID, contactID].compactMap(\.self)).joined(separator: " ") }
}
