import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Documents of deals, through nginx.
  @Suite struct DocumentTests {
    let site: Site
    let demo: Demo
    let owner: Client

    init() throws {
      site = try Site(["HANDOVER_REQUEST_THREADS": "2"])
      demo = try site.startWithDemo()
      owner = try site.client(of: demo.owner)
    }

    private let block = 4 * 1_024 * 1_024

    @Test(
      "Files of any size and name arrive whole, the same content once, and come back under their true names")
    func whole() throws {
      let twin = Upload("Payslip.pdf", bytes: 1_000, seed: 1)
      let uploads = [
        twin, Upload("payslip.PDF", bytes: 1_000, seed: 2), Upload("Copy of it.pdf", twin.content),
        Upload("empty.txt", []), Upload("../../../etc/passwd", "root"),
        Upload("C:\\Users\\x\\CON.txt", "device"),
        Upload("Haus 🏡.txt", "emoji"), Upload("a\u{301}.txt", "decomposed"),
        Upload(String(repeating: "ü", count: 148) + ".pdf", "300 bytes"),
        Upload("4-1.bin", bytes: block - 1), Upload("4.bin", bytes: block),
        Upload("4+1.bin", bytes: block + 1),
      ]
      let answer = try owner.add(uploads, to: "D-1")
      #expect(answer.status == 303, "\(answer.text)")
      let names =
        [
          "Payslip.pdf", "payslip.PDF", "Copy of it.pdf", "empty.txt", "passwd", "CON.txt", "Haus 🏡.txt",
          "á.txt",
        ]
        + uploads.dropFirst(8).map(\.name)
      let expected = zip(uploads, names).enumerated().map {
        "F-\($0 + 1)|\($1.1)|\($1.0.content.count)|\($1.0.sha256)"
      }
      #expect(try site.documents() == expected)
      let files = try site.documentFiles()
      #expect(Set(files.values) == Set(uploads.map(\.sha256)) && files.count == uploads.count - 1)
      #expect(files.allSatisfy { $0.hasSuffix("/" + $1) }, "each is called as its content")
      for (number, upload) in uploads.enumerated() {
        let got = try owner.get("/documents/F-\(number + 1)")
        #expect(got.status == 200 && got.body == upload.content, "\(upload.name)")
        #expect(got["Content-Type"] == "application/octet-stream")
        #expect(got["Content-Disposition"]?.hasPrefix("attachment; filename=") == true)
        #expect(got["X-Content-Type-Options"] == "nosniff")
        #expect(got["Cache-Control"] == "private, no-store")
        #expect(got["Content-Security-Policy"] != nil)
      }
      #expect(try owner.get("/documents/F-1")["Content-Disposition"]?.contains("Payslip.pdf") == true)
      #expect(
        try owner.get("/documents/F-7")["Content-Disposition"]?.contains("UTF-8''Haus%20%F0%9F%8F%A1.txt")
          == true)
      let part = try owner.get("/documents/F-10", ["Range": "bytes=10-19"])
      #expect(part.status == 206 && part.body == Array(uploads[9].content[10...19]))
      let again = try owner.add(uploads, to: "D-1")
      #expect(again.status == 303)
      #expect(try site.documents() == expected, "the same file in the same deal is there already")
    }

    @Test("Another organisation’s, and one outside a user’s scope, is as unknown as one that never was")
    func foreign() throws {
      let deals = try site.deals(of: demo.user)
      for deal in [deals.own, deals.other] {
        #expect(try owner.add([Upload("\(deal).txt", deal)], to: deal).status == 303)
      }
      let stranger = try site.client(of: demo.otherOwner)
      let user = try site.client(of: demo.user)
      for (client, id) in [(stranger, "F-1"), (user, "F-2")] {
        let unknown = try client.get("/documents/F-999999")
        let foreign = try client.get("/documents/\(id)")
        #expect(unknown.status == 404 && foreign.status == 404 && unknown.body == foreign.body)
        #expect(foreign.headers.map(\.name) == unknown.headers.map(\.name))
        for verb in ["remove", "restore", "retry"] {
          let unknown = try client.press(verb, of: "F-999999")
          let foreign = try client.press(verb, of: id)
          #expect(unknown.status == 404 && foreign.status == 404 && unknown.body == foreign.body, "\(verb)")
        }
      }
      let own = try user.get("/documents/F-1")
      #expect(own.status == 200 && own.text == deals.own)
      #expect(try user.add([Upload("x", "x")], to: deals.other).status == 404)
      #expect(try user.add([Upload("x", "x")], to: "D-99999999").status == 404)
      #expect(try user.add([Upload("mine.txt", "x")], to: deals.own).status == 303)
      #expect(try site.client().get("/documents/F-1").status == 303)
      #expect(try owner.get("/-/documents/1/aa/bb").status == 404)
      #expect(try site.documents().count == 3)
    }

    @Test("A form that breaks off, without its token, or of the wrong kind leaves nothing")
    func broken() throws {
      let form = try owner.form([Upload("broken.pdf", bytes: 3_000_000)])
      let cookies = owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      for length in [form.count / 2, form.count - 5] {
        let socket = try Socket(port: site.port)
        let head =
          "POST /deals/D-1/documents HTTP/1.1\r\nHost: localhost:\(site.port)\r\nCookie: \(cookies)\r\n"
          + "Content-Type: multipart/form-data; boundary=part\r\nContent-Length: \(form.count)\r\n\r\n"
        try socket.send(Array(head.utf8) + form.prefix(length))
      }
      let type = ["Content-Type": "multipart/form-data; boundary=part"]
      let early = try owner.send("POST", "/deals/D-1/documents", type, body: Array(form.dropLast(9)))
      #expect(early.status == 400)
      #expect(try owner.add([Upload("a", "a")], to: "D-1", token: "wrong").status == 403)
      #expect(try owner.add([], to: "D-1").status == 422)
      #expect(try owner.submit([("file", "x")], to: "/deals/D-1/documents", from: "/settings").status == 422)
      #expect(
        try site.client().send("POST", "/deals/D-1/documents", type, body: form)["Location"]
          == "/login?next=%2Fdeals%2FD-1")
      #expect(try site.documents() == [] && site.documentFiles() == [:])
      #expect(try owner.add([Upload("broken.pdf", "whole")], to: "D-1").status == 303)
    }

    @Test("Clients that send slowly hold no thread")
    func slow() throws {
      let form = try owner.form([Upload("slow.pdf", bytes: 1_000_000)])
      let cookies = owner.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      let head =
        "POST /deals/D-1/documents HTTP/1.1\r\nHost: localhost:\(site.port)\r\nCookie: \(cookies)\r\n"
        + "Connection: close\r\nContent-Type: multipart/form-data; boundary=part\r\nContent-Length: \(form.count)\r\n\r\n"
      let sockets = try Sockets(4, site.port)
      try sockets.send(Array(head.utf8) + form.prefix(500_000))
      #expect(try owner.get("/settings").status == 200)
      #expect(try owner.add([Upload("quick.pdf", "quick")], to: "D-1").status == 303)
      try sockets.send(Array(form.dropFirst(500_000)))
      #expect(try sockets.answers().map(\.status) == [303, 303, 303, 303])
      #expect(try site.documents().count == 2, "four times the same is one document")
    }

    @Test(
      "A removed one is gone for downloads, and Undo brings it back; one that is replaced keeps its name and id"
    )
    func removed() throws {
      let (old, new) = (Upload("Offer.pdf", "old"), Upload("Offer signed.pdf", "new"))
      #expect(try owner.add([old], to: "D-1").status == 303)
      #expect(try owner.press("remove", of: "F-1").status == 303)
      #expect(try owner.get("/documents/F-1").status == 410)
      #expect(try site.documents() == [])
      #expect(try owner.press("restore", of: "F-1").status == 303)
      #expect(try owner.get("/documents/F-1").text == "old")
      #expect(try owner.add([new], to: "D-1", [("replaces", "F-1")]).status == 303)
      #expect(try site.documents() == ["F-1|Offer.pdf|3|\(new.sha256)"])
      #expect(try owner.get("/documents/F-1").text == "new")
      #expect(try site.documentFiles().count == 2, "what it held is kept")
      let trail = try site.rows("SELECT what FROM activity WHERE what LIKE 'document.%' ORDER BY id")
      #expect(trail.contains { $0.contains("removed") } && trail.contains { $0.contains("replaced") })
    }

    @Test("The operator's command adds files, and says which are there already")
    func command() throws {
      let folder = try TemporaryFolder()
      let uploads = [Upload("One.pdf", "one"), Upload("Zwei ü.pdf", "two")]
      for upload in uploads { try Data(upload.content).write(to: folder.appending(upload.name)) }
      let paths = uploads.map { folder.file($0.name) }
      let add = ["document", "add", "--organisation", "1", "--deal", "D-1"]
      let added = try site.handover(add + paths)
      #expect(added.output == "F-1\tOne.pdf\tadded\nF-2\tZwei ü.pdf\tadded\n", "\(added.error)")
      #expect(try site.handover(add + paths).output == "F-1\tOne.pdf\tthere\nF-2\tZwei ü.pdf\tthere\n")
      #expect(try owner.get("/documents/F-2").body == uploads[1].content)
      let large = folder.appending("large")
      try Data().write(to: large)
      try FileHandle(forWritingTo: large).truncate(atOffset: (2 << 30) + 1)
      for wrong in [
        ["document", "add", "--organisation", "1", "--deal", "D-99999999", paths[0]],
        ["document", "add", "--organisation", "9", "--deal", "D-1", paths[0]], add + [folder.file("missing")],
        add + [folder.path], add + ["/proc/self/mem"], add + [large.path],
      ] {
        let result = try site.handover(wrong)
        #expect(result.status == 1 && result.error.split(separator: "\n").count == 1, "\(result)")
        #expect(!result.error.contains("Error"), "\(result)")
      }
      #expect(try site.handover("document", "add", paths[0]).status == 64)
      #expect(try site.documents().count == 2)
    }
  }
}

/// Several connections at once.
private struct Sockets: ~Copyable {
  private let all: [Connection]

  private final class Connection {
    let socket: Socket
    init(_ port: Int) throws { socket = try Socket(port: port) }
  }

  init(_ count: Int, _ port: Int) throws { all = try (0..<count).map { _ in try Connection(port) } }

  func send(_ bytes: [UInt8]) throws { for one in all { try one.socket.send(bytes) } }

  func answers() throws -> [Answer] {
    try all.map { one in
      var received: [UInt8] = []
      while case let next = try one.socket.receive(), !next.isEmpty { received += next }
      return try Answer(parsing: received)
    }
  }
}
