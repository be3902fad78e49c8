import HTTP
import System
import TestSupport
import Testing

@testable import FastCGI

@Suite("An upload")
struct UploadTests {
  @Test("is read while it is answered, every byte of it", arguments: [0, 1, 8_192, 65_537, 3_000_000])
  func reads(count: Int) throws {
    let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let running = try Running(uploads: uploads, whole)
    let answer = try #require(running.ask(Records.request("POST", "/upload", body: body)))
    #expect(answer.hasEnded && answer.output.suffix(count).elementsEqual(body))
    #expect(answer.text.contains("Content-Length: \(count)\r\n"))
    #expect(running.events == [])
  }

  @Test("that is not read to its end is answered nevertheless, and nobody can read it then")
  func leaves() throws {
    let kept = Locked<Request?>(nil)
    let running = try Running(uploads: uploads) { request in
      kept.withLock { $0 = request }
      return .text("\((try? request.readBody?(10))?.count ?? -1)")
    }
    let body = [UInt8](repeating: 1, count: 1_000_000)
    #expect(running.ask(Records.request("POST", "/upload", body: body))?.text.hasSuffix("\r\n\r\n10") == true)
    #expect(running.events == [])
    let read = try #require(kept.withLock { $0?.readBody })
    #expect(throws: HTTPError.self) { try read(10) }
  }

  @Test(
    "is answered once the record that ends it has come, as its sender may fail to send that to a closed socket"
  )
  func waitsForEnd() throws {
    let running = try Running(uploads: uploads) { _ in .text("enough") }
    let records = Records.request("POST", "/upload", body: [UInt8](repeating: 1, count: 200_000))
    let connection = try #require(ClientConnection(path: running.testSocket.path))
    connection.send(Array(records.dropLast(8)))
    #expect(!connection.hasSomething(within: 300))
    connection.send(Array(records.suffix(8)))
    #expect(Records.Answer(connection.receive()).text.hasSuffix("enough"))
    #expect(running.events == [])
  }

  @Test("that breaks off is known by who reads it, and gets no answer")
  func breaksOff() throws {
    let errors = Locked<[HTTPError]>([])
    let running = try Running(uploads: uploads) { request in
      do {
        while try request.readBody?(65_536).isEmpty == false {}
      } catch let error as HTTPError {
        errors.withLock { $0.append(error) }
      } catch {}
      return .text("whole")
    }
    let records = Records.request("POST", "/upload", body: [UInt8](repeating: 1, count: 200_000))
    let connection = try #require(ClientConnection(path: running.testSocket.path))
    connection.send(Array(records.prefix(100_000)))
    connection.endSending()
    #expect(!Records.Answer(connection.receive()).text.contains("whole"))
    #expect(errors.withLock { $0 } == [HTTPError(.bodyIncomplete, "the body ends in the middle")])
    #expect(running.events == [.brokenRequest])
  }

  @Test("above the limit, or to another address, is read over")
  func refuses() throws {
    let running = try Running(uploads: uploads, whole)
    let tooLarge = [UInt8](repeating: 1, count: 4_000_001)
    #expect(
      running.ask(Records.request("POST", "/upload", body: tooLarge))?.text.contains("too large") == true)
    let elsewhere = [UInt8](repeating: 1, count: 70_000)
    #expect(
      running.ask(Records.request("POST", "/form", body: elsewhere))?.text.contains("too large") == true)
    #expect(running.ask(Records.request("POST", "/form", body: [1]))?.text.contains("form") == true)
  }

  @Test("comes through nginx whole")
  func throughNginx() throws {
    let running = try Running(uploads: uploads, whole)
    let nginx = try Nginx(in: running.testSocket.folder, socket: running.testSocket.path)
    let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    #expect(nginx.ask("POST /upload HTTP/1.1", body: body)?.body == body)
  }

  private let uploads = Server.Uploads(maximum: 4_000_000) { $0.target == "/upload" }

  /// Sends back what it reads.
  private let whole: Server.Handler = { request in
    if request.isBodyTooLarge { return .text("too large") }
    guard let read = request.readBody else { return .text("a form") }
    var body: [UInt8] = []
    while let piece = try? read(10_000), !piece.isEmpty { body += piece }
    return .content(body, type: "application/octet-stream")
  }
}
