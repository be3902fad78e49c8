import XLSX

/// A cell of the workbook's first sheet, which says what the workbook is.
enum AboutCell: Equatable {
  case heading(String)
  case text(String)
  case number(Int)
  case moment(UnixTime)

  static let columns = [SheetColumn(width: 26), SheetColumn(width: 22), SheetColumn(width: 90)]
}

extension SheetEncoder {
  mutating func write(_ cell: AboutCell) {
    switch cell {
    case .heading(let text): heading(text)
    case .text(let text): self.text(text)
    case .number(let number): self.number(number)
    case .moment(let time): moment(time.iso8601.utf8Span.span)
    }
  }
}

/// What the first sheet says.
struct WorkbookAbout {
  let organisation: Organisation
  let scope: Scope
  /// The name of the user or the contact, if the scope is a single one's.
  let subject: String?
  let purpose: String
  let snapshotAt: UnixTime
  /// Of a single user's.
  let leftOut: LeftOut?
  let hasDocuments: Bool
  /// Whether the CSV files are in the same ZIP.
  let hasTables: Bool

  func lines(_ sheets: [ArchivedSheet], _ cutCells: Int) -> [[AboutCell]] {
    title + [[]] + counts(sheets) + [[]] + texts(cutCells).map { [.text($0)] } + absent
  }

  private var words: ScopeInWords {
    ScopeInWords(scope: scope, hasDocuments: hasDocuments, isOfFiles: false)
  }

  private var absent: [[AboutCell]] {
    var lines: [[AboutCell]] = words.absent.map { [.text($0)] }
    if !lines.isEmpty { lines = [[], [.heading("What is not in it")]] + lines }
    guard let leftOut else { return lines }
    return lines + [[], [.heading("Counted at the same moment, and not in it")]]
      + leftOut.lines.map { [.text($0.label), .number($0.count), .text(words.named($0.meaning))] }
  }

  private var title: [[AboutCell]] {
    let local = Zones().local(snapshotAt, in: organisation.timeZone).exact
    return [
      [.heading(DataPackage.Workbook.title(of: organisation.name))], [],
      [.heading("Scope"), .text(scope.inWords(subject))],
    ] + (purpose.isEmpty ? [] : [[.heading("What for"), .text(purpose)]]) + [
      [.heading("As of (UTC)"), .moment(snapshotAt)],
      [.heading("As of (local)"), .text("\(local), on the clocks of \(organisation.zoneName)")],
    ]
  }

  private func counts(_ sheets: [ArchivedSheet]) -> [[AboutCell]] {
    [[.heading("Sheet"), .heading("Rows"), .heading("What")]]
      + sheets.map { [.text($0.name), .number($0.rows), .text(Table.named($0.table).meaning)] }
      + [[.text("together"), .number(sheets.reduce(0) { $0 + $1.rows })]]
  }

  private func texts(_ cutCells: Int) -> [String] {
    [
      "All sheets show the records as they were at that one moment. \(words.emptyCells) Times are in UTC.",
      "Every record has an id, such as D-12, the same in every export; an id in another sheet means the same record.",
      "Texts are as they were written: leading zeros, long numbers and signs at their beginning are kept, and none is a formula.",
      "A number of more than 15 digits and a day before March 1900 are texts, as spreadsheets have no such.",
      cutCells == 0
        ? "No text was cut."
        : "A cell holds \(Wording.grouped(SheetEncoder.mostCharacters)) characters. Longer texts end in"
          + "\(SheetEncoder.cutMark); the sheet '\(DataPackage.Workbook.cutCells)' lists them: \(Wording.grouped(cutCells)).",
      hasTables
        ? "The CSV files in the same ZIP are the complete record; README.txt tells more."
        : "This ZIP has no CSV files: export them where every character counts. README.txt tells more.",
      "The command handover verify, with the ZIP that this workbook was in, tells whether it is complete and unchanged. "
        + "Whatever is saved here is no longer what was exported.",
    ]
  }
}
