import Dispatch
import Glibc
import Synchronization
import Testing

@testable import FastCGI

@Suite("Compute permits")
struct ComputePermitTests {
  @Test("At most two threads compute at once with two permits; four, where slow requests lose theirs")
  func bounds() throws {
    let computing = Atomic(0)
    let most = Atomic(0)
    let running = try Running(threads: 8, atOnce: 2) { _ in
      let now = computing.add(1, ordering: .relaxed).newValue
      most.max(now, ordering: .relaxed)
      usleep(2_000)
      computing.subtract(1, ordering: .relaxed)
      return .text("done")
    }
    try together(40) { _ in #expect(running.ask(Records.request())?.hasEnded == true) }
    // On a busy machine some of the requests take so long that they lose their permits: the test allows for two.
    #expect((1...4).contains(most.load(ordering: .relaxed)))
  }

  @Test("A request that hangs loses its permit, and gets one again", arguments: ["GET", "POST"])
  func givesUp(method: String) throws {
    let gate = DispatchSemaphore(value: 0)
    let running = try Running(threads: 4, atOnce: 1) { request in
      if request.target == "/slow" { gate.wait() }
      return .text(request.target)
    }
    for _ in 0..<3 {
      let slow = try (0..<3).map { _ in
        let connection = try #require(ClientConnection(path: running.testSocket.path))
        connection.send(Records.request(method, "/slow"))
        return connection
      }
      #expect(running.ask(Records.request("GET", "/quick"))?.text.hasSuffix("/quick") == true)
      for _ in slow { gate.signal() }
      for connection in slow { #expect(Records.Answer(connection.receive()).text.hasSuffix("/slow")) }
    }
  }
}
