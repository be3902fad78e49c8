import HTTP
import Mustache
import Secrets

/// One export in a list.
struct ExportRow {
  let export: Export
  /// The files of its archive.
  let files: [ArchivedFile]
  /// Of a single user's: what stays behind.
  let leftOut: LeftOut?
  let receipts: Receipts
  /// In whose hands it is or was, in the order in which that began.
  let hands: [Hand]
  /// Path and query of the download. Nil until the export is completed, and where the key that signed it is
  /// gone.
  let link: String?
  /// Whether the keys are away, so that no completed export has a link.
  let isLinkAway: Bool
  let running: RunningExport?
  let waiting: WaitingExport?
  let visit: SignedIn

  /// Only the owner sees buttons and the download.
  private var isOwner: Bool { visit.user.role == .owner }

  /// The values of `partials/export_row`.
  var view: Object {
    let isCompleted = export.status == .completed
    let isGone = export.status == .revoked || export.status == .expired
    return [
      "id": .text(export.id.rawValue),
      "status": .text(export.status.rawValue),
      "status_word": .text(export.status.word),
      "scope_text": .text(export.isolatedScopeText),
      "whose": Value(export.subjectName),
      "of_contact": .bool(export.scope.contact != nil),
      "scope_disabled": .bool(export.subject.map { !$0.isActive } ?? false),
      "requested_by": .text(export.requestedBy.name),
      "requested": visit.moment(export.requestedAt),
      "purpose": Value(export.purpose.isEmpty ? nil : export.purpose),
      "with_documents": .bool(export.withDocuments),
      "format": export.format == .csv ? .null : .text(export.format.words),
      "rows": Value(export.archive.map { Wording.plural($0.rows, "row") }),
      "empty": .bool(!files.isEmpty && !files.holdRecords),
      "size": Value(isCompleted ? export.archive.map { Wording.size($0.size) } : nil),
      "download": Value(isOwner && export.isAvailable(at: visit.now) ? link : nil),
      "link_away": .bool(isOwner && isLinkAway && export.isAvailable(at: visit.now)),
      "documents": Value(isCompleted ? export.archive?.documents : nil),
      "running": runningView,
      "waiting": waitingView,
      "failure": export.status == .failed || isGone
        ? export.reason.map { ["reason": .text($0)] } ?? .null : .null,
      "details": export.archive.map(details) ?? .null,
      "expires": isCompleted ? export.archive.map { visit.moment($0.expiresAt) } ?? .null : .null,
      "gone": isGone ? export.endedAt.map(visit.moment) ?? .null : .null,
      "ended": isCompleted || isGone ? .null : export.endedAt.map(visit.moment) ?? .null,
      "downloaded": downloaded,
      // Of one in somebody's hands that is said there.
      "undownloaded": isCompleted && receipts.count == 0 && hands.isEmpty
        ? "Not downloaded yet" : isGone && receipts.count == 0 ? "Never downloaded" : .null,
      "hand_to": export.status.isOpen ? Value(export.handTo?.name) : .null,
      "hand": action(.handForm, where: export.isAvailable(at: visit.now)),
      "hands": hands.isEmpty ? .null : ["list": .list(hands.map(view))],
      "cancel": action(.cancelExport, where: export.status.isOpen),
      "retry": action(.retryExport, where: export.status == .failed),
      "revoke": action(.revokeForm, where: isCompleted),
      "export_again": again,
    ]
  }

  private func action(_ route: Route, where isPossible: Bool) -> Value {
    isOwner && isPossible ? .text(visit.path(route, of: export.id.rawValue)) : .null
  }

  private func view(_ hand: Hand) -> Value {
    let isGood = hand.isGood(for: export, at: visit.now)
    return [
      "hand_id": .text(hand.id.rawValue),
      "who": .text(hand.user.name),
      "at": visit.moment(hand.handedAt),
      "good": .bool(isGood),
      "until": hand.endedAt.map(visit.moment) ?? .null,
      "taken": hand.downloadedAt.map(visit.moment) ?? .null,
      "take_back": action(.takeBackExport, where: isGood),
      "user_id": .text(hand.user.id.description),
    ]
  }

  /// Who took it last, and when. Of one in whose hands it is or was, that is said there.
  private var downloaded: Value {
    guard let last = receipts.newest.first,
      !hands.contains(where: { $0.user.id == last.actor.user && $0.downloadedAt != nil })
    else { return .null }
    return [
      "who": last.actor.user == visit.user.id ? .null : .text(last.actor.description),
      "at": visit.moment(last.at),
    ]
  }

  private var again: Value {
    let helps =
      switch export.status {
      case .cancelled, .revoked, .expired: true
      case .completed: link == nil && !isLinkAway
      default: false
      }
    return isOwner && helps
      ? .text(export.id.rawValue) : .null
  }

  private var runningView: Value {
    guard export.status == .processing else { return .null }
    let isCounted = (running?.totalRows ?? 0) > 0
    return [
      "percent": .integer(running?.percent ?? 0),
      "rows": .text(Wording.grouped(running?.rows ?? 0)),
      "total_rows": .text(Wording.plural(running?.totalRows ?? 0, "row")),
      "file": Value(running.flatMap { isCounted && !$0.file.isEmpty ? $0.file : nil }),
      "documents": Value(running?.documents),
      "elapsed": .text(Wording.duration(running?.elapsed ?? .zero)),
      "remaining": Value(
        running?.remaining.flatMap { $0.wholeSeconds > 0 ? "about \(Wording.duration($0))" : nil }),
    ]
  }

  private var waitingView: Value {
    guard export.status == .queued else { return .null }
    if export.failures > 0, let reason = export.reason {
      return [
        "position": .null, "estimate": .null,
        "again": [
          "attempt": .integer(export.failures + 1), "attempts": .integer(Export.retries.attempts),
          "reason": .text(reason),
          "next_try": visit.moment(min(export.notBefore, visit.now + Export.retries.longestPause)),
        ],
      ]
    }
    return [
      "position": waiting.map { .integer($0.position) } ?? .null,
      "estimate": Value(waiting?.estimate.map { "about \(Wording.duration($0))" }), "again": .null,
    ]
  }

  /// The values of `partials/export_details`.
  private func details(_ archive: Export.Archive) -> Value {
    let contents = ArchiveContents(files: files, workbook: archive.workbook)
    return [
      "snapshot": .text(visit.exact(archive.snapshotAt)),
      "requested": .text(visit.exact(export.requestedAt)),
      "completed": .text(visit.exact(archive.completedAt)),
      "expires": .text(visit.exact(archive.expiresAt)),
      "size": .text(Wording.size(archive.size)),
      "sha256": .text(hex(archive.sha256)),
      "page_sha256": Value(archive.pageSHA256.map(hex)),
      "entry": archive.entry?.value ?? .null,
      "files": .list(
        contents.lines.map {
          [
            "name": .text($0.name), "rows": .text($0.rows.map(Wording.grouped) ?? ""),
            "size": .text($0.bytes.map(Wording.size) ?? ""),
          ]
        }),
      "cut_texts": Value(contents.cutTexts),
      "total_rows": .text(Wording.grouped(files.rows)),
      "total_size": .text(Wording.size(contents.bytes)),
      "documents": Value(export.status == .completed ? nil : archive.documents),
      "left_out": leftOut?.value ?? .null,
      "receipt": .text(Route.exportReceipt.path(export.id.rawValue)),
      "receipts": receiptsView,
    ]
  }

  private var receiptsView: Value {
    if receipts.count == 0 { return .null }
    let trail = Route.activity.path(asking: Form(["q": export.id.rawValue]))
    return [
      "count_text": .text(Wording.plural(receipts.count, "download")),
      "list": .list(
        receipts.newest.map {
          [
            "who": .text($0.actor.description), "when": .text(visit.exact($0.at)),
            "from": .text($0.actor.address), "part": .text(DownloadPart($0)?.rawValue ?? $0.detail),
            "times": $0.times > 1 ? .text(Wording.plural($0.times, "time")) : .null,
          ]
        }),
      "more": receipts.others > 0
        ? ["count": .text(Wording.grouped(receipts.others)), "trail": isOwner ? .text(trail) : .null] : .null,
    ]
  }
}
