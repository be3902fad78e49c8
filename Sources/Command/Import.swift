import Handover

let importRecords = Subcommand(
  words: ["import"], operands: ["PATH"],
  options: [
    "--organisation ID", "[--dry-run]", "[--keep-missing]", "[--allow-removals PERCENT]",
    "[--mapping NAME|FILE]", "[--json]",
  ],
  summary:
    "Brings an organisation's records to what a ZIP, a folder or a file has, and says what has changed.",
  details: """
    The files are those of an export or, with --mapping, of another CRM: Documentation/Import.md says how. They are
    read and compared first, while nobody's writes wait; then what differs is applied, all of it or nothing, also
    beside a running server. Records that the files don't have are removed.

      --dry-run                  only compares, and says what would change
      --keep-missing             keeps records that the files don't have
      --allow-removals PERCENT   how much of a table may be removed, \(ImportOptions().allowedRemovals ?? 100) by default: a feed
                                 that was cut off is refused
      --mapping NAME|FILE        hubspot, pipedrive, salesforce, zoho, or a file of one's own
      --json                     the report as one JSON object on standard output

    Exit status 0: it is applied, or would be (--dry-run); 1: nothing was changed; 64: wrong usage.
    """,
  run: { arguments in
    let organisation = try arguments.organisation()
    let path = try arguments.operand(0)
    let removals = try arguments.number("--allow-removals", 0...100)
    let isDryRun = arguments.has("--dry-run")
    var output = ImportOutput(
      organisation: organisation, path: path, isDryRun: isDryRun, isJSON: arguments.has("--json"))
    let start = ContinuousClock.now
    do {
      let application = try Application()
      let progress = ImportProgress()
      let report = try ProgressBar(label: "import").following({ (progress.state.done, progress.state.total) })
      {
        try application.importRecords(
          at: path, into: organisation, by: arguments["--mapping"],
          keepsMissing: arguments.has("--keep-missing"),
          allowedRemovals: removals ?? ImportOptions().allowedRemovals, isDryRun: isDryRun, progress: progress
        )
      }
      output.seconds = (ContinuousClock.now - start).seconds
      output.show(report)
    } catch {
      output.seconds = (ContinuousClock.now - start).seconds
      throw HandoverError(output.show(error))
    }
  })
