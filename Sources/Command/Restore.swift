import Foundation
import Handover

let restore = Subcommand(
  words: ["restore"], operands: ["[FILE]"],
  options: ["[--replica]", "[--timestamp TIME]", "[--dry-run | --yes]"],
  summary:
    "Puts a backup, or the copy elsewhere, in the place of the data, all or nothing; keeps what was there.",
  details: """
    Refuses while a server or Litestream uses the data. Checks the backup first, says what is there now and what will be, and asks, on a
    terminal. What was there, its log and its keys included, goes into before-restore-TIME/ of the data folder, from where it
    can be restored in the same way. Documents, and keys where the backup has them, come back from beside the backup.

    With --replica, in the place of FILE, litestream (0.5.17 or later) brings what it has elsewhere, by
    /etc/handover/litestream.yml and the secrets in litestream.env beside it; LITESTREAM_CONFIG names another one. It has
    neither documents nor keys: those that are there stay. To have them as well, on another machine, restore the last backup
    first.

      --replica          what Litestream has, instead of a backup
      --timestamp TIME   as it was then, 2026-05-02T09:30:00Z, as nearly as is kept; otherwise the newest
      --dry-run          checks and says, and changes nothing
      --yes              asks nothing
    """,
  run: { arguments in
    let isDryRun = arguments.has("--dry-run")
    let restoring = try Restoring(origin(arguments), isDryRun: isDryRun)
    print(restoring.lines.joined(separator: "\n"))
    if isDryRun { return }
    if !arguments.has("--yes") {
      do { try ask() } catch {
        try restoring.giveUp()
        throw error
      }
    }
    let bar = ProgressBar(label: "restore")
    let lines = try restoring.run { bar.show($0, of: $1) }
    bar.finish()
    print(lines.joined(separator: "\n"))
  })

private func ask() throws {
  guard isTerminal else {
    throw HandoverError("nothing was changed: add --yes to restore it without being asked")
  }
  writeLine("Type yes to put it in place:")
  guard readLine() == "yes" else { throw HandoverError("nothing was changed") }
}

private func origin(_ arguments: Arguments) throws -> Restoring.Origin {
  let (file, text) = (arguments[operand: 0], arguments["--timestamp"])
  guard arguments.has("--replica") else {
    if text != nil { throw arguments.usage("--timestamp is for --replica alone") }
    guard let file else { throw arguments.usage("FILE or --replica is missing") }
    return .backup(file)
  }
  if file != nil { throw arguments.usage("FILE and --replica exclude each other") }
  guard let text else { return .replica(asOf: nil) }
  guard let time = try? Date(text, strategy: .iso8601) else {
    throw arguments.usage("--timestamp is '\(text)', but must be a time such as 2026-05-02T09:30:00Z")
  }
  return .replica(asOf: time)
}
