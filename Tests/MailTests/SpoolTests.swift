import Foundation
import System
import TestSupport
import Testing

@testable import Mail

@Suite("A spool")
final class SpoolTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.file("spool") }

  init() throws {
    temporary = try TemporaryFolder()
    for name in ["tmp", "new", "cur", "failed"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
  }

  @Test("Hands the mail to the program as it was written, with the addresses of its head, and removes it")
  func sends() throws {
    let recipient = try #require(
      Address(name: "Zoë \"Z\" <x@y> Müller of a long name", email: "zoe@example.org"))
    let sent = try message(to: recipient)
    try Maildir(path: folder).send(sent)
    let program = try FakeSendmail("printf '%s\\n' \"$@\" > $OUT/arguments; cat > $OUT/mail")
    let spool = try Spool(path: folder)
    let mail = try #require(try spool.waiting().first)
    try spool.send(mail, by: Sendmail(path: program.path)) { false }
    try spool.remove(mail)
    #expect(try program.read("arguments") == "-i\n-f\nsender@localhost\n--\nzoe@example.org\n")
    let text = String(decoding: sent.rendered(), as: UTF8.self).replacing("\r\n", with: "\n")
    #expect(try program.read("mail") == text)
    #expect(try spool.waiting().isEmpty && files() == [])
  }

  @Test("Counts failures in the name, so that another process goes on; those that never failed come first")
  func counts() throws {
    for number in 1...3 { try Maildir(path: folder).send(try message(messageID: "\(number)@example.org")) }
    var spool: Spool? = try Spool(path: folder)
    let first = try #require(try spool?.waiting().first)
    try spool?.postpone(first)
    for _ in 1...2 {
      let last = try #require(try spool?.waiting().last)
      try spool?.postpone(last)
    }
    #expect(throws: SystemError.self) { try Spool(path: folder) }
    spool = nil
    let waiting = try Spool(path: folder).waiting()
    #expect(waiting.map(\.failures) == [0, 0, 3])
    #expect(waiting.last?.name == first.name)
    #expect(try files().contains("cur/\(first.name):1,3"))
  }

  @Test("Of one that is given up the reason is left, and its head, which whoever enters the folder may read")
  func abandons() throws {
    try Maildir(path: folder).send(try message(subject: "A link", text: "secret"))
    let spool = try Spool(path: folder)
    let mail = try #require(try spool.waiting().first)
    try spool.abandon(mail, because: "no such user")
    let id = try #require(MessageID("42.abc@example.org"))
    #expect(
      Maildir(path: folder).returned(except: [])
        == [ReturnedMessage(name: mail.name, id: id, reason: "no such user")])
    #expect(Maildir(path: folder).returned(except: [mail.name]) == [])
    #expect(try files() == ["failed/\(mail.name)"])
    let left = try String(contentsOfFile: "\(folder)/failed/\(mail.name)", encoding: .utf8)
    #expect(left.hasPrefix("Given up: no such user\nFrom: Sender <sender@localhost>\n"))
    #expect(left.contains("Subject: A link\n") && !left.contains("secret"))
    let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/failed/\(mail.name)")
    #expect(mode[.posixPermissions] as? Int == 0o644)
    spool.forget(after: .seconds(1000))
    #expect(try files().count == 1)
    spool.forget(after: .seconds(-1))
    #expect(try files() == [])
  }

  @Test(
    "What names no sender or no recipient is refused for good, and never given to the program",
    arguments: [
      "", "Subject: x\n\nFrom: a@b.example\nTo: c@d.example\n", "From: a@b.example\n\n",
      "From: a@b.example\nTo: -oX@\n\n", "From: a@b.example\nTo: c@d.example, e@f.example\n\n",
      "From: a\nTo: c@d.example\n\n",
    ])
  func foreign(text: String) throws {
    try text.write(toFile: "\(folder)/new/1", atomically: false, encoding: .utf8)
    let program = try FakeSendmail("touch $OUT/called")
    let spool = try Spool(path: folder)
    let mail = try #require(try spool.waiting().first)
    let error = #expect(throws: MailError.self) {
      try spool.send(mail, by: Sendmail(path: program.path)) { false }
    }
    guard case .permanent = error else { throw HarnessError("\(String(describing: error))") }
    #expect(throws: (any Error).self) { try program.read("called") }
  }

  @Test("A mail that a mail program has looked at is still sent")
  func current() throws {
    try Maildir(path: folder).send(try message())
    let name = try #require(try Spool(path: folder).waiting().first?.name)
    try FileManager.default.moveItem(atPath: "\(folder)/new/\(name)", toPath: "\(folder)/cur/\(name):2,S")
    let spool = try Spool(path: folder)
    let mail = try #require(try spool.waiting().first)
    #expect(mail.failures == 0)
    try spool.send(mail, by: Sendmail(path: "/bin/true")) { false }
    try spool.remove(mail)
    #expect(try files() == [])
  }

  @Test("In folders that give their group away the group may read the mails, and nobody else")
  func group() throws {
    for name in ["", "/tmp", "/new"] {
      #expect(unsafe chmod(folder + name, 0o2770) == 0)
    }
    try Maildir(path: folder).send(try message())
    let name = try #require(try Spool(path: folder).waiting().first?.name)
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/new/\(name)")
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  private func files() throws -> [String] {
    try ["tmp", "new", "cur", "failed"].flatMap { name in
      try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)").map { "\(name)/\($0)" }
    }
  }
}
