import System
import Testing

/// The time limit fails a wait that never ends.
@Suite("Wake-ups between threads", .timeLimit(.minutes(5))) struct WakeupTests {
  @Test("A wake-up that came before the wait is not lost")
  func early() {
    let wakeup = Wakeup()
    wakeup.raise()
    #expect(duration { wakeup.wait(atMost: .seconds(60)) } < .seconds(30))
  }

  @Test("A wait without a wake-up ends by itself, and not before its time", arguments: [0, 1, 50, 1_010])
  func timeout(milliseconds: Int) {
    let time = duration { Wakeup().wait(atMost: .milliseconds(milliseconds)) }
    #expect(time >= .milliseconds(milliseconds) && time < .seconds(30))
  }

  @Test("Any number of wake-ups are one")
  func flood() {
    let wakeup = Wakeup()
    for _ in 0..<100_000 { wakeup.raise() }
    wakeup.wait(atMost: .seconds(60))
    #expect(duration { wakeup.wait(atMost: .milliseconds(50)) } >= .milliseconds(50))
  }

  @Test("A thread that waits is woken")
  func wakes() throws {
    let (wakeup, answer) = (Wakeup(), Wakeup())
    let thread = try Thread(name: "waiting") {
      wakeup.wait(atMost: .seconds(60))
      answer.raise()
    }
    answer.wait(atMost: .milliseconds(20))
    wakeup.raise()
    #expect(duration { answer.wait(atMost: .seconds(60)) } < .seconds(30))
    thread.join()
  }

  @Test("A stop wakes all who wait, and all who will")
  func stop() throws {
    let wakeup = Wakeup()
    let threads = try (0..<8).map { _ in
      try Thread(name: "waiting") { while !wakeup.isStopped { wakeup.wait(atMost: .seconds(60)) } }
    }
    wakeup.stop()
    let time = duration {
      for thread in threads { thread.join() }
      wakeup.wait(atMost: .seconds(60))
    }
    #expect(wakeup.isStopped && time < .seconds(30))
  }
}

func duration(_ body: () -> Void) -> Duration { ContinuousClock().measure(body) }
