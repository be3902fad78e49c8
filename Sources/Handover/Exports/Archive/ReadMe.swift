/// `README.txt`: the archive for people, in UTF-8 with line ends that every editor shows.
struct ReadMe {
  private let description: ArchiveDescription

  init(_ description: ArchiveDescription) {
    self.description = description
  }

  var bytes: [UInt8] {
    let text = [
      title, contents, documentsInWords, absent, linking, text, spreadsheets, proof, ledger, columns,
    ].compactMap(\.self).joined(separator: "\n\n")
    return Array(text.replacing("\n", with: "\r\n").utf8) + [0x0D, 0x0A]
  }

  private var title: String {
    let title = "Export of \(description.organisation.name)"
    return """
      \(title)
      \(String(repeating: "=", count: title.count))

      Scope: \(description.scopeInWords).\(purpose)
      All files show the records as they were at one moment:
      \(description.snapshotAt.iso8601) in UTC,
      \(description.snapshotOnClocks) on the clocks of \(description.organisation.zoneName).
      """
  }

  private var purpose: String {
    description.purpose.isEmpty ? "" : "\nWhat for: \(description.purpose)"
  }

  private var contents: String {
    func line(_ name: String, _ rows: Int, _ meaning: String) -> String {
      let unit = rows == 1 ? "row " : "rows"
      return "  \(aligned(name, 18))\(aligned(right: Wording.grouped(rows), 11)) \(unit)  \(meaning)"
    }
    var rows =
      hasTables
      ? zip(description.tables, description.files).map { line($1.name, $1.rows, $0.meaning) }
      : sheets.map { line("sheet \($0.name)", $0.rows, Table.named($0.table).meaning) }
    let together = hasTables ? description.files.map(\.rows) : sheets.map(\.rows)
    rows.append(line("together", together.reduce(0, +), "as the page and the e-mail say"))
    return """
      What is in it
      -------------
      \(rows.joined(separator: "\n"))\(workbook)\(folder)
        verify.html        a page that checks the ZIP and shows its tables, in any browser and offline
        datapackage.json   the same for programs: \(described)
                           (Data Package v2, https://datapackage.org)
        \(Manifest.file)  the SHA-256 of each file

      Archived records are in it, with "\(yes)" in the column archived. Users who can no longer sign in
      have "\(no)" in the column active.
      """
  }

  private var yes: String { hasTables ? "true" : "TRUE" }
  private var no: String { hasTables ? "false" : "FALSE" }

  private var described: String {
    hasTables
      ? "types, keys, rows, bytes, CRC-32 and SHA-256 of each file"
      : "the sheets with their rows, and the SHA-256 of the workbook"
  }

  private var words: ScopeInWords {
    ScopeInWords(
      scope: description.scope, hasDocuments: description.documents != nil, isOfFiles: hasTables)
  }

  /// What a table is.
  private var unit: String { hasTables ? "file" : "sheet" }

  private var hasTables: Bool { !description.files.isEmpty }

  private var sheets: [ArchivedSheet] { description.workbook?.sheets ?? [] }

  private var workbook: String {
    guard let workbook = description.workbook else { return "" }
    let what =
      hasTables
      ? "the same as an Excel workbook, a sheet for each file" : "the Excel workbook with these sheets"
    let cut =
      workbook.cutCells == 0
      ? ""
      : "\n                     (\(Wording.plural(workbook.cutCells, "text")) cut: its last sheet lists them)"
    return "\n  \(aligned(DataPackage.Workbook.file, 17))  \(what)\(cut)"
  }

  private var folder: String {
    guard let contents = description.documents?.contents else { return "" }
    let line =
      "\n  \(aligned(DataPackage.Documents.folder + "/", 17))\(aligned(right: Wording.grouped(contents.files), 12)) "
    return line
      + "\(contents.files == 1 ? "file " : "files")  the documents themselves, in a folder for each deal"
  }

  private var documentsInWords: String? {
    description.documents.map { documents in
      """
      Documents
      ---------
      \(documents.text.replacing("’", with: "'"))
      """
    }
  }

  private var absent: String {
    """
    What is not in it
    -----------------
    \(documents)
    Passwords, sessions and settings.\(words.absent.map { "\n" + wrapped($0) }.joined())\(counts)
    """
  }

  private var documents: String {
    guard let documents = description.documents else {
      return "Documents. These deals have none in Handover."
    }
    return documents.contents == nil
      ? "The documents themselves: an export \"with documents\" has them."
      : "Documents that nobody has added to Handover."
  }

  private var counts: String {
    guard let leftOut = description.leftOut else { return "" }
    let lines = leftOut.lines.map {
      "  \(aligned(right: Wording.grouped($0.count), 12))  \($0.label)\n                \(words.named($0.meaning))"
    }
    return "\n\nCounted at the same moment, and not in it:\n\n" + lines.joined(separator: "\n")
  }

  private var linking: String {
    """
    How the \(unit)s belong together
    --------\(String(repeating: "-", count: unit.count))---------------
    Every record has an id: a letter and a number, such as D-12. It is the same in every export. An id in
    another \(unit) means the same record, and every id in these \(unit)s has its row in these \(unit)s.

      Deals.owner_id, Contacts.owner_id, Notes.author_id, Tasks.assigned_to_id   -> Users.user_id
      Notes.deal_id, Tasks.deal_id, DealContacts.deal_id                         -> Deals.deal_id
      Notes.contact_id, Tasks.contact_id, DealContacts.contact_id                -> Contacts.contact_id\(documentKey)

    A contact can be on many deals, and a deal can have many contacts: \(words.named("DealContacts.csv")) has a row for each
    such pair. Names beside the ids are there for people, and for programs that match by name.
    """
  }

  private var documentKey: String {
    description.documents == nil
      ? "" : "\n  Documents.deal_id                                                          -> Deals.deal_id"
  }

  private var text: String {
    "How values are written\n----------------------\n" + (hasTables ? textOfTables : textOfWorkbook)
  }

  private var textOfTables: String {
    """
    CSV as in RFC 4180: UTF-8 with a byte order mark, commas, CRLF after every row, quotes around what
    holds a comma, a quote or a line break. \(words.emptyCells)
    Times are in UTC (2026-05-02T09:30:00Z). Lists are joined with "; ".

    So that no spreadsheet runs a text as a formula, a text that begins with one of  = + - @ '  or with a
    tab or a carriage return has one ' in front. Negative numbers and telephone numbers (a plus, digits and
    spaces) are left as they are. To get the text as it was, remove one leading ' where there is one. This
    concerns only the columns marked with * below\(description.workbook == nil ? "" : ", and not the workbook").
    """
  }

  private var textOfWorkbook: String {
    """
    Texts are as they were written, and none is a formula. \(words.emptyCells)
    Times are in UTC. Lists are joined with "; ". A number of more than 15 digits and a day before March 1900
    are texts.
    """
  }

  private var spreadsheets: String {
    let advice =
      description.workbook == nil
      ? """
      Excel shows at most 1,048,576 rows of a file and 32,767 characters of a cell, and what it then saves
      lacks the rest. It also drops zeros at the start of numbers. The files themselves are complete: for more,
      use a database or a program that imports CSV, and set postcodes and telephone numbers to text.
      """
      : """
      A sheet holds 1,048,576 rows: a table with more goes on on a second sheet, such as "Deals (2)". A cell
      holds 32,767 characters: a longer text is cut, and listed on the sheet "\(DataPackage.Workbook.cutCells)".
      """
    return "Spreadsheets\n------------\n" + advice + (description.workbook != nil && hasTables ? ofBoth : "")
  }

  private var ofBoth: String {
    "\nThe CSV files have every row and every character. Excel drops zeros at the start of their numbers, and\n"
      + "shows no more rows and characters than a sheet holds."
  }

  private var proof: String {
    """
    How to know that it is complete
    -------------------------------
    The rows of each \(unit) were counted in the database by a query of its own, at the same moment, and are as
    many as were written. datapackage.json has these counts, with bytes, CRC-32 and SHA-256 of \(hasTables ? "each file" : "the workbook").
    The page and the e-mail from which you took this file show the SHA-256 of the whole.
    Open \(VerifyPage.file) in a browser, and drop the ZIP on it: it says whether all is there and unchanged, or what
    is not, and where. It loads nothing and sends nothing. It is a convenience, and the command "handover
    verify" the judge: whoever changes a ZIP can change the page in it too, so compare its SHA-256 with the one
    on the Export page and in the e-mail. In the unpacked folder,
    sha256sum --check \(Manifest.file) tells whether each file is as it was.
    """
  }

  private var ledger: String {
    let ledger = description.ledger
    let text =
      if let place = ledger.place {
        """
        This export is an entry in the ledger of the organisation's exports.
        Its number, its head, and the head before it:

        \(place)

        The head is made from what is in this ZIP and from the head before it, so no export can be changed,
        removed or added later without changing all heads that follow. The e-mail that said that this export was
        completed has the same number and head: if they differ, one of the two was changed. "handover verify"
        makes the head anew from this ZIP.
        """
      } else {
        """
        This ZIP was made by the command "handover export", and is not entered in the ledger of the organisation's
        exports. The last head of that ledger was, or zeros where it had no entry yet:

          \(ledger.previous)
        """
      }
    return "Ledger\n------\n" + text
  }

  private var columns: String {
    let tables = description.tables.map { table in
      "\(hasTables ? table.name.file : table.name.rawValue): \(table.meaning)\n"
        + table.columns.map(line).joined(separator: "\n")
    }
    return "Columns\n-------\n" + tables.joined(separator: "\n\n")
  }

  private func line(_ column: Column) -> String {
    let name = column.name + (hasTables && column.format.isProtected ? " *" : "")
    return "  \(aligned(name, 28)) \(aligned(column.format.inWords, 24)) \(column.meaning)"
  }
}

/// The text in lines of at most 104 characters.
private func wrapped(_ text: String) -> String {
  var lines = [""]
  for word in text.split(separator: " ") {
    let line = lines[lines.count - 1]
    if line.isEmpty {
      lines[lines.count - 1] = String(word)
    } else if line.count + 1 + word.count > 104 {
      lines.append(String(word))
    } else {
      lines[lines.count - 1] = "\(line) \(word)"
    }
  }
  return lines.joined(separator: "\n")
}

/// The text padded with blanks at its end, to this many characters.
private func aligned(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// The text padded with blanks in front, to this many characters.
private func aligned(right text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
