import Foundation
import System
import Testing

@Suite("Threads and locks") struct ThreadTests {
  @Test("A thread has its name and niceness, and no signal reaches it")
  func attributes() throws {
    let seen = Locked<(name: String, niceness: Int32, blocked: Int)>(("", 0, 0))
    try System.Thread(name: "fifteen letters", niceness: 7) {
      var signals = sigset_t()
      unsafe pthread_sigmask(SIG_BLOCK, nil, &signals)
      let blocked = (1...31).count { unsafe sigismember(&signals, Int32($0)) == 1 }
      let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
      seen.withLock { $0 = (name ?? "", getpriority(Int32(PRIO_PROCESS.rawValue), 0), blocked) }
    }.join()
    let (name, niceness, blocked) = seen.withLock { $0 }
    #expect(name == "fifteen letters\n" && niceness == 7)
    // All but SIGKILL and SIGSTOP, which nobody can block.
    #expect(blocked == 29)
  }

  @Test("The thread that starts one keeps its own signal mask")
  func mask() throws {
    var (before, after) = (sigset_t(), sigset_t())
    unsafe pthread_sigmask(SIG_BLOCK, nil, &before)
    try System.Thread(name: "short") {}.join()
    unsafe pthread_sigmask(SIG_BLOCK, nil, &after)
    for signal in 1...Int32(31) {
      #expect(unsafe sigismember(&before, signal) == sigismember(&after, signal))
    }
  }

  @Test("A join with a limit tells whether the thread has ended, and waits no longer")
  func joinAtMost() throws {
    #expect(try System.Thread(name: "short") {}.join(atMost: .seconds(60)))
    let end = Wakeup()
    let thread = try System.Thread(name: "long") { end.wait(atMost: .seconds(60)) }
    let time = duration { #expect(!thread.join(atMost: .milliseconds(30))) }
    #expect(time >= .milliseconds(30) && time < .seconds(30))
    end.raise()
  }

  @Test("A locked value takes every change of every thread")
  func locked() throws {
    let count = Locked(0)
    let threads = try (0..<4).map { number in
      try System.Thread(name: "count \(number)") { for _ in 0..<10_000 { count.withLock { $0 += 1 } } }
    }
    for thread in threads { thread.join() }
    #expect(count.withLock { $0 } == 40_000)
  }

  @Test("A condition wakes those who wait for it")
  func condition() throws {
    let lock = Lock()
    let changed = Condition(lock)
    let turn = Locked(0)
    let threads = try (1...3).map { number in
      try System.Thread(name: "turn \(number)") {
        lock.withLock {
          while turn.withLock({ $0 }) != number { changed.wait() }
          turn.withLock { $0 += 1 }
          changed.wakeAll()
        }
      }
    }
    lock.withLock {
      turn.withLock { $0 = 1 }
      changed.wakeAll()
    }
    for thread in threads { thread.join() }
    #expect(turn.withLock { $0 } == 4)
  }
}
