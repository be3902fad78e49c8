import Foundation
import TestSupport
import Testing

@testable import Mail

/// A rendered message as Python's `email` package understands it: a reader that this project has no hand in.
struct PythonMail: Decodable {
  let subject, text, html, date, messageID: String
  let from, to: Mailbox
  let headers: [[String]]
  /// What it found wrong with the message, anywhere in it.
  let defects: [String]
  let types: [String]

  struct Mailbox: Decodable {
    let name, email: String
  }
}

/// What Python reads in a message, or in each file of a folder that it opens as a Maildir.
func readByPython(_ message: Message) throws -> PythonMail {
  let folder = try TemporaryFolder()
  let file = folder.appending("mail.eml")
  try Data(message.rendered()).write(to: file)
  return try #require(try python("messages = [open(sys.argv[1], 'rb').read()]", file.path).first)
}

func readByPython(maildir: String) throws -> [PythonMail] {
  try python("messages = [m.as_bytes() for m in mailbox.Maildir(sys.argv[1], create=False)]", maildir)
}

private func python(_ messages: String, _ argument: String) throws -> [PythonMail] {
  let script = """
    import sys, json, email, email.header, email.policy, email.utils, mailbox
    \(messages)
    def read(data):
        m = email.message_from_bytes(data, policy=email.policy.default)
        defects = [repr(d) for part in m.walk() for d in part.defects]
        defects += [repr(d) for v in m.values() for d in v.defects]
        # Names by the older parser: the newer one leaves a blank between two encoded words of a name.
        old = email.message_from_bytes(data)
        def box(header):
            name, _ = email.utils.parseaddr(old[header])
            name = str(email.header.make_header(email.header.decode_header(name)))
            return dict(name=name, email=m[header].addresses[0].addr_spec)
        parts = {p.get_content_type(): p for p in m.walk()}
        body = lambda t: parts[t].get_payload(decode=True).decode('utf-8')
        return dict(subject=m['Subject'], text=body('text/plain'), html=body('text/html'), date=m['Date'],
            messageID=m['Message-ID'], headers=[[k, v] for k, v in m.items()], defects=defects,
            types=[p.get_content_type() for p in m.walk()],
            **{'from': box('From'), 'to': box('To')})
    print(json.dumps([read(m) for m in messages]))
    """
  let result = try Tool.run("python3", ["-c", script, argument])
  #expect(result.succeeded, "\(result.error)")
  return try JSONDecoder().decode([PythonMail].self, from: Data(result.output.utf8))
}

func message(
  from: Address? = nil, to: Address? = nil, subject: String = "Hello", date: Int64 = 1_777_714_200,
  text: String = "Hello\n", html: String = "<p>Hello</p>\n", headers: [Header] = [],
  messageID: String = "42.abc@example.org"
) throws -> Message {
  let sender = try #require(Address("Sender <sender@localhost>"))
  let recipient = try #require(Address("Recipient <recipient@example.org>"))
  return Message(
    from: from ?? sender, to: to ?? recipient, subject: subject, date: date,
    messageID: try #require(MessageID(messageID)), text: text, html: html, headers: headers)
}

/// The lines of a rendered message; each must end with CRLF, and neither CR nor LF stands anywhere else.
func lines(_ bytes: [UInt8]) throws -> [String] {
  let text = try #require(String(validating: bytes, as: UTF8.self))
  var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
  #expect(lines.removeLast().isEmpty)
  return try lines.map { line in
    #expect(line.last == "\r")
    let line = String(line.dropLast())
    try #require(!line.unicodeScalars.contains("\r"))
    return line
  }
}

/// Texts that break what encodes carelessly.
let naughty = [
  "plain", "", " ", "  two  blanks  ", "ends with a blank ", "Ünïcödé", "日本語の件名", "👩‍👩‍👧‍👦 family",
  "e\u{301}\u{301}\u{301}", "مرحبا بالعالم", "\u{202e}right to left", "=?UTF-8?B?SGVsbG8=?=", "a =? b ?= c",
  "quote \" backslash \\ comma , semicolon ; colon :", "<script>alert(1)</script>", "a@b.c", "(comment)",
  "\u{feff}BOM", "\u{2028}line separator", "Zalgo t̶̗̎o̶͍͝", String(repeating: "long ", count: 40) + "end",
  String(repeating: "x", count: 300), String(repeating: "é", count: 300), String(repeating: "👍🏽", count: 60),
  "%s %n ${HOME} `id`", "-- ", "\u{10ffff}", "Robert'); DROP TABLE students;--",
]
