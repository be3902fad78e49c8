import Foundation
import Testing

@testable import Secrets

@Suite("The queue before the hashers")
struct HashingQueueTests {
  @Test("Never more pass at once than it says, and all that may wait get through")
  func atOnce() {
    let queue = HashingQueue(atOnce: 2, waiting: 30)
    let lock = NSLock()
    nonisolated(unsafe) var inside = (now: 0, most: 0)
    let answers = inParallel(32) {
      queue.pass {
        lock.withLock { unsafe inside = (inside.now + 1, max(inside.most, inside.now + 1)) }
        Thread.sleep(forTimeInterval: 0.001)
        lock.withLock { unsafe inside.now -= 1 }
        return true
      }
    }
    #expect(answers.count { $0 == true } == 32)
    unsafe #expect(inside.most == 2)
  }

  @Test("Beyond those that may wait it turns away at once, and lets in again when there is room")
  func turnsAway() {
    let queue = HashingQueue(atOnce: 1, waiting: 1)
    let release = DispatchSemaphore(value: 0)
    let entered = DispatchSemaphore(value: 0)
    let done = DispatchSemaphore(value: 0)
    for _ in 0..<2 {
      Thread.detachNewThread {
        _ = queue.pass {
          entered.signal()
          release.wait()
        }
        done.signal()
      }
    }
    entered.wait()
    while queue.length < 1 { Thread.sleep(forTimeInterval: 0.001) }
    #expect(queue.pass { true } == nil)
    release.signal()
    release.signal()
    done.wait()
    done.wait()
    #expect(queue.pass { true } == true)
    #expect(queue.length == 0)
  }

  @Test("Those who wait pass in the order in which they came")
  func order() {
    let queue = HashingQueue(atOnce: 1, waiting: 5)
    let release = DispatchSemaphore(value: 0)
    let entered = DispatchSemaphore(value: 0)
    let done = DispatchSemaphore(value: 0)
    let lock = NSLock()
    nonisolated(unsafe) var passed: [Int] = []
    for number in 0..<6 {
      Thread.detachNewThread {
        _ = queue.pass {
          entered.signal()
          release.wait()
          lock.withLock { unsafe passed.append(number) }
        }
        done.signal()
      }
      // The first one goes in, each of the others makes the queue longer by one.
      if number == 0 { entered.wait() }
      while queue.length < number { Thread.sleep(forTimeInterval: 0.001) }
    }
    for _ in 0..<6 { release.signal() }
    for _ in 0..<6 { done.wait() }
    unsafe #expect(passed == [0, 1, 2, 3, 4, 5])
  }
}
