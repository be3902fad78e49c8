import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("The files of the operator's apps")
struct OAuthAppTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func configuration(_ text: String, mode: Int = 0o600) throws -> Configuration {
    try Data(text.utf8).write(to: folder.appending("app"))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.file("app"))
    return try Configuration(
      environment: ["HANDOVER_GOOGLE_APP": "app", "HANDOVER_DATA": "/d"], workingDirectory: folder.path,
      cores: 1)
  }

  /// What is said of it.
  private func problem(_ text: String, mode: Int = 0o600) throws -> String? {
    do {
      _ = try configuration(text, mode: mode)
      return nil
    } catch let error as HandoverError { return error.message }
  }

  @Test("Key and secret are read, a line each")
  func good() throws {
    for text in ["key\nsecret\n", "key\nsecret", "  key \r\n\r\nsecret\t\r\n"] {
      #expect(try configuration(text).googleApp == OAuthApp(key: "key", secret: "secret"))
    }
    #expect(try configuration("key\nsecret", mode: 0o400).dropboxApp == nil)
  }

  @Test("A file that others may use is refused, and so is one that holds something else")
  func bad() throws {
    for mode in [0o640, 0o604, 0o620, 0o644] {
      #expect(try problem("key\nsecret", mode: mode)?.contains("run chmod 600 on it") == true)
    }
    for text in ["", "key", "key\nsecret\nmore", "a key\nsecret", "k\u{e9}y\nsecret"] {
      let problem = try problem(text)
      #expect(problem?.contains("must hold two lines") == true)
      #expect(problem?.contains("secret\n") == false, "it is not printed")
    }
    let missing = #expect(throws: HandoverError.self) {
      try Configuration(
        environment: ["HANDOVER_DROPBOX_APP": "/nowhere", "HANDOVER_GOOGLE_APP": "/"], workingDirectory: "/",
        cores: 1)
    }
    #expect(missing?.message.contains("HANDOVER_DROPBOX_APP is '/nowhere', but can't be read") == true)
    #expect(missing?.message.contains("HANDOVER_GOOGLE_APP is '/', but must be a file") == true)
  }
}
