import Foundation
import Testing

@testable import Handover

@Suite("Signals between threads") struct SignalTests {
  @Test("A signal that came before the wait is not lost")
  func early() throws {
    let signal = try Signal()
    signal.raise()
    let started = ContinuousClock.now
    signal.wait(milliseconds: 60_000)
    #expect(ContinuousClock.now - started < .seconds(30))
  }

  @Test("A wait without a signal ends by itself")
  func timeout() throws {
    try Signal().wait(milliseconds: 1)
  }

  @Test("Any number of signals, also more than the pipe holds, are one wake-up")
  func flood() throws {
    let signal = try Signal()
    for _ in 0..<100_000 { signal.raise() }
    signal.wait(milliseconds: 60_000)
    let started = ContinuousClock.now
    signal.wait(milliseconds: 50)
    #expect(ContinuousClock.now - started >= .milliseconds(49))
  }

  @Test("A stop wakes all who wait, and all who will")
  func stop() throws {
    let signal = try Signal()
    let threads = try (0..<8).map { _ in
      try ServerThread(name: "waiting") { while !signal.isStopped { signal.wait(milliseconds: 60_000) } }
    }
    signal.stop()
    for thread in threads { thread.join() }
    signal.wait(milliseconds: 60_000)
    #expect(signal.isStopped)
  }
}
