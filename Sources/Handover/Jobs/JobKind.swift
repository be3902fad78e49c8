import SQLite

// Jobs: what exports and imports have in common
//
// A job is a row, of the exports or of the imports, and the row alone holds its state (`JobTable`). A verb adds it as
// queued. Workers (`WorkerPool`) take rows out of the queue, one at a time: `start` makes the row processing and counts
// its attempt, in one transaction. From then on every change that the run makes is conditional on that attempt, so
// that a run which was abandoned, cancelled or overtaken changes nothing, however late it comes back.
//
// Fair. Of exports and of imports an organisation runs one at a time, of documents two. Of the organisations that may
// run more, the one served longest ago is next: `job_turn` holds the number of its last turn, of exports and imports
// together, and of documents by themselves. So fifty exports of one organisation cost another one a single turn, and
// thousands of documents none. Within an organisation the first to be asked for comes first. A worker looks for another
// kind than it has had last.
//
// Tried again. A run that fails goes back to queued and waits, until the kind's `RetryPolicy` has no pause left. A
// crash counts as a failure: what is still processing when the server starts was interrupted (`recover`). A stop does
// not: runs are requeued on the way out. One that makes no progress for `WorkerPool.patience` is abandoned as failed,
// and its thread with it (`WorkerPool.look`), since a thread that hangs in the kernel can't be stopped.
//
// Stopped. Cancelling changes the row and tells the run, if it is in this process; every second the watch compares
// what runs with what the rows say, so it also stops jobs that another process has cancelled.

/// What workers need to know of exports, or of imports.
protocol JobKind: Sendable {
  associatedtype Job: TakenJob
  /// The log names events by it: `export.started`.
  var table: JobTable.Kind { get }
  var database: Database { get }
  var log: Log { get }
  var runs: JobRuns<Job> { get }

  /// Takes the job whose turn it is, or nil where none is due, or none can be done now.
  func takeNext() throws -> Job?

  /// Does the job, up to the end of the run in its row.
  ///
  /// - Returns: whether the row was still at the run's attempt, and what the log says of it.
  func make(_ run: JobRun<Job>) throws -> (isCurrent: Bool, details: KeyValuePairs<String, String>)

  /// Whether the run ended for something that is away, and for no fault of its own: then it waits.
  func isAway(_ error: any Error) -> Bool

  /// Puts the job back into the queue, as if it had not been taken.
  func requeue(_ job: Job) throws

  /// The run failed. Its job is tried again later, if that may help; after the last try the owner is told.
  ///
  /// - Returns: whether the row was still at the run's attempt.
  @discardableResult
  func fail(_ job: Job, _ failure: JobFailure) throws -> Bool

  /// What is said of a run that makes no progress.
  var stalled: JobFailure { get }

  /// Whether the run still needs room on the disk.
  func needsRoom(_ run: JobRun<Job>) -> Bool

  /// Says how little room is left if that is less than the rest of the server needs; nil if it is enough.
  func lackOfSpace() -> String?

  /// Called at the start of the server: whatever is still processing was interrupted by a crash. That counts as a
  /// failure, so that a job that crashes the server is not retried for ever.
  func recover() throws
}
