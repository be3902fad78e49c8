import Handover

let backup = Subcommand(
  words: ["backup"], operands: ["FILE"],
  summary: "Copies the database, as of one moment, into FILE, also while a server uses it.",
  details: """
    FILE must not exist yet; it is there only when all of it is, and was checked. Nothing of the database changes,
    whatever version it is of. To restore, stop the server, put FILE in the place of handover.sqlite, and remove
    handover.sqlite-wal and handover.sqlite-shm.
    """,
  run: { arguments in
    let file = try arguments.operand(0)
    let bar = ProgressBar(label: "backup")
    try Application(for: .copying).backup(to: file) { bar.show($0, of: $1) }
    bar.finish()
  })
