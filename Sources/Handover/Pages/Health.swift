import Synchronization
import System

/// What is wrong with the server, as `/health` says it in one word, and `/health/ready` in all of them. A thread looks
/// every second, so that who asks waits for nothing.
final class Health: Sendable {
  /// In the order of their weight: of several `/health` names the first.
  enum Problem: String, Sendable, CaseIterable {
    /// Neither etcd nor the store says that this host may serve its cell.
    case lease
    /// It can't be read.
    case database
    /// It is of another version than this program's.
    case schema
    /// There is no room left.
    case disk
    /// Nothing can be written, or nobody gets on with writing.
    case writes
    /// The signing keys are away.
    case keys
    /// The folder of the archives is away, so that nothing is made or downloaded.
    case exports
    /// The threads that make exports don't answer.
    case workers
    /// Nobody reads the log.
    case log

    /// Whether it keeps pages from being answered as they should be.
    var isInTheWay: Bool { self != .disk && self != .exports && self != .log }
  }

  private struct State: Sendable {
    /// In the order of their weight.
    var found: [Problem] = []
    /// What is being looked at, and since when.
    var looking: (at: Problem, since: ContinuousClock.Instant)?
    /// What the log has said last.
    var said: Problem?
  }

  private let exports: Exports
  private let requireLease: @Sendable () throws -> Void
  private let isWorking: @Sendable () -> Bool
  private let isLogStuck: @Sendable () -> Bool
  private let state = Locked(State())
  private let isStopping = Atomic(false)
  private let ended = Wakeup()
  private let thread = Locked<Thread?>(nil)

  private static let interval = Duration.seconds(1)
  /// How often it writes where nobody else does.
  private static let writing = Duration.seconds(10)
  /// A look that takes longer has found what is wrong.
  private static let patience = Duration.seconds(5)

  init(
    _ exports: Exports, requireLease: @escaping @Sendable () throws -> Void = {},
    isWorking: @escaping @Sendable () -> Bool,
    isLogStuck: @escaping @Sendable () -> Bool = { false }
  ) {
    self.exports = exports
    self.requireLease = requireLease
    self.isWorking = isWorking
    self.isLogStuck = isLogStuck
  }

  /// Nil where all is well.
  var problem: Problem? { problems.first }

  /// All that is wrong, the heaviest first.
  var problems: [Problem] {
    let state = state.withLock { $0 }
    if let looking = state.looking, .now - looking.since > Self.patience { return [looking.at] }
    var problems = state.found
    if !isWorking() { problems.append(.workers) }
    if isLogStuck() { problems.append(.log) }
    return problems
  }

  /// Whether database and workers answer, be it with an error: where they don't, a restart helps. Workers that wait
  /// for whoever else writes do answer.
  var isAnswering: Bool {
    let looking = state.withLock { $0.looking }
    if let looking, looking.at == .database, .now - looking.since > Self.patience { return false }
    return isWorking() || exports.database.waiting > 0
  }

  /// Why requests had better go elsewhere, in words; empty where they had not.
  var unready: [String] {
    let problems = problems.filter(\.isInTheWay).map(\.rawValue)
    return isStopping.load(ordering: .relaxed) ? ["stopping"] + problems : problems
  }

  /// From now on the server is not ready, though it still answers.
  func beginStopping() { isStopping.store(true, ordering: .relaxed) }

  func start() throws {
    // The log hears of what is still so a moment later.
    let found = find()
    state.withLock { ($0.found, $0.looking) = (found.map(\.problem), nil) }
    let thread = try Thread(name: "health") { [self] in
      while !ended.isStopped {
        ended.wait(atMost: Self.interval)
        look()
      }
    }
    self.thread.withLock { $0 = thread }
  }

  func stop() {
    ended.stop()
    thread.withLock { _ = $0?.join(atMost: Self.patience) }
  }

  /// Looks at all of it once.
  func look() {
    let found = find()
    state.withLock { ($0.found, $0.looking) = (found.map(\.problem), nil) }
    say(problem, found.first?.reason ?? "")
  }

  private func find() -> [(problem: Problem, reason: String)] {
    var found: [(Problem, String)] = []
    do { try requireLease() } catch { found.append((.lease, "\(error)")) }
    do {
      at(.database)
      _ = try exports.database.read { try $0.organisations.isEmpty }
      if let version = try exports.database.unknownVersion() { found.append((.schema, version)) }
    } catch {
      found.append((.database, "\(error)"))
    }
    at(.disk)
    if let free = exports.lackOfSpace() { found.append((.disk, free)) }
    at(.writes)
    switch exports.database.checkWriting(every: Self.writing) {
    case .well: break
    case .waiting(let time): found.append((.writes, "nobody could write for \(time.wholeSeconds) seconds"))
    case .failing(let error): found.append((.writes, error))
    }
    do {
      at(.keys)
      _ = try exports.keys.current()
    } catch {
      found.append((.keys, "\(error)"))
    }
    if let away = exports.storage.away { found.append((.exports, away)) }
    return found
  }

  private func at(_ step: Problem) { state.withLock { $0.looking = (step, .now) } }

  /// Logs what has changed.
  private func say(_ problem: Problem?, _ reason: String) {
    let isNew = state.withLock { state in
      defer { state.said = problem }
      return state.said != problem
    }
    guard isNew else { return }
    guard let problem else { return exports.log.info("health.well") }
    exports.log.error("health.failed", ["problem": problem.rawValue, "error": reason])
  }
}
