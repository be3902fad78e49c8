import Handover

let backup = Subcommand(
  words: ["backup"], operands: ["FILE|FOLDER/"], options: ["[--keys]", "[--keep N]"],
  summary:
    "Copies the database, as of one moment, and its documents, also while a server uses them, and checks the copy.",
  details: """
    FILE must not exist yet; in FOLDER/ it is named by the time: handover-2026-11-27T013000Z.sqlite. It is there only when
    all of it is on the disk and was checked: pages, keys, and the rows of each table. Beside it are FILE.json, with what was
    counted and its SHA-256, and documents/, with what documents hold, once for all backups of a folder. Nothing of the
    data changes, whatever version it is of. How it ended is in operation/backup.json of the data folder.

      --keys     the signing keys and the secrets of linked storages as well, in FILE.secrets (mode 0600)
      --keep N   removes all but the newest N that were named by their time in FOLDER/, once the new one is whole
    """,
  run: { arguments in
    let path = try arguments.operand(0)
    let count = try arguments.number("--keep", 1...10_000)
    if count != nil, !path.hasSuffix("/") {
      throw arguments.usage("--keep wants a FOLDER/, with a slash at its end")
    }
    let bar = ProgressBar(label: "backup")
    let (file, notes) = try Application.backup(
      to: path, withKeys: arguments.has("--keys"), keeping: count
    ) { bar.show($0, of: $1) }
    bar.finish()
    print(([file] + notes).joined(separator: "\n"))
  })
