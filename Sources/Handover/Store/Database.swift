import Foundation
import SQLite
import System

/// The database: one connection that writes, and read-only ones.
///
/// SQLite up to 3.51.2 can corrupt a WAL database when two connections write or checkpoint at the same moment
/// (https://sqlite.org/wal.html#walresetbug). So this process has one writer, and every write transaction and
/// checkpoint, in any process, takes its turn at the lock on one file of the data folder (`TurnLock`).
///
/// `write` runs one transaction of the writer, and `read` one of a reader, which sees the database as of one
/// moment. The connection must not leave the body.
///
/// Commands and the server's own threads wait for their turn as long as it takes. Somebody's page does not:
/// `forRequests`. What nobody waits for is written later: `writeLater`.
final class Database: @unchecked Sendable {
  /// Nil where this process only reads, as the writer is.
  private let turn: TurnLock?
  private let writer: Connection?
  private let readers: ReaderPool
  private let path: String
  private let cells: String?
  /// Which file was opened; nil where this process only reads.
  private let identity: FileIdentity?
  private let state: State
  private let later: LaterWrites
  private let report: @Sendable (DatabaseEvent) -> Void
  private let requests: WritingRequests?
  /// The copy elsewhere; what makes it is then the only one that checkpoints.
  let replica: Replica?

  /// In pages of 16 KiB. A commit that leaves this many in the log copies them into the database, under the
  /// lock.
  private static let checkpointAfter = 256
  /// "Hand" in ASCII: marks the file as ours.
  static let applicationID: Int32 = 0x4861_6E64

  /// Opens the database, as `DatabaseFile` says.
  ///
  /// - Parameters:
  ///   - label: what this process is, for others that wait for it to write.
  ///   - report: hears of what goes wrong without an error that somebody gets.
  /// - Throws: `HandoverError` or `SQLiteError`, also for a database newer than this program.
  init(
    _ folder: DataFolder, for use: DatabaseUse = .changing, label: String = "handover",
    replica: Replica? = nil,
    report: @escaping @Sendable (DatabaseEvent) -> Void = { _ in }
  ) throws {
    let file = DatabaseFile(folder: folder, checkpoints: replica == nil)
    state = State()
    later = LaterWrites()
    path = folder.database
    cells = folder.cells
    self.report = report
    self.replica = replica
    requests = nil
    guard use == .changing else {
      try file.requireReadable(for: use)
      (turn, writer, identity) = (nil, nil, nil)
      readers = ReaderPool(path: folder.database)
      return
    }
    let turn = try inWords { () throws(SystemError) in
      try TurnLock(path: folder.writeLock, label: label) { report(.waiting(DatabaseBusy($0))) }
    }
    self.turn = turn
    writer = try turn.whileHeld(waiting: nil) {
      if let copy = try file.prepareToChange() { report(.copied(copy)) }
      return try Connection(
        path: folder.database, mode: .writer, autocheckpoint: replica == nil ? Self.checkpointAfter : 0)
    }
    identity = try? FileIdentity(of: folder.database)
    readers = ReaderPool(path: folder.database)
  }

  private init(_ other: Database, _ requests: WritingRequests) {
    turn = other.turn
    writer = other.writer
    readers = other.readers
    path = other.path
    cells = other.cells
    identity = other.identity
    state = other.state
    later = other.later
    report = other.report
    replica = other.replica
    self.requests = requests
  }

  /// The same database for pages, whose transactions begin within `WritingRequests.patience` or not at all.
  ///
  /// - Parameter places: how many of them may wait or write at the same time; the next one does not begin.
  func forRequests(places: Int, patience: Duration = WritingRequests.patience) -> Database {
    Database(self, WritingRequests(places: places, patience: patience))
  }

  /// Runs the body in one read transaction.
  func read<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    let connection = try readers.take()
    defer { readers.putBack(connection) }
    return try connection.transaction(.deferred) { try body(connection) }
  }

  /// The calling thread begins another request, which may wait anew.
  func beginRequest() { requests?.begin() }

  /// What the request of the calling thread still writes waits no longer than this.
  func hurryRequest(within limit: Duration) { requests?.hurry(within: limit) }

  /// Runs the body in one write transaction; an error rolls all of it back.
  ///
  /// - Throws: `DatabaseBusy` where it could not begin in time; what the body throws.
  func write<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    guard let requests else { return try write(waiting: nil, body) }
    guard requests.enter() else { throw DatabaseBusy(try taking().turn.refusal(after: .zero)) }
    defer { requests.leave() }
    let begun = ContinuousClock.now
    do {
      let result = try write(waiting: requests.rest) { connection in
        requests.use(.now - begun)
        return try body(connection)
      }
      // Where another host may take over, a page says of nothing that it is done that would be missing there.
      if state.permission != nil { try replicate() }
      return result
    } catch let busy as DatabaseBusy {
      requests.use(.now - begun)
      throw busy
    }
  }

  /// The same for what people are told that it is done: returns once it has arrived in the replica, where there is one
  /// that can be reached. Whether or not, it is done here.
  ///
  /// - Throws: as `replicate`, too.
  func writeReplicated<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    let result = try write(body)
    try replicate()
    return result
  }

  /// The same for what has happened already: where the organisation that it is about has moved to another cell of the
  /// machine meanwhile, it is written there.
  func writeLate(_ body: (Connection) throws -> Void) throws {
    do { return try write(body) } catch let error as SQLiteError where error.message == Schema.hasLeft {
      for other in try whereOthersMoved() {
        // Another one's organisations are not there.
        do { return try other.write(body) } catch let other as SQLiteError where other.isConstraint {}
      }
      throw error
    }
  }

  /// The databases of the cells to which organisations have moved from here, the last one first.
  func whereOthersMoved() throws -> [Database] {
    guard let cells else { return [] }
    return try read { connection in try connection.moves.cells() }.map { name in
      try beside(DataFolder(cell: name, in: cells))
    }
  }

  /// The database of another cell of the host, which has a replica where this one has.
  func beside(_ folder: DataFolder, label: String = "handover") throws -> Database {
    try Database(folder, label: label, replica: replica.map { _ in Replica(of: folder) }, report: report)
  }

  /// Waits until what is committed has arrived in the replica, where there is one.
  ///
  /// - Throws: `HandoverError` where it does not.
  func requireReplicated() throws {
    guard let failure = replica?.look() else { return }
    throw HandoverError("\(path) has not arrived in its copy elsewhere: \(failure)")
  }

  /// Waits until what is committed has arrived in the replica, where there is one that can be reached.
  ///
  /// - Throws: where it can't, and nobody says that the database is still this host's: nobody may be told then.
  func replicate() throws {
    guard let replica else { return }
    if replica.wait() { return try state.permission?.require() ?? () }
    report(.unreplicated(reason: replica.failure ?? ""))
    try state.permission?.confirm()
  }

  /// Copies the write-ahead log into the database and empties it, as far as readers let it. A process that only
  /// reads leaves that to those that write, and all leave it to the replica's program where there is one.
  ///
  /// - Parameter limit: for how long it waits for its turn; nil: as long as it takes.
  func checkpoint(waiting limit: Duration? = nil) throws {
    if writer == nil || replica != nil { return }
    try alone(waiting: limit) { _ = try $0.checkpoint() }
  }

  /// Copies the database as of one moment, while it is in use, into a new file, checks it, and writes its manifest.
  ///
  /// - Parameters:
  ///   - progress: pages copied, and pages in all.
  ///   - complete: keeps what else is to be kept, and says so in the manifest.
  @discardableResult
  func backup(
    to path: String, of data: DataFolder, at now: UnixTime, progress: (Int, Int) -> Void = { _, _ in },
    completing complete: (inout BackupManifest, _ copy: Connection) throws -> Void = { _, _ in }
  ) throws -> BackupManifest {
    let connection = try readers.take()
    defer { readers.putBack(connection) }
    return try connection.backup(to: path, of: data, at: now, progress: progress, completing: complete)
  }

  /// What is wrong with the version of the database; nil where it is this program's.
  func unknownVersion() throws -> String? {
    do {
      let pending = try read { try DatabaseFile.migrator.pending(in: $0) }
      return pending.first.map { "the database lacks the change of its schema '\($0.name)'" }
    } catch let error as SQLiteError where error.isNewerThanBinary || error.isForeignFile {
      return error.message
    }
  }

  /// SQLite's: `3.40.1`.
  static var engineVersion: String { SQLite.engineVersion }

  /// Closes the readers that nobody uses; the writer closes with the last reference.
  func close() {
    readers.close()
  }

  /// How many threads of this process wait for their turn to write.
  var waiting: Int { turn?.waiting ?? 0 }

  /// From now on nobody waits longer than this to write.
  func stopWaiting(within limit: Duration) { turn?.stop(within: limit) }

  /// From now on every write fails with this: the files are not those that were opened.
  func refuseWrites(because reason: String) { state.refuse(reason) }

  /// From now on each transaction asks before its commit, and after it.
  func ask(_ permission: WritePermission) { state.ask(permission) }

  private func write<Result>(
    waiting limit: Duration?, isChecked: Bool = true, checkpoints: Bool = true,
    beside other: (path: String, name: String, isReadOnly: Bool)? = nil, _ body: (Connection) throws -> Result
  ) throws -> Result {
    try alone(waiting: limit) { writer in
      if let other { try writer.attach(other.path, as: other.name, isReadOnly: other.isReadOnly) }
      if !isChecked { try writer.checkForeignKeys(false) }
      if !checkpoints, replica == nil { try writer.checkpoint(after: 0) }
      defer {
        if !isChecked { try? writer.checkForeignKeys(true) }
        if !checkpoints, replica == nil { try? writer.checkpoint(after: Self.checkpointAfter) }
        if let other { try? writer.detach(other.name) }
      }
      var hasBegun = false
      do {
        let result = try writer.transaction(.immediate) {
          hasBegun = true
          let result = try body(writer)
          try state.permission?.require()
          return result
        }
        state.hasWritten()
        // A process that was stopped in between for a while must not say that it is done.
        try state.permission?.require()
        return result
      } catch let error as SQLiteError {
        // Somebody writes without taking turns: the shell of SQLite, say.
        state.hasFailed(error)
        if error.isBusy, !hasBegun {
          throw DatabaseBusy(holder: "a program that does not take turns", waited: limit ?? .zero)
        }
        throw error
      }
    }
  }

  private func taking() throws -> (turn: TurnLock, writer: Connection) {
    guard let turn, let writer else { throw HandoverError("this command only reads the database") }
    return (turn, writer)
  }

  private func alone<Result>(waiting limit: Duration?, _ body: (Connection) throws -> Result) throws -> Result
  {
    let (turn, writer) = try taking()
    do {
      return try turn.whileHeld(waiting: limit) {
        if let reason = state.refusal { throw HandoverError(reason) }
        // Another backup was put in its place: what is written here would be gone.
        if let identity, let there = try? FileIdentity(of: path), there != identity {
          throw HandoverError("\(path) was replaced meanwhile, so nothing was changed: try again")
        }
        state.hasTurn()
        return try body(writer)
      }
    } catch let refused as TurnRefused {
      throw DatabaseBusy(refused)
    }
  }
}

/// Records that come from a file beside the database.
extension Database {
  private static let besideName = "difference"
  static let sourceName = "source"

  /// Runs the body over a scratch file, with what the database holds at one moment beside it, read-only.
  func read<Result>(beside scratch: String, _ body: (Connection) throws -> Result) throws -> Result {
    let connection = try Connection(path: scratch, mode: .scratch)
    try connection.attach(path, as: "records", isReadOnly: true)
    return try connection.transaction(.deferred) { try body(connection) }
  }

  /// Runs the body in one write transaction, with the tables of the other file as `difference.…`, and without foreign
  /// keys: who writes thousands of rows that were checked before has no time for them.
  ///
  /// - Parameter checkpoints: false for a transaction after which the caller checkpoints, in a turn of its own: others
  ///   write between the two.
  func write<Result>(
    beside other: String, checkpoints: Bool = true, _ body: (Connection) throws -> Result
  ) throws -> Result {
    try write(
      waiting: nil, isChecked: false, checkpoints: checkpoints, beside: (other, Self.besideName, false), body)
  }

  /// The same beside another database, which is only read, and in which others write meanwhile: its tables are
  /// `source.…`, as of one moment.
  func write<Result>(reading other: Database, _ body: (Connection) throws -> Result) throws -> Result {
    try write(waiting: nil, isChecked: false, beside: (other.path, Self.sourceName, true), body)
  }

  /// The same without another file.
  func writeUnchecked<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    try write(waiting: nil, isChecked: false, body)
  }
}

/// What nobody waits for.
extension Database {
  /// Makes the write soon, when the writer is free; at once where `startWritingLater` was not called. What goes wrong
  /// is reported.
  ///
  /// - Parameter key: of several that wait with the same key, the last one alone is made.
  func writeLater(_ key: String? = nil, _ body: @escaping LaterWrites.Write) {
    if !later.add(key, body) { make([body], leftOut: 0) }
  }

  func startWritingLater() throws {
    try later.start { [self] in make($0, leftOut: $1) }
  }

  /// Returns once what waits is written, or has failed.
  func stopWritingLater() { later.stop() }

  private func make(_ writes: [LaterWrites.Write], leftOut: Int) {
    if leftOut > 0 { report(.unwritten(count: leftOut, reason: "more than \(LaterWrites.most) waited")) }
    do {
      if writes.count == 1 { return try writeLate(writes[0]) }
      try write(waiting: nil) { connection in
        for write in writes { try write(connection) }
      }
    } catch let error as SQLiteError where error.isConstraint && writes.count > 1 {
      // One that can't be made any more keeps no other one from being made.
      for write in writes { make([write], leftOut: 0) }
    } catch {
      report(.unwritten(count: writes.count, reason: "\(error)"))
    }
  }
}

/// Whether anything can be written now.
extension Database {
  enum WritingState: Sendable, Equatable {
    case well
    /// For so long nobody has got a turn to write.
    case waiting(Duration)
    /// The last transaction failed by the disk.
    case failing(String)
  }

  /// Looks without waiting. Where nothing was written for `interval`, or the last transaction failed, it writes
  /// something that changes nothing.
  ///
  /// - Parameter patience: for how long nobody may have begun to write.
  func checkWriting(every interval: Duration, patience: Duration = WritingRequests.patience) -> WritingState {
    do {
      if state.isDue(every: interval) {
        try write(waiting: .zero) { try $0.installation.rewrite() }
      } else {
        try alone(waiting: .zero) { _ in }
      }
    } catch is DatabaseBusy {
      // Whoever is before this one gets on, or does not.
    } catch {
      return .failing("\(error)")
    }
    if let failure = state.failure { return .failing("\(failure)") }
    let waiting = state.sinceTurn
    return waiting > patience ? .waiting(waiting) : .well
  }

  /// When writing last went well, and how.
  private final class State: Sendable {
    private struct Times: Sendable {
      var turn = ContinuousClock.now
      var written = ContinuousClock.now
      var failure: SQLiteError?
      var refusal: String?
      var permission: WritePermission?
    }

    private let times = Locked(Times())

    func hasTurn() { times.withLock { $0.turn = .now } }

    func hasWritten() {
      times.withLock {
        $0.written = .now
        $0.failure = nil
      }
    }

    /// What the disk refuses counts, and not what the schema does.
    func hasFailed(_ error: SQLiteError) {
      if error.isConstraint || error.isInterrupted { return }
      times.withLock { $0.failure = error }
    }

    func refuse(_ reason: String) { times.withLock { $0.refusal = reason } }

    var refusal: String? { times.withLock { $0.refusal } }

    func ask(_ permission: WritePermission) { times.withLock { $0.permission = permission } }

    var permission: WritePermission? { times.withLock { $0.permission } }

    func isDue(every interval: Duration) -> Bool {
      times.withLock { $0.failure != nil || .now - $0.written >= interval }
    }

    var failure: SQLiteError? { times.withLock { $0.failure } }
    /// Since when nobody has begun to write.
    var sinceTurn: Duration { times.withLock { .now - $0.turn } }
  }
}

/// Whether the database is still this host's to change.
struct WritePermission: Sendable {
  /// Throws where that isn't known, by what was heard lately.
  let require: @Sendable () throws -> Void
  /// The same, asked anew.
  let confirm: @Sendable () throws -> Void
}

/// What goes wrong in the database without an error that somebody gets.
enum DatabaseEvent: Sendable {
  /// The schema was changed, after a copy of the database was made.
  case copied(String)
  /// Somebody waits for long.
  case waiting(DatabaseBusy)
  /// Something was to be written later, and could not be.
  case unwritten(count: Int, reason: String)
  /// What somebody is told that it is done has not arrived in the replica.
  case unreplicated(reason: String)
}

/// A write transaction could not begin in time; nothing was changed.
struct DatabaseBusy: Error, CustomStringConvertible {
  /// Who writes, and since when: for the log, and for nobody else.
  let holder: String
  let waited: Duration

  var description: String { "busy: \(holder)" }
}

extension DatabaseBusy {
  init(_ refused: TurnRefused) {
    self.init(holder: refused.holder, waited: refused.waited)
  }
}

/// Limits how many requests wait for their turn to write, so that there are threads left for those that read, and for
/// how long: in all of its transactions together, or a form that takes four of them would outlast nginx's patience.
final class WritingRequests: Sendable {
  /// How long a request waits before it is told that nothing was changed.
  static let patience = Duration.seconds(5)

  private let patience: Duration
  private let places: Int
  private let state = Locked(State())

  private struct State: Sendable {
    var taken = 0
    /// How long the requests of these threads have waited.
    var waited: [pthread_t: Duration] = [:]
  }

  init(places: Int, patience: Duration) {
    self.places = places
    self.patience = patience
  }

  func begin() { state.withLock { $0.waited[pthread_self()] = nil } }

  /// How long the request of the calling thread may still wait.
  var rest: Duration {
    state.withLock { max(.zero, patience - $0.waited[pthread_self(), default: .zero]) }
  }

  func hurry(within limit: Duration) {
    state.withLock { state in
      state.waited[pthread_self()] = max(state.waited[pthread_self(), default: .zero], patience - limit)
    }
  }

  /// The request of the calling thread has waited.
  func use(_ time: Duration) { state.withLock { $0.waited[pthread_self(), default: .zero] += time } }

  /// - Returns: false where all places are taken.
  func enter() -> Bool {
    state.withLock { state in
      if state.taken == places { return false }
      state.taken += 1
      return true
    }
  }

  func leave() { state.withLock { $0.taken -= 1 } }
}
