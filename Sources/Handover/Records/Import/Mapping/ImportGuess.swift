import CSV

/// What files seem to be, for people to look at and correct before anything is imported.
struct ImportGuess: Sendable {
  /// The one whose columns the files have most of.
  let mapping: ImportMapping
  /// In the order of the files.
  let files: [File]
  /// How the dates of the files are written.
  let dates: Dates

  struct File: Sendable, Equatable {
    /// As people know it: `deals.csv`.
    let name: String
    /// Nil: it is not imported.
    let table: Table.Name?
    let columns: [Column]
  }

  struct Column: Sendable, Equatable {
    /// Different from those of all other columns of the file.
    let title: String
    /// Where its values come into as they are; nil where they don't.
    let target: MappingTarget?
    /// Where they come into joined, in place of an empty one, or replaced by others.
    let others: [MappingTarget]
    /// Of the first rows, as many as `ImportGuess.samples` that are not empty, cut to a line.
    let samples: [String]
  }

  enum Dates: String, Sendable, CaseIterable {
    /// There are none, or they can be read in one way only.
    case plain
    case dayFirst = "dd/mm/yyyy"
    case monthFirst = "mm/dd/yyyy"
    /// The first rows could be either: somebody has to say.
    case unclear
  }

  /// What somebody chose for a file.
  struct Choice: Sendable {
    /// Nil: it is not imported.
    var table: Table.Name?
    /// For each of its columns; nil: it comes into none.
    var targets: [MappingTarget?]
  }

  /// Samples of a column.
  static let samples = 3
  /// The rows that a guess looks at.
  private static let rows = 1_000

  /// - Parameter mappings: in the order in which they are preferred.
  init(_ sheets: [ImportSheet], among mappings: [ImportMapping]) throws {
    let titled = sheets.map { (name: $0.name, titles: $0.titles) }
    func count(_ mapping: ImportMapping) -> Int {
      zip(mapping.files(of: titled), titled).map { file, sheet in
        file.map { MappedColumns.count(of: $0, titles: sheet.titles) } ?? 0
      }.reduce(0, +)
    }
    var best = mappings.first ?? ImportMapping(name: ImportMapping.own, title: "Handover", files: [])
    for mapping in mappings.dropFirst() where count(mapping) > count(best) { best = mapping }
    var signs = DateSigns()
    files = try zip(sheets, best.files(of: titled)).map { try Self.file($0, as: $1, &signs) }
    dates = best.dates.isEmpty ? signs.dates : .plain
    mapping = best
  }

  /// The columns whose values are not imported, by file: `deals.csv: Forecast category, Team`.
  var unmapped: [(file: String, columns: [String])] {
    files.compactMap { file in
      let columns = file.columns.filter { file.table == nil || $0.target == nil && $0.others.isEmpty }.map(
        \.title)
      return columns.isEmpty ? nil : (file.name, columns)
    }
  }

  /// Whether the files are in the format of an export, to the letter: no mapping is needed.
  var isExport: Bool {
    mapping.name == ImportMapping.own
      && files.allSatisfy { file in
        guard let table = file.table.map(Table.named) else { return false }
        return file.columns.allSatisfy { column in table.columns.contains { $0.name.isSame(as: column.title) }
        }
      }
  }

  private static func file(
    _ sheet: ImportSheet, as mapped: ImportMapping.File?, _ signs: inout DateSigns
  ) throws -> File {
    let titles = TitlePlaces(sheet.titles).titles
    let columns = mapped.map { MappedColumns($0, titles: sheet.titles) }
    var samples = titles.map { _ in [String]() }
    var rows = 0
    do {
      try sheet.eachRecord(ImportProblems(), counting: uncounted) { record in
        for place in titles.indices where !record[place].isEmpty {
          if samples[place].count < Self.samples { samples[place].append(sample(record[place])) }
          if columns?.isOfDates(place) == true { signs.look(at: record[place]) }
        }
        rows += 1
        if rows == Self.rows { throw Enough() }
      }
    } catch is Enough {} catch is ImportRefusal {
      // What is wrong with the file is told when it is read for good.
    }
    return File(
      name: sheet.name, table: mapped?.table,
      columns: titles.indices.map { place in
        let target = columns?.target(of: place)
        return Column(
          title: titles[place], target: target,
          others: columns?.targets(reading: place).filter { $0 != target } ?? [], samples: samples[place])
      })
  }

  private static func sample(_ cell: Span<UInt8>) -> String {
    let limit = 60
    let text = String(copying: cell.extracting(first: 4 * limit))
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return line.count > limit ? line.prefix(limit - 1) + "…" : line
  }

  private struct Enough: Error {}
}

extension ImportGuess {
  /// The mapping with what somebody chose otherwise.
  ///
  /// - Parameters:
  ///   - choices: one for each file.
  ///   - dates: what somebody said where they are unclear.
  /// - Throws: `ImportRefusal` where two columns come into one, a column doesn't belong to its table, or a file has nothing
  ///   that its records are known by.
  func corrected(_ choices: [Choice], dates: Dates? = nil) throws(ImportRefusal) -> ImportMapping {
    let problems = ImportProblems()
    var corrected = mapping
    corrected.isLoose = true
    switch dates ?? self.dates {
    case .dayFirst: corrected.dates = DateForm.dayFirst
    case .monthFirst: corrected.dates = DateForm.monthFirst
    case .plain, .unclear: break
    }
    let titled = files.map { (name: $0.name, titles: $0.columns.map(\.title)) }
    let mapped = mapping.files(of: titled)
    corrected.files = []
    for (place, file) in files.enumerated() where place < choices.count {
      guard let table = choices[place].table else { continue }
      let kept = mapped[place].flatMap { $0.table == table ? $0 : nil }
      corrected.files.append(try self.file(file, as: table, kept, choices[place].targets, problems))
    }
    if corrected.files.isEmpty, problems.count == 0 {
      try problems.add(FileProblem("no file is imported; choose what one of them is"))
    }
    try problems.refuseIfAny()
    // It is read as it will be stored, so that it can't be one that is refused later.
    return try ImportMapping(Array(corrected.json.utf8), name: mapping.name, file: "the mapping")
  }

  private func file(
    _ file: File, as table: Table.Name, _ kept: ImportMapping.File?, _ targets: [MappingTarget?],
    _ problems: ImportProblems
  ) throws(ImportRefusal) -> ImportMapping.File {
    var mapped = kept ?? ImportMapping.File(names: [], table: table, columns: [])
    mapped.names = [file.name]
    let known = MappingTarget.all(of: Table.named(table))
    for (column, target) in zip(file.columns, targets) where kept == nil || target != column.target {
      if kept != nil, let old = column.target { mapped.remove(column.title, from: old) }
      guard let target else { continue }
      guard known.contains(target) else {
        try problems.add(
          FileProblem(
            file: file.name, column: column.title,
            "\(table.rawValue) has no column \(target.text); choose another"))
        continue
      }
      mapped.add(column.title, to: target)
    }
    for target in known {
      let columns = zip(file.columns, targets).filter { $1 == target }.map(\.0.title)
      guard columns.count > 1 else { continue }
      try problems.add(
        FileProblem(
          file: file.name, column: columns[1],
          "\(columns.joined(separator: " and ")) both come into \(target.text); choose one of them"))
    }
    let keys = Table.named(table).primaryKey
    let hasKey = keys.allSatisfy { key in mapped.columns.contains { $0.target.column == key } }
    if !hasKey, !mapped.columns.contains(where: { $0.target.column == "source_id" }) {
      let choice =
        Table.named(table).column("source_id") == nil
        ? keys.joined(separator: " and ") : "\(keys[0]) or source_id"
      try problems.add(
        FileProblem(
          file: file.name, "choose the column that its records are known by: it comes into \(choice)"))
    }
    return mapped
  }
}

extension ImportMapping.File {
  /// Takes a column away as the source of a target, as it is or with its values replaced.
  fileprivate mutating func remove(_ title: String, from target: MappingTarget) {
    guard let place = columns.firstIndex(where: { $0.target == target }) else { return }
    let titles = TitlePlaces([title])
    columns[place].sources.removeAll { source in
      if case .column(let other) = source.origin { titles[other] != nil } else { false }
    }
    if columns[place].sources.isEmpty { columns.remove(at: place) }
  }

  /// Makes a column the first source of a target.
  fileprivate mutating func add(_ title: String, to target: MappingTarget) {
    let source = ImportMapping.Source(origin: .column(title))
    if let place = columns.firstIndex(where: { $0.target == target }) {
      columns[place].sources.insert(source, at: 0)
    } else {
      columns.append(.init(target: target, sources: [source]))
    }
  }
}

extension MappedColumns {
  /// Everything that a column of the file may come into.
  fileprivate func targets(reading place: Int) -> [MappingTarget] {
    columns.filter { $0.sources.contains { $0.places.contains(place) } }.map(\.target)
  }

  fileprivate func isOfDates(_ place: Int) -> Bool {
    columns.contains { mapped in
      (mapped.column.format == .date || mapped.column.format == .time)
        && mapped.sources.contains { $0.places.contains(place) }
    }
  }
}

/// Gathers which of the two readings of dates such as 3/4/2026 is the right one, by those that have one only.
private struct DateSigns {
  private var canBeDayFirst = true
  private var canBeMonthFirst = true
  private var areThere = false

  mutating func look(at cell: Span<UInt8>) {
    let cell = trimmed(cell)
    let isDayFirst = DateForm.dayFirst.contains { $0.date(in: cell) != nil }
    let isMonthFirst = DateForm.monthFirst.contains { $0.date(in: cell) != nil }
    guard isDayFirst || isMonthFirst else { return }
    areThere = true
    canBeDayFirst = canBeDayFirst && isDayFirst
    canBeMonthFirst = canBeMonthFirst && isMonthFirst
  }

  var dates: ImportGuess.Dates {
    guard areThere, canBeDayFirst || canBeMonthFirst else { return .plain }
    if canBeDayFirst, canBeMonthFirst { return .unclear }
    return canBeDayFirst ? .dayFirst : .monthFirst
  }
}
