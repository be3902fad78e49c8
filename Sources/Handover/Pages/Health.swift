import System

/// What is wrong with the server, as `/health` says it in one word. A thread looks every second, so that who asks
/// waits for nothing.
final class Health: Sendable {
  enum Problem: String, Sendable {
    /// It can't be read.
    case database
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
  }

  private struct State: Sendable {
    var found: Problem?
    /// What is being looked at, and since when.
    var looking: (at: Problem, since: ContinuousClock.Instant)?
    /// What the log has said last.
    var said: Problem?
  }

  private let exports: Exports
  private let isWorking: @Sendable () -> Bool
  private let isLogStuck: @Sendable () -> Bool
  private let state = Locked(State())
  private let ended = Wakeup()
  private let thread = Locked<Thread?>(nil)

  private static let interval = Duration.seconds(1)
  /// How often it writes where nobody else does.
  private static let writing = Duration.seconds(10)
  /// A look that takes longer has found what is wrong.
  private static let patience = Duration.seconds(5)

  init(
    _ exports: Exports, isWorking: @escaping @Sendable () -> Bool,
    isLogStuck: @escaping @Sendable () -> Bool = { false }
  ) {
    self.exports = exports
    self.isWorking = isWorking
    self.isLogStuck = isLogStuck
  }

  /// Nil where all is well.
  var problem: Problem? {
    let state = state.withLock { $0 }
    if let looking = state.looking, .now - looking.since > Self.patience { return looking.at }
    return state.found ?? (isWorking() ? isLogStuck() ? .log : nil : .workers)
  }

  /// Whether database and workers answer, be it with an error: where they don't, a restart helps. Workers that wait
  /// for whoever else writes do answer.
  var isAnswering: Bool {
    let looking = state.withLock { $0.looking }
    if let looking, looking.at == .database, .now - looking.since > Self.patience { return false }
    return isWorking() || exports.database.waiting > 0
  }

  func start() throws {
    // The log hears of what is still so a moment later.
    let (problem, _) = find()
    state.withLock { ($0.found, $0.looking) = (problem, nil) }
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
    let (problem, reason) = find()
    state.withLock { ($0.found, $0.looking) = (problem, nil) }
    say(self.problem, reason)
  }

  private func find() -> (Problem?, reason: String) {
    do {
      at(.database)
      _ = try exports.database.read { try $0.organisations.isEmpty }
    } catch {
      return (.database, "\(error)")
    }
    at(.disk)
    if let free = exports.lackOfSpace() { return (.disk, free) }
    at(.writes)
    switch exports.database.checkWriting(every: Self.writing) {
    case .well: break
    case .waiting(let time): return (.writes, "nobody could write for \(time.wholeSeconds) seconds")
    case .failing(let error): return (.writes, error)
    }
    do {
      at(.keys)
      _ = try exports.keys.current()
    } catch {
      return (.keys, "\(error)")
    }
    if let away = exports.storage.away { return (.exports, away) }
    return (nil, "")
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
