extension Message {
  /// The message as RFC 5322 and MIME (RFC 2045 to 2049) have it: pure ASCII, lines of at most 76 characters
  /// but for a header that can't be folded (none reaches 998), CRLF at each end. The same message gives the
  /// same bytes.
  package func rendered() -> [UInt8] {
    var lines = Lines()
    lines.add("From: " + mailbox(from, after: "From: ".count))
    lines.add("To: " + mailbox(to, after: "To: ".count))
    if let replyTo { lines.add("Reply-To: " + mailbox(replyTo, after: "Reply-To: ".count)) }
    lines.add("Subject: " + unstructured(subject, after: "Subject: ".count))
    lines.add("Date: " + mailDate(date))
    lines.add("Message-ID: <\(messageID)>")
    for header in headers {
      lines.add("\(header.name): \(header.value)")
    }
    lines.add("MIME-Version: 1.0")
    lines.add("Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"")
    lines.add("")
    let plain = flows ? ("plain; charset=utf-8; format=flowed", flowed(text)) : ("plain; charset=utf-8", text)
    for (type, body) in [plain, ("html; charset=utf-8", html)] {
      lines.add("--" + boundary)
      lines.add("Content-Type: text/\(type)")
      lines.add("Content-Transfer-Encoding: quoted-printable")
      lines.add("")
      lines.bytes += quotedPrintable(body)
      // This line break belongs to the boundary that follows, not to the body.
      lines.add("")
    }
    lines.add("--\(boundary)--")
    return lines.bytes
  }

  /// Comes from the Message-ID, so that the same mail has the same one. `=_` can't occur in quoted-printable,
  /// so no body can hold it (RFC 2045, 6.7).
  private var boundary: String {
    // FNV-1a.
    let hash = messageID.description.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return "=_\(String(hash, radix: 16))"
  }
}

private struct Lines {
  var bytes: [UInt8] = []

  mutating func add(_ line: String) {
    bytes += line.utf8
    bytes += "\r\n".utf8
  }
}
