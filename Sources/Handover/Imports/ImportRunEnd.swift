import SQLite
import System

// How runs end. Each end is one transaction, which changes the row only while the row is at this run's attempt; the
// result says whether it was.

extension Imports {
  /// The preview can be read.
  func ready(_ job: ImportJob, _ report: ImportReport) throws -> Bool {
    try database.write {
      try $0.imports.ready(
        job, report, again: "The records have changed since the comparison, so they were compared again.",
        at: clock.now())
    }
  }

  /// The files are not right. Nobody is written to: whoever has brought them looks at the page.
  func refuse(_ job: ImportJob, _ refusal: ImportRefusal) throws -> Bool {
    let reason = "The files can’t be imported as they are. Nothing was changed."
    let problems = refusal.problems.map { folder.shown($0, of: job.found.id) }
    return try database.write { connection in
      let now = clock.now()
      guard try connection.jobs(.import).fail(job, because: reason, at: now) else { return false }
      try connection.imports.note(problems, of: job, at: now)
      try record(
        .importFailed, job.found, by: job.actor, problems.first?.description ?? "", at: now,
        in: connection)
      return true
    }
  }

  /// Part of the transaction that makes the change visible.
  ///
  /// - Parameter imported: what the import adds to the documents; what they hold is stored.
  /// - Throws: `Cancelled` where the row is no longer this run's, so that nothing changes.
  func complete(_ job: ImportJob, adding imported: [ImportedDocument] = [], in connection: Connection) throws
  {
    let now = clock.now()
    guard try connection.imports.complete(job, at: now),
      let found = try connection.imports.find(job.found.id, of: job.found.organisation)
    else { throw Cancelled() }
    try documents.add(
      imported, of: found.organisation, in: found.id, by: found.requestedBy?.id, at: now, in: connection)
    try record(.importCompleted, found, by: job.actor, found.report?.counts ?? "", at: now, in: connection)
    if found.requestedBy == nil { return }
    let before = try found.before.flatMap { try connection.exports.find($0, of: found.organisation) }
    try exports.outbox.tellOwner(of: found.organisation, at: now, in: connection) {
      ImportCompleted(to: $0, found: found, before: before)
    }
  }

  /// Part of the transaction that makes the records as they were.
  ///
  /// - Throws: `Cancelled` where the row is no longer this run's, so that nothing changes.
  func undo(_ job: ImportJob, in connection: Connection) throws {
    let now = clock.now()
    guard try connection.imports.undo(job, at: now) else { throw Cancelled() }
    try documents.removeAll(of: job.found.id, by: job.found.requestedBy?.id, at: now, in: connection)
    try record(.importUndone, job.found, by: job.actor, at: now, in: connection)
    try exports.outbox.tellOwner(of: job.found.organisation, at: now, in: connection) {
      ImportUndone(to: $0, found: job.found)
    }
  }

  /// The records are no longer those that were compared, so the owner has to read another preview.
  func compareAgain(_ job: ImportJob) throws -> Bool {
    try database.write { try $0.imports.compareAgain(job, at: clock.now()) }
  }

  /// The run failed. Its import is tried again later, if that may help; after the last try the owner is told.
  @discardableResult
  func fail(_ job: ImportJob, _ failure: JobFailure) throws -> Bool {
    try database.write { try fail(job, failure, in: $0) }
  }

  func fail(_ job: ImportJob, _ failure: JobFailure, in connection: Connection) throws -> Bool {
    let now = clock.now()
    let found = job.found
    if !failure.isFinal, found.requestedBy != nil || found.step == .undo,
      let pause = Import.retries.pause(after: found.failures + 1)
    {
      guard try connection.jobs(.import).postpone(job, until: now + pause, because: failure.reason) else {
        return false
      }
      try record(.importAttemptFailed, found, by: job.actor, failure.reason, at: now, in: connection)
      return true
    }
    if found.step == .undo {
      guard try connection.imports.keep(job, because: failure.reason, at: now) else { return false }
    } else {
      guard try connection.jobs(.import).fail(job, because: failure.reason, at: now) else { return false }
      try connection.imports.note([], of: job, at: now)
    }
    try record(.importFailed, found, by: job.actor, failure.reason, at: now, in: connection)
    // The operator has read it on the terminal.
    if found.requestedBy == nil, found.step != .undo { return true }
    try exports.outbox.tellOwner(of: found.organisation, at: now, in: connection) {
      ImportFailed(to: $0, found: found, reason: failure.reason)
    }
    return true
  }

  /// The server stops, or its data folder is away: the import runs again, and this run does not count as a failure.
  func requeue(_ job: ImportJob) throws {
    try database.write { connection in
      let now = clock.now()
      if try connection.jobs(.import).requeue(job, at: now) {
        try record(.importRequeued, job.found, by: .server, at: now, in: connection)
      }
    }
  }

  /// Whatever is processing, and nobody holds the lock of its folder, was interrupted by a crash: of the server, or of
  /// `handover import`.
  func recover() throws {
    let interrupted = try database.write { connection in
      try connection.imports.processing().filter { found in
        // A folder that is gone is locked by nobody.
        guard !runs.all.contains(where: { $0.job.found.id == found.id }),
          let lock = try? folder.reopen(found.id)
        else { return false }
        let isOperator = found.requestedBy == nil && found.step != .undo
        _ = try fail(
          ImportJob(found: found, lock: lock), isOperator ? .commandInterrupted : .importInterrupted,
          in: connection)
        return true
      }
    }
    for found in interrupted { log.warning("import.interrupted", ["id": found.id.rawValue]) }
  }
}

extension ImportJob {
  /// Who has caused what becomes of it.
  fileprivate var actor: Actor { found.requestedBy == nil && found.step != .undo ? .operator : .server }
}

extension ImportReport {
  /// In a line, for the trail and e-mails: `12 added, 3 changed, 1 removed, 20,127 unchanged`.
  var counts: String {
    let sums = [
      (files.map(\.added), "added"), (files.map(\.changed), "changed"), (files.map(\.gone), "removed"),
      (files.map(\.unchanged), "unchanged"),
    ]
    return sums.map { "\(Wording.grouped($0.reduce(0, +))) \($1)" }.joined(separator: ", ")
  }
}
