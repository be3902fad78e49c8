import CSV

/// Brings the cells of one file into the form of an export, where they are written otherwise and mean one value only:
/// `TRUE`, `1.234,56`, `2026/05/02`.
///
/// A record that is in that form already, as in every export, is looked at where it lies.
final class RecordTidier {
  private let forms: [CellForm]
  /// Where the cells of the header's columns are; those without a title are left out.
  private let places: [Int]
  private let isStraight: Bool
  private let sheet: ImportSheet
  private var told: Set<String> = []

  init(_ header: ImportHeader, in sheet: ImportSheet) {
    self.sheet = sheet
    let places = sheet.titles.indices.filter { !sheet.titles[$0].isEmpty }
    self.places = places
    isStraight = places == Array(places.indices)
    forms = zip(places, header.columns).compactMap { CellForm($1, at: $0, isOfWorkbook: sheet.isOfWorkbook) }
  }

  func isTidy(_ record: borrowing Decoder) -> Bool {
    guard isStraight else { return false }
    for index in forms.indices where !forms[index].isTidy(record[forms[index].place]) { return false }
    return true
  }

  /// Puts the record together again; a cell that is none of its format, or could be two values, stays as it is.
  func tidy(_ record: borrowing Decoder, into tidy: inout Decoder) {
    tidy.clear()
    var next = 0
    for place in places {
      var form: CellForm?
      if next < forms.count, forms[next].place == place {
        form = forms[next]
        next += 1
      }
      if let form, !form.isTidy(record[place]), let reading = form.reading(of: record[place]) {
        tidy.append(reading.cell.span, at: record.position(of: place))
        if let loss = reading.loss { tell(loss, at: place, of: record) }
      } else {
        tidy.append(record[place], at: record.position(of: place))
      }
    }
  }

  /// Notes what is not kept of a value, once for each column.
  private func tell(_ loss: CellForm.Loss, at place: Int, of record: borrowing Decoder) {
    guard told.insert("\(place) \(loss)").inserted else { return }
    sheet.add(note: sheet.problem(at: place, of: record, "\(quotation(of: record[place])) \(loss.inWords)"))
  }
}

/// The form in which an export has the cells of a column that is not text, and the other forms that mean the same.
struct CellForm {
  /// What a reading leaves out of what stands in the file.
  enum Loss {
    case currency, fraction, zone
  }

  let place: Int
  private let kind: Kind
  private let isOfWorkbook: Bool

  private enum Kind {
    case id, ids, date, time, boolean
    case decimal(scale: Int)
    case word(of: [String])
  }

  /// - Returns: nil for a column of texts or names, which are taken as they are.
  init?(_ column: ImportColumn, at place: Int, isOfWorkbook: Bool) {
    self.place = place
    self.isOfWorkbook = isOfWorkbook
    if column.naming == .name { return nil }
    switch column.column.format {
    case .id: kind = .id
    case .ids: kind = .ids
    case .text, .texts, .digest: return nil
    case .oneOf(let words): kind = .word(of: words)
    case .date: kind = .date
    case .time: kind = .time
    case .money: kind = .decimal(scale: 2)
    case .rate: kind = .decimal(scale: 4)
    case .integer: kind = .decimal(scale: 0)
    case .boolean: kind = .boolean
    }
  }

  /// Whether the cell may be in the form of an export: quick, and false for all that `reading` changes.
  @inline(__always)
  func isTidy(_ cell: Span<UInt8>) -> Bool {
    if cell.isEmpty { return true }
    switch kind {
    case .id: return !isPadded(cell)
    case .ids:
      for place in cell.indices where cell[place] == UInt8(ascii: ";") || cell[place] == UInt8(ascii: ",") {
        guard cell[place] == UInt8(ascii: ";"), place + 1 < cell.count, cell[place + 1] == 0x20 else {
          return false
        }
      }
      return !isPadded(cell)
    case .date: return cell.count == 10 && cell[4] == UInt8(ascii: "-") && cell[7] == UInt8(ascii: "-")
    case .time: return cell.count == 20 && cell[10] == UInt8(ascii: "T") && cell[19] == UInt8(ascii: "Z")
    case .boolean:
      return cell.count < 6 && (cell[0] == UInt8(ascii: "t") || cell[0] == UInt8(ascii: "f"))
        && cell.count > 3
    case .decimal(let scale):
      var point = cell.count
      for place in cell.indices where cell[place] &- UInt8(ascii: "0") > 9 {
        if cell[place] == UInt8(ascii: "."), point == cell.count, place > 0 {
          point = place
        } else if cell[place] != UInt8(ascii: "-") || place > 0 {
          return false
        }
      }
      return cell.count - point - 1 <= scale && !(scale == 0 && point < cell.count)
    case .word(let words): return CellText.isOne(of: words, cell)
    }
  }

  /// The cell as an export writes it, and what that leaves out.
  /// - Returns: nil where it is no value of the column, or could be two.
  func reading(of cell: Span<UInt8>) -> (cell: [UInt8], loss: Loss?)? {
    let text = String(copying: cell).trimmed
    if text.isEmpty { return ([], nil) }
    switch kind {
    case .id: return (Array(text.utf8), nil)
    case .ids: return (Self.list(text), nil)
    case .date:
      guard let moment = DateText.moment(text), moment.time.seconds == 0 else { return nil }
      return (Array(moment.date.text.utf8), nil)
    case .time:
      guard let moment = DateText.moment(text), isOfWorkbook || moment.time.offset != nil else { return nil }
      let utc = 86_400 * moment.date.number + moment.time.seconds - (moment.time.offset ?? 0)
      let loss: Loss? = moment.time.offset == nil ? .zone : DateText.hasFraction(text) ? .fraction : nil
      return (Array(UnixTime(rawValue: utc).iso8601.utf8), loss)
    case .boolean:
      guard let value = Self.booleans[text.lowercased()] else { return nil }
      return (Array(value.utf8), nil)
    case .decimal(let scale):
      guard let amount = AmountText(text, scale: scale), let plain = amount.plain else { return nil }
      return (plain, amount.hasCurrency ? .currency : nil)
    case .word(let words):
      let plain = String(text.lowercased().map { $0 == " " || $0 == "_" ? "-" : $0 })
      return words.contains(plain) ? (Array(plain.utf8), nil) : nil
    }
  }

  private static let booleans = [
    "true": "true", "yes": "true", "y": "true", "t": "true", "1": "true", "false": "false", "no": "false",
    "n": "false", "f": "false", "0": "false",
  ]

  /// Ids with `; ` between them; with commas only where no id has one.
  private static func list(_ text: String) -> [UInt8] {
    let separator: Character = text.contains(";") ? ";" : ","
    let ids = text.split(separator: separator).map { String($0).trimmed }.filter { !$0.isEmpty }
    return Array(ids.joined(separator: "; ").utf8)
  }

  @inline(__always)
  private func isPadded(_ cell: Span<UInt8>) -> Bool {
    cell[0] <= 0x20 || cell[cell.count - 1] <= 0x20 || cell[0] == 0xC2 || cell[cell.count - 1] == 0xA0
  }
}

extension CellForm.Loss {
  fileprivate var inWords: String {
    switch self {
    case .currency: "and others in the column are read as amounts, without the sign of their currency"
    case .fraction: "and others in the column are read without fractions of a second"
    case .zone: "and others in the column have no zone, and are read as UTC"
    }
  }
}

extension String {
  /// Without blanks around, of whatever kind.
  fileprivate var trimmed: String {
    var scalars = unicodeScalars[...]
    while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
    while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
    return String(scalars)
  }
}
