import Foundation
import TestSupport
import Testing

@testable import Mail

@Suite("Delivering into a Maildir")
final class MaildirTests {
  private let temporary: TemporaryFolder
  /// Not there at first.
  var folder: String { temporary.file("maildir") }

  init() throws { temporary = try TemporaryFolder() }

  @Test("Python's mailbox reads what was delivered; nothing is left in tmp")
  func readable() throws {
    let maildir = Maildir(path: folder)
    for number in 1...3 {
      try maildir.send(try message(subject: "Number \(number) é", messageID: "\(number)@example.org"))
    }
    let subjects = try readByPython(maildir: folder).map(\.subject)
    #expect(subjects.sorted() == ["Number 1 é", "Number 2 é", "Number 3 é"])
    #expect(try names("tmp") == [])
    #expect(try names("cur") == [])
  }

  @Test("The bytes of a file are those of the message")
  func bytes() throws {
    let sent = try message()
    try Maildir(path: folder).send(sent)
    let name = try #require(try names("new").first)
    #expect(FileManager.default.contents(atPath: "\(folder)/new/\(name)") == Data(sent.rendered()))
  }

  @Test("Its folders have mode 0700 and its mails 0600")
  func modes() throws {
    try Maildir(path: folder).send(try message())
    let name = try #require(try names("new").first)
    for (path, mode) in [
      ("", 0o700), ("/tmp", 0o700), ("/new", 0o700), ("/cur", 0o700), ("/new/\(name)", 0o600),
    ] {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder + path)
      #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
    }
  }

  @Test("Mails go by their Message-ID, also where two deliver at the same moment, and hold no colon or slash")
  func unique() async throws {
    let maildirs = [Maildir(path: folder), Maildir(path: folder)]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<40 {
        group.addTask { try maildirs[number % 2].send(try message(messageID: "\(number)/x@example.org")) }
      }
      try await group.waitForAll()
    }
    let all = try names("new")
    #expect(all.count == 40)
    #expect(all.allSatisfy { !$0.contains(":") && !$0.hasPrefix(".") })
  }

  @Test("A mail that is sent again takes its own place, and that of what a crash left of it")
  func again() throws {
    let maildir = Maildir(path: folder)
    try maildir.send(try message())
    let name = try #require(try names("new").first)
    try Data("half of it".utf8).write(to: URL(filePath: "\(folder)/tmp/\(name)"))
    try maildir.send(try message())
    #expect(try names("new") == [name])
    #expect(try names("tmp") == [])
    #expect(FileManager.default.contents(atPath: "\(folder)/new/\(name)") == Data(try message().rendered()))
  }

  @Test("The longest Message-ID makes a name that a file can have")
  func long() throws {
    let id = "\(String(repeating: "a", count: 124))@\(String(repeating: "b", count: 125))"
    try Maildir(path: folder).send(try message(messageID: id))
    #expect(try names("new").count == 1)
  }

  @Test("A folder that is removed while it is in use is made again")
  func removed() throws {
    let maildir = Maildir(path: folder)
    try maildir.send(try message())
    try FileManager.default.removeItem(atPath: folder)
    try maildir.send(try message())
    #expect(try names("new").count == 1)
  }

  @Test("What stands in the way is a temporary failure that says where, and leaves nothing behind")
  func failures() throws {
    let missing = #expect(throws: MailError.self) {
      try Maildir(path: self.folder + "/a/b").send(try message())
    }
    #expect(missing?.isTemporary == true)
    #expect(missing?.reason.contains("No such file or directory") == true)

    try Maildir(path: folder).send(try message())
    try FileManager.default.removeItem(atPath: folder + "/new")
    #expect(FileManager.default.createFile(atPath: folder + "/new", contents: nil))
    let blocked = #expect(throws: MailError.self) { try Maildir(path: self.folder).send(try message()) }
    #expect(blocked?.isTemporary == true)
    #expect(try names("tmp") == [])
  }

  private func names(_ part: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)")
  }
}

extension MailError {
  var isTemporary: Bool {
    if case .temporary = self { true } else { false }
  }
}
