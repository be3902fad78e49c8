/// One thing that keeps an import from being done: where, what, and how it should be.
package struct ImportProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// As in `Deals.csv`; nil for the whole.
  package let file: String?
  /// The physical line, from 1.
  package let line: Int?
  /// The name of the column; where the file is no CSV, the byte of the line, from 1.
  package let column: String?
  package let message: String

  init(file: String? = nil, line: Int? = nil, column: String? = nil, _ message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  /// `Deals.csv, line 12, column loan_amount: "12,000" is not an amount; write it as 12000.00`.
  package var description: String {
    let place = [file, line.map { "line \($0)" }, column.map { "column \($0)" }].compactMap { $0 }
    return place.isEmpty ? message : "\(place.joined(separator: ", ")): \(message)"
  }
}

/// Thrown where the files are not right; nothing has been changed.
package struct ImportRefusal: Error, Equatable {
  /// At least one, and at most `mostProblems`: those of the first file that has any.
  package let problems: [ImportProblem]

  /// So many are enough for one look.
  package static let mostProblems = 20
}

/// Gathers problems, so that more than one can be corrected at once.
final class ImportProblems {
  private var problems: [ImportProblem] = []

  var count: Int { problems.count }

  /// - Throws: `ImportRefusal` with the last one that there is room for.
  func add(_ problem: ImportProblem) throws(ImportRefusal) {
    problems.append(problem)
    if problems.count == ImportRefusal.mostProblems { try refuseIfAny() }
  }

  func refuseIfAny() throws(ImportRefusal) {
    if !problems.isEmpty { throw ImportRefusal(problems: problems) }
  }
}
