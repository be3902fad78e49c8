import CSV
import XLSX

/// How a format's cells stand in a sheet of a workbook.
///
/// Each says what the CSV's says. Only what a spreadsheet would change stands otherwise: formula protection is undone, since
/// a cell of text is no formula, and numbers, days and times are such.
///
/// `handover verify` compares what this and `SheetEncoder` write, byte by byte: whoever changes it keeps the former way for the
/// archives that have it.
enum SheetCell {
  case text
  /// Text with formula protection.
  case protected
  case number(CellStyle)
  case day
  case moment
  case boolean

  init(_ format: Column.Format) {
    switch format {
    case .id, .ids, .oneOf, .digest: self = .text
    case .text, .texts: self = .protected
    case .money: self = .number(.amount)
    case .rate: self = .number(.rate)
    case .integer: self = .number(.whole)
    case .date: self = .day
    case .time: self = .moment
    case .boolean: self = .boolean
    }
  }
}

extension SheetEncoder {
  /// Begins the sheet of a table, with its header.
  mutating func begin(_ table: Table) {
    begin(columns: table.columns.map(\.inSheet), hasHeader: true)
    beginRow()
    for column in table.columns { heading(column.heading) }
    endRow()
  }

  /// Writes a cell of a CSV.
  /// - Returns: where its text was cut, the UTF-16 code units that it has.
  mutating func write(_ cell: Span<UInt8>, as kind: SheetCell) -> Int? {
    if cell.isEmpty {
      empty()
      return nil
    }
    switch kind {
    case .text: text(cell)
    case .protected: return text(FormulaProtection.undo(cell))
    case .number(let style): number(cell, style)
    case .day: day(cell)
    case .moment: moment(cell)
    case .boolean: if let value = CellText.boolean(cell) { boolean(value) } else { text(cell) }
    }
    return nil
  }

  /// Begins a sheet that lists cells that were cut, with its header.
  mutating func beginCutCells() {
    begin(columns: CutCell.columns.map { _ in SheetColumn(width: 24) }, hasHeader: true)
    beginRow()
    for name in CutCell.columns { heading(name) }
    endRow()
  }

  mutating func write(_ cell: CutCell) {
    beginRow()
    text(cell.sheet)
    number(cell.row)
    text(cell.table.id(cell.id))
    text(Table.named(cell.table).columns[cell.column].name)
    number(cell.characters)
    endRow()
  }
}

/// A cell that has less of its text than the record.
struct CutCell {
  static let columns = ["sheet", "row", "id", "column", "characters"]

  /// The name of the sheet.
  let sheet: String
  let table: Table.Name
  let row: Int
  let id: Int64
  /// Of the table, from 0.
  let column: Int
  /// UTF-16 code units of the whole.
  let characters: Int
}

extension Column {
  /// What the header of a sheet says.
  var heading: String { format == .time ? name + DataPackage.Workbook.zoneMark : name }

  fileprivate var inSheet: SheetColumn {
    let style: CellStyle =
      switch SheetCell(format) {
      case .text, .protected: .text
      case .number(let style): style
      case .day: .day
      case .moment: .moment
      case .boolean: .general
      }
    return SheetColumn(width: max(width, heading.utf8.count + 4), style: style)
  }

  /// For what its cells mostly hold; the header needs room for its button, too.
  private var width: Int {
    switch format {
    case .id: 10
    case .boolean, .oneOf, .date: 12
    case .integer, .rate: 12
    case .money: 16
    case .ids, .time: 20
    case .text, .texts: 28
    case .digest: 66
    }
  }
}
