import SQLite

// The queue, from the request to the end
//
// An export is a row, and the row alone holds its state. `Request` adds it as queued. Workers (`WorkerPool`)
// take rows out of the queue, one at a time: `takeNext` makes the row processing and counts its attempt, in
// one transaction. From then on every change that the run makes (`RunEnd`) is conditional on that attempt, so
// that a run which was abandoned, cancelled or overtaken changes nothing, however late it comes back.
//
// Fair. An organisation runs one export at a time. Of the organisations with none running, the one served
// longest ago is next: `export_turn` holds the number of its last turn. So fifty exports of one organisation
// cost another one a single turn. Within an organisation the first to be asked for comes first.
//
// Published once. A run builds its archive under a temporary name with its attempt in it, and puts it on the
// disk. Then one write transaction makes the row completed if the attempt is still its own, renames the file
// to the archive's name, and waits until the folder is on the disk too. So the file is there before anybody
// sees the row say so, and a late run can't put its file in the place of another's. After a crash between the
// rename and the commit there is a file whose row is not completed: `Sweeper` removes it, or the next run
// replaces it.
//
// Tried again. A run that fails goes back to queued and waits, until `Export.retries` has no pause left. A
// crash counts as a failure: what is still processing when the server starts was interrupted (`recover`). A
// stop does not: runs are requeued on the way out. One that makes no progress for `WorkerPool.patience` is
// abandoned as failed, and its thread with it (`WorkerPool.look`), since a thread that hangs in the kernel
// can't be stopped.
//
// Stopped. Cancelling changes the row and tells the run, if it is in this process; every second the watch
// compares what runs with what the rows say, so it also stops exports that another process has cancelled.

/// An export that a worker has taken.
struct ExportJob: Sendable {
  /// As it was when it was taken.
  let export: Export
  let organisation: Organisation

  /// What every change of the run is conditional on.
  var attempt: Int { export.attempt }
}

/// The organisations that have exports waiting, in turn.
struct Queue: Sendable {
  private let organisations: [(id: OrganisationID, waiting: Int)]

  init(_ organisations: [(OrganisationID, Int)]) {
    self.organisations = organisations
  }

  /// When an organisation's waiting export will be taken if no others come: the how manieth of all, from 1.
  /// By then every organisation has had as many turns, those before it in the row one more.
  ///
  /// - Parameter round: its place among the organisation's own, from 1.
  func position(of round: Int, for organisation: OrganisationID) -> Int {
    var turns = round
    var isBefore = true
    for other in organisations {
      if other.id == organisation {
        isBefore = false
      } else {
        turns += min(other.waiting, isBefore ? round : round - 1)
      }
    }
    return turns
  }
}

extension Exports {
  /// Takes the export whose turn it is, or nil where none is due. None is while the keys are away: nobody could sign
  /// its link.
  func takeNext() throws -> ExportJob? {
    let now = clock.now()
    // Most looks find nothing; a read transaction doesn't wait for writers.
    guard try database.read({ try $0.exports.next(at: now) }) != nil else { return nil }
    // While the archives' folder or the keys are away exports wait.
    guard canMakeArchives, !linksNow().areAway else { return nil }
    return try database.write { connection in
      guard let (id, organisation) = try connection.exports.next(at: now) else { return nil }
      try connection.exports.start(id, at: now)
      try connection.exports.countTurn(of: organisation)
      guard let export = try connection.exports.find(id, of: organisation),
        let organisation = try connection.organisations.find(organisation)
      else { return nil }
      try record(.exportStarted, export, by: .server, "attempt \(export.attempt)", at: now, in: connection)
      return ExportJob(export: export, organisation: organisation)
    }
  }
}
