import Handover

let export = Subcommand(
  words: ["export"],
  options: [
    "--organisation ID", "[--user EMAIL | --contact C-7]", "[--format csv|xlsx|both]", "[--documents]",
    "--output FILE", "[--replace]",
  ],
  summary: "Exports the records of an organisation, or those of one user or contact, into FILE.",
  details: """
    With --user or --contact it holds what that user works on, or all there is about that contact, with no more than the
    names and roles of others. With --format xlsx it holds an Excel workbook in the place of the CSV files, with both
    it holds both. With --documents the documents themselves are in it too. The ZIP is the same that owners download.
    A file that is there already is kept, and nothing is exported; with --replace the new ZIP takes the place of an
    earlier one, and of nothing else. The command works beside a running server, and where the data folder can only be
    read.
    """,
  run: { arguments in
    let organisation = try arguments.organisation()
    let output = try arguments.required("--output")
    let contact = try arguments.contact()
    let format = try arguments.format()
    let application = try Application(for: .reading)
    let progress = ExportProgress()
    let bar = ProgressBar(label: "export")
    let report = try bar.following({ (progress.state.rows, progress.state.total) }) {
      try application.export(
        organisation, user: arguments["--user"], contact: contact,
        withDocuments: arguments.has("--documents"), format: format, to: output,
        replacing: arguments.has("--replace"),
        progress: progress)
    }
    for line in report.contents.lines {
      let counts = [line.rows.map { Wording.plural($0, "row") }, line.bytes.map { Wording.size($0) }]
      print(([line.name] + counts.compactMap(\.self)).joined(separator: "\t"))
    }
    if let cutTexts = report.contents.cutTexts { print(cutTexts) }
    if let documents = report.documents { print(documents.text) }
    for line in report.leftOut?.lines ?? [] {
      print("not in it: \(line.label)\t\(Wording.grouped(line.count))")
    }
    print("\(output)\t\(Wording.size(report.size))\tSHA-256 \(report.digest)")
  })
