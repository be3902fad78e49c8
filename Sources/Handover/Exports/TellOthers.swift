import Mustache
import SQLite
import Secrets

extension Exports {
  /// Writes to whoever is told of exports beside the owner, by the organisation's setting, as part of the connection's
  /// transaction.
  ///
  /// - Parameter name: of the user who did it.
  func tellOthers(
    _ cause: ExportTold.Cause, of export: Export, by name: String, at now: UnixTime, in connection: Connection
  ) throws {
    let isToAdmins = try connection.told.current(of: export.organisation) == .admins
    for recipient in try connection.told.recipients(of: export.organisation) {
      try outbox.write(
        ExportTold(to: recipient, cause: cause, export: export, by: name, isToAdmin: isToAdmins),
        of: export.organisation, at: now, in: connection)
    }
  }
}

/// To whoever is told of exports beside the owner. It leads to no download: who reads it may have no account.
struct ExportTold: Letter {
  static let name = "told_of_export"
  let to: Recipient
  let cause: Cause
  let export: Export
  /// The name of the user who did it.
  let by: String
  /// Whether the recipient can open the Export page.
  let isToAdmin: Bool

  enum Cause: Sendable {
    case requested
    /// - Parameter to: the name of the user who may download it.
    case handed(to: String)
    /// For the first time by that user.
    ///
    /// - Parameter from: the network address and the device, see `place`.
    case downloaded(from: String)

    fileprivate var recipient: String? {
      if case .handed(let name) = self { name } else { nil }
    }

    fileprivate var place: String? {
      if case .downloaded(let place) = self { place } else { nil }
    }

    fileprivate var isRequest: Bool {
      if case .requested = self { true } else { false }
    }
  }

  func values(_ context: LetterContext) -> Object {
    var about: Object = [
      "scope_text": .text(export.isolatedScopeText), "requested_by": .text(export.requestedBy.name),
      "requested": context.moment(export.requestedAt), "purpose": .text(export.purpose), "archive": .null,
      "hand_to": cause.isRequest ? Value(export.handTo?.name) : .null,
    ]
    if let archive = export.archive {
      about["archive"] = [
        "rows_text": .text(Wording.unbroken(Wording.plural(archive.rows, "row"))),
        "sha256": .text(hex(archive.sha256)),
      ]
    }
    return [
      "export": .object(about), "by": .text(by), "when": context.moment(context.now),
      "is_request": .bool(cause.isRequest),
      "handed_to": Value(cause.recipient), "downloaded_from": Value(cause.place),
      "to_admin": .bool(isToAdmin),
      "address": .text(isToAdmin ? context.addresses.export(export.id) : context.addresses.home),
    ]
  }
}
