import Foundation
import TestSupport

/// A mail as its reader sees it: Python's parser took it apart.
struct Letter: Decodable {
  let file: String
  let headers: [String: String]
  let text: String
  let html: String
  var to: String { headers["To"] ?? "" }
  var subject: String { headers["Subject"] ?? "" }

  /// The addresses in the text, in order.
  var links: [String] { text.matches(of: /https?:\/\/[^\s<>]+/).map { String($0.output) } }
}

extension Site {
  /// All mails that were delivered, the first one first.
  func letters() throws -> [Letter] { try Letter.all(in: data.appending(path: "mail")) }

  /// The first mail that fits, waited for.
  func letter(_ what: String, where fits: (Letter) -> Bool) throws -> Letter {
    try eventual("a mail: \(what)") { try letters().first(where: fits) }
  }
}

extension Letter {
  /// All mails of a Maildir, the first one first.
  static func all(in maildir: URL) throws -> [Letter] {
    let result = try Tool.run("python3", ["-c", reader, maildir.path])
    guard result.succeeded else { throw HarnessError("the mails cannot be read: \(result.error)") }
    return try JSONDecoder().decode([Letter].self, from: Data(result.output.utf8))
  }

  private static let reader = """
    import email, email.policy, glob, json, os, sys
    files = glob.glob(sys.argv[1] + "/new/*") + glob.glob(sys.argv[1] + "/cur/*")
    def part(mail, kind):
      body = mail.get_body((kind,))
      if not body: return ""
      if body.get_param("format") != "flowed": return body.get_content()
      lines = [line[1:] if line.startswith(" ") else line for line in body.get_content().split("\\n")]
      return "".join(line if line.endswith(" ") and line != "-- " else line + "\\n" for line in lines)[:-1]
    letters = []
    for file in sorted(files, key=lambda file: (os.stat(file).st_mtime_ns, file)):
      with open(file, "rb") as bytes:
        mail = email.message_from_binary_file(bytes, policy=email.policy.default)
      letters.append({"file": file, "headers": {k: str(v) for k, v in mail.items()},
        "text": part(mail, "plain"), "html": part(mail, "html")})
    print(json.dumps(letters))
    """
}
