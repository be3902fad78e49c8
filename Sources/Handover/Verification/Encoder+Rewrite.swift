import CSV

extension Encoder {
  /// Writes a cell that was read as an export has to write it.
  /// - Returns: its number for `CrossChecks`; nil, with the cell copied, where it is not of the format.
  mutating func rewrite(_ cell: Span<UInt8>, as format: Column.Format) -> Int64? {
    switch format {
    case .text, .texts: text(FormulaProtection.undo(cell))
    case .oneOf(let words) where CellText.isOne(of: words, cell): verbatim(cell)
    case .date where CellText.isDate(cell): verbatim(cell)
    case .time where CellText.isTime(cell): verbatim(cell)
    case .id(let table): return rewrite(id: cell, of: table)
    case .ids(let table): return rewrite(ids: cell, of: table)
    case .money: return rewrite(decimal: cell, scale: 2, minimumFraction: 2)
    case .rate: return rewrite(decimal: cell, scale: 4, minimumFraction: 0)
    case .integer: return rewrite(decimal: cell, scale: 0, minimumFraction: 0)
    case .boolean: return rewrite(boolean: cell)
    case .oneOf, .date, .time: return refuse(cell)
    }
    return mark(of: cell)
  }

  private mutating func rewrite(id cell: Span<UInt8>, of table: Table.Name) -> Int64? {
    guard let prefix = table.letter?.asciiValue, let id = CellText.identifier(cell, prefix: prefix) else {
      return refuse(cell)
    }
    identifier(prefix: prefix, id)
    return id
  }

  private mutating func rewrite(ids cell: Span<UInt8>, of table: Table.Name) -> Int64? {
    var ids: [Int64] = []
    guard let prefix = table.letter?.asciiValue, CellText.identifiers(cell, prefix: prefix, into: &ids) else {
      return refuse(cell)
    }
    identifiers(prefix: prefix, ids.span)
    return Int64(ids.reduce(0) { mark(of: $0, appending: $1) })
  }

  private mutating func rewrite(decimal cell: Span<UInt8>, scale: Int, minimumFraction: Int) -> Int64? {
    guard let value = CellText.decimal(cell, scale: scale) else { return refuse(cell) }
    decimal(value, scale: scale, minimumFraction: minimumFraction)
    return value
  }

  private mutating func rewrite(boolean cell: Span<UInt8>) -> Int64? {
    guard let value = CellText.boolean(cell) else { return refuse(cell) }
    boolean(value)
    return value ? 1 : 0
  }

  private mutating func refuse(_ cell: Span<UInt8>) -> Int64? {
    verbatim(cell)
    return nil
  }
}
