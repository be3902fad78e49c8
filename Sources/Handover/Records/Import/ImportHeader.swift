import CSV

/// Which column of a file stands where.
struct ImportHeader {
  let table: Table
  /// In the order of the file.
  let columns: [Column]

  /// Reads the first record.
  /// - Throws: `ImportRefusal` where there are twenty problems already.
  /// - Returns: nil, with the problems added, where it isn't a header of the table.
  init?(of name: Table.Name, _ record: borrowing Decoder, _ problems: ImportProblems) throws(ImportRefusal) {
    table = Table.named(name)
    var columns: [Column] = []
    var isSound = true
    for place in 0..<record.count {
      let cell = String(copying: record[place])
      if let column = table.column(cell), !columns.contains(where: { $0.name == cell }) {
        columns.append(column)
        continue
      }
      let complaint =
        table.column(cell) == nil
        ? "\(quotation(of: record[place])) is not a column of this file; its columns are "
          + table.columns.map(\.name).joined(separator: ", ")
        : "the column \(cell) appears twice"
      try problems.add(FileProblem(file: name.file, line: 1, complaint))
      isSound = false
    }
    for key in table.primaryKey where isSound && !columns.contains(where: { $0.name == key }) {
      try problems.add(FileProblem(file: name.file, line: 1, "the column \(key) is missing"))
      isSound = false
    }
    guard isSound else { return nil }
    self.columns = columns
  }

  /// - Returns: nil for a column that the file doesn't have.
  func place(of column: String) -> Int? {
    columns.firstIndex { $0.name == column }
  }
}
