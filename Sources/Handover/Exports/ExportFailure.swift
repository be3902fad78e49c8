// Why no export could be made, beside what any job fails for.

extension JobFailure {
  static let interrupted = JobFailure("The server was interrupted while the export was being made.")
  static let stalled = JobFailure("The export made no progress for \(Wording.duration(WorkerPool.patience)).")
}
