import CSystem
import Glibc

// A lock that threads and processes take in turns
//
// Whoever wants it needs two things: the turn among the threads of this process, which stand in a line, and the
// lock on a file (flock(2)), which the kernel gives to one process. Both are waited for until a deadline, and
// whoever waits in vain is told who is in the way.
//
// flock(2) knows no deadline. So where another process has the file, a helper thread waits in it, and the thread
// whose turn it is waits for the helper. If that one gives up, the helper goes on for the next; if nobody waits
// when it gets the lock, it lets go at once. While the helper waits no other thread asks the kernel: the lock
// belongs to the open file, so that both would get it.
//
// Who holds the lock, the kernel knows (/proc/locks). The file holds a line of the last process that took it
// (`TurnNote`), which is believed of the process that the kernel names and of no other.

/// A lock on a file for one thread of one process at a time, first come, first served.
@safe package final class TurnLock: @unchecked Sendable {
  private let path: String
  private let label: String
  private let file: FileDescriptor
  private let report: @Sendable (TurnRefused) -> Void
  private let mutex = Lock()
  /// The helper has come back.
  private let answered: Condition
  // All of it is only touched with the mutex held.
  private var line: [Waiter] = []
  private var isTaken = false
  private var ownership = Ownership.none
  private var holder: (thread: String, since: time_t)?
  private var end: ContinuousClock.Instant?
  private var reported: (holder: String, at: ContinuousClock.Instant)?

  private enum Ownership {
    case none
    /// The helper waits for the file.
    case asked
    /// This process has the file.
    case had
    case failed(SystemError)
  }

  /// A thread in the line.
  private final class Waiter {
    let called: Condition
    var hasTurn = false

    init(_ mutex: Lock) { called = Condition(mutex) }
  }

  /// Who waits longer is reported.
  package static let patience = Duration.seconds(5)
  /// How often the same holder is reported.
  private static let interval = Duration.seconds(60)

  /// Opens the file, or makes it; does not lock it yet.
  /// - Parameters:
  ///   - label: what this process does, for the others that wait for it.
  ///   - report: hears who makes others wait for longer than `patience`; of the same one once a minute.
  /// - Throws: where the file can't be opened.
  package init(
    path: String, label: String, report: @escaping @Sendable (TurnRefused) -> Void = { _ in }
  ) throws(SystemError) {
    file = FileDescriptor(rawValue: unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
    self.path = path
    self.label = label
    self.report = report
    answered = Condition(mutex)
    if file.rawValue < 0 { throw SystemError("open", path) }
  }

  deinit { close(file.rawValue) }

  /// Waits for the lock, and holds it while the body runs.
  /// - Parameter limit: how long it waits at most; nil: until it has the lock or `stop` ends the wait.
  /// - Throws: `TurnRefused` where the time is over, and the body has not run; `SystemError` where the file can't
  ///   be locked; what the body throws.
  package func whileHeld<Result>(waiting limit: Duration?, _ body: () throws -> Result) throws -> Result {
    try take(waiting: limit)
    defer { letGo() }
    return try body()
  }

  /// From now on everybody together waits for no longer than this.
  package func stop(within limit: Duration) {
    mutex.withLock {
      end = .now + limit
      for waiter in line { waiter.called.wakeAll() }
      answered.wakeAll()
    }
  }

  /// Who is in the way of somebody that asked this long ago.
  package func refusal(after waited: Duration) -> TurnRefused {
    TurnRefused(holder: mutex.withLock { holderNow() }, waited: waited)
  }

  /// How many threads wait for it.
  package var waiting: Int {
    mutex.withLock { if case .asked = ownership { line.count + 1 } else { line.count } }
  }
}

/// Somebody did not get the lock in time.
package struct TurnRefused: Error, Sendable, CustomStringConvertible {
  /// Who holds it, what they do and since when, for a log.
  package let holder: String
  package let waited: Duration

  package var description: String { "the lock was not free within \(waited): \(holder)" }
}

extension TurnLock {
  private func take(waiting limit: Duration?) throws {
    let begun = ContinuousClock.now
    let deadline = limit.map { begun + $0 }
    mutex.lock()
    if isTaken {
      let waiter = Waiter(mutex)
      line.append(waiter)
      if !wait(for: waiter.called, since: begun, until: deadline, { waiter.hasTurn }) {
        line.removeAll { $0 === waiter }
        try refuse(since: begun)
      }
    }
    isTaken = true
    try lockFile(since: begun, until: deadline)
    let now = time(nil)
    holder = (threadName(), now)
    mutex.unlock()
    TurnNote(process: getpid(), since: now, label: label).write(to: file)
  }

  /// Takes the file, with the turn and the mutex held. Where it throws, both are given up.
  private func lockFile(since begun: ContinuousClock.Instant, until deadline: ContinuousClock.Instant?) throws
  {
    if case .none = ownership {
      if file.tryLock() {
        ownership = .had
      } else if deadline.map({ $0 <= .now }) == true || !ask() {
        passTurn()
        try refuse(since: begun)
      }
    }
    let hasAnswer = wait(for: answered, since: begun, until: deadline) {
      if case .asked = self.ownership { false } else { true }
    }
    if case .failed(let error) = ownership {
      ownership = .none
      passTurn()
      mutex.unlock()
      throw SystemError("lock", path, code: error.code)
    }
    if !hasAnswer {
      passTurn()
      try refuse(since: begun)
    }
  }

  private func letGo() {
    mutex.withLock {
      holder = nil
      ownership = .none
      file.unlock()
      passTurn()
    }
  }

  private func passTurn() {
    if line.isEmpty {
      isTaken = false
    } else {
      let next = line.removeFirst()
      next.hasTurn = true
      next.called.wakeOne()
    }
  }

  /// Gives the mutex up.
  private func refuse(since begun: ContinuousClock.Instant) throws -> Never {
    let refused = TurnRefused(holder: holderNow(), waited: .now - begun)
    tell(refused)
    mutex.unlock()
    throw refused
  }

  /// Waits with the mutex held, but for the time of a report.
  /// - Returns: whether it is ready.
  private func wait(
    for condition: Condition, since begun: ContinuousClock.Instant, until deadline: ContinuousClock.Instant?,
    _ isReady: () -> Bool
  ) -> Bool {
    var next = begun + Self.patience
    while !isReady() {
      let now = ContinuousClock.now
      let limit = [deadline, end].compactMap(\.self).min()
      if let limit, limit <= now { return false }
      if next <= now {
        tell(TurnRefused(holder: holderNow(), waited: now - begun))
        next = now + Self.patience
        continue
      }
      _ = condition.wait(until: timespec(monotonicAfter: min(limit ?? next, next) - now))
    }
    return true
  }

  /// Reports, unless the same was reported lately or anything a moment ago.
  private func tell(_ refused: TurnRefused) {
    let now = ContinuousClock.now
    if refused.waited < Self.patience { return }
    if let reported {
      let pause = reported.holder == refused.holder ? Self.interval : .seconds(1)
      if now - reported.at < pause { return }
    }
    reported = (refused.holder, now)
    mutex.unlock()
    report(refused)
    mutex.lock()
  }

  /// Lets a helper wait for the file.
  /// - Returns: false where the system has no room for one more thread.
  private func ask() -> Bool {
    let helper = try? Thread(name: "turn") {
      var result: SystemError?
      do throws(SystemError) { try self.file.lock() } catch { result = error }
      self.mutex.withLock {
        if let result { self.ownership = .failed(result) } else { self.ownership = .had }
        // Everybody has given up meanwhile.
        if !self.isTaken {
          self.file.unlock()
          self.ownership = .none
        }
        self.answered.wakeAll()
      }
    }
    guard let helper else { return false }
    helper.detach()
    ownership = .asked
    return true
  }

  private func holderNow() -> String {
    if let holder { return "this process, thread \(holder.thread), since \(clockTime(holder.since))" }
    return TurnNote.holder(of: file)
  }
}

/// What a process writes into the file once it has the lock.
private struct TurnNote {
  let process: pid_t
  let since: time_t
  let label: String

  /// Longer lines are cut, shorter ones padded, so that each is written over the last.
  private static let length = 160

  func write(to file: FileDescriptor) {
    var bytes = Array("\(process) \(since) \(label)".utf8.prefix(Self.length - 1))
    bytes += Array(repeating: UInt8(ascii: " "), count: Self.length - 1 - bytes.count) + [UInt8(ascii: "\n")]
    // Without it the lock is as good.
    try? file.write(bytes.span, at: 0)
  }

  private init?(_ file: FileDescriptor) {
    guard let bytes = try? file.bytes(Self.length, at: 0) else { return nil }
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\n", maxSplits: 1).first?
      .split(separator: " ", maxSplits: 2)
    guard let parts, parts.count == 3, let process = pid_t(parts[0]), let since = time_t(parts[1])
    else { return nil }
    let label = String(parts[2].reversed().drop { $0 == " " }.reversed())
    self.init(process: process, since: since, label: label)
  }

  init(process: pid_t, since: time_t, label: String) {
    self.process = process
    self.since = since
    self.label = label
  }

  /// The process that has the lock, as the kernel says.
  static func holder(of file: FileDescriptor) -> String {
    let note = TurnNote(file)
    let processes = lockers(of: file)
    guard let process = processes.first(where: { $0 == note?.process }) ?? processes.first else {
      return "a process that can't be seen from here"
    }
    // The state stands after the name in brackets, which can hold any.
    let state = contents(of: "/proc/\(process)/stat").split(separator: ")").last?.dropFirst().first
    let isStopped = state == "T" || state == "t" ? ", which is stopped" : ""
    if let note, note.process == process {
      return "process \(process), \(note.label), since \(clockTime(note.since))\(isStopped)"
    }
    let name = contents(of: "/proc/\(process)/comm").prefix { $0 != "\n" }
    return "process \(process), \(name)\(isStopped)"
  }

  /// The processes that hold a lock of flock(2) on the file (proc(5), /proc/locks).
  private static func lockers(of file: FileDescriptor) -> [pid_t] {
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0 else { return [] }
    let inode = ":\(status.st_ino)"
    return contents(of: "/proc/locks").split(separator: "\n").compactMap { line in
      // 1: FLOCK  ADVISORY  WRITE 4711 fe:01:262155 0 EOF; one that waits has an arrow before FLOCK.
      let fields = line.split(separator: " ")
      guard fields.count >= 6, fields[1] == "FLOCK", fields[5].hasSuffix(inode) else { return nil }
      return pid_t(fields[4])
    }
  }
}

/// The text of a file of the kernel's, whose size nobody knows before; empty where it can't be read.
private func contents(of path: String) -> String {
  let file = FileDescriptor(rawValue: unsafe open(path, O_RDONLY | O_CLOEXEC))
  guard file.rawValue >= 0 else { return "" }
  defer { close(file.rawValue) }
  var bytes: [UInt8] = []
  while bytes.count < 1 << 20, let more = try? file.bytes(1 << 16, at: bytes.count), !more.isEmpty {
    bytes += more
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// The calling thread's name, as `top -H` shows it.
private func threadName() -> String {
  var name = [CChar](repeating: 0, count: 16)
  unsafe pthread_getname_np(pthread_self(), &name, name.count)
  return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// `2026-05-02T09:30:00Z`.
private func clockTime(_ time: time_t) -> String {
  var time = time
  var parts = unsafe tm()
  unsafe gmtime_r(&time, &parts)
  var text = [CChar](repeating: 0, count: 32)
  let length = unsafe strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
  return String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
