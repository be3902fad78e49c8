import Foundation

/// How an import is made.
package struct ImportOptions: Sendable, Codable, Equatable {
  /// Records that the files don't have stay; else they go, if their file is there.
  package var keepsMissing = false
  /// How many of a table's records may go, in percent; nil for any number.
  package var allowedRemovals: Int? = 20

  package init() {}
}

/// What an import changes.
package struct ImportReport: Sendable, Equatable, Codable {
  package struct File: Sendable, Equatable, Codable {
    let table: Table.Name
    /// As in `Deals.csv`.
    package var name: String { table.file }
    /// Without the header.
    package var rows: Int
    package var added = 0
    package var changed = 0
    package var gone = 0
    /// Rows that are there already, as they are.
    package var unchanged: Int { rows - added - changed }
  }

  /// The files that were there, in the order of an export.
  package let files: [File]
  /// Links made from lists of ids, where DealContacts.csv was missing.
  package let linksFromLists: Int
  /// Users made, of `Users.csv` or of an e-mail address.
  package let usersMade: Int
  /// Users of the organisation who are in the files.
  package let usersMatched: Int
  /// What could not be kept, and what was guessed: the first of them.
  package var notes: [FileProblem] = []
  /// How many more there are.
  package var furtherNotes = 0

  /// As JSON.
  func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  package var rows: Int { files.reduce(0) { $0 + $1.rows } }
  package var changesNothing: Bool {
    usersMade == 0 && files.allSatisfy { $0.added + $0.changed + $0.gone == 0 }
  }
}

extension ImportReport {
  /// - Throws: `DecodingError` for what `encoded` hasn't made.
  init(decoding text: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
  }
}

/// Thrown where the files are not right; nothing has been changed.
package struct ImportRefusal: Error, Equatable {
  /// At least one, and at most `mostProblems`: those of the first file that has any.
  package let problems: [FileProblem]

  /// The reading ends with this many.
  package static let mostProblems = 20
}

/// Thrown where the records, or the users, are not those that were compared: it has to be compared again.
struct ImportOutdated: Error {}

/// Gathers problems, so that people can correct several at once.
final class ImportProblems {
  private var problems: [FileProblem] = []

  var count: Int { problems.count }

  /// - Throws: `ImportRefusal` with the last one that there is room for.
  func add(_ problem: FileProblem) throws(ImportRefusal) {
    problems.append(problem)
    if problems.count == ImportRefusal.mostProblems { try refuseIfAny() }
  }

  func refuseIfAny() throws(ImportRefusal) {
    if !problems.isEmpty { throw ImportRefusal(problems: problems) }
  }
}

/// Gathers what people are told though it is no problem.
final class ImportNotes {
  private(set) var first: [FileProblem] = []
  private(set) var count = 0

  func add(_ note: FileProblem) {
    count += 1
    if first.count < ImportRefusal.mostProblems { first.append(note) }
  }
}
