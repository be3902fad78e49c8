import Handover

let addDocuments = Subcommand(
  words: ["document", "add"], operands: ["FILE…"], options: ["--organisation ID", "--deal D-12"],
  summary: "Adds files to the documents of a deal.",
  details: """
    Each file becomes a document with its name, and is copied to the organisation's linked storage if that copies the
    deal. A file of which the deal has the same name and the same content is there already: nothing is added. The command
    works beside a running server. It prints a line a file: the document's id, its name, and added or there.

    Exit status 0: all are there; 1: one could not be added, and those before it were; 64: wrong usage.
    """,
  run: { arguments in
    let organisation = try arguments.organisation()
    let deal = try arguments.deal()
    let application = try Application()
    for path in arguments.operands(from: 0) {
      let added = try application.addDocument(path, to: deal, of: organisation)
      print("\(added.id)\t\(added.name)\t\(added.wasThere ? "there" : "added")")
    }
  })
