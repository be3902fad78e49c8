import Mustache

/// The view of one export, as `partials/export_row` lists its values.
struct ExportRow {
  let visit: SignedIn
  let listing: ExportListing
  /// See `ExportDetails`.
  let details: [ExportID: Value]
  /// Actions and the download are the owner's.
  let isOwner: Bool

  func view(of export: Export) -> Object {
    let isCompleted = export.status == .completed
    let isGone = export.status == .revoked || export.status == .expired
    let download = isCompleted ? listing.links.target(of: export) : nil
    return [
      "id": .text(export.id.rawValue),
      "status": .text(export.status.rawValue),
      "status_word": .text(export.status.word),
      "scope_text": .text(export.scopeText),
      "scope_disabled": .bool(export.subject.map { !$0.isActive } ?? false),
      "requested_by": .text(export.requestedBy.name),
      "requested": visit.moment(export.requestedAt),
      "rows": Value(export.archive.map { Wording.grouped($0.rows) }),
      "size": Value(isCompleted ? export.archive.map { Wording.size($0.size) } : nil),
      "download": Value(isOwner && export.isAvailable(at: visit.now) ? download : nil),
      "running": running(export),
      "waiting": waiting(export),
      "failure": export.status == .failed ? ["reason": Value(export.reason)] : .null,
      "details": details[export.id] ?? .null,
      "expires": isCompleted ? export.archive.map { visit.moment($0.expiresAt) } ?? .null : .null,
      "gone": isGone ? export.endedAt.map(visit.moment) ?? .null : .null,
      "ended": isCompleted || isGone ? .null : export.endedAt.map(visit.moment) ?? .null,
      "cancel": action(.cancelExport, on: export, where: export.status.isOpen),
      "retry": action(.retryExport, on: export, where: export.status == .failed),
      "revoke": action(.revokeExport, on: export, where: isCompleted),
      "export_again": again(export, isLinkLost: isCompleted && download == nil),
    ]
  }

  private func action(_ route: Route, on export: Export, where isPossible: Bool) -> Value {
    isOwner && isPossible ? .text(route.path(export.id.rawValue)) : .null
  }

  /// - Parameter isLinkLost: the key that signed the link is gone: only a new export helps.
  private func again(_ export: Export, isLinkLost: Bool) -> Value {
    switch export.status {
    case .cancelled, .revoked, .expired: break
    case .completed where isLinkLost: break
    default: return .null
    }
    return isOwner ? ["user_id": Value(export.subject?.id.description)] : .null
  }

  private func running(_ export: Export) -> Value {
    guard export.status == .processing else { return .null }
    let running = listing.running[export.id]
    let isCounted = (running?.totalRows ?? 0) > 0
    return [
      "percent": .integer(running?.percent ?? 0),
      "rows": .text(Wording.grouped(running?.rows ?? 0)),
      "total_rows": .text(Wording.grouped(running?.totalRows ?? 0)),
      "file": Value(running.flatMap { isCounted && !$0.file.isEmpty ? $0.file : nil }),
      "elapsed": .text(Wording.duration(running?.elapsed ?? 0)),
      "remaining": Value(running?.remaining.map { "about \(Wording.duration($0))" }),
    ]
  }

  private func waiting(_ export: Export) -> Value {
    guard export.status == .queued else { return .null }
    if export.failures > 0, let reason = export.reason {
      return [
        "position": .null, "estimate": .null,
        "again": [
          "attempt": .integer(export.failures + 1), "attempts": .integer(Tries.most),
          "reason": .text(reason), "next_try": visit.moment(export.notBefore),
        ],
      ]
    }
    let waiting = listing.waiting[export.id]
    return [
      "position": waiting.map { .integer($0.position) } ?? .null,
      "estimate": Value(waiting?.estimate.map { "about \(Wording.duration($0))" }), "again": .null,
    ]
  }
}
