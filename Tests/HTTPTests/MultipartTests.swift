import Foundation
import System
import TestSupport
import Testing

@testable import HTTP

@Suite("A form with files")
struct MultipartTests {
  @Test(
    "is read as browsers have sent it, in pieces of any length",
    arguments: [
      ("firefox3-2png1txt", "---------------------------186454651713519341951581030105"),
      ("firefox3-2pnglongtext", "---------------------------14904044739787191031754711748"),
      ("ie6-2png1txt", "---------------------------7d91b03a20128"),
      ("opera8-2png1txt", "----------zEO9jQKmLc2Cq88c23Dx19"),
      ("webkit3-2png1txt", "----WebKitFormBoundaryjdSFhcARk8fyGNy6"),
    ])
  func published(name: String, boundary: String) throws {
    let folder = Repository.appending("Tests/Published/multipart/\(name)")
    func bytes(_ file: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: folder.appending(path: file)))
    }
    let body = try bytes("request.http")
    for length in [1, 7, 64, 1000, body.count] {
      let form = try multipart(body, "multipart/form-data; boundary=\"\(boundary)\"", pieces: length)
      #expect(try form.fields().fields.isEmpty)
      for file in ["file1.png", "file2.png"] {
        let filename = try #require(try form.nextFile())
        #expect(filename.hasSuffix(".png"))
        #expect(try content(of: form) == bytes(file))
      }
      #expect(try form.nextFile() == nil)
    }
  }

  @Test("has its fields before its files, and their names as browsers write them")
  func names() throws {
    let form = try multipart(
      lines(
        "a preamble", "--b", "content-disposition: form-data; name=\"a%22b%0D%0A\"", "", "ü\r\n--x", "--b  ",
        "Content-Disposition:form-data;name=plain", "Content-Type: text/plain; charset=utf-8", "", "", "--b",
        "Content-Disposition: form-data; filename=\"C:\\data\\\\100%25 \\\"ü\\\".csv\"; name=\"files\"",
        "Content-Type: text/csv", "", "1", "--b",
        "Content-Disposition: form-data; name=\"files\"; filename=\"\"", "", "", "--b--", "an epilogue", "--b"
      ))
    let fields = try form.fields()
    #expect(fields["a\"b\r\n"] == "ü\r\n--x")
    #expect(fields["plain"] == "")
    #expect(fields.fields.count == 2)
    #expect(try form.nextFile() == "C:\\data\\\\100%25 \"ü\".csv")
    #expect(try content(of: form) == Array("1".utf8))
    #expect(try form.nextFile() == "")
    #expect(try content(of: form) == [])
    #expect(try form.nextFile() == nil)
    #expect(try form.nextFile() == nil)
  }

  @Test("goes on over a file that isn't read, and over fields between files")
  func skips() throws {
    let form = try multipart(
      lines(
        "--b", "Content-Disposition: form-data; name=f; filename=1", "", "one", "--b",
        "Content-Disposition: form-data; name=x", "", "y", "--b",
        "Content-Disposition: form-data; name=f; filename=2", "", "two", "--b--"))
    #expect(try form.fields() == Form())
    #expect(try form.nextFile() == "1")
    #expect(try form.nextFile() == "2")
    #expect(try content(of: form) == Array("two".utf8))
  }

  @Test("keeps every byte of a file that looks like its own delimiters", arguments: [1, 2, 3, 5, 65_536])
  func lookalikes(pieces: Int) throws {
    let file = Array("\r\n--\r\r\n-\r\n\r\n--boundar\r\n--Boundary\n--boundary--\r\n--".utf8) + [0, 255, 13]
    let body =
      lines("--boundary", "Content-Disposition: form-data; name=f; filename=f", "", "") + file
      + lines("", "--boundary--", "")
    let form = try multipart(body, "multipart/form-data; boundary=boundary", pieces: pieces)
    #expect(try form.fields() == Form())
    #expect(try form.nextFile() == "f")
    #expect(try content(of: form) == file)
  }

  @Test("of a gigabyte keeps one piece in memory")
  func constantMemory() throws {
    let head = lines("--b", "Content-Disposition: form-data; name=f; filename=f", "", "")
    let (asked, most) = (Locked(0), 1 << 30)
    let form = try Multipart("multipart/form-data; boundary=b") { count throws(HTTPError) in
      asked.withLock { asked in
        asked += 1
        return asked == 1 ? head : (asked - 1) << 16 <= most ? [UInt8](repeating: 10, count: 1 << 16) : []
      }
    }
    #expect(try form.fields() == Form() && form.nextFile() == "f")
    var longest = 0
    var read = 0
    #expect(throws: HTTPError(.bodyIncomplete, "the form ends in the middle")) {
      while let piece = try form.read() {
        longest = max(longest, piece.count)
        read += piece.count
      }
    }
    #expect(read > most - 10 && longest < 1 << 17)
  }

  @Test(
    "is refused where it isn't whole or two readers could read two things",
    arguments: broken)
  func refuses(body: String, code: HTTPError.Code) throws {
    for length in [1, 65_536] {
      let form = try multipart(Array(body.utf8), pieces: length)
      let error = #expect(throws: HTTPError.self) {
        _ = try form.fields()
        while try form.nextFile() != nil {}
      }
      #expect(error?.code == code)
    }
  }

  private static let part = "--b\r\nContent-Disposition: form-data"
  private static let end = "\r\n\r\n\r\n--b--"
  private static let broken: [(String, HTTPError.Code)] = [
    ("", .bodyIncomplete),
    ("--b", .bodyIncomplete),
    ("no boundary at all", .bodyIncomplete),
    ("\(part); name=a\r\n\r\nvalue", .bodyIncomplete),
    ("\(part); name=a\r\n\r\nvalue\r\n--b", .bodyIncomplete),
    ("\(part); name=a\r\n\r\nvalue\r\n--b-", .bodyIncomplete),
    ("\(part); name=a\r\n\r\nvalue\r\n--bc--\r\n", .malformedMultipart),
    ("--b\nContent-Disposition: form-data; name=a\n\nvalue\n--b--", .malformedMultipart),
    ("\(part)\(end)", .malformedMultipart),
    ("--b\r\nContent-Disposition: attachment; name=a\(end)", .malformedMultipart),
    ("\(part); name=a; name=b\(end)", .malformedMultipart),
    ("\(part); name=\"a\(end)", .malformedMultipart),
    ("\(part); name=\"a\"x\(end)", .malformedMultipart),
    ("\(part); name=a; filename*=UTF-8''x\(end)", .malformedMultipart),
    ("\(part); name=a\r\nContent-Disposition: form-data; name=b\(end)", .malformedMultipart),
    ("--b\r\nContent-Type: text/plain\(end)", .malformedMultipart),
    ("\(part); name=a\r\n folded\(end)", .malformedMultipart),
    ("--b\(end)", .malformedMultipart),
    ("\(part); name=a\r\nX: \(String(repeating: "x", count: 9_000))\(end)", .malformedMultipart),
    ("\(part); name=a\r\nContent-Transfer-Encoding: base64\(end)", .unsupportedMediaType),
    ("\(part); name=a\r\nContent-Type: multipart/mixed; boundary=c\(end)", .unsupportedMediaType),
    ("\(part); name=a\r\n\r\n1\r\n\(part); name=a\(end)", .duplicateParameter),
    ("\(part); name=a\r\n\r\n\0\r\n--b--", .nul),
    ("\(part); name=\"a\0\"\(end)", .nul),
    ("\(part); name=a\r\n\r\n\(String(repeating: "x", count: 65_537))\r\n--b--", .bodyTooLarge),
  ]

  @Test("refuses bytes that are no UTF-8 in names and fields, and takes them in files")
  func encoding() throws {
    let wrong: [UInt8] = [0xFF, 0xFE]
    let head = Array("--b\r\nContent-Disposition: form-data; name=f; filename=\"".utf8)
    let form = try multipart(head + wrong + lines("\"", "", "x", "--b--"))
    #expect(throws: HTTPError(.invalidUTF8, "a file's name is not UTF-8")) { try form.fields() }
    let file = try multipart(head + lines("a\"", "", "") + wrong + lines("", "--b--"))
    #expect(try file.fields() == Form() && file.nextFile() == "a" && content(of: file) == wrong)
  }

  @Test("has at most as many parts as a form has fields")
  func manyParts() throws {
    let part = lines("--b", "Content-Disposition: form-data; name=f; filename=f", "", "", "")
    func files(_ count: Int) throws -> Int {
      let form = try multipart([[UInt8]](repeating: part, count: count).flatMap(\.self) + lines("--b--"))
      #expect(try form.fields() == Form())
      var files = 0
      while try form.nextFile() != nil { files += 1 }
      return files
    }
    #expect(try files(100) == 100)
    let error = #expect(throws: HTTPError.self) { try files(101) }
    #expect(error?.code == .tooManyParameters)
  }

  @Test(
    "needs a good boundary",
    arguments: [
      ("multipart/form-data; boundary=x", nil),
      ("Multipart/Form-Data ; charset=utf-8; BOUNDARY=\"a b'()+_,-./:=?c\"", nil),
      ("multipart/form-data; boundary=\(String(repeating: "x", count: 70))", nil),
      ("multipart/form-data; boundary=\(String(repeating: "x", count: 71))", .malformedMultipart),
      ("multipart/form-data; boundary=", .malformedMultipart),
      ("multipart/form-data; boundary=\"x \"", .malformedMultipart),
      ("multipart/form-data; boundary=\"x\u{e9}\"", .malformedMultipart),
      ("multipart/form-data; boundary=x; boundary=y", .unsupportedMediaType),
      ("multipart/form-data", .malformedMultipart),
      ("multipart/mixed; boundary=x", .unsupportedMediaType),
      ("text/plain", .unsupportedMediaType),
      ("", .unsupportedMediaType),
    ] as [(String, HTTPError.Code?)])
  func boundary(type: String, code: HTTPError.Code?) {
    do {
      _ = try multipart([], type)
      #expect(code == nil)
    } catch {
      #expect(error.code == code)
    }
  }

  @Test("is a request's where the server reads one of it")
  func ofRequest() throws {
    var request = Request(.post, "/")
    request.headers.append("Content-Type", "multipart/form-data; boundary=b")
    #expect(try request.multipart == nil)
    request.readBody = { _ in [] }
    #expect(try request.multipart != nil)
    request.isBodyTooLarge = true
    #expect(throws: HTTPError(.bodyTooLarge, "the body is too large")) { try request.multipart }
  }

  private func lines(_ lines: String...) -> [UInt8] { Array(lines.joined(separator: "\r\n").utf8) }

  private func multipart(
    _ body: [UInt8], _ type: String = "multipart/form-data; boundary=b", pieces: Int = 65_536
  ) throws(HTTPError) -> Multipart {
    let rest = Locked(body[...])
    return try Multipart(type) { count throws(HTTPError) in
      rest.withLock { rest in
        let piece = Array(rest.prefix(min(pieces, count)))
        rest = rest.dropFirst(piece.count)
        return piece
      }
    }
  }

  private func content(of form: Multipart) throws -> [UInt8] {
    var content: [UInt8] = []
    while let piece = try form.read() { content += piece }
    return content
  }
}
