import Handover

let check = Subcommand(
  words: ["check"], options: ["[--json]"],
  summary: "Looks whether the server would start with this environment; exit status 0 or 1.",
  details: """
    Reads the environment variables, and the files that they name, and changes nothing: no folder is made. With
    HANDOVER_REPLICATION it asks litestream for its version. Names every
    variable that is wrong, or that Handover doesn't know, a line each, and prints no secret.

      --json   all of it as one JSON object on standard output
    """,
  run: { arguments in
    let problems = try Application.wrongVariables()
    if arguments.has("--json") {
      print(json(["problems": problems]))
    } else {
      for problem in problems { print(onOneLine(problem)) }
    }
    guard problems.isEmpty else {
      throw HandoverError("the environment is not right: \(Wording.plural(problems.count, "problem"))")
    }
    if !arguments.has("--json") { print("The environment is right.") }
  })
