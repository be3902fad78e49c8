/// What is in an archive, a line for each file with records and each sheet: the same on the page, in the e-mail, on the
/// receipt and from `handover export`.
package struct ArchiveContents: Sendable, Equatable {
  /// The CSV files, in their order; where there are none, the sheets of the workbook.
  let files: [ArchivedFile]
  /// Nil where there is none.
  let workbook: Workbook?

  /// What is kept of the workbook of an archive.
  struct Workbook: Sendable, Equatable {
    let bytes: Int
    /// How many texts have less in it than in the record.
    let cutTexts: Int
  }

  package struct Line: Sendable {
    package let name: String
    /// Nil for the workbook, whose sheets have them, or the files beside it.
    package let rows: Int?
    /// Unpacked; nil for a sheet.
    package let bytes: Int?
  }

  private var isOfSheets: Bool { files.contains { !$0.name.hasSuffix(".csv") } }

  package var lines: [Line] {
    guard let workbook else { return files.map { Line(name: $0.name, rows: $0.rows, bytes: $0.bytes) } }
    let whole = Line(name: DataPackage.Workbook.file, rows: nil, bytes: workbook.bytes)
    return isOfSheets
      ? [whole] + files.map { Line(name: "Sheet \($0.name)", rows: $0.rows, bytes: nil) }
      : files.map { Line(name: $0.name, rows: $0.rows, bytes: $0.bytes) } + [whole]
  }

  /// Of the files with records, unpacked.
  var bytes: Int { lines.compactMap(\.bytes).saturatingSum }

  /// That texts are cut in the workbook, and where they are whole; nil where none is.
  package var cutTexts: String? {
    guard let cut = workbook?.cutTexts, cut > 0 else { return nil }
    let rest =
      isOfSheets ? "An export of CSV files has them whole." : "The CSV files have them whole."
    return
      "\(Wording.plural(cut, "text")) \(cut == 1 ? "is" : "are") cut in the workbook, since a cell holds no more: its "
      + "last sheet lists them. \(rest)"
  }
}

extension ArchiveReport {
  package var contents: ArchiveContents {
    ArchiveContents(
      files: files, workbook: workbook.map { .init(bytes: $0.bytes, cutTexts: $0.cutCells) })
  }
}
