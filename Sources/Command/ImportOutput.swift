import Foundation
import Handover

/// What `handover import` prints: lines for people, or one JSON object for programs.
struct ImportOutput {
  let organisation: OrganisationID
  let path: String
  let isDryRun: Bool
  let isJSON: Bool
  var seconds: Double = 0

  /// Of an import that is applied or, if it was only to be compared, could be.
  func show(_ report: ImportReport) {
    if isJSON { return print(json(JSON(self, status: isDryRun ? "compared" : "applied", report))) }
    for file in report.files {
      let counts = [
        (file.added, "added"), (file.changed, "changed"), (file.gone, "removed"),
        (file.unchanged, "unchanged"),
      ]
      print(
        "\(file.name)\t\(Wording.plural(file.rows, "row"))\t"
          + counts.map { "\(Wording.grouped($0)) \($1)" }.joined(separator: ", "))
    }
    if report.linksFromLists > 0 { print("contact_ids\t\(Wording.grouped(report.linksFromLists)) links") }
    print(
      "users\t\(Wording.grouped(report.usersMade)) added, "
        + "\(Wording.grouped(report.usersMatched)) matched by e-mail address")
    for note in report.notes { print("note\t\(note)") }
    if report.furtherNotes > 0 { print("note\tand \(Wording.grouped(report.furtherNotes)) more like these") }
    let time =
      "\(Wording.plural(report.rows, "row")) in \(seconds.formatted(.number.precision(.fractionLength(1)))) s"
    print(isDryRun ? "Nothing was changed, since this was only to compare: \(time)." : "Applied: \(time).")
  }

  /// Of one that came to nothing. Several problems stand on a line each.
  ///
  /// - Returns: the closing line.
  func show(_ error: any Error) -> String {
    let problems = (error as? ImportRefusal)?.problems ?? []
    let line =
      switch problems.count {
      case 0: words(for: error)
      case 1: "nothing was imported: \(problems[0])"
      default:
        "nothing was imported: the files have the \(Self.count(problems)) problems above; correct them and import again"
      }
    if isJSON {
      print(
        json(JSON(self, status: problems.isEmpty ? "failed" : "refused", problems: problems, error: line)))
    } else if problems.count > 1 {
      for problem in problems { writeLine(problem.description) }
    }
    return line
  }

  private static func count(_ problems: [FileProblem]) -> String {
    problems.count == ImportRefusal.mostProblems ? "\(problems.count) or more" : "\(problems.count)"
  }
}

/// The report for programs; Documentation/Import.md describes it.
private struct JSON: Encodable {
  var version = 1
  let organisation: Int64
  let path: String
  /// applied, compared, refused, failed.
  let status: String
  let seconds: Double
  var files: [File] = []
  var users: Users?
  var linksFromLists: Int?
  var notes: [Problem] = []
  var furtherNotes: Int?
  var problems: [Problem] = []
  var error: String?

  struct File: Encodable {
    let file: String
    let rows: Int
    let added: Int
    let changed: Int
    let gone: Int
    let unchanged: Int
  }

  struct Users: Encodable {
    let added: Int
    let matched: Int
  }

  struct Problem: Encodable {
    let file: String?
    let line: Int?
    let column: String?
    let message: String

    init(_ problem: FileProblem) {
      file = problem.file
      line = problem.line
      column = problem.column
      message = problem.message
    }
  }

  init(_ output: ImportOutput, status: String, _ report: ImportReport) {
    self.init(output, status: status)
    files = report.files.map {
      File(
        file: $0.name, rows: $0.rows, added: $0.added, changed: $0.changed, gone: $0.gone,
        unchanged: $0.unchanged)
    }
    users = Users(added: report.usersMade, matched: report.usersMatched)
    linksFromLists = report.linksFromLists
    notes = report.notes.map(Problem.init)
    furtherNotes = report.furtherNotes
  }

  init(_ output: ImportOutput, status: String, problems: [FileProblem] = [], error: String? = nil) {
    organisation = output.organisation.rawValue
    path = output.path
    self.status = status
    seconds = (output.seconds * 1_000).rounded() / 1_000
    self.problems = problems.map(Problem.init)
    self.error = error
  }
}
