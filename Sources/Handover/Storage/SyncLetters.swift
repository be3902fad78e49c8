import Mustache
import SQLite

// What the owner is told of syncs: that the first one is complete, and, once a day at most, that some have failed. The
// sweeper looks for both.

struct SyncsComplete: Letter {
  static let name = "syncs_complete"
  let to: Recipient
  let link: StorageLink
  let copied: Int
  let failed: Int

  func values(_ context: LetterContext) -> Object {
    [
      "link": link.value(context), "copied": .text(Wording.plural(copied, "document")),
      "failed": failed == 0 ? .null : .text(Wording.plural(failed, "document")),
    ]
  }
}

struct SyncsFailed: Letter {
  static let name = "syncs_failed"
  let to: Recipient
  let link: StorageLink
  let failed: Int
  let waiting: Int
  /// Why, and how many for that, the most frequent first.
  let reasons: [(reason: String, count: Int)]

  func values(_ context: LetterContext) -> Object {
    [
      "link": link.value(context), "failed": .text(Wording.plural(failed, "document")),
      "waiting": waiting == 0 ? .null : .text(Wording.plural(waiting, "document")),
      "reasons": .list(
        reasons.map {
          ["reason": .text($0.reason), "documents": .text(Wording.plural($0.count, "document"))]
        }),
    ]
  }
}

extension LinkedStorage {
  /// Tells owners of what has been copied, and of what can't be.
  func tellOfSyncs() {
    do {
      for link in try database.read({ try $0.storageLinks.all() }) where link.status != .unlinked {
        try tellOfSyncs(of: link)
      }
    } catch { log.error("sweep.syncs", ["error": "\(error)"]) }
  }

  /// How often the owner hears of failures at most, and how long others that fail for the same reason are waited for.
  static let tellingPause = Duration.hours(24)
  static let tellingWait = Duration.minutes(10)

  private func tellOfSyncs(of link: StorageLink) throws {
    let now = clock.now()
    guard
      try database.read({
        try $0.syncs.isFirstComplete(of: link.id) || $0.syncs.hasUntoldFailures(of: link.id, at: now)
      })
    else { return }
    try database.write { connection in
      let counts = try connection.syncs.counts(of: link.id)
      let (copied, failed) = (counts["completed", default: 0], counts["failed", default: 0])
      if try connection.syncs.isFirstComplete(of: link.id) {
        try connection.syncs.noteComplete(link.id, at: now)
        try record(
          .storageComplete, link, by: .server, Wording.plural(copied, "document"), at: now, in: connection)
        try outbox.tellOwner(of: link.organisation, at: now, in: connection) {
          SyncsComplete(to: $0, link: link, copied: copied, failed: failed)
        }
      } else if try connection.syncs.hasUntoldFailures(of: link.id, at: now) {
        try connection.syncs.noteTold(link.id, at: now)
        let reasons = try connection.storageLinks.reasons(link.id)
        try record(
          .storageFailed, link, by: .server, Wording.plural(failed, "document"), at: now, in: connection)
        try outbox.tellOwner(of: link.organisation, at: now, in: connection) {
          SyncsFailed(
            to: $0, link: link, failed: failed, waiting: counts["queued", default: 0], reasons: reasons)
        }
      }
    }
  }
}
