import CSV
import Glibc
import SQLite

/// How the cells of one column are stored: the declaration of the column, compiled for the loop over millions
/// of cells.
struct CellValue {
  enum Kind {
    case text
    case word(of: [String])
    case date
    case time
    /// When the record was made: an empty cell changes nothing, and is now for a new record.
    case created
    case decimal(scale: Int)
    case boolean
  }

  enum Match {
    case same
    case different
    /// Not of the column's format.
    case wrong
  }

  /// Of the cell in the record.
  let place: Int
  /// Of the value in the stored row, from 0.
  let column: Int
  let kind: Kind

  /// - Returns: nil for a column of ids, or of hashes, which no record has.
  init?(_ column: Column, at place: Int, storedAt stored: Int) {
    switch column.format {
    case .id, .ids, .digest: return nil
    case .text, .texts: kind = .text
    case .oneOf(let words): kind = .word(of: words)
    case .date: kind = .date
    case .time: kind = column.name == "created_at" ? .created : .time
    case .money: kind = .decimal(scale: 2)
    case .rate: kind = .decimal(scale: 4)
    case .integer: kind = .decimal(scale: 0)
    case .boolean: kind = .boolean
    }
    self.place = place
    self.column = stored
  }

  /// Compares the cell with what the row of the statement has.
  @inline(__always)
  func match(_ cell: Span<UInt8>, _ row: borrowing Statement) -> Match {
    if cell.isEmpty {
      if case .created = kind { return .same }
      return isNull(row) ? .same : .different
    }
    switch kind {
    case .text:
      let text = FormulaProtection.undo(cell)
      return text.isEmpty
        ? (isNull(row) ? .same : .different) : row.has(text, at: column) ? .same : .different
    case .word(let words):
      guard CellText.isOne(of: words, cell) else { return .wrong }
      return row.has(cell, at: column) ? .same : .different
    case .date:
      guard CellText.isDate(cell) else { return .wrong }
      return row.has(cell, at: column) ? .same : .different
    case .time, .created:
      guard CellText.isTime(cell) else { return .wrong }
      return row.has(cell, at: column) ? .same : .different
    case .decimal(let scale):
      guard let value = CellText.decimal(cell, scale: scale) else { return .wrong }
      return isInteger(value, row) ? .same : .different
    case .boolean:
      guard let value = CellText.boolean(cell) else { return .wrong }
      return isInteger(value ? 1 : 0, row) ? .same : .different
    }
  }

  /// Binds the cell's value; an empty cell is NULL.
  /// - Returns: false where the cell is not of the column's format.
  func bind(_ cell: Span<UInt8>, to statement: inout Statement) throws(SQLiteError) -> Bool {
    let parameter = column + 1
    if cell.isEmpty {
      try statement.bindNull(at: parameter)
      return true
    }
    switch kind {
    case .text:
      let text = FormulaProtection.undo(cell)
      if text.isEmpty {
        try statement.bindNull(at: parameter)
      } else {
        try statement.bind(text: text, at: parameter)
      }
    case .word(let words):
      guard CellText.isOne(of: words, cell) else { return false }
      try statement.bind(text: cell, at: parameter)
    case .date:
      guard CellText.isDate(cell) else { return false }
      try statement.bind(text: cell, at: parameter)
    case .time, .created:
      guard CellText.isTime(cell) else { return false }
      try statement.bind(text: cell, at: parameter)
    case .decimal(let scale):
      guard let value = CellText.decimal(cell, scale: scale) else { return false }
      try statement.bind(value, at: parameter)
    case .boolean:
      guard let value = CellText.boolean(cell) else { return false }
      try statement.bind(value ? 1 : 0, at: parameter)
    }
    return true
  }

  private func isNull(_ row: borrowing Statement) -> Bool {
    if case .null = row.cell(at: column) { true } else { false }
  }

  private func isInteger(_ value: Int64, _ row: borrowing Statement) -> Bool {
    if case .integer(let other) = row.cell(at: column) { other == value } else { false }
  }
}

extension Statement {
  /// Whether a cell of the row is the text.
  @inline(__always)
  func has(_ text: Span<UInt8>, at column: Int) -> Bool {
    guard case .text(let other) = cell(at: column), other.count == text.count else { return false }
    return unsafe text.withUnsafeBytes { left in
      unsafe other.withUnsafeBytes { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return true }
        return unsafe memcmp(left, right, text.count) == 0
      }
    }
  }

  /// Binds what a row of another statement has.
  mutating func copy(_ column: Int, of row: borrowing Statement, to parameter: Int) throws(SQLiteError) {
    switch row.cell(at: column) {
    case .integer(let value): try bind(value, at: parameter)
    case .text(let text): try bind(text: text, at: parameter)
    default: try bindNull(at: parameter)
    }
  }
}
