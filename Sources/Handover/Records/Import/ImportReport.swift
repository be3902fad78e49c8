/// What an import has brought into an organisation.
package struct ImportReport: Codable, Sendable, Equatable {
  package struct File: Codable, Sendable, Equatable {
    let table: Table.Name
    /// As in `Deals.csv`.
    package var name: String { table.file }
    /// Without the header.
    package let rows: Int
  }

  /// The files that were there, in the order of an export.
  package let files: [File]
  /// Links made from `contact_ids`, where DealContacts.csv was missing.
  package let linksFromLists: Int
  /// Users made, of `Users.csv` or of an e-mail address.
  package let usersMade: Int
  /// Users of the organisation whose e-mail address was in the files.
  package let usersMatched: Int

  package var rows: Int { files.reduce(0) { $0 + $1.rows } }
}

/// Thrown where the files are not right; nothing has been changed.
package struct ImportRefusal: Error, Equatable {
  /// At least one, and at most `mostProblems`: those of the first file that has any.
  package let problems: [FileProblem]

  /// The reading ends with this many.
  package static let mostProblems = 20
}

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
