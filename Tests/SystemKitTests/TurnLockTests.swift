import Glibc
import Synchronization
import System
import TestSupport
import Testing

import struct Foundation.URL

@Suite("Turns at a lock") struct TurnLockTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/lock"
  }

  @Test("Threads have it one at a time, in the order in which they came")
  func order() throws {
    let lock = try TurnLock(path: path, label: "test")
    let order = Locked<[Int]>([])
    var threads: [Thread] = []
    try lock.whileHeld(waiting: nil) {
      for number in 0..<8 {
        threads.append(
          try Thread(name: "writer \(number)") {
            try? lock.whileHeld(waiting: nil) { order.withLock { $0.append(number) } }
          })
        try eventually("it stands in the line") { lock.waiting == number + 1 }
      }
    }
    for thread in threads { thread.join() }
    #expect(order.withLock { $0 } == Array(0..<8))
  }

  @Test("Who waits in vain learns which thread of this process has it, and the next one gets it")
  func thread() throws {
    let lock = try TurnLock(path: path, label: "test")
    try hold(lock, in: "a busy one") {
      let refused = #expect(throws: TurnRefused.self) { try lock.whileHeld(waiting: .milliseconds(20)) {} }
      #expect(refused?.holder.hasPrefix("this process, thread a busy one, since 20") == true)
    }
    #expect(try lock.whileHeld(waiting: .seconds(20)) { true })
  }

  @Test("Who waits in vain learns which process has it, what it does and since when")
  func process() throws {
    let lock = try TurnLock(path: path, label: "test")
    let other = try otherProcess()
    defer { other.kill() }
    let name = "process \(other.pid), sleep"
    let refused = #expect(throws: TurnRefused.self) { try lock.whileHeld(waiting: .milliseconds(20)) {} }
    #expect(refused?.holder == name)
    other.send(SIGSTOP)
    try eventually("it is stopped") { lock.refusal(after: .zero).holder == name + ", which is stopped" }
    other.kill()
    #expect(try lock.whileHeld(waiting: .seconds(20)) { true })
  }

  @Test("What a process wrote that is gone is not believed of the one that has it now")
  func stale() throws {
    let lock = try TurnLock(path: path, label: "test")
    let other = try TurnLock(path: path, label: "another")
    try other.whileHeld(waiting: nil) {}
    let holder = try otherProcess()
    defer { holder.kill() }
    let refused = #expect(throws: TurnRefused.self) { try lock.whileHeld(waiting: .milliseconds(20)) {} }
    #expect(refused?.holder.contains("another") == false)
  }

  @Test("When another process lets go, the threads that still wait get it, and not those that gave up")
  func helper() throws {
    let lock = try TurnLock(path: path, label: "test")
    let other = try TurnLock(path: path, label: "another")
    let runs = Atomic(0)
    var threads: [Thread] = []
    try other.whileHeld(waiting: nil) {
      for _ in 0..<4 {
        #expect(throws: TurnRefused.self) { try lock.whileHeld(waiting: .milliseconds(5)) {} }
        threads.append(
          try Thread(name: "writer") {
            try? lock.whileHeld(waiting: nil) { _ = runs.add(1, ordering: .relaxed) }
          })
      }
    }
    for thread in threads { thread.join() }
    #expect(runs.load(ordering: .relaxed) == 4)
    #expect(try other.whileHeld(waiting: .seconds(20)) { true }, "the helper kept it")
  }

  @Test("A stop ends the waits of all")
  func stop() throws {
    let lock = try TurnLock(path: path, label: "test")
    try hold(lock, in: "a busy one") {
      let ended = Atomic(0)
      let threads = try (0..<4).map { _ in
        try Thread(name: "writer") {
          do { try lock.whileHeld(waiting: nil) {} } catch { _ = ended.add(1, ordering: .relaxed) }
        }
      }
      lock.stop(within: .milliseconds(10))
      for thread in threads { thread.join() }
      #expect(ended.load(ordering: .relaxed) == 4)
    }
  }

  /// Another process that has the lock.
  private func otherProcess() throws -> ChildProcess {
    let output = URL(filePath: folder.path + "/output")
    let process = try ChildProcess(
      "flock", ["--no-fork", path, "sleep", "600"], output: output, error: output)
    try eventually("it has the lock") { try !FileLock(path: path).tryLock() }
    return process
  }

  /// Runs the body while another thread has the lock.
  private func hold(_ lock: TurnLock, in thread: String, _ body: () throws -> Void) throws {
    let held = Wakeup()
    let done = Wakeup()
    let holder = try Thread(name: thread) {
      try? lock.whileHeld(waiting: nil) {
        held.stop()
        done.wait(atMost: .seconds(60))
      }
    }
    held.wait(atMost: .seconds(60))
    try body()
    done.stop()
    holder.join()
  }
}
