/// A text as quoted-printable (RFC 2045, 6.7): lines of at most 76 characters, with CRLF between them. LF and
/// CRLF in the text are line breaks; a lone CR is a character like others.
///
/// Beyond what must be encoded, so are a dot and the F of `From ` where a line begins with them: a line of
/// one dot ends a mail in SMTP, and mailboxes put a `>` before `From ` (RFC 2049, 3).
func quotedPrintable(_ text: String) -> [UInt8] {
  let bytes = Array(text.utf8)
  var output: [UInt8] = []
  output.reserveCapacity(bytes.count + bytes.count / 8)
  var lineStart = 0
  for (index, byte) in bytes.enumerated() {
    let next = index + 1 < bytes.count ? bytes[index + 1] : newline
    if byte == newline {
      output += [carriageReturn, newline]
      lineStart = output.count
      continue
    }
    if byte == carriageReturn && next == newline && index + 1 < bytes.count { continue }
    let endsLine = endsLine(bytes, after: index)
    let room = lineStart + (endsLine ? 76 : 75) - output.count
    let isPlain = isPlain(byte, endsLine: endsLine)
    if room < (isPlain ? 1 : 3) {
      output += [UInt8(ascii: "="), carriageReturn, newline]
      lineStart = output.count
    }
    let isTrap =
      output.count == lineStart
      && (byte == UInt8(ascii: ".")
        || byte == UInt8(ascii: "F") && bytes[index...].starts(with: "From ".utf8))
    if isPlain && !isTrap {
      output.append(byte)
    } else {
      output += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return output
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let digits = Array("0123456789ABCDEF".utf8)

/// Whether a line break or the end of the text follows a byte.
private func endsLine(_ bytes: [UInt8], after index: Int) -> Bool {
  let rest = bytes[(index + 1)...]
  return rest.isEmpty || rest.first == newline || rest.starts(with: [carriageReturn, newline])
}

/// Blanks and tabs need no encoding, but not at the end of a line, where some servers cut them off.
private func isPlain(_ byte: UInt8, endsLine: Bool) -> Bool {
  switch byte {
  case UInt8(ascii: "="): false
  case 0x21...0x7e: true
  case UInt8(ascii: " "), UInt8(ascii: "\t"): !endsLine
  default: false
  }
}
