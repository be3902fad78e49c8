import CSV

/// What a mapping says of the values of one file: from the cells of a record to a cell as an export writes it.
struct MappedValues {
  let mapping: ImportMapping
  /// Of times that don't say theirs.
  let zone: String
  let zones: Zones

  /// What became of a cell.
  enum Outcome {
    case empty
    /// From the column of the file at a place, nil for a value that stands in the mapping.
    case value(from: Int?, by: ImportMapping.Source)
  }

  /// Appends the value of a column to `text`, before it is brought into the column's form.
  func append(
    _ mapped: MappedColumns.Mapped, of record: borrowing Decoder, to text: inout [UInt8], _ use: inout CellUse
  ) -> Outcome {
    var outcome = Outcome.empty
    for source in mapped.sources {
      if case .value(let first, _) = outcome {
        for place in source.places where place != first && !record[place].isEmpty {
          // What stands for something else is no value that is lost.
          let isSame = first.map { hasSame(record[place], record[$0]) } ?? false
          if isSame || !source.rules.values.isEmpty { use.take(place) } else { use.leave(place) }
        }
        continue
      }
      let isList = mapped.column.format.isOfLists
      if let place = append(source, of: record, isList: isList, to: &text, &use) {
        outcome = .value(from: place < 0 ? nil : place, by: source.rules)
      }
    }
    return outcome
  }

  /// - Returns: where the value is from, -1 for the mapping; nil where it is empty.
  private func append(
    _ source: MappedColumns.Source, of record: borrowing Decoder, isList: Bool, to text: inout [UInt8],
    _ use: inout CellUse
  ) -> Int? {
    for condition in source.conditions where !condition.holds(of: record) {
      for place in source.places where !record[place].isEmpty { use.leave(place) }
      return nil
    }
    switch source.origin {
    case .constant(let value):
      text += value
      return value.isEmpty ? nil : -1
    case .join(let parts, let between):
      var first: Int?
      for part in parts {
        let before = text.count
        if first != nil { text += between }
        let start = text.count
        guard let place = append(part, of: record, isList: isList, to: &text, &use), text.count > start else {
          text.removeLast(text.count - before)
          continue
        }
        first = first ?? place
      }
      return first
    case .column(let place):
      let cell = mapping.isProtected ? FormulaProtection.undo(record[place]) : record[place]
      if cell.isEmpty { return nil }
      let isStranger =
        !source.rules.start.isEmpty && !trimmed(cell).starts(with: source.rules.start.utf8.span)
      if isStranger { use.leave(place) } else { use.take(place) }
      return !isStranger && append(cell, source.rules, isList: isList, to: &text) ? place : nil
    }
  }

  /// - Returns: whether anything was appended.
  private func append(
    _ cell: Span<UInt8>, _ rules: ImportMapping.Source, isList: Bool, to text: inout [UInt8]
  ) -> Bool {
    if let part = rules.part {
      let values = elements(of: cell, partedBy: rules.split)
      let taken = part == .first ? values.prefix(1) : values.dropFirst()
      text += taken.joined(separator: Array((rules.split.isEmpty ? "; " : rules.split + " ").utf8))
      return !taken.isEmpty
    }
    if isList, !rules.prefix.isEmpty || !rules.split.isEmpty {
      let start = text.count
      for element in elements(of: cell, partedBy: rules.split) {
        if text.count > start { text += [UInt8(ascii: ";"), 0x20] }
        text += rules.prefix.utf8
        text += element
      }
      return text.count > start
    }
    if let replacement = replacement(of: trimmed(cell), in: rules.values) {
      text += replacement.utf8
      return !replacement.isEmpty
    }
    text += rules.prefix.utf8
    // What a prefix stands before is an id, which has no blanks around it.
    text.append(copying: rules.prefix.isEmpty ? cell : trimmed(cell))
    return true
  }

  private func replacement(of cell: Span<UInt8>, in values: [ImportMapping.Replacement]) -> String? {
    if values.isEmpty { return nil }
    return (values.first { isSameWord(cell, Array($0.value.utf8)) } ?? values.first { $0.value == "*" })?.by
  }
}

/// Which cells of a record came into a column, and which were left: since another comes before them, or the mapping
/// wants them otherwise. One that came into some column is not lost.
struct CellUse {
  private(set) var isTaken: [Bool]
  private(set) var isLeft: [Bool]

  init(columns: Int) {
    isTaken = Array(repeating: false, count: columns)
    isLeft = isTaken
  }

  mutating func take(_ place: Int) { isTaken[place] = true }
  mutating func leave(_ place: Int) { isLeft[place] = true }

  mutating func clear() {
    for place in isTaken.indices {
      isTaken[place] = false
      isLeft[place] = false
    }
  }
}

// The forms of columns.
extension MappedValues {
  /// Brings a value into the form of its column. One that can't be stays as it is, for the import to complain of.
  /// - Returns: what of it was left out.
  func shape(
    _ text: inout [UInt8], as format: Column.Format, like rules: ImportMapping.Source
  ) -> MappingLosses.Loss? {
    switch format {
    case .text, .texts, .digest: break
    case .id:
      // A CRM may hang a note on several deals.
      let ids = elements(of: text.span, partedBy: rules.split)
      text = ids.first ?? []
      if ids.count > 1 { return .more }
    case .ids:
      // Two columns may name the same record.
      var ids: [[UInt8]] = []
      for id in elements(of: text.span, partedBy: "") where !ids.contains(id) { ids.append(id) }
      text = Array(ids.joined(separator: [UInt8(ascii: ";"), 0x20]))
    case .oneOf(let words):
      if let word = words.first(where: { isSameWord(trimmed(text.span), Array($0.utf8)) }) {
        text = Array(word.utf8)
      }
    case .boolean:
      if let boolean = Self.boolean(text) { text = Array(String(boolean).utf8) }
    case .money: number(&text, scale: 2)
    case .rate: number(&text, scale: 4)
    case .integer: number(&text, scale: 0)
    case .date:
      guard let (date, time) = moment(text.span, rules.dates) else { return nil }
      text = Array(date.text.utf8)
      if time.seconds != 0 { return .time }
    case .time:
      guard let (date, time) = moment(text.span, rules.dates) else { return nil }
      text = Array(unixTime(date, time).iso8601.utf8)
    }
    return nil
  }

  private static func boolean(_ text: [UInt8]) -> Bool? {
    let cell = trimmed(text.span)
    if yes.contains(where: { isSameWord(cell, $0) }) { return true }
    return no.contains { isSameWord(cell, $0) } ? false : nil
  }

  private static let yes = ["true", "yes", "y", "1", "t"].map { Array($0.utf8) }
  private static let no = ["false", "no", "n", "0", "f"].map { Array($0.utf8) }

  private func number(_ text: inout [UInt8], scale: Int) {
    let decimal = mapping.decimal?.rawValue.utf8.first
    if let number = NumberText.plain(text.span, scale: scale, decimal: decimal) { text = number }
  }

  /// The day and the time of day that a cell names; nil where it is neither, or could be two.
  private func moment(_ cell: Span<UInt8>, _ dates: [DateForm]) -> (CalendarDate, DayTime)? {
    let cell = trimmed(cell)
    let own = dates.isEmpty ? mapping.dates : dates
    for form in own + DateForm.plain {
      guard let (date, end) = form.date(in: cell), let time = DayTime(cell, from: end) else { continue }
      return (date, time)
    }
    // Either reading may be the only one: there is no month 25.
    let readings = own.isEmpty ? readings(of: cell) : []
    return Set(readings.map(\.0.number)).count == 1 ? readings.first : nil
  }

  private func readings(of cell: Span<UInt8>) -> [(CalendarDate, DayTime)] {
    var readings: [(CalendarDate, DayTime)] = []
    for form in DateForm.dayFirst + DateForm.monthFirst {
      guard let (date, end) = form.date(in: cell), let time = DayTime(cell, from: end) else { continue }
      readings.append((date, time))
    }
    return readings
  }

  /// Why a cell is not in its column's form, where the mapping could help; nil: as the column says.
  func hint(_ cell: Span<UInt8>, _ format: Column.Format) -> String? {
    switch format {
    case .date, .time:
      let days = Set(readings(of: trimmed(cell)).map(\.0.text)).sorted()
      guard days.count == 2 else { return nil }
      return "\(quotation(of: cell)) is \(days[0]) or \(days[1]); say in the mapping how dates are written: "
        + "\"dates\": \"dd/mm/yyyy\" or \"mm/dd/yyyy\""
    case .oneOf(let words):
      return
        "\(quotation(of: cell)) is not one of \(words.joined(separator: ", ")); say in the mapping what it stands "
        + "for: \"values\": {\(jsonString(String(copying: trimmed(cell)))): \"\(words[0])\"}"
    default: return nil
    }
  }

  private func unixTime(_ date: CalendarDate, _ time: DayTime) -> UnixTime {
    let local = 86_400 * date.number + time.seconds
    if let offset = time.offset { return UnixTime(rawValue: local - offset) }
    var moment = local
    // The second round is right where the clocks change in between.
    for _ in 0..<2 {
      let civil = zones.local(UnixTime(rawValue: moment), in: zone).civil
      moment +=
        local
        - (86_400 * CalendarDate(year: civil.year, month: civil.month, day: civil.day).number
          + Int64(3_600 * civil.hour + 60 * civil.minute + civil.second))
    }
    return UnixTime(rawValue: moment)
  }
}

extension Column.Format {
  /// Whether cells hold several values.
  fileprivate var isOfLists: Bool {
    switch self {
    case .ids, .texts: true
    default: false
    }
  }
}

extension CalendarDate {
  /// `2026-05-02`.
  var text: String { String(UnixTime(rawValue: 86_400 * number).iso8601.prefix(10)) }
}

/// The values of a list, without blanks around them.
/// - Parameter sign: empty: `;`.
private func elements(of cell: Span<UInt8>, partedBy sign: String) -> [[UInt8]] {
  let sign = sign.isEmpty ? [UInt8(ascii: ";")] : Array(sign.utf8)
  var elements: [[UInt8]] = []
  var start = 0
  var place = 0
  while place <= cell.count {
    let isSign = place + sign.count <= cell.count && sign.indices.allSatisfy { cell[place + $0] == sign[$0] }
    if isSign || place == cell.count {
      let element = trimmed(cell.extracting(start..<place))
      if !element.isEmpty { elements.append(Array(copying: element)) }
      if place == cell.count { break }
      place += sign.count
      start = place
    } else {
      place += 1
    }
  }
  return elements
}

private func hasSame(_ cell: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
  cell.count == other.count && cell.starts(with: other)
}

extension Span<UInt8> {
  fileprivate func starts(with other: Span<UInt8>) -> Bool {
    guard count >= other.count else { return false }
    for place in other.indices where self[place] != other[place] { return false }
    return true
  }
}

extension [UInt8] {
  init(copying cell: Span<UInt8>) {
    self = unsafe cell.withUnsafeBufferPointer { unsafe Array($0) }
  }

  mutating func append(copying cell: Span<UInt8>) {
    unsafe cell.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
