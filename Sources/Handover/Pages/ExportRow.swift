import Mustache
import Secrets

/// The view of one export, as `partials/export_row` lists its values.
struct ExportRow {
  let visit: Visit
  let listing: ExportListing
  /// Actions and the download are the owner's.
  let isOwner: Bool

  func view(of export: Export) -> Value {
    var view: Object = [
      "id": .text(export.id.rawValue),
      "status": .text(export.status.rawValue),
      "status_word": .text(export.status.word),
      "scope_text": .text(export.scopeText),
      "scope_disabled": .bool(export.subject.map { !$0.isActive } ?? false),
      "requested_by": .text(export.requestedBy.name),
      "requested": visit.moment(export.requestedAt),
      "ended": export.endedAt.map(visit.moment) ?? .null,
      "running": running(export),
      "waiting": waiting(export),
      "failure": export.status == .failed ? ["reason": Value(export.reason)] : .null,
      "rows": Value(export.archive.map { grouped($0.rows) }),
      "size": Value(export.status == .completed ? export.archive.map { size($0.size) } : nil),
      "expires": .null,
      "gone": .null,
      "details": details(export),
    ]
    if export.status == .completed { view["expires"] = export.archive.map { visit.moment($0.expiresAt) } }
    if export.status == .revoked || export.status == .expired {
      view["gone"] = export.endedAt.map(visit.moment)
    }
    view.merge(actions(export))
    return .object(view)
  }

  private func running(_ export: Export) -> Value {
    guard export.status == .processing else { return .null }
    let running = listing.running[export.id]
    return [
      "percent": .integer(running?.percent ?? 0),
      "rows": .text(grouped(running?.rows ?? 0)),
      "total_rows": .text(grouped(running?.totalRows ?? 0)),
      "file": .text(running?.file ?? ""),
      "elapsed": .text(duration(running?.elapsed ?? 0)),
      "remaining": Value(running?.remaining.map { "about \(duration($0))" }),
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
      "estimate": Value(waiting?.estimate.map { "about \(duration($0))" }), "again": .null,
    ]
  }

  private func actions(_ export: Export) -> Object {
    var view: Object = [
      "download": .null, "cancel": .null, "retry": .null, "revoke": .null, "export_again": .null,
    ]
    guard isOwner else { return view }
    let id = export.id.rawValue
    let again: Value = ["user_id": Value(export.subject?.id.description)]
    switch export.status {
    case .queued, .processing: view["cancel"] = .text(Route.cancelExport.path(id))
    case .failed: view["retry"] = .text(Route.retryExport.path(id))
    case .cancelled, .revoked, .expired: view["export_again"] = again
    case .completed:
      view["revoke"] = .text(Route.revokeExport.path(id))
      let link = listing.links.target(of: export)
      view["download"] = Value(export.isAvailable(at: visit.now) ? link : nil)
      // The key that signed the link is gone: only a new export helps.
      if link == nil { view["export_again"] = again }
    }
    return view
  }

  private func details(_ export: Export) -> Value {
    guard let archive = export.archive else { return .null }
    let files = listing.files[export.id] ?? []
    return [
      "snapshot": .text(visit.exact(archive.snapshotAt)),
      "requested": .text(visit.exact(export.requestedAt)),
      "completed": .text(visit.exact(archive.completedAt)),
      "expires": .text(visit.exact(archive.expiresAt)),
      "sha256": .text(hex(archive.sha256)),
      "files": .list(
        files.map {
          ["name": .text($0.name), "rows": .text(grouped($0.rows)), "size": .text(size($0.bytes))]
        }),
      "total_rows": .text(grouped(files.reduce(0) { $0 + $1.rows })),
      "total_size": .text(size(files.reduce(0) { $0 + $1.bytes })),
      "receipts": receipts(listing.downloads[export.id] ?? []),
    ]
  }

  private func receipts(_ downloads: [Event]) -> Value {
    if downloads.isEmpty { return .null }
    return [
      "count_text": .text(plural(downloads.count, "download")),
      "list": .list(
        downloads.map {
          [
            "who": .text($0.actor.description), "when": .text(visit.exact($0.at)),
            "from": .text($0.actor.address), "part": .text($0.detail),
          ]
        }),
    ]
  }
}
