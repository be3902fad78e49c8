import CSV
import System

/// Which of a file's columns are whose sources: a mapping's file, held against the titles of a file that is there.
struct MappedColumns {
  let file: ImportMapping.File
  /// In the order of the mapping.
  let columns: [Mapped]
  /// For each column of the file, whether a value of it can come into a record.
  let isUsed: [Bool]
  /// Rows that are left out, by what their file says of them.
  let conditions: [Where]

  struct Mapped {
    let target: MappingTarget
    let column: Column
    let sources: [Source]
  }

  struct Source {
    let origin: Origin
    let rules: ImportMapping.Source
    let conditions: [Where]

    enum Origin {
      case column(Int)
      case join([Source], with: [UInt8])
      case constant([UInt8])
    }

    /// The columns of the file that it reads.
    var places: [Int] {
      switch origin {
      case .column(let place): [place]
      case .join(let parts, _): parts.flatMap(\.places)
      case .constant: []
      }
    }
  }

  struct Where {
    let place: Int
    let values: [[UInt8]]
  }

  /// - Parameter titles: of the file.
  init(_ file: ImportMapping.File, titles: [String]) {
    let places = TitlePlaces(titles)
    self.file = file
    let table = Table.named(file.table)
    columns = file.columns.compactMap { mapped in
      let sources = mapped.sources.compactMap { Self.source($0, places) }
      guard let column = table.column(mapped.target.column), !sources.isEmpty else { return nil }
      return Mapped(target: mapped.target, column: column, sources: sources)
    }
    conditions = Self.conditions(file.conditions, places)
    var isUsed = titles.map { _ in false }
    for place in columns.flatMap({ $0.sources.flatMap(\.places) }) { isUsed[place] = true }
    for condition in conditions { isUsed[condition.place] = true }
    self.isUsed = isUsed
  }

  /// How many columns of a file the mapping knows.
  static func count(of file: ImportMapping.File, titles: [String]) -> Int {
    MappedColumns(file, titles: titles).isUsed.count { $0 }
  }

  /// What a column of the file comes into by itself, before any other column; nil for one that comes into none.
  func target(of place: Int) -> MappingTarget? {
    columns.first { if case .column(place) = $0.sources.first?.origin { true } else { false } }?.target
  }

  private static func source(_ source: ImportMapping.Source, _ places: TitlePlaces) -> Source? {
    let origin: Source.Origin
    switch source.origin {
    case .column(let title):
      guard let place = places[title] else { return nil }
      origin = .column(place)
    case .join(let parts, let between):
      let parts = parts.compactMap { self.source($0, places) }
      guard !parts.isEmpty else { return nil }
      origin = .join(parts, with: Array(between.utf8))
    case .constant(let value): origin = .constant(Array(value.utf8))
    }
    return Source(origin: origin, rules: source, conditions: conditions(source.conditions, places))
  }

  private static func conditions(_ conditions: [ImportMapping.Condition], _ places: TitlePlaces) -> [Where] {
    conditions.compactMap { condition in
      places[condition.column].map { Where(place: $0, values: condition.values.map { Array($0.utf8) }) }
    }
  }
}

extension MappedColumns.Where {
  func holds(of record: borrowing Decoder) -> Bool {
    let cell = trimmed(record[place])
    return values.contains { isSameWord(cell, $0) }
  }
}

/// Where a file has the column of a title: by any case, without blanks around it and the `*` of what is required. Of
/// several alike, the second is called `Phone (2)`.
struct TitlePlaces {
  /// Of each column, different from all others.
  let titles: [String]
  private let places: [String: Int]

  init(_ titles: [String]) {
    var places: [String: Int] = [:]
    self.titles = titles.enumerated().map { place, title in
      let title = title.trimmed.isEmpty ? "column \(place + 1)" : title.trimmed
      var name = title
      var number = 1
      while places[Self.key(name)] != nil {
        number += 1
        name = "\(title) (\(number))"
      }
      places[Self.key(name)] = place
      return name
    }
    self.places = places
  }

  subscript(title: String) -> Int? { places[Self.key(title)] }

  private static func key(_ title: String) -> String {
    // `deal_name` is what others call `Deal Name`.
    let folded = String(title.map { $0 == "_" ? " " : $0 }).folded
    return folded.hasSuffix("*") ? String(folded.dropLast()).trimmed : folded
  }
}

extension String {
  fileprivate var trimmed: String {
    String(copying: Handover.trimmed(utf8.span))
  }
}

/// The cell without blanks around it.
@_lifetime(copy cell)
func trimmed(_ cell: Span<UInt8>) -> Span<UInt8> {
  var (start, end) = (0, cell.count)
  while start < end, isBlank(cell[start]) { start += 1 }
  while end > start, isBlank(cell[end - 1]) { end -= 1 }
  return cell.extracting(start..<end)
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

/// Whether both are the same, but for the case of ASCII.
func isSameWord(_ cell: Span<UInt8>, _ word: [UInt8]) -> Bool {
  guard cell.count == word.count else { return false }
  for place in cell.indices where cell[place] != word[place] {
    let letter = cell[place] | 0x20
    guard letter == word[place] | 0x20, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) else {
      return false
    }
  }
  return true
}
