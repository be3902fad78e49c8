import Mustache
import Secrets

/// Waits for a moment: an export of a small organisation ends meanwhile, and the mail of its end says both. See
/// `Exports.tellEnd`.
struct ExportRequested: Letter {
  static let name = "export_requested"
  static let wait = Duration.seconds(5)
  let to: Recipient
  let export: Export
  var about: ExportID? { export.id }

  func values(_ context: LetterContext) -> Object { ["export": export.value(context)] }
}

struct ExportCompleted: Letter {
  static let name = "export_completed"
  let to: Recipient
  let export: Export
  let archive: Export.Archive
  let files: [ArchivedFile]
  /// Of a single user's: what stays behind.
  let leftOut: LeftOut?
  /// The address of the signed link.
  let download: String
  /// In whose hands it is, where the owner wanted that.
  let hand: Hand?
  /// Whether the owner hears of the export for the first time.
  let isFirst: Bool

  func values(_ context: LetterContext) -> Object {
    let all = ArchiveContents(files: files, workbook: archive.workbook)
    let contents: Value = [
      "files": .list(
        all.lines.map { line in
          let texts = [
            line.rows.map { Wording.plural($0, "row") }, line.bytes.map { Wording.size($0) },
          ].compactMap(\.self)
          return [
            "name": .text(line.name), "rows": .text(line.rows.map(Wording.grouped) ?? ""),
            "size": line.bytes.map(sizeText) ?? "",
            "counts": .text(texts.map(Wording.unbroken).joined(separator: ", ")),
          ]
        }),
      "total_rows": .text(Wording.grouped(archive.rows)), "total_rows_text": rowsText(archive.rows),
      "total_size": sizeText(all.bytes), "cut_texts": Value(all.cutTexts),
    ]
    let more: Object = [
      "rows_text": rowsText(archive.rows), "size": sizeText(archive.size),
      "sha256": .text(hex(archive.sha256)), "snapshot": context.moment(archive.snapshotAt),
      "expires": context.moment(archive.expiresAt), "contents": contents,
      "left_out": leftOut?.value ?? .null, "documents": Value(archive.documents),
      "page_sha256": Value(archive.pageSHA256.map(hex)),
      "entry": archive.entry?.value ?? .null,
    ]
    return [
      "export": export.value(context, more), "download": .text(download), "is_first": .bool(isFirst),
      "is_empty": .bool(!files.holdRecords), "handed_to": Value(hand?.user.name),
      "not_handed_to": Value(hand == nil ? export.handTo?.name : nil),
    ]
  }
}

/// To the user to whom the owner has handed an export.
struct ExportHanded: Letter {
  static let name = "export_handed"
  let to: Recipient
  let export: Export
  let archive: Export.Archive
  /// Of a single user's: what stays behind.
  let leftOut: LeftOut?
  let owner: User
  /// The address of the link that is signed for the user.
  let download: String
  var replyTo: Recipient? { owner.answersTo }

  func values(_ context: LetterContext) -> Object {
    let more: Object = [
      "rows_text": rowsText(archive.rows), "size": sizeText(archive.size),
      "sha256": .text(hex(archive.sha256)), "snapshot": context.moment(archive.snapshotAt),
      "expires": context.moment(archive.expiresAt), "left_out": leftOut?.value ?? .null,
      "documents": Value(archive.documents),
    ]
    return [
      "export": export.value(context, more), "owner": owner.letterValue, "download": .text(download),
      "handed": context.moment(context.now),
    ]
  }
}

struct ExportFailed: Letter {
  static let name = "export_failed"
  let to: Recipient
  let export: Export
  /// A sentence that an owner understands.
  let reason: String
  /// Whether the owner hears of the export for the first time.
  let isFirst: Bool

  func values(_ context: LetterContext) -> Object {
    ["export": export.value(context, ["failure": ["reason": .text(reason)]]), "is_first": .bool(isFirst)]
  }
}

/// Its file was lost before its time.
struct ExportLost: Letter {
  static let name = "export_lost"
  let to: Recipient
  let export: Export
  /// A sentence that an owner understands.
  let reason: String

  func values(_ context: LetterContext) -> Object {
    ["export": export.value(context, ["failure": ["reason": .text(reason)]])]
  }
}

/// It expires soon, and nobody has downloaded it.
struct ExportExpiring: Letter {
  static let name = "export_expiring"
  let to: Recipient
  let export: Export
  let archive: Export.Archive
  /// The address of the signed link.
  let download: String

  func values(_ context: LetterContext) -> Object {
    let more: Object = [
      "rows_text": rowsText(archive.rows), "size": sizeText(archive.size),
      "expires": context.moment(archive.expiresAt),
    ]
    return ["export": export.value(context, more), "download": .text(download)]
  }
}

/// It was downloaded for the first time.
struct ExportDownloaded: Letter {
  static let name = "export_downloaded"
  let to: Recipient
  let export: Export
  let user: User
  /// The network address.
  let from: String
  let part: DownloadPart

  func values(_ context: LetterContext) -> Object {
    let receipt: Value = [
      "who": .text(user.displayName), "when": context.moment(context.now), "from": .text(from),
      "part": .text(part.rawValue),
    ]
    return ["export": export.value(context), "receipt": receipt, "is_handed": .bool(user.role != .owner)]
  }
}

/// A user or an admin asks the owner for an export.
struct ExportAsked: Letter {
  static let name = "export_asked"
  let to: Recipient
  let request: OwnerRequestID
  let user: User
  let wish: OwnerRequest.Wish
  /// As it was typed; may be empty.
  let message: String
  var replyTo: Recipient? { user.answersTo }

  func values(_ context: LetterContext) -> Object {
    let user: Value = [
      "name": .text(user.displayName), "email": .text(user.email ?? ""), "role_word": .text(user.role.word),
    ]
    return [
      "user": user, "wish": .text(wish.words), "message": .text(message),
      "asked": context.moment(context.now),
      "address": .text(context.addresses.request(request)),
    ]
  }
}

/// The owner has made what the user asked for, and not handed it over (yet).
struct ExportMade: Letter {
  static let name = "export_made"
  let to: Recipient
  let request: OwnerRequest
  let owner: User
  var replyTo: Recipient? { owner.answersTo }

  func values(_ context: LetterContext) -> Object {
    return [
      "owner": owner.letterValue, "is_whole": .bool(request.wish == .organisation),
      "asked": context.moment(request.askedAt),
    ]
  }
}

/// The owner has declined the user's request.
struct ExportDeclined: Letter {
  static let name = "export_declined"
  let to: Recipient
  let request: OwnerRequest
  let reply: String
  let owner: User
  var replyTo: Recipient? { owner.answersTo }

  func values(_ context: LetterContext) -> Object {
    return ["owner": owner.letterValue, "reply": .text(reply), "asked": context.moment(request.askedAt)]
  }
}

extension Export {
  /// The values that every mail shows, and `more` of this one.
  fileprivate func value(_ context: LetterContext, _ more: Object = [:]) -> Value {
    var object: Object = [
      "scope_text": .text(isolatedScopeText), "purpose": .text(purpose), "format": .text(format.words),
      "requested_by": .text(requestedBy.name), "requested": context.moment(requestedAt),
      "address": .text(context.addresses.export(id)),
    ]
    object.merge(more)
    return .object(object)
  }
}

extension Export.Archive.Entry {
  /// For pages and mails: its number and its head.
  var value: Value { ["number": .text(Wording.grouped(number)), "head": .text(head)] }
}

extension LeftOut {
  /// For pages and mails: a line for each count.
  var value: Value {
    [
      "lines": .list(
        lines.map {
          [
            "label": .text($0.label), "count": .text(Wording.grouped($0.count)), "meaning": .text($0.meaning),
          ]
        })
    ]
  }
}

/// `20,143 rows`.
private func rowsText(_ rows: Int) -> Value { .text(Wording.unbroken(Wording.plural(rows, "row"))) }

/// `1.8 MB`.
private func sizeText(_ bytes: Int) -> Value { .text(Wording.unbroken(Wording.size(bytes))) }
