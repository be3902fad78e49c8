import System
import TestSupport
import Testing

@testable import FastCGI

@Suite("Asking as a web server does")
struct ProbeTests {
  @Test("The answer is the server's, headers first, however long it is")
  func answers() throws {
    let running = try Running(echo)
    let page = try Probe.get("/health?a=b", host: "export.example.com", at: running.testSocket.path)
    #expect(page.hasPrefix("Status: 200 OK\r\n"))
    #expect(page.hasSuffix("\r\n\r\nGET /health?a=b 127.0.0.1 0 [host=export.example.com]"))
    let long = try Running { _ in .content([UInt8](repeating: 120, count: 40_000), type: "text/plain") }
    #expect(try Probe.get("/", host: "x", at: long.testSocket.path).count > 40_000)
  }

  @Test("Where nobody listens it says so")
  func nobody() throws {
    let socket = try TestSocket()
    #expect(throws: SystemError.self) { try Probe.get("/", host: "x", at: socket.path) }
    #expect(throws: SystemError.self) {
      try Probe.get("/", host: "x", at: "/" + String(repeating: "a", count: 200))
    }
  }

  @Test(
    "The id that the web server gave a request is taken, and none that a client sends or that is no such id",
    arguments: [
      ("REQUEST_ID", "0af7651916cd43dd8448eb211c80319c", true),
      ("REQUEST_ID", "0AF7651916CD43DD8448EB211C80319C", false),
      ("REQUEST_ID", "0af7", false), ("REQUEST_ID", "0af7651916cd43dd8448eb211c80319c0", false),
      ("REQUEST_ID", "0af7651916cd43dd8448eb211c8031\n ", false), ("REQUEST_ID", "", false),
      ("HTTP_REQUEST_ID", "0af7651916cd43dd8448eb211c80319c", false),
      ("HTTP_X_REQUEST_ID", "0af7651916cd43dd8448eb211c80319c", false),
    ])
  func requestID(name: String, value: String, isTaken: Bool) throws {
    let running = try Running { .text("id=\($0.id)") }
    let answer = running.ask(Records.request("GET", "/", [(name, value)]))
    #expect(answer?.text.hasSuffix("\r\n\r\nid=\(isTaken ? value : "")") == true)
  }
}
