import Foundation
import TestSupport
import Testing

@testable import Secrets

@Suite("The list of breached passwords")
struct BreachedPasswordsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func list(_ text: String) throws -> BreachedPasswords {
    let file = folder.appending("list")
    try Data(text.utf8).write(to: file)
    return try BreachedPasswords(path: file.path)
  }

  private func sum(_ text: String) -> String { hex(SHA1.hash(Array(text.utf8))).uppercased() }

  @Test(
    "Each of its passwords is found and no other, in files of any length and in each of the ways they are written",
    arguments: [1, 2, 3, 47, 48, 49, 100, 1_000], [":7\r\n", ":12345678\n", "\n", "\r\n"])
  func finds(_ count: Int, _ end: String) throws {
    let sums = (0..<count).map { sum("password \($0)") }.sorted()
    let list = try list(sums.joined(separator: end) + end)
    let bare = try self.list(sums.joined(separator: end))
    for number in 0..<count {
      #expect(try list.contain("password \(number)"), "\(number)")
      #expect(try bare.contain("password \(number)"), "\(number)")
      #expect(try !list.contain("Password \(number)"), "\(number)")
    }
  }

  @Test("Counts of different lengths and lower case make no difference")
  func spelling() throws {
    let sums = (0..<1_000).map { sum("password \($0)") }.sorted()
    let lines = sums.enumerated().map { "\($1.lowercased()):\(1 << ($0 % 40))" }
    let list = try list(lines.joined(separator: "\r\n"))
    for number in 0..<1_000 { #expect(try list.contain("password \(number)")) }
    #expect(try !list.contain(""))
  }

  @Test("The first and the last possible sum are found, as in the published file's own example")
  func edges() throws {
    // From https://haveibeenpwned.com/Passwords: "password" is among the commonest.
    let list = try list(
      "\(String(repeating: "0", count: 40)):1\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9\n"
        + "\(String(repeating: "F", count: 40)):1")
    #expect(try list.contain("password"))
    #expect(try !list.contain("passwort"))
  }

  @Test(
    "What is no such file is refused at the start",
    arguments: [
      "", "\n", "password\n", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD\n",
      "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:\n", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8 9\n",
      "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8FF\n", "GBAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\n",
      "FBAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\n0BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\n",
      String(repeating: "5", count: 10_000),
    ])
  func refused(_ text: String) throws {
    #expect(throws: SecretsError.self) { try list(text) }
  }

  @Test(
    "One that is sorted by counts, as the other published order is, is refused, and so are folders and nothing"
  )
  func unsorted() throws {
    let sums = (0..<5_000).map { sum("password \($0)") }
    #expect(throws: SecretsError.self) { try list(sums.joined(separator: ":9\n")) }
    #expect(throws: SecretsError.self) { try BreachedPasswords(path: folder.path) }
    #expect(throws: SecretsError.self) { try BreachedPasswords(path: folder.path + "/none") }
  }

  @Test("A file that breaks later is an error, and never means that a password is not in it")
  func broken() throws {
    let sums = (0..<5_000).map { sum("password \($0)") }.sorted()
    let list = try list(sums.joined(separator: "\n"))
    let handle = try FileHandle(forWritingTo: folder.appending("list"))
    try handle.truncate(atOffset: 10)
    #expect(throws: SecretsError.self) { try list.contain("password 1") }
  }
}
