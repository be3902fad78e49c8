import Mustache

/// What a mail says of an export, whatever it is about.
struct ExportFacts: Sendable {
  /// `Entire organisation`, `Only Mei-Lin Chua`.
  let scope: String
  let requestedBy: String
  let requested: UnixTime

  fileprivate func object(_ moment: Moments, _ more: (String, Value)...) -> Value {
    var object: Object = [
      "scope_text": .text(scope), "requested_by": .text(requestedBy), "requested": moment.of(requested),
    ]
    for (name, value) in more { object[name] = value }
    return .object(object)
  }
}

/// What a mail says of an archive.
struct ArchiveFacts: Sendable {
  /// Of the ZIP, in bytes.
  let bytes: Int
  /// 64 hexadecimal digits.
  let sha256: String
  let snapshot: UnixTime
  let files: [File]

  struct File: Sendable {
    let name: String
    let rows: Int
    let bytes: Int
  }

  var rows: Int { files.reduce(0) { $0 + $1.rows } }

  fileprivate var contents: Value {
    let rows = files.map { file -> Value in
      ["name": .text(file.name), "rows": .text(grouped(file.rows)), "size": .text(size(file.bytes))]
    }
    return [
      "files": .list(rows), "total_rows": .text(grouped(self.rows)),
      "total_size": .text(size(files.reduce(0) { $0 + $1.bytes })),
    ]
  }
}

struct ExportRequested: Letter {
  static let name = "export_requested"
  let to: Recipient
  let export: ExportFacts

  func values(_ moment: Moments) -> Object { ["export": export.object(moment)] }
}

struct ExportCompleted: Letter {
  static let name = "export_completed"
  let to: Recipient
  let export: ExportFacts
  let archive: ArchiveFacts
  /// The address of the signed link.
  let download: String
  let expires: UnixTime

  func values(_ moment: Moments) -> Object {
    let export = export.object(
      moment, ("rows", .text(grouped(archive.rows))), ("size", .text(size(archive.bytes))),
      ("sha256", .text(archive.sha256)), ("snapshot", moment.of(archive.snapshot)),
      ("expires", moment.of(expires)),
      ("contents", archive.contents))
    return ["export": export, "download": .text(download)]
  }
}

struct ExportFailed: Letter {
  static let name = "export_failed"
  let to: Recipient
  let export: ExportFacts
  /// A sentence that an owner understands.
  let reason: String

  func values(_ moment: Moments) -> Object {
    [
      "export": export.object(
        moment, ("failure", ["reason": .text(reason)]))
    ]
  }
}

/// It expires soon, and nobody has downloaded it.
struct ExportExpiring: Letter {
  static let name = "export_expiring"
  let to: Recipient
  let export: ExportFacts
  let rows: Int
  /// Of the ZIP, in bytes.
  let bytes: Int
  let download: String
  let expires: UnixTime

  func values(_ moment: Moments) -> Object {
    let export = export.object(
      moment, ("rows", .text(grouped(rows))), ("size", .text(size(bytes))), ("expires", moment.of(expires)))
    return ["export": export, "download": .text(download)]
  }
}

/// It was downloaded for the first time.
struct ExportDownloaded: Letter {
  static let name = "export_downloaded"
  let to: Recipient
  let export: ExportFacts
  let who: String
  let when: UnixTime
  /// The network address.
  let from: String
  /// `whole file`, `in parts`.
  let part: String

  func values(_ moment: Moments) -> Object {
    let receipt: Value = [
      "who": .text(who), "when": moment.of(when), "from": .text(from), "part": .text(part),
    ]
    return ["export": export.object(moment), "receipt": receipt]
  }
}

/// A user or an admin asks the owner for an export.
struct ExportAsked: Letter {
  static let name = "export_asked"
  let to: Recipient
  let user: Recipient
  /// `User`, `Admin`.
  let role: String
  /// As it was typed; may be empty.
  let message: String
  let asked: UnixTime

  func values(_ moment: Moments) -> Object {
    let user: Value = ["name": .text(user.name), "email": .text(user.email), "role_word": .text(role)]
    return ["user": user, "message": .text(message), "asked": moment.of(asked)]
  }
}

/// The owner has declined what somebody asked for.
struct ExportDeclined: Letter {
  static let name = "export_declined"
  let to: Recipient
  let owner: Recipient
  let asked: UnixTime

  func values(_ moment: Moments) -> Object { ["owner": owner.value, "asked": moment.of(asked)] }
}
