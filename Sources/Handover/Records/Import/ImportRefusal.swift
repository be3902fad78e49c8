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
