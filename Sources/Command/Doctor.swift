import Handover

let doctor = Subcommand(
  words: ["doctor"], options: ["[--mail ADDRESS]", "[--json]"],
  summary: "Finds what is wrong with a running installation, and says what to do; exit status 0 or 1.",
  details: """
    Looks at the environment, owners and modes of all files, room on the disks, the database with its version and its
    log, the clock, e-mails that wait, the ages of the last backup and drill, the server's socket, nginx and the end of
    its certificate, and, where systemd runs it, at its units. A line is a finding: what was looked at, what is wrong,
    what to do. Changes nothing. Run it as root, or as the user of the server.

      --mail ADDRESS   also sends an e-mail there
      --json           all of it as one JSON object on standard output
    """,
  run: { arguments in
    let findings = try Application.examine(mailing: arguments["--mail"])
    if arguments.has("--json") {
      print(json(["findings": findings]))
    } else {
      for finding in findings { print(onOneLine(finding.description)) }
    }
    guard findings.isEmpty else {
      throw HandoverError("not all is well: \(Wording.plural(findings.count, "finding"))")
    }
    if !arguments.has("--json") { print("All is well.") }
  })
