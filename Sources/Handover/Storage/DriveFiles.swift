import Foundation
import System

// Google Drive by its own interface
//
// Names say nothing on Drive: two folders may have the same, and people rename and move them. So a folder is known by its
// id. The id is asked for first, noted, and the folder made with it; where a crash comes between, the next run makes the
// same folder and not a second one. A folder in the bin still takes files, which vanish with it, so it is looked at before
// and after. What a folder holds is rclone's to write, and is compared here by its SHA-256.
// (developers.google.com/drive/api/reference/rest/v3/files)

/// Folders and files of an account at Google Drive.
struct DriveFiles {
  let curl: Curl
  let token: String
  let isStopping: () -> Bool

  struct File: Decodable, Equatable {
    let id: String
    let name: String
    let trashed: Bool?
    let size: String?
    let sha256Checksum: String?
    let md5Checksum: String?
  }

  private static let address = "https://www.googleapis.com/drive/v3/files"
  private static let folderType = "application/vnd.google-apps.folder"
  private static let fields = "id,name,trashed,size,sha256Checksum,md5Checksum"
}

extension DriveFiles {
  /// An id for a file or a folder that is not there yet.
  ///
  /// - Throws: `StorageProblem`, as all below do.
  func newID() throws -> String {
    let answer = try ask("GET", "\(Self.address)/generateIds?count=1&space=drive&fields=ids")
    guard answer.isGood, let id = try? JSONDecoder().decode(IDs.self, from: Data(answer.body)).ids.first
    else {
      throw problem(answer)
    }
    return id
  }

  /// Makes a folder with an id of `newID`.
  ///
  /// - Parameter parent: the id of the folder that it is in; nil for the root.
  /// - Returns: false where something with that id is there, or was.
  func make(_ id: String, _ name: String, in parent: String?) throws -> Bool {
    let wanted = NewFolder(id: id, name: name, mimeType: Self.folderType, parents: parent.map { [$0] })
    let answer = try ask(
      "POST", "\(Self.address)?fields=id", String(decoding: JSONEncoder().encode(wanted), as: UTF8.self))
    if !answer.isGood, answer.status != 409 { throw problem(answer) }
    return answer.isGood
  }

  /// The file or folder of an id, be it in the bin; nil where there is none.
  func find(_ id: String) throws -> File? {
    let answer = try ask("GET", "\(Self.address)/\(Self.encoded(id))?fields=\(Self.fields)")
    if answer.status == 404 { return nil }
    guard answer.isGood, let file = try? JSONDecoder().decode(File.self, from: Data(answer.body)) else {
      throw problem(answer)
    }
    return file
  }

  /// The files of a name in a folder. Drive may list a new one late.
  func files(_ name: String, in folder: String) throws -> [File] {
    let query = "'\(Self.quoted(folder))' in parents and name = '\(Self.quoted(name))' and trashed = false"
    let answer = try ask(
      "GET", "\(Self.address)?q=\(Self.encoded(query))&pageSize=100&fields=files(\(Self.fields))")
    guard answer.isGood, let list = try? JSONDecoder().decode(List.self, from: Data(answer.body)) else {
      throw problem(answer)
    }
    // Drive compares without case.
    return list.files.filter { $0.name.isSame(as: name) }
  }

  private func ask(_ method: String, _ url: String, _ body: String? = nil) throws(StorageProblem) -> WebAnswer
  {
    var headers = [(name: "Authorization", value: "Bearer \(token)")]
    if body != nil { headers.append((name: "Content-Type", value: "application/json; charset=UTF-8")) }
    return try curl.answer(
      to: WebRequest(method: method, url: url, headers: headers, body: body), of: .google,
      isStopping: isStopping)
  }

  private func problem(_ answer: WebAnswer) -> StorageProblem {
    let text = "HTTP error \(answer.status): \(String(decoding: answer.body.prefix(2_000), as: UTF8.self))"
    let problem = StorageProblem(saying: text, at: .google)
    if case .tooOften(let pause) = problem.kind {
      return StorageProblem(.tooOften(answer.retryAfter ?? pause), problem.reason, detail: text)
    }
    return problem
  }

  private static func quoted(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
  }

  private static func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
  }

  /// RFC 3986, section 2.3.
  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  private struct IDs: Decodable { let ids: [String] }
  private struct List: Decodable { let files: [File] }
  private struct NewFolder: Encodable {
    let id: String
    let name: String
    let mimeType: String
    let parents: [String]?
  }
}
