import Foundation
import TestSupport

/// An HTTP client that does nothing by itself but keep cookies: it sends any method, path and header as they are given,
/// and follows nothing.
final class Client {
  let port: Int
  /// The Host that it asks for.
  var host: String
  /// The last number of its own address, 127.0.0.n.
  var source: UInt8 = 1
  private(set) var cookies: [String: String] = [:]

  init(port: Int, host: String? = nil) {
    self.port = port
    self.host = host ?? "localhost:\(port)"
  }

  func get(_ path: String, _ headers: [String: String] = [:]) throws -> Answer {
    try send("GET", path, headers)
  }

  /// Posts a form as a browser does, with nothing added.
  func post(_ path: String, _ fields: [(String, String)], _ headers: [String: String] = [:]) throws -> Answer
  {
    let body = fields.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
    let type = ["Content-Type": "application/x-www-form-urlencoded"]
    return try send("POST", path, type.merging(headers) { $1 }, body: Array(body.utf8))
  }

  /// Posts a form with the token that the page at `page` carries.
  func submit(_ fields: [(String, String)], to path: String, from page: String) throws -> Answer {
    let answer = try get(page)
    guard let token = answer.csrfToken else {
      throw HarnessError("\(page) answered \(answer.status) without a form's csrf_token")
    }
    return try post(path, fields + [("csrf_token", token)])
  }

  /// Sends files for an import, as the page's form does.
  /// - Returns: the id of the import.
  func upload(_ files: [(name: String, content: String)]) throws -> String {
    let page = "/settings/import"
    let token = try get(page).csrfToken ?? ""
    let parts =
      [("name=\"csrf_token\"", token)] + files.map { ("name=\"files\"; filename=\"\($0.name)\"", $0.content) }
    let body = parts.map { "--part\r\nContent-Disposition: form-data; \($0.0)\r\n\r\n\($0.1)\r\n" }.joined()
    let answer = try send(
      "POST", page, ["Content-Type": "multipart/form-data; boundary=part"],
      body: Array((body + "--part--\r\n").utf8))
    guard answer.status == 303, let address = answer["Location"], address.hasPrefix(page + "/") else {
      throw HarnessError("the upload answered \(answer.status)")
    }
    return String(address.dropFirst(page.count + 1))
  }

  /// Signs in, or throws where the server doesn't lead on.
  func signIn(_ email: String, _ password: String) throws {
    let answer = try submit([("email", email), ("password", password)], to: "/login", from: "/login")
    guard answer.status == 303 else { throw HarnessError("sign-in as \(email) answered \(answer.status)") }
  }

  func send(_ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8] = []) throws
    -> Answer
  {
    var all = ["Host": host, "Connection": "close"]
    if !cookies.isEmpty {
      all["Cookie"] = cookies.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ")
    }
    if !body.isEmpty || method == "POST" { all["Content-Length"] = String(body.count) }
    all.merge(headers) { $1 }
    let lines = all.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
    return try sendRaw(Array("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n".utf8) + body)
  }

  /// Sends these bytes on a new connection, and reads until the answer is complete or the server closes it.
  func sendRaw(_ bytes: [UInt8]) throws -> Answer {
    let socket = try Socket(port: port, from: source)
    try socket.send(bytes)
    var received: [UInt8] = []
    var size: Int?
    while received.count < size ?? .max, case let next = try socket.receive(), !next.isEmpty {
      received += next
      size = size ?? Answer.size(of: received)
    }
    let answer = try Answer(parsing: received)
    answer.all("Set-Cookie").forEach(keep)
    return answer
  }

  private func keep(_ setCookie: String) {
    let parts = setCookie.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
    guard let pair = parts.first?.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false),
      pair.count == 2
    else { return }
    let isGone = parts.dropFirst().contains { $0.lowercased() == "max-age=0" }
    cookies[String(pair[0])] = isGone ? nil : String(pair[1])
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
