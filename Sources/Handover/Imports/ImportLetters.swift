import Mustache

struct ImportCompleted: Letter {
  static let name = "import_completed"
  let to: Recipient
  let found: Import
  /// The export of how it was before.
  let before: Export?

  func values(_ context: LetterContext) -> Object {
    [
      "import": found.value(context),
      "before": before.map { ["address": .text(context.addresses.export($0.id))] } ?? .null,
    ]
  }
}

struct ImportUndone: Letter {
  static let name = "import_undone"
  let to: Recipient
  let found: Import

  func values(_ context: LetterContext) -> Object { ["import": found.value(context)] }
}

struct ImportFailed: Letter {
  static let name = "import_failed"
  let to: Recipient
  let found: Import
  /// A sentence that an owner understands.
  let reason: String

  func values(_ context: LetterContext) -> Object {
    [
      "import": found.value(context), "reason": .text(reason), "is_undo": .bool(found.step == .undo),
    ]
  }
}

extension Import {
  /// The values that every e-mail shows.
  fileprivate func value(_ context: LetterContext) -> Value {
    [
      "files": .text(files), "requested_by": .text(requestedBy?.name ?? "The operator"),
      "requested": context.moment(requestedAt), "counts": Value(report?.counts),
      "address": .text(context.addresses.import(id)),
    ]
  }
}
