import Dispatch
import HTTP
import Synchronization
import Testing

@testable import FastCGI

@Suite("The server")
struct ServerTests {
  @Test("makes a request of the parameters")
  func makesRequest() throws {
    let running = try Running(echo)
    let answer = running.ask(
      Records.request(
        "POST", "/a%2fb?c=d",
        [
          ("SCRIPT_NAME", "/a/b"), ("REMOTE_ADDR", "2001:db8::1"), ("CONTENT_TYPE", "text/plain"),
          ("HTTP_CONTENT_TYPE", "text/plain"), ("HTTP_CONTENT_LENGTH", "3"),
          ("HTTP_ACCEPT_LANGUAGE", "de"), ("HTTP_COOKIE", "a=b=c"), ("HTTP_", "x"), ("HTTP_A(B", "x"),
        ], body: [1, 2, 3]))
    #expect(answer?.hasEnded == true)
    #expect(
      answer?.text.hasSuffix(
        "\r\n\r\nPOST /a%2fb?c=d 2001:db8::1 3 [Content-Type=text/plain accept-language=de cookie=a=b=c]")
        == true)
    #expect(answer?.text.hasPrefix("Status: 200 OK\r\n") == true)
  }

  @Test("hands on every byte of a body", arguments: [1, 255, 8192, 60_001, 65_536])
  func handsOnBody(count: Int) throws {
    let running = try Running { .content($0.body, type: "application/octet-stream") }
    let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let answer = try #require(running.ask(Records.request("POST", "/", body: body)))
    #expect(answer.output.suffix(count) == body[...])
    #expect(answer.text.contains("Content-Length: \(count)\r\n"))
  }

  @Test("answers large and empty", arguments: [0, 1, 8100, 70_000, 3_000_000])
  func answersLarge(count: Int) throws {
    let running = try Running { _ in .content([UInt8](repeating: 120, count: count), type: "text/plain") }
    let answer = try #require(running.ask(Records.request()))
    #expect(answer.hasEnded)
    #expect(answer.output.count { $0 == 120 } >= count)
    #expect(answer.text.contains("Content-Length: \(count)\r\n"))
  }

  @Test("says that a body was too large, and reads over it", arguments: [65_537, 1_000_000])
  func refusesLargeBody(count: Int) throws {
    let running = try Running(echo)
    let answer = running.ask(Records.request("POST", "/", body: [UInt8](repeating: 1, count: count)))
    #expect(answer?.text.hasSuffix("POST /  too large []") == true)
  }

  @Test("answers itself what is no request", arguments: Malformed.requests)
  func answersItself(records: [UInt8], status: Int) throws {
    let running = try Running { _ in .text("handled") }
    let answer = try #require(running.ask(records))
    #expect(answer.text.hasPrefix("Status: \(status) "))
    #expect(!answer.text.contains("handled"))
    guard case .refused(status, _)? = running.events.first else {
      Issue.record("not reported")
      return
    }
  }

  @Test("survives what is no FastCGI", arguments: Malformed.records)
  func survives(records: [UInt8]) throws {
    let running = try Running(threads: 1) { _ in .text("handled") }
    for _ in 0..<3 {
      let connection = try #require(ClientConnection(path: running.testSocket.path))
      connection.send(records)
      connection.endSending()
      #expect(!Records.Answer(connection.receive()).text.contains("handled"))
    }
    #expect(running.ask(Records.request())?.text.hasSuffix("handled") == true)
    #expect(running.events == [.brokenRequest, .brokenRequest, .brokenRequest])
  }

  @Test("gives up a peer that sends nothing more, or takes nothing")
  func timesOut() throws {
    let running = try Running(threads: 1, timeout: .seconds(1)) { _ in
      .text(String(repeating: "x", count: 3_000_000))
    }
    let silent = try #require(ClientConnection(path: running.testSocket.path))
    silent.send([1, 1, 0, 1])
    let deaf = try #require(ClientConnection(path: running.testSocket.path))
    deaf.send(Records.request())
    #expect(running.ask(Records.request())?.hasEnded == true)
    #expect(running.events == [.brokenRequest, .responseLost])
    withExtendedLifetime((silent, deaf)) {}
  }

  @Test("reports an answer that nobody waits for")
  func reportsLostAnswer() throws {
    let arrived = DispatchSemaphore(value: 0)
    let gone = DispatchSemaphore(value: 0)
    let running = try Running(threads: 1) { request in
      if request.target == "/left" {
        arrived.signal()
        gone.wait()
      }
      return .text("x")
    }
    var connection = ClientConnection(path: running.testSocket.path)
    connection?.send(Records.request("GET", "/left"))
    arrived.wait()
    connection = nil
    gone.signal()
    #expect(running.ask(Records.request())?.hasEnded == true)
    #expect(running.events == [.responseLost])
  }

  @Test("answers 64 clients at once, each its own question")
  func answersMany() throws {
    let running = try Running(threads: 8) { .text($0.target) }
    let wrong = Atomic(0)
    try together(64) { client in
      for number in 0..<20
      where running.ask(Records.request("GET", "/\(client)/\(number)"))?.text.hasSuffix(
        "\r\n\r\n/\(client)/\(number)") != true
      {
        wrong.add(1, ordering: .relaxed)
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }
}
