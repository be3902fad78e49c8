import Mustache

/// What a mail says of an export, whatever it is about.
package struct ExportFacts: Sendable {
  /// `Entire organisation`, `Only Mei-Lin Chua`.
  package let scope: String
  package let requestedBy: String
  package let requested: UnixTime

  fileprivate func object(_ moment: Moments, _ more: (String, Value)...) -> Value {
    var object: Object = [
      "scope_text": .text(scope), "requested_by": .text(requestedBy), "requested": moment.of(requested),
    ]
    for (name, value) in more { object[name] = value }
    return .object(object)
  }
}

/// What a mail says of an archive.
package struct ArchiveFacts: Sendable {
  /// Of the ZIP, in bytes.
  package let bytes: Int
  /// 64 hexadecimal digits.
  package let sha256: String
  package let snapshot: UnixTime
  package let files: [File]

  package struct File: Sendable {
    package let name: String
    package let rows: Int
    package let bytes: Int
  }

  package var rows: Int { files.reduce(0) { $0 + $1.rows } }

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

package struct ExportRequested: Letter {
  package static let name = "export_requested"
  package let to: Recipient
  package let export: ExportFacts

  package func values(_ moment: Moments) -> Object { ["export": export.object(moment)] }
}

package struct ExportCompleted: Letter {
  package static let name = "export_completed"
  package let to: Recipient
  package let export: ExportFacts
  package let archive: ArchiveFacts
  /// The address of the signed link.
  package let download: String
  package let expires: UnixTime

  package func values(_ moment: Moments) -> Object {
    let export = export.object(
      moment, ("rows", .text(grouped(archive.rows))), ("size", .text(size(archive.bytes))),
      ("sha256", .text(archive.sha256)), ("snapshot", moment.of(archive.snapshot)),
      ("expires", moment.of(expires)),
      ("contents", archive.contents))
    return ["export": export, "download": .text(download)]
  }
}

package struct ExportFailed: Letter {
  package static let name = "export_failed"
  package let to: Recipient
  package let export: ExportFacts
  /// A sentence that an owner understands.
  package let reason: String

  package func values(_ moment: Moments) -> Object {
    [
      "export": export.object(
        moment, ("failure", ["reason": .text(reason)]))
    ]
  }
}

/// It expires soon, and nobody has downloaded it.
package struct ExportExpiring: Letter {
  package static let name = "export_expiring"
  package let to: Recipient
  package let export: ExportFacts
  package let rows: Int
  /// Of the ZIP, in bytes.
  package let bytes: Int
  package let download: String
  package let expires: UnixTime

  package func values(_ moment: Moments) -> Object {
    let export = export.object(
      moment, ("rows", .text(grouped(rows))), ("size", .text(size(bytes))), ("expires", moment.of(expires)))
    return ["export": export, "download": .text(download)]
  }
}

/// It was downloaded for the first time.
package struct ExportDownloaded: Letter {
  package static let name = "export_downloaded"
  package let to: Recipient
  package let export: ExportFacts
  package let who: String
  package let when: UnixTime
  /// The network address.
  package let from: String
  /// `whole file`, `in parts`.
  package let part: String

  package func values(_ moment: Moments) -> Object {
    let receipt: Value = [
      "who": .text(who), "when": moment.of(when), "from": .text(from), "part": .text(part),
    ]
    return ["export": export.object(moment), "receipt": receipt]
  }
}

/// A user or an admin asks the owner for an export.
package struct ExportAsked: Letter {
  package static let name = "export_asked"
  package let to: Recipient
  package let user: Recipient
  /// `User`, `Admin`.
  package let role: String
  /// As it was typed; may be empty.
  package let message: String
  package let asked: UnixTime

  package func values(_ moment: Moments) -> Object {
    let user: Value = ["name": .text(user.name), "email": .text(user.email), "role_word": .text(role)]
    return ["user": user, "message": .text(message), "asked": moment.of(asked)]
  }
}

/// The owner has declined what somebody asked for.
package struct ExportDeclined: Letter {
  package static let name = "export_declined"
  package let to: Recipient
  package let owner: Recipient
  package let asked: UnixTime

  package func values(_ moment: Moments) -> Object { ["owner": owner.value, "asked": moment.of(asked)] }
}
