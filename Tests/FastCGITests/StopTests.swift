import Dispatch
import Glibc
import HTTP
import Synchronization
import System
import Testing

@testable import FastCGI

@Suite("A stop")
struct StopTests {
  @Test("answers the requests in work and those that wait", arguments: 1...20)
  func answersAll(round: Int) throws {
    let arrived = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let running = try Running(threads: 4) { request in
      arrived.signal()
      gate.wait()
      return .text(request.target)
    }
    let connections = try (0..<20).map { number in
      let connection = try #require(ClientConnection(path: running.testSocket.path))
      connection.send(Records.request("GET", "/\(number)"))
      return connection
    }
    for _ in 0..<4 { arrived.wait() }
    let stopping = try Thread(name: "stop") { running.server.stop() }
    running.waitForStop()
    for _ in 0..<100 { gate.signal() }
    for (number, connection) in connections.enumerated() {
      #expect(Records.Answer(connection.receive()).text.hasSuffix("\r\n\r\n/\(number)"))
    }
    stopping.join()
  }

  @Test("ends threads that wait, at once or before they began", arguments: 1...20)
  func endsIdle(round: Int) throws {
    let running = try Running(threads: 16, echo)
    running.server.stop()
    running.server.stop()
    #expect(ClientConnection(path: running.testSocket.path) == nil)
    #expect(running.events == [])
  }

  @Test("leaves the process able to serve again, and its signals as they were")
  func servesAgain() throws {
    for _ in 0..<3 {
      let running = try Running(echo)
      #expect(running.ask(Records.request())?.hasEnded == true)
      running.server.stop()
    }
    for number in [SIGTERM, SIGUSR1] {
      var action = sigaction()
      unsafe sigaction(number, nil, &action)
      #expect(unsafe action.__sigaction_handler.sa_handler == nil)
    }
  }

  @Test("is asked for by a signal that no thread of the server takes")
  func waitsForSignal() throws {
    let taken = Atomic<Int32>(0)
    let running = try Running(echo)
    let blocked = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var target = pthread_t()
    let waiter = try Thread(name: "signals") {
      ThisProcess.blockTermination()
      unsafe target = pthread_self()
      blocked.signal()
      taken.store(ThisProcess.waitForTermination(), ordering: .sequentiallyConsistent)
    }
    blocked.wait()
    unsafe pthread_kill(target, SIGTERM)
    waiter.join()
    #expect(taken.load(ordering: .sequentiallyConsistent) == SIGTERM)
    #expect(running.ask(Records.request())?.hasEnded == true)
  }
}
