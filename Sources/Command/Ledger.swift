import Handover

let ledger = Subcommand(
  words: ["ledger"], options: ["--organisation ID", "[--json]"],
  summary: "Checks the chain of an organisation's completed exports; exit status 0 or 1.",
  details: """
    Prints a line for each entry: number, time, scope, rows, head. Hold the heads against those in the owner's e-mails: whoever
    can write the database can make a chain that is sound in itself, but can't change an e-mail. What is wrong goes to
    standard error, a line each. Works beside a running server, and where the data folder can only be read.

      --json   all of it as one JSON object on standard output
    """,
  run: { arguments in
    let organisation = try arguments.organisation()
    let check = try Application(for: .reading).checkLedger(of: organisation)
    if arguments.has("--json") {
      print(json(check))
    } else {
      for entry in check.entries {
        let rows = entry.rows.map { Wording.plural($0, "row") } ?? "unknown"
        print("\(entry.number)\t\(entry.entered)\t\(entry.scope ?? "unknown")\t\(rows)\t\(entry.head)")
      }
      if check.exportsBefore > 0 {
        print("\(Wording.plural(check.exportsBefore, "export")) of before there was a ledger: not in it.")
      }
      for problem in check.problems { writeLine(problem.description) }
    }
    guard check.problems.isEmpty else {
      throw HandoverError(
        "the ledger of organisation \(organisation.rawValue) is not sound: "
          + Wording.plural(check.problems.count, "problem"))
    }
    if arguments.has("--json") { return }
    print(
      check.entries.last.map { "The chain is whole, up to number \($0.number)." }
        ?? "There are no entries yet.")
  })
