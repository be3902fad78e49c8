import Glibc
import Handover

let restore = Subcommand(
  words: ["restore"], operands: ["FILE"], options: ["[--dry-run | --yes]"],
  summary: "Puts a backup in the place of the data, all or nothing; keeps what was there.",
  details: """
    Refuses while a server uses the data. Checks the backup first, says what is there now and what will be, and asks, on a
    terminal. What was there, its log and its keys included, goes into before-restore-TIME/ of the data folder, from where it
    can be restored in the same way. Documents, and keys where the backup has them, come back from beside the backup.

      --dry-run   checks and says, and changes nothing
      --yes       asks nothing
    """,
  run: { arguments in
    let isDryRun = arguments.has("--dry-run")
    let restoring = try Restoring(arguments.operand(0), isDryRun: isDryRun)
    print(restoring.lines.joined(separator: "\n"))
    if isDryRun { return }
    if !arguments.has("--yes") {
      guard isatty(STDIN_FILENO) == 1 else {
        throw HandoverError("nothing was changed: add --yes to restore it without being asked")
      }
      writeLine("Type yes to put the backup in place:")
      guard readLine() == "yes" else { throw HandoverError("nothing was changed") }
    }
    let bar = ProgressBar(label: "restore")
    let lines = try restoring.run { bar.show($0, of: $1) }
    bar.finish()
    print(lines.joined(separator: "\n"))
  })
