import Handover

let importRecords = Subcommand(
  words: ["import"], operands: ["PATH"], options: ["--organisation ID"],
  summary: "Imports a ZIP or a folder in the format of an export into an organisation without records.",
  details: """
    All or nothing: if a file is wrong, standard error says where, and nothing is changed. People are matched by
    e-mail address; others are added without a password. Stop the server first.
    """,
  run: { arguments in
    let organisation = try arguments.organisation()
    let path = try arguments.operand(0)
    let application = try Application()
    let start = ContinuousClock.now
    let bar = ProgressBar(label: "import")
    do {
      let report = try {
        defer { bar.finish() }
        return try application.importFiles(at: path, into: organisation) { bar.show($0, of: $1) }
      }()
      print(report, after: ContinuousClock.now - start)
    } catch let refusal as ImportRefusal {
      throw HandoverError(told(refusal.problems))
    }
  })

/// Writes each of several problems on a line of its own.
/// - Returns: the closing line.
private func told(_ problems: [FileProblem]) -> String {
  guard problems.count > 1 else { return "nothing was imported: \(problems[0])" }
  for problem in problems { writeLine(problem.description) }
  let count = problems.count == ImportRefusal.mostProblems ? "\(problems.count) or more" : "\(problems.count)"
  return "nothing was imported: the files have the \(count) problems above; correct them and import again"
}

private func print(_ report: ImportReport, after time: Duration) {
  for file in report.files { print("\(file.name)\t\(Wording.plural(file.rows, "row"))") }
  if report.linksFromLists > 0 { print("contact_ids\t\(Wording.grouped(report.linksFromLists)) links") }
  print(
    "users\t\(Wording.grouped(report.usersMade)) added, \(Wording.grouped(report.usersMatched)) matched by e-mail address"
  )
  let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
  print(
    "\(Wording.plural(report.rows, "row")) in \(seconds.formatted(.number.precision(.fractionLength(1)))) s")
}
