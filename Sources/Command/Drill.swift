import Handover

let drill = Subcommand(
  words: ["drill"],
  summary: "Proves that the last backup can be restored, and the copy elsewhere; exit status 0 or 1.",
  details: """
    Restores it into a folder of the data folder, operation/drilling, opens it, exports every organisation from it, checks each
    ZIP as handover verify does, reads all documents beside the backup, and compares it with the database in use, as far as
    that can't have changed since. With HANDOVER_REPLICATION it then does the same with what Litestream has elsewhere, but for
    documents, which are not there. Then the folder is removed. How it ended is in operation/drill.json, and, where it failed,
    in an e-mail to HANDOVER_OPERATOR. Works beside a running server.
    """,
  run: { _ in print(try Application.drill()) })
