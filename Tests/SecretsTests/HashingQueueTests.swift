import Foundation
import Testing

@testable import Secrets

@Suite("The queue before the hashers")
struct HashingQueueTests {
  @Test("Never more pass at once than it says, and all that may wait get through, also those of one network")
  func atOnce() {
    let queue = HashingQueue(atOnce: 2, waiting: 98)
    let lock = NSLock()
    nonisolated(unsafe) var inside = (now: 0, most: 0, number: 0)
    let answers = inParallel(100) {
      let number = lock.withLock {
        unsafe inside.number += 1
        return unsafe inside.number
      }
      return queue.pass(for: HashingParty(network: "office", account: "\(number)")) {
        lock.withLock { unsafe inside = (inside.now + 1, max(inside.most, inside.now + 1), inside.number) }
        Thread.sleep(forTimeInterval: 0.001)
        lock.withLock { unsafe inside.now -= 1 }
        return true
      }
    }
    #expect(answers.count { $0 == true } == 100)
    unsafe #expect(inside.most == 2)
    #expect(queue.length == 0)
  }

  @Test("Those of one network pass in the order in which they came")
  func order() {
    let line = Line(HashingQueue(atOnce: 1, waiting: 9))
    for number in 0..<6 { line.add("a", "\(number)") }
    #expect(line.release() == ["a 0", "a 1", "a 2", "a 3", "a 4", "a 5"])
  }

  @Test("Networks take turns: a flood of one keeps another waiting for the work of one, not of all")
  func turns() {
    let line = Line(HashingQueue(atOnce: 1, waiting: 9))
    for number in 0..<5 { line.add("flood", "\(number)") }
    line.add("b", "5")
    line.add("c", "6")
    line.add("b", "7")
    #expect(
      line.release() == [
        // The one that passes is of the flood, so it comes after all others.
        "flood 0", "b 5", "flood 1", "c 6", "b 7", "flood 2", "flood 3", "flood 4",
      ])
  }

  @Test("Where too many wait, the longest line gives up its last for a newcomer with a shorter one")
  func longestLine() {
    let line = Line(HashingQueue(atOnce: 1, waiting: 4))
    for number in 0..<5 { line.add("flood", "\(number)") }
    #expect(line.isTurnedAway("flood", "new"))
    line.add("b", "5", insteadOfAnother: true)
    line.add("b", "6", insteadOfAnother: true)
    #expect(line.isTurnedAway("b", "new"))
    line.add("c", "7", insteadOfAnother: true)
    #expect(line.queue.length == 4)
    let passed = line.release()
    #expect(Set(passed).isSuperset(of: ["flood 0", "flood 1", "b 5", "c 7"]) && passed.count == 5)
    #expect(line.queue.pass(for: HashingParty(network: "flood", account: "new")) { true } == true)
  }

  @Test("An account has two places, from whatever networks, and none is lost")
  func account() {
    let line = Line(HashingQueue(atOnce: 1, waiting: 9))
    line.add("a", "x")
    line.add("b", "x")
    #expect(line.isTurnedAway("c", "x") && line.isTurnedAway("a", "x"))
    line.add("c", "y")
    #expect(line.release() == ["a x", "b x", "c y"])
    #expect(line.queue.pass(for: HashingParty(network: "c", account: "x")) { true } == true)
  }
}

/// Threads that stand in a queue, in a known order, until they are released.
private final class Line: @unchecked Sendable {
  let queue: HashingQueue
  private let lock = NSLock()
  private let gate = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  private let entered = DispatchSemaphore(value: 0)
  private var passed: [String] = []
  private var count = 0

  init(_ queue: HashingQueue) { self.queue = queue }

  /// Adds a thread, and returns when it passes (the first one) or waits.
  func add(_ network: String, _ account: String, insteadOfAnother: Bool = false) {
    Thread.detachNewThread { [self] in
      _ = queue.pass(for: HashingParty(network: network, account: account)) {
        entered.signal()
        gate.wait()
        lock.withLock { passed.append("\(network) \(account)") }
      }
      done.signal()
    }
    count += 1
    if count == 1 { return entered.wait() }
    if insteadOfAnother {
      // The one that is turned away ends.
      done.wait()
      count -= 1
    }
    while queue.length < count - 1 { Thread.sleep(forTimeInterval: 0.001) }
  }

  func isTurnedAway(_ network: String, _ account: String) -> Bool {
    queue.pass(for: HashingParty(network: network, account: account)) { true } == nil
  }

  /// Lets all of them work, one after the other, and returns them in that order.
  func release() -> [String] {
    for _ in 0..<count { gate.signal() }
    for _ in 0..<count { done.wait() }
    return passed
  }
}
