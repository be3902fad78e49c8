/// What somebody brings into an organisation's records, as its row says.
struct Import: Sendable, Equatable {
  let id: ImportID
  /// Grows with each import of the server.
  let number: Int64
  let organisation: OrganisationID
  /// Nil for the operator's, of `handover import`.
  let requestedBy: Person?
  let requestedAt: UnixTime
  /// The names of the files, as people chose them: `crm.zip`, `Deals.csv, Notes.csv`.
  let files: String
  /// Of all files, in bytes.
  let size: Int
  let choice: ImportChoice
  let status: Status
  let step: Step
  /// Since when it has had this status.
  let since: UnixTime
  /// The number of runs so far.
  let attempt: Int
  /// The number of failed runs since the step was asked for.
  let failures: Int
  /// No run starts before this.
  let notBefore: UnixTime
  let startedAt: UnixTime?
  /// When it came to an end; nil while it waits for somebody or for its turn, or runs.
  let endedAt: UnixTime?
  /// Why the last run failed, or what the owner has to know of a state: a sentence.
  let reason: String?
  /// What is wrong with the files, where the comparison failed for that: twenty at most, and perhaps more.
  let problems: [FileProblem]
  /// What would change, or has; nil until it was compared.
  let report: ImportReport?
  /// The export of how it was before; nil until it is confirmed, and for the operator's.
  let before: ExportID?
  let confirmedAt: UnixTime?
  /// When the change became visible.
  let appliedAt: UnixTime?
  let undoneAt: UnixTime?
  /// Whether its difference is kept, and nothing newer was imported.
  let canUndo: Bool

  enum Status: String, Sendable, CaseIterable {
    /// The files are there, and their mapping is being looked at.
    case uploaded
    case queued
    case processing
    /// Compared: the preview waits for Confirm.
    case ready
    case completed
    case undone
    case failed
    case cancelled
  }

  /// What waits, runs or has been done last.
  enum Step: String, Sendable, CaseIterable {
    case compare
    case apply
    case undo
  }

  /// How long files that nobody confirms are kept, and those of an import that failed.
  static let lifetime = Duration.hours(24)
  static let retries = RetryPolicy(pauses: [.seconds(1), .seconds(10)])
}

/// How the files are to be read, and what may change.
struct ImportChoice: Sendable, Equatable {
  /// The name of a mapping that is built in, or one as JSON; empty for the export's own format.
  var mapping = ""
  /// Whether records that the files don't have stay.
  var keepsMissing = false
  /// In percent of a file's records; nil for any number.
  var allowedRemovals: Int? = 20
}

extension Import {
  /// Whether its files are still there at that time, for another mapping or another try.
  func hasFiles(at now: UnixTime) -> Bool {
    switch status {
    case .uploaded, .ready: now < since + Self.lifetime
    case .failed: requestedBy != nil && now < since + Self.lifetime
    case .queued, .processing: step != .undo
    case .completed, .undone, .cancelled: false
    }
  }
}

extension Import.Status {
  /// As people see it.
  var word: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

  /// Whether it waits for its turn or runs.
  var isRunning: Bool { self == .queued || self == .processing }
}
