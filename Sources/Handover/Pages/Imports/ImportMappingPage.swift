import HTTP
import Mustache

/// What the files of an import seem to be, to be looked at and corrected: which table a file is, and where its columns
/// go.
enum ImportMappingPage {
  /// The page, also as the answer to a choice that doesn't do.
  static func page(
    _ visit: SignedIn, _ found: Import, choosing form: Form? = nil, problems: [String] = [],
    status: Status = .ok
  ) throws -> Response {
    do {
      let guess = try guess(visit, found, form)
      return try page(visit, found, guess, Chosen(form, guess), problems, status)
    } catch let refusal as ImportRefusal {
      return try visit.settingsPage(
        "pages/import_mapping", at: .import,
        values(visit, found, problems + refusal.problems.map { visit.imports.text($0, of: found.id) }),
        status: .unprocessableContent)
    }
  }

  /// Has the files compared by what was chosen.
  static func compare(_ visit: SignedIn) throws -> Response {
    let id: ImportID = try visit.id()
    let organisation = visit.organisation.id
    guard let found = try visit.database.read({ try $0.imports.find(id, of: organisation) }) else {
      throw Refusal.notFound
    }
    guard ImportPage.canMap(found, visit) else {
      return try ImportPage.answer(
        visit, found.status.isRunning ? .busy(id) : .refused(found.status), "compared")
    }
    let form = visit.form
    let (limit, limitProblem) = allowedRemovals(form["allowed_removals"])
    if let limitProblem {
      return try page(visit, found, choosing: form, problems: [limitProblem], status: .unprocessableContent)
    }
    do {
      let guess = try guess(visit, found, form)
      let chosen = Chosen(form, guess)
      if chosen.hasOtherTable {
        return try page(
          visit, found, guess, chosen, ["Choose where the columns go now, then press Compare again."], .ok)
      }
      if guess.dates == .unclear, chosen.dates == nil {
        return try page(
          visit, found, guess, chosen, ["Choose how the dates are written."], .unprocessableContent)
      }
      let choice = ImportChoice(
        mapping: guess.isExport && chosen.isAsGuessed
          ? "" : try guess.corrected(chosen.choices, dates: chosen.dates).json,
        keepsMissing: form["keeps_missing"] != nil, allowedRemovals: limit)
      return try ImportPage.answer(
        visit, visit.imports.compare(id, choice, by: visit.user, from: visit.address), "compared")
    } catch let refusal as ImportRefusal {
      return try page(
        visit, found, choosing: form, problems: refusal.problems.map { visit.imports.text($0, of: id) },
        status: .unprocessableContent)
    }
  }

  /// In percent; nil for any number, of an empty field.
  private static func allowedRemovals(_ text: String?) -> (Int?, problem: String?) {
    let text = (text ?? "").filter { !$0.isWhitespace && $0 != "%" }
    if text.isEmpty { return (nil, nil) }
    guard let percent = Int(text), 0...100 ~= percent else {
      return (nil, "Write a percentage from 0 to 100, or nothing for any number of removals.")
    }
    return (percent, nil)
  }

  /// Among the mappings that come with Handover, or by the one that was chosen, here or before.
  private static func guess(_ visit: SignedIn, _ found: Import, _ form: Form?) throws -> ImportGuess {
    let known = visit.site.mappings
    let name = form?["from"] ?? visit.query["from"] ?? ""
    if let chosen = known.first(where: { $0.name.isSame(as: name) }) {
      return try visit.imports.guess(found, among: [chosen])
    }
    if found.choice.mapping.first == "{",
      let former = try? ImportMapping(
        Array(found.choice.mapping.utf8), name: "corrected", file: "the mapping")
    {
      return try visit.imports.guess(found, among: [former])
    }
    return try visit.imports.guess(found, among: known)
  }

  /// What a form says of the files; without one, what was guessed.
  private struct Chosen {
    var choices: [ImportGuess.Choice] = []
    var dates: ImportGuess.Dates?
    /// Whether a file was said to be another table than the one whose columns the form had.
    var hasOtherTable = false
    var isAsGuessed = true

    init(_ form: Form?, _ guess: ImportGuess) {
      for (number, file) in guess.files.enumerated() {
        var choice = ImportGuess.Choice(table: file.table, targets: file.columns.map(\.target))
        if let form, let text = form["t\(number)"] {
          let table = Table.Name(rawValue: text)
          let shown = form["s\(number)"].flatMap { Table.Name(rawValue: $0) }
          if table != shown, table != nil { hasOtherTable = true }
          if table != file.table { choice.targets = file.columns.map { _ in nil } }
          choice.table = table
          for (place, column) in file.columns.enumerated() {
            guard let table else { break }
            if table != shown {
              if table != file.table {
                choice.targets[place] = MappingTarget(column.title, of: .named(table))
              }
            } else if let target = form["c\(number)_\(place)"] {
              choice.targets[place] = MappingTarget(target, of: .named(table))
            }
          }
        }
        if choice.table != file.table || choice.targets != file.columns.map(\.target) { isAsGuessed = false }
        choices.append(choice)
      }
      if let text = form?["dates"] { dates = ImportGuess.Dates(rawValue: text) }
    }
  }

  private static func page(
    _ visit: SignedIn, _ found: Import, _ guess: ImportGuess, _ chosen: Chosen, _ problems: [String],
    _ status: Status
  ) throws -> Response {
    var view = values(visit, found, problems)
    let known = visit.site.mappings
    let isKnown = known.contains { $0.name == guess.mapping.name }
    view["mapping"] = [
      "from": .text(isKnown ? guess.mapping.name : ""),
      "title": Value(isKnown ? guess.mapping.title : nil),
      "known": .list(
        known.map {
          [
            "name": .text($0.name), "title": .text($0.title), "chosen": .bool($0.name == guess.mapping.name),
          ]
        }),
      "is_export": .bool(guess.isExport),
      "unclear": guess.dates == .unclear
        ? [
          "day": .bool(chosen.dates == .dayFirst), "month": .bool(chosen.dates == .monthFirst),
        ] : .null,
      "files": .list(
        guess.files.indices.map { file(guess.files[$0], $0, chosen.choices[$0]) }),
    ]
    return try visit.settingsPage("pages/import_mapping", at: .import, view, status: status)
  }

  /// The values of the page without a mapping.
  private static func values(_ visit: SignedIn, _ found: Import, _ problems: [String]) -> Object {
    let id = found.id.rawValue
    let form = visit.form
    let isSent = form["allowed_removals"] != nil
    return [
      "files": .text(found.files),
      "size": .text(Wording.size(found.size)),
      "until": visit.moment(found.since + Import.lifetime),
      "address": .text(Route.import.path(id)),
      "compare": .text(Route.compareImport.path(id)),
      "cancel": .text(Route.cancelImport.path(id)),
      "problems": problems.isEmpty ? .null : ["list": .list(problems.map { .text($0) })],
      "keeps_missing": .bool(isSent ? form["keeps_missing"] != nil : found.choice.keepsMissing),
      "allowed_removals": .text(
        form["allowed_removals"] ?? found.choice.allowedRemovals.map { String($0) } ?? ""),
      "mapping": .null,
    ]
  }

  private static func file(_ file: ImportGuess.File, _ number: Int, _ choice: ImportGuess.Choice) -> Value {
    let table = choice.table.map(Table.named)
    let targets = table.map { MappingTarget.all(of: $0) } ?? []
    let left = zip(file.columns, choice.targets).filter { column, target in
      table != nil && target == nil && (choice.table != file.table || column.others.isEmpty)
    }.map(\.0.title)
    return [
      "number": .integer(number),
      "name": .text(file.name),
      "table": .text(choice.table?.rawValue ?? ""),
      "tables": .list(
        Table.all.map {
          [
            "value": .text($0.name.rawValue), "words": .text($0.name.rawValue),
            "chosen": .bool($0.name == choice.table),
          ]
        }),
      "is_left": .bool(table == nil),
      "left": left.isEmpty ? .null : .text(left.map(Wording.isolated).joined(separator: ", ")),
      "count": .text(Wording.plural(file.columns.count, "column")),
      "columns": table == nil
        ? .list([])
        : .list(
          file.columns.indices.map { place in
            let column = file.columns[place]
            return [
              "place": .integer(place),
              "title": .text(column.title),
              "samples": Value(column.samples.isEmpty ? nil : column.samples.joined(separator: " · ")),
              "others": column.others.isEmpty || choice.table != file.table
                ? .null : .text(column.others.map(\.words).joined(separator: ", ")),
              "targets": .list(
                targets.map {
                  [
                    "value": .text($0.text), "words": .text($0.words),
                    "chosen": .bool($0 == choice.targets[place]),
                  ]
                }),
            ]
          }),
    ]
  }
}

extension MappingTarget {
  /// As people read it: `Deal name`, `Owner, by e-mail`.
  fileprivate var words: String {
    var words = column.replacing("_", with: " ")
    if naming != nil, words.hasSuffix(" id") { words = String(words.dropLast(3)) }
    words = words.prefix(1).uppercased() + words.dropFirst()
    return switch naming {
    case nil: words
    case .id: words + ", by id"
    case .name: words + ", by name"
    case .email: words + ", by e-mail"
    }
  }
}
