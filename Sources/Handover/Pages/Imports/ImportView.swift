import Mustache

/// One import, as `partials/import` shows it.
struct ImportView {
  private let found: Import
  private let visit: SignedIn
  /// The export of how it was before.
  private let before: Export?

  init(_ found: Import, _ visit: SignedIn) throws {
    self.found = found
    self.visit = visit
    before = try found.before.flatMap { id in
      try visit.database.read { try $0.exports.find(id, of: found.organisation) }
    }
  }

  var value: Value {
    let id = found.id.rawValue
    let isOpen = found.endedAt == nil
    let canMap = ImportPage.canMap(found, visit)
    return [
      "id": .text(id),
      "files": .text(found.files),
      "size": .text(Wording.size(found.size)),
      "status": .text(found.status.rawValue),
      "status_word": .text(word),
      "requested_by": Value(found.requestedBy?.name),
      "requested": visit.moment(found.requestedAt),
      "is_running": .bool(found.status.isRunning),
      "running": running,
      "waiting": Value(waiting),
      "again": again,
      "reason": Value(found.status.isRunning && found.failures > 0 ? nil : found.reason),
      "problems": found.problems.isEmpty || found.status != .failed
        ? .null
        : [
          "list": .list(found.problems.map { .text(visit.imports.text($0, of: found.id)) }),
          "more": .bool(isFull),
        ],
      "report": found.report.map(view) ?? .null,
      "is_preview": .bool(found.status == .ready),
      "keeps_missing": .bool(found.choice.keepsMissing),
      "before": before.map(view) ?? .null,
      "applied": found.appliedAt.map(visit.moment) ?? .null,
      "undone": found.undoneAt.map(visit.moment) ?? .null,
      "confirm": action(.confirmImport, where: found.status == .ready && changesSomething),
      "remap": canMap && found.status != .uploaded ? .text(Route.import.path(id) + "?mapping=1") : .null,
      "retry": action(
        .retryImport,
        where: found.status == .failed && found.step != .undo && canMap && found.problems.isEmpty),
      "cancel": action(.cancelImport, where: isOpen || found.status == .failed && canMap),
      "undo": action(
        .undoForm,
        where: found.status == .completed && found.canUndo && visit.imports.folder.hasDifference(found.id)),
      "until": canMap ? visit.moment(found.since + Import.lifetime) : .null,
    ]
  }

  private func action(_ route: Route, where isPossible: Bool) -> Value {
    isPossible ? .text(route.path(found.id.rawValue)) : .null
  }

  private var changesSomething: Bool { found.report?.changesNothing != true }

  /// Whether there may be more problems than are listed.
  private var isFull: Bool { found.problems.count >= ImportRefusal.mostProblems }

  /// While it runs, what it does.
  private var word: String {
    guard found.status == .processing else { return found.status.word }
    return switch found.step {
    case .compare: "Comparing"
    case .apply: "Importing"
    case .undo: "Undoing"
    }
  }

  private var running: Value {
    guard found.status == .processing else { return .null }
    let state = visit.imports.runs.run(of: found.id.rawValue)?.progress.state
    return [
      "percent": .integer(state?.percent ?? 0),
      "file": Value(state.flatMap { $0.file.isEmpty ? nil : $0.file }),
      "rows": Value(state.flatMap { $0.rows > 0 ? Wording.plural($0.rows, "row") : nil }),
    ]
  }

  private var waiting: String? {
    guard found.status == .queued, found.failures == 0 else { return nil }
    if found.step == .apply, before?.status.isOpen == true {
      return "First an export of how it is now is made, so that you can go back to it."
    }
    return "It begins by itself as soon as others are done."
  }

  private var again: Value {
    guard found.status == .queued, found.failures > 0, let reason = found.reason else { return .null }
    return [
      "reason": .text(reason), "attempt": .integer(found.failures + 1),
      "attempts": .integer(Import.retries.attempts),
      "next_try": visit.moment(min(found.notBefore, visit.now + Import.retries.longestPause)),
    ]
  }

  private func view(_ export: Export) -> Value {
    [
      "address": .text(Route.row(of: export.id)),
      "available": .bool(export.isAvailable(at: visit.now)),
      "status": .text(export.status.rawValue),
    ]
  }

  private func view(_ report: ImportReport) -> Value {
    func number(_ count: Int) -> Value { .text(Wording.grouped(count)) }
    func sum(_ part: (ImportReport.File) -> Int) -> Value { number(report.files.reduce(0) { $0 + part($1) }) }
    return [
      "files": .list(
        report.files.map {
          [
            "file": .text($0.name), "rows": number($0.rows), "added": number($0.added),
            "changed": number($0.changed), "gone": number($0.gone), "unchanged": number($0.unchanged),
          ]
        }),
      "rows": sum(\.rows), "added": sum(\.added), "changed": sum(\.changed), "gone": sum(\.gone),
      "unchanged": sum(\.unchanged),
      "changes_nothing": .bool(report.changesNothing),
      "users_made": Value(report.usersMade > 0 ? Wording.plural(report.usersMade, "user") : nil),
      "links": Value(report.linksFromLists > 0 ? Wording.plural(report.linksFromLists, "link") : nil),
      "notes": report.notes.isEmpty
        ? .null
        : [
          "list": .list(report.notes.map { .text(visit.imports.text($0, of: found.id)) }),
          "more": Value(report.furtherNotes > 0 ? Wording.grouped(report.furtherNotes) : nil),
        ],
    ]
  }
}

extension ImportReport {
  /// `12 added, 3 changed, 1 removed`; what is 0 is left out.
  var changes: String {
    func count(_ part: (File) -> Int, _ word: String) -> String? {
      let sum = files.reduce(0) { $0 + part($1) }
      return sum == 0 ? nil : "\(Wording.grouped(sum)) \(word)"
    }
    let words = [count(\.added, "added"), count(\.changed, "changed"), count(\.gone, "removed")]
    return words.allSatisfy { $0 == nil }
      ? "Nothing changed" : words.compactMap(\.self).joined(separator: ", ")
  }
}
