import Dispatch
import Foundation
import HTTP
import Synchronization
import System
import TestSupport
import Testing

@testable import FastCGI

@Suite("Behind nginx", .serialized)
struct NginxTests {
  @Test("GET, POST and HEAD arrive with the raw target and the body")
  func passesOn() throws {
    let running = try Running(echo)
    let nginx = try Nginx(in: running.testSocket.folder, socket: running.testSocket.path)
    let get = try #require(nginx.ask("GET /a/../b%2Fc?x=%00 HTTP/1.1\r\nAccept: */*"))
    #expect(get.head.hasPrefix("HTTP/1.1 200"))
    #expect(
      String(decoding: get.body, as: UTF8.self).hasPrefix("GET /a/../b%2Fc?x=%00 127.0.0.1 0 [accept=*/* "))
    let post = try #require(
      nginx.ask("POST / HTTP/1.1\r\nContent-Type: a/b", body: [UInt8](repeating: 0, count: 65_536)))
    #expect(String(decoding: post.body, as: UTF8.self).hasPrefix("POST / 127.0.0.1 65536 [Content-Type=a/b "))
    let large = try #require(nginx.ask("POST / HTTP/1.1", body: [UInt8](repeating: 0, count: 1_000_000)))
    #expect(String(decoding: large.body, as: UTF8.self).contains(" too large "))
    let head = try #require(nginx.ask("HEAD /x HTTP/1.1"))
    #expect(head.body == [])
    #expect(head.head.contains("Content-Length: "))
    #expect(running.events == [])
  }

  @Test("Every byte of a body goes and comes back")
  func keepsBytes() throws {
    let running = try Running {
      .content($0.body, type: "application/octet-stream", $0.body.isEmpty ? Status(204, "No Content") : .ok)
    }
    let nginx = try Nginx(in: running.testSocket.folder, socket: running.testSocket.path)
    let body = (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(nginx.ask("POST / HTTP/1.1", body: body)?.body == body)
    #expect(nginx.ask("POST / HTTP/1.1")?.head.hasPrefix("HTTP/1.1 204") == true)
  }

  @Test("A file is sent by X-Accel-Redirect, with its own length")
  func sendsFile() throws {
    let running = try Running { _ in
      Response(.ok).with("X-Accel-Redirect", "/files/file").with(
        "Content-Disposition", ContentDisposition.attachment("ü.zip"))
    }
    try Data("content".utf8).write(to: URL(filePath: running.testSocket.folder + "/file"))
    let nginx = try Nginx(in: running.testSocket.folder, socket: running.testSocket.path)
    let answer = try #require(nginx.ask("GET /download HTTP/1.1\r\nRange: bytes=3-"))
    #expect(answer.head.hasPrefix("HTTP/1.1 206"))
    #expect(answer.head.contains("filename=\"_.zip\"; filename*=UTF-8''%C3%BC.zip"))
    #expect(answer.body == Array("tent".utf8))
    #expect(nginx.ask("HEAD /download HTTP/1.1")?.head.contains("Content-Length: 7") == true)
  }

  @Test("A body that is written while it is sent arrives whole, in pieces, and HEAD doesn't write it")
  func streams() throws {
    let pieces = Locked(0)
    let running = try Running { _ in
      .streaming(type: "text/plain") { write in
        for number in 0..<300 {
          try write([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 100_000))
          pieces.withLock { $0 += 1 }
        }
        try write([])
      }
    }
    let nginx = try Nginx(in: running.testSocket.folder, socket: running.testSocket.path)
    let head = try #require(nginx.ask("HEAD / HTTP/1.1"))
    #expect(head.body.isEmpty && pieces.withLock { $0 } == 0)
    let answer = try #require(nginx.ask("GET / HTTP/1.0"))
    #expect(answer.head.hasPrefix("HTTP/1.1 200") && !answer.head.contains("Content-Length"))
    #expect(answer.body.count == 30_000_000)
    #expect(
      stride(from: 0, to: 30_000_000, by: 100_000).allSatisfy {
        answer.body[$0] == UInt8(truncatingIfNeeded: $0 / 100_000)
      })
    #expect(running.events == [])
  }

  @Test("A body that breaks off is not taken for a whole one")
  func breaksOff() throws {
    struct Broken: Error {}
    let running = try Running { _ in
      .streaming(type: "text/plain") { write in
        try write(Array("the first half".utf8))
        throw Broken()
      }
    }
    let nginx = try Nginx(in: running.testSocket.folder, socket: running.testSocket.path)
    let answer = nginx.ask("GET / HTTP/1.1")
    #expect(answer.map { String(decoding: $0.body.suffix(5), as: UTF8.self) } != "0\r\n\r\n")
    try eventually("the server says why") { running.events == [.bodyFailed(reason: "Broken()")] }
  }

  @Test("Whoever closes the connection ends the writing")
  func goesAway() throws {
    let running = try Running(timeout: .milliseconds(300)) { _ in
      .streaming(type: "text/plain") { write in
        while true { try write([UInt8](repeating: 65, count: 65_528)) }
      }
    }
    let client = try #require(ClientConnection(path: running.testSocket.path))
    client.send(Records.request())
    // It takes nothing: the write that waits ends with its timeout.
    while running.events.isEmpty { usleep(5_000) }
    #expect(running.events == [.responseLost])
  }

  @Test("64 clients at once are all answered")
  func answersMany() throws {
    let running = try Running(threads: 8) { .text($0.target) }
    let nginx = try Nginx(in: running.testSocket.folder, socket: running.testSocket.path)
    let right = Atomic(0)
    try together(64) { client in
      for number in 0..<5
      where nginx.ask("GET /\(client)/\(number) HTTP/1.1")?.body == Array("/\(client)/\(number)".utf8) {
        right.add(1, ordering: .relaxed)
      }
    }
    #expect(right.load(ordering: .relaxed) == 320)
  }

  @Test("A stop with 20 requests in flight answers all of them", arguments: 1...5)
  func stops(round: Int) throws {
    let arrived = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let running = try Running(threads: 20) { _ in
      arrived.signal()
      gate.wait()
      return .text("done")
    }
    let nginx = try Nginx(in: running.testSocket.folder, socket: running.testSocket.path)
    let right = Atomic(0)
    let stop = try Thread(name: "stop") {
      for _ in 0..<20 { arrived.wait() }
      let stopping = try? Thread(name: "stopping") { running.server.stop() }
      running.waitForStop()
      for _ in 0..<100 { gate.signal() }
      stopping?.join()
    }
    try together(20) { _ in
      if nginx.ask("GET / HTTP/1.1")?.body == Array("done".utf8) { right.add(1, ordering: .relaxed) }
    }
    stop.join()
    #expect(right.load(ordering: .relaxed) == 20)
    #expect(nginx.ask("GET / HTTP/1.1")?.head.hasPrefix("HTTP/1.1 502") == true)
  }
}
