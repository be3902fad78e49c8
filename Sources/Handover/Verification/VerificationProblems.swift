import ZIP

/// Keeps the first problems, and counts all of them.
final class VerificationProblems {
  private(set) var first: [FileProblem] = []
  private(set) var count = 0

  func add(_ problem: FileProblem) {
    count += 1
    if first.count < Verification.mostProblems { first.append(problem) }
  }

  func add(_ file: String?, _ message: String) {
    add(FileProblem(file: file, message))
  }

  /// - Throws: `HandoverError` for what the system refuses, which says nothing of the archive.
  func add(_ error: ZIPError) throws(HandoverError) {
    if case .system = error.code { throw HandoverError("can't read the archive: \(error.message)") }
    add(error.entry, error.message)
  }
}
