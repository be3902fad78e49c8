import CSV
import SQLite

/// How the cells of one column are stored: the declaration of the column, compiled for the loop over millions of cells.
struct ImportOperation {
  enum Kind {
    /// It repeats what stands elsewhere.
    case skip
    /// The record's own id, or one of its ids: never empty.
    case key(prefix: UInt8)
    case identifier(prefix: UInt8)
    case text
    case word(of: [String])
    case date
    case time
    /// When the record was made; empty is now.
    case created
    case decimal(scale: Int)
    case boolean
  }

  let kind: Kind
  /// Of the INSERT.
  private let parameter: Int

  /// - Parameter parameter: nil for a column that isn't stored.
  init(for column: Column, of table: Table, parameter: Int?) {
    kind = parameter == nil ? .skip : Kind(for: column, isKey: table.primaryKey.contains(column.name))
    self.parameter = parameter ?? 0
  }

  /// Binds the cell's value; an empty cell is NULL.
  /// - Returns: false where the cell is not of the column's format.
  @inline(__always)
  func bind(_ cell: Span<UInt8>, to statement: inout Statement, now: [UInt8]) throws(SQLiteError) -> Bool {
    if cell.isEmpty { return try bindEmpty(to: &statement, now: now) }
    switch kind {
    case .skip: break
    case .key(let prefix), .identifier(let prefix):
      guard let id = CellText.identifier(cell, prefix: prefix) else { return false }
      try statement.bind(id, at: parameter)
    case .text:
      let text = FormulaProtection.undo(cell)
      if text.isEmpty { return try bindEmpty(to: &statement, now: now) }
      try statement.bind(text: text, at: parameter)
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

  private func bindEmpty(to statement: inout Statement, now: [UInt8]) throws(SQLiteError) -> Bool {
    switch kind {
    case .skip: break
    case .key: return false
    case .created: try statement.bind(text: now.span, at: parameter)
    default: try statement.bindNull(at: parameter)
    }
    return true
  }
}

extension ImportOperation.Kind {
  fileprivate init(for column: Column, isKey: Bool) {
    switch column.format {
    case .id(let table):
      // Users are looked up by `PersonColumns`.
      self =
        switch table {
        case .users: .skip
        default: isKey ? .key(prefix: table.idByte) : .identifier(prefix: table.idByte)
        }
    case .ids: self = .skip
    case .text, .texts: self = .text
    case .oneOf(let words): self = .word(of: words)
    case .date: self = .date
    case .time: self = column.name == "created_at" ? .created : .time
    case .money: self = .decimal(scale: 2)
    case .rate: self = .decimal(scale: 4)
    case .integer: self = .decimal(scale: 0)
    case .boolean: self = .boolean
    }
  }
}
