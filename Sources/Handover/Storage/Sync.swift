import System

/// A document on its way to a linked storage, or there, as its row says.
struct Sync: Sendable, Equatable {
  let id: SyncID
  let link: StorageLinkID
  let document: DocumentID
  let attempt: Int
  let failures: Int
  /// Since when it may run.
  let due: UnixTime
  /// The file's name there; nil until it is chosen.
  let name: String?
  /// Whether a run has begun to write the file, so that what has the name there is ours.
  let isWritten: Bool
  /// The SHA-256 of what is there; nil until the first copy.
  let sha256: [UInt8]?
}

extension Sync {
  /// A storage may be away for the night: the last try is a day after the first.
  static let retries = RetryPolicy(
    pauses: [.seconds(60), .seconds(300), .seconds(900), .hours(1), .hours(3), .hours(6), .hours(12)])

  /// How long Drive may take until it lists a file that it has.
  static let listing = Duration.seconds(20)
}

/// A document that a worker has taken, to copy it.
struct SyncJob: TakenJob {
  typealias Progress = SyncProgress

  /// As it was when it was taken.
  let sync: Sync
  let document: Document
  let link: StorageLink
  let organisation: String

  var key: String { sync.id.rawValue }
  var attempt: Int { sync.attempt }
}

/// How far a copy has got: written by the thread that makes it, read by any.
final class SyncProgress: JobProgress {
  struct State: Sendable, Equatable {
    /// Counts what was done, so that it can be seen that something is.
    var step = 0
    /// Bytes that have gone.
    var sent = 0
  }

  private let current = Locked(State())

  init() {}

  var state: State { current.withLock { $0 } }

  func step() { current.withLock { ($0.step, $0.sent) = ($0.step + 1, 0) } }
  func sent(_ bytes: Int) { current.withLock { $0.sent = bytes } }
}
