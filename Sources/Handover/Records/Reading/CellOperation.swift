/// How one cell of a row is written: the declaration of the column, compiled for the loop over millions of cells.
/// `place` counts the columns of the SELECT.
enum CellOperation {
  case identifier(prefix: UInt8, place: Int)
  case text(place: Int)
  /// Dates, times and words of a closed list.
  case verbatim(place: Int)
  case money(place: Int)
  case rate(place: Int)
  case integer(place: Int)
  case boolean(place: Int)
  case userName(place: Int)
  case userEmail(place: Int)
  case dealName(place: Int)
  case contactName(place: Int)
  case links(prefix: UInt8)
  case primaryContact(prefix: UInt8)
  case primaryContactName
}

extension CellOperation {
  /// - Returns: nil for a column that `selection` doesn't read, which no declaration has.
  init?(for column: Column, of table: Table, in selection: Selection) {
    switch column.source {
    case .stored:
      guard let place = selection.place(of: column.name) else { return nil }
      self.init(stored: column.format, at: place)
    case .userName(let id):
      guard let place = selection.place(of: id) else { return nil }
      self = .userName(place: place)
    case .userEmail(let id):
      guard let place = selection.place(of: id) else { return nil }
      self = .userEmail(place: place)
    case .recordName(let id):
      guard let place = selection.place(of: id), case .id(let other)? = table.column(id)?.format else {
        return nil
      }
      self = other == .deals ? .dealName(place: place) : .contactName(place: place)
    case .links:
      guard case .ids(let table) = column.format else { return nil }
      self = .links(prefix: table.idByte)
    case .primaryContact:
      guard case .id(let table) = column.format else { return nil }
      self = .primaryContact(prefix: table.idByte)
    case .primaryContactName: self = .primaryContactName
    }
  }

  private init?(stored format: Column.Format, at place: Int) {
    switch format {
    case .id(let table): self = .identifier(prefix: table.idByte, place: place)
    case .text, .texts: self = .text(place: place)
    case .oneOf, .date, .time: self = .verbatim(place: place)
    case .money: self = .money(place: place)
    case .rate: self = .rate(place: place)
    case .integer: self = .integer(place: place)
    case .boolean: self = .boolean(place: place)
    case .ids: return nil
    }
  }
}
