import CSV

/// A fault in a file of an export: where it is, and how to mend it.
package struct FileProblem: Error, Codable, Sendable, Equatable, CustomStringConvertible {
  /// As in `Deals.csv`; nil for the whole.
  package let file: String?
  /// The physical line, from 1; of a sheet, the row.
  package let line: Int?
  /// In a sheet, and where there is no line yet: the id of the record, as in `D-12`.
  let record: String?
  /// The name of the column; where the file is not CSV, the byte of the line, from 1.
  package let column: String?
  package let message: String

  init(
    file: String? = nil, line: Int? = nil, record: String? = nil, column: String? = nil, _ message: String
  ) {
    self.file = file
    self.line = line
    self.record = record
    self.column = column
    self.message = message
  }

  /// `Deals.csv, line 12, column loan_amount: "12,000" is not an amount; write it as 12000.00`. Fit for a terminal, whatever
  /// names and texts of the file are in it.
  package var description: String {
    let place = [file, line.map { "line \($0)" }, record, column.map { "column \($0)" }].compactMap { $0 }
    return onOneLine(place.isEmpty ? message : "\(place.joined(separator: ", ")): \(message)")
  }
}

extension FileProblem {
  /// What the decoder throws. Its position has no column of the table.
  init(_ error: CSVError, in file: String) {
    self.init(
      file: file, line: error.position.line, column: String(error.position.column), error.message)
  }
}
