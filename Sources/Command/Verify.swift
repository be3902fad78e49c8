import Handover

let verify = Subcommand(
  words: ["verify"], operands: ["FILE"],
  summary: "Checks the ZIP of an export against its own datapackage.json; exit status 0 or 1.",
  details: """
    Checks names, rows, bytes, CRC-32, types, keys, links, the sheets and rows of the Excel workbook, the documents by
    their SHA-256, each file by manifest-sha256.txt, and the ZIP itself; writes problems to standard error with file,
    line and column. Prints the SHA-256 too, to compare with the Export page, and which entry of the organisation's
    ledger the ZIP is: its head, which is made anew, and the one before it, to compare with the owner's e-mails.
    """,
  run: { arguments in
    let file = try arguments.operand(0)
    let bar = ProgressBar(label: "verify")
    let result = try Verification(of: file) { bar.show($0, of: $1) }
    bar.finish()
    for file in result.files {
      let counts = "\(Wording.plural(file.rows, "row"))\t\(Wording.grouped(file.bytes)) bytes"
      print("\(onOneLine(file.name))\t\(counts)\tCRC-32 \(file.checksum)")
    }
    if let documents = result.documents {
      print(
        "Documents/\t\(Wording.plural(documents.files, "file"))\t\(Wording.grouped(documents.bytes)) bytes")
    }
    if let page = result.pageDigest { print("verify.html\tSHA-256 \(page)") }
    print("\(file)\t\(Wording.grouped(result.size)) bytes\tSHA-256 \(result.digest)")
    if let ledger = result.ledger {
      let place = ledger.number.map { "number \($0) of" } ?? "not entered, of"
      let head = ledger.head.map { "\thead \(onOneLine($0))" } ?? ""
      print(
        "Ledger\t\(place) organisation \(ledger.organisation)\(head)\tafter \(onOneLine(ledger.previous))")
    } else if !result.files.isEmpty {
      print("Ledger\tnone: made before Handover had one, or taken out of the ZIP, as anybody can")
    }
    for problem in result.problems { writeLine(problem.description) }
    guard result.isSound else {
      let count = result.problemCount == 1 ? "1 problem" : "\(Wording.grouped(result.problemCount)) problems"
      throw HandoverError("\(file) is not sound: \(count); don't rely on it, export again")
    }
    print("Complete and unchanged.")
    let head = result.ledger?.number == nil ? "" : " and the head of the ledger"
    print(
      result.isOriginal
        ? "Compare the SHA-256\(head) with the e-mail: only that tells whether somebody has made all of it anew."
        : "Another program has packed it again, so its SHA-256 is not the one in the e-mail. "
          + (head.isEmpty
            ? "Only the ZIP as it was downloaded can be compared." : "Compare the head of the ledger."))
  })
