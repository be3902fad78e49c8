import System

/// What a mapping leaves behind: counted by file and column, so that nothing vanishes unseen.
///
/// A file that is read again is counted again; the last whole reading counts.
final class MappingLosses {
  private var unmapped: [FileProblem] = []
  private var files: [(name: String, notes: [FileProblem])] = []
  private var reading: (name: String, titles: [String], counts: [Loss: [Int]])?

  enum Loss: CaseIterable {
    /// A value of a column that isn't mapped, or that another column's comes before.
    case value
    /// A time of day in a column of days.
    case time
    /// Ids beside the first one, in a column of one.
    case more
    /// The id of a user whom no file lists.
    case user
    case record
  }

  /// A file that is no table of the mapping.
  func leave(_ sheet: ImportSheet) {
    unmapped.append(
      FileProblem(
        file: sheet.name,
        "the file isn't mapped: its \(Wording.plural(sheet.titles.count, "column")) are left out"))
  }

  func begin(_ file: MappedFile) {
    let titles = file.titles.titles
    let counts = Loss.allCases.map { ($0, titles.map { _ in 0 }) }
    reading = (file.sheet.name, titles, Dictionary(uniqueKeysWithValues: counts))
  }

  /// - Parameter place: of the column.
  func count(_ loss: Loss, _ place: Int) { reading?.counts[loss]?[place] += 1 }

  func end() {
    guard let (name, titles, counts) = reading else { return }
    let notes = titles.indices.flatMap { place in
      Loss.allCases.compactMap { loss -> FileProblem? in
        guard let count = counts[loss]?[place], count > 0 else { return nil }
        return FileProblem(file: name, column: titles[place], loss.note(count))
      }
    }
    files.removeAll { $0.name.isSame(as: name) }
    files.append((name, notes))
    reading = nil
  }

  /// In the order of the files and their columns.
  var notes: [FileProblem] { unmapped + files.flatMap(\.notes) }
}

extension MappingLosses.Loss {
  fileprivate func note(_ count: Int) -> String {
    switch self {
    case .value:
      "\(Wording.plural(count, "value")) left out: the column isn't mapped, or another comes before it"
    case .time: "\(Wording.plural(count, "time")) of day left out: it comes into a column of days"
    case .more:
      "\(Wording.plural(count, "value")) cut to the first of several ids: the column that it comes into has one"
    case .user: "\(Wording.plural(count, "id")) of users left out: no file lists those users"
    case .record:
      "\(Wording.plural(count, "record")) left out: the mapping takes others, or one with the same e-mail address is there"
    }
  }
}
