import Foundation
import Secrets
import TestSupport

/// A file that somebody brings.
struct Upload {
  let name: String
  let content: [UInt8]

  init(_ name: String, _ content: [UInt8]) {
    self.name = name
    self.content = content
  }

  init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }

  /// Bytes that no other seed gives.
  init(_ name: String, bytes: Int, seed: UInt8 = 0) {
    self.init(name, (0..<bytes).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761 >> 9) + Int(seed)) })
  }

  /// 64 hexadecimal digits.
  var sha256: String { hexadecimal(SHA256.hash(content)) }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

extension Client {
  /// Adds documents to a deal, as the form of its page does.
  ///
  /// - Parameters:
  ///   - fields: such as `replaces`.
  ///   - token: nil for the one that a page of this client has.
  func add(_ uploads: [Upload], to deal: String, _ fields: [(String, String)] = [], token: String? = nil)
    throws
    -> Answer
  {
    try send(
      "POST", "/deals/\(deal)/documents", ["Content-Type": "multipart/form-data; boundary=part"],
      body: form(uploads, fields, token: token))
  }

  /// What such a form sends.
  func form(_ uploads: [Upload], _ fields: [(String, String)] = [], token: String? = nil) throws -> [UInt8] {
    let token = try token ?? get("/settings").csrfToken ?? ""
    var body: [UInt8] = []
    for (name, value) in [("csrf_token", token)] + fields {
      body += Array("--part\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
    }
    for upload in uploads {
      let head =
        "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(upload.name)\"\r\n"
        + "Content-Type: application/pdf\r\n\r\n"
      body += Array(head.utf8) + upload.content + Array("\r\n".utf8)
    }
    return body + Array("--part--\r\n".utf8)
  }

  /// Presses a button of a document.
  func press(_ verb: String, of document: String, _ fields: [(String, String)] = []) throws -> Answer {
    try submit(fields, to: "/documents/\(document)/\(verb)", from: "/settings")
  }
}

extension Site {
  /// The documents of the main organisation that are not removed: id, name, bytes, SHA-256, in the order of their ids.
  func documents() throws -> [String] {
    try rows(
      """
      SELECT 'F-' || id, name, bytes, lower(hex(sha256)) FROM document
      WHERE organisation_id = 1 AND removed_at IS NULL ORDER BY id
      """)
  }

  /// What lies in the folder of documents, by path, with the SHA-256 that it has.
  func documentFiles() throws -> [String: String] {
    let folder = data.appending(path: "documents")
    guard FileManager.default.fileExists(atPath: folder.path) else { return [:] }
    let sums = try Tool.run("find", [".", "-type", "f", "-exec", "sha256sum", "{}", "+"], folder: folder)
    return Dictionary(
      uniqueKeysWithValues: sums.output.split(separator: "\n").map {
        (String($0.dropFirst(68)), String($0.prefix(64)))
      })
  }

  /// A deal of the main organisation that one of the demo's users owns, and one that the user doesn't own.
  func deals(of user: Person) throws -> (own: String, other: String) {
    let id = "(SELECT id FROM user WHERE organisation_id = 1 AND email = '\(user.email)')"
    let deals = "SELECT 'D-' || min(deal_id) FROM deal WHERE edition_id = \(edition(of: 1)) AND owner_id"
    return (try rows("\(deals) = \(id)")[0], try rows("\(deals) <> \(id)")[0])
  }
}
